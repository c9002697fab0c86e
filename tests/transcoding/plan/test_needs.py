"""What plans need of a machine is read off their commands."""

from __future__ import annotations

import inspect
import subprocess
from pathlib import Path

import imageio_ffmpeg
import pytest

from transcoding.commands import checks, encode, probing, stills
from transcoding.plan import needs
from transcoding.plan.needs import IMPLIED_ENCODERS, needs_of, scratch_bytes
from transcoding.plan.options import Options


def test_all_that_is_used_is_named() -> None:
    """Literally; what a command comes to use is needed from then on."""
    assert needs_of().by_kind() == {
        "encoders": {
            "aac", "libx264", "mjpeg", "pcm_s16le", "rawvideo", "wrapped_avframe",
        },
        "decoders": {"aac", "h264"},
        "filters": {
            "aformat", "apad", "aresample", "asetnsamples", "asetpts", "asettb", "atrim", "bwdif",
            "format", "fps", "framestep", "scale", "setpts", "setsar", "settb", "split", "ssim",
            "thumbnail", "tile", "tonemap", "tpad", "trim", "zscale",
        },
        "muxers": {"framecrc", "image2", "mp4", "null"},
        "bsfs": {"noise", "setts"},
        "protocols": {"file", "http", "https", "tcp", "tls"},
    }  # fmt: skip


def test_every_command_is_looked_at() -> None:
    """Those of FFmpeg; each says in its first words that it is one."""
    commands = [
        name
        for module in (checks, encode, probing, stills)
        for name, value in inspect.getmembers(module, inspect.isfunction)
        if (value.__doc__ or "").startswith("FFmpeg:")
    ]
    assert len(commands) == 9
    called = inspect.getsource(needs)
    assert [name for name in commands if f".{name}(" not in called] == []


@pytest.mark.parametrize(
    ("muxer", "output", "source", "encoder"),
    [
        ("image2", "still.jpg", "color=size=16x16", "mjpeg"),
        ("null", "-", "color=size=16x16", "wrapped_avframe"),
        ("null", "-", "anullsrc", "pcm_s16le"),
        ("framecrc", "frames.txt", "color=size=16x16", "rawvideo"),
    ],
)
def test_a_muxer_implies_its_encoder(
    tmp_path: Path, muxer: str, output: str, source: str, encoder: str
) -> None:
    """FFmpeg says which one it takes where none is named."""
    done = subprocess.run(
        [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "info", "-f", "lavfi", "-i", source, "-t", "0.04",
         "-frames", "1", "-update", "1", "-f", muxer, output][: None if muxer == "image2" else 99],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    assert f"-> {encoder} (native))" in done.stderr
    assert encoder in IMPLIED_ENCODERS[muxer]


@pytest.mark.parametrize(
    ("options", "megabytes"),
    [
        ({"grouping": "per_rendition"}, 370),
        ({"grouping": "together"}, 771),
        ({"grouping": "per_rendition", "chunk_s": 20}, 156),
    ],
)
def test_the_largest_unit_of_any_source_has_to_fit(
    options: dict[str, object], megabytes: int
) -> None:
    """One rung of a unit fits into the 0.8 GB of Flex Consumption; all rungs just so."""
    assert round(scratch_bytes(Options(**options)) / 1e6) == megabytes
