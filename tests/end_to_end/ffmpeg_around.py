"""A small program around FFmpeg, for VOD_FFMPEG."""

from __future__ import annotations

from pathlib import Path

import imageio_ffmpeg


def ffmpeg_around(folder: Path, script: str) -> str:
    """Write a shell script that runs before FFmpeg does; return its path.

    Args:
        folder: `$here` in the script.
        script: runs with FFmpeg's arguments, `$ffmpeg` being the real one.
    """
    program = folder / "ffmpeg"
    program.write_text(
        "#!/bin/sh\n"
        f"here='{folder}'\n"
        f"ffmpeg='{imageio_ffmpeg.get_ffmpeg_exe()}'\n"
        f"{script}\n"
        'exec "$ffmpeg" "$@"\n'
    )
    program.chmod(0o755)
    return str(program)
