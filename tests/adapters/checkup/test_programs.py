"""FFmpeg and ffprobe, asked what they are built with."""

from __future__ import annotations

import stat
from pathlib import Path

import imageio_ffmpeg
import pytest

from adapters.checkup.examination import Finding
from adapters.checkup.programs import try_program
from adapters.ffmpeg.runner import Ffmpeg
from adapters.ffmpeg.scripted import Call, ScriptedTools
from transcoding.errors import ToolFailed
from transcoding.plan.needs import needs_of

LISTS = {
    "-version": "ffmpeg version 9.0.2-static Copyright (c) 2000-2026 the FFmpeg developers\n",
    "-encoders": "Encoders:\n V..... = Video\n ------\n V....D libx264   H.264\n A....D aac  AAC\n",
    "-filters": "Filters:\n  T.. = Timeline support\n ------\n TS scale   V->V  Scale.\n",
    "-muxers": "Formats:\n ..d = Is a device\n ---\n   E mov,mp4,m4a   QuickTime\n",
    "-bsfs": "Bitstream filters:\nnoise\nsetts\n",
}


def lists(call: Call) -> str:
    return LISTS[call.arguments[1]]


def asked(**needed: set[str]) -> Finding:
    tools = ScriptedTools(ask=lists)
    kinds = {kind: frozenset(names) for kind, names in needed.items()}
    return try_program(tools, "ffmpeg", kinds)


def test_what_is_there_is_counted() -> None:
    """One name a line after its flags, several with commas, or alone."""
    assert asked(
        encoders={"libx264", "aac"}, filters={"scale"}, muxers={"mp4"}, bsfs={"setts"}
    ) == (
        "ok",
        "ffmpeg version 9.0.2-static; it has the 2 encoders, 1 filters, 1 muxers, 1 bsfs that"
        " are needed",
        "",
    )


def test_what_is_missing_is_named() -> None:
    """With the setting that helps."""
    assert asked(encoders={"libx264", "libx265"}, filters={"zscale", "tonemap"}) == (
        "failed",
        "ffmpeg version 9.0.2-static lacks encoders libx265; filters tonemap, zscale",
        "unset VOD_FFMPEG to take the packaged program, or set it to one that is built with these",
    )


def test_the_packaged_programs_have_all_that_plans_need() -> None:
    """Both of them, the real ones."""
    needs = needs_of()
    assert try_program(Ffmpeg(), "ffmpeg", needs.by_kind()).status == "ok"
    assert try_program(Ffmpeg(), "ffprobe", {"protocols": needs.protocols}).status == "ok"


def test_a_program_without_an_encoder_is_found_out(tmp_path: Path) -> None:
    """One that hides x264 and zscale from its lists, as a distribution's may lack them."""
    program = tmp_path / "ffmpeg"
    real = imageio_ffmpeg.get_ffmpeg_exe()
    program.write_text(f'#!/bin/sh\n"{real}" "$@" | grep -v -w -e libx264 -e zscale\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    found = try_program(Ffmpeg(str(program)), "ffmpeg", needs_of().by_kind())
    assert found.status == "failed"
    assert found.found.endswith(" lacks encoders libx264; filters zscale")


@pytest.mark.parametrize("name", ["ffmpeg", "ffprobe"])
def test_a_program_that_does_not_start_says_which_setting_helps(tmp_path: Path, name: str) -> None:
    """As one of another system."""
    program = tmp_path / name
    program.write_bytes(b"\x7fELF and no more")
    program.chmod(0o755)
    tools = Ffmpeg(str(program), str(program))
    with pytest.raises(ToolFailed, match=f"set VOD_{name.upper()} to a program that runs"):
        try_program(tools, "ffmpeg" if name == "ffmpeg" else "ffprobe", {})
