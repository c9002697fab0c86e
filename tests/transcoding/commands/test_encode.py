"""One unit's argument list: joined from its tracks' pieces, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from tests.media import ClipMaker
from tests.transcoding.builders import (
    a_plan,
    a_sound_unit,
    a_source,
    a_timeline,
    a_unit,
    an_audio_track,
)
from tests.transcoding.encoding import a_plan as a_clip_plan
from tests.transcoding.encoding import a_rung as a_clip_rung
from tests.transcoding.encoding import command_of, encode_all
from transcoding.commands import picture, sound
from transcoding.commands.inputs import TOLERATE_DAMAGE, source_input
from transcoding.commands.parts import Piece
from transcoding.plan.plan import Unit

URL = "https://example.invalid/uploads/a.mp4?sig=secret"
OUTPUTS = ["a.mp4", "b.mp4", "c.mp4"]

SOURCES: list[dict[str, Any]] = [
    {},
    {"stream_index": 2, "is_interlaced": True},
    {"frame_rate": 60, "frame_count": 3_599, "color_transfer": "smpte2084"},
    {"is_constant_rate": False, "color_transfer": "arib-std-b67", "color_primaries": "bt2020"},
]


def _units() -> list[Unit]:
    """Give units of one rung and of several; first chunks, later ones, and last ones."""
    plans = [a_plan(a_source(an_audio_track(), **changes), chunk_s=20) for changes in SOURCES]
    return [
        a_unit(plan, chunk, *rungs)
        for plan in plans
        for chunk in (0, 1, 2)
        for rungs in ((0,), (2, 3), (0, 5, 8))
    ]


def _pieces(unit: Unit) -> dict[str, tuple[Piece, ...]]:
    assert unit.stream is not None
    return {track.key: picture.pieces_of(unit.stream, track, unit.chunk) for track in unit.video}


def _filters(graph: str) -> list[str]:
    """Take a graph apart into its filters, and leave out what only splits."""
    chains = [link[link.index("]") + 1 : link.rindex("[")] for link in graph.split(";")]
    chains = [chain.partition("[")[0] for chain in chains]
    filters = [one for chain in chains for one in chain.split(",")]
    return [one for one in filters if one != "null" and not one.startswith("split=")]


def _is_filter(piece: Piece) -> bool:
    return len(piece.words) == 1 and "=" in piece.words[0]


@pytest.mark.parametrize("unit", _units(), ids=lambda unit: unit.unit_id)
def test_a_unit_is_made_of_its_tracks_pieces_alone(unit: Unit) -> None:
    """Beside input and wiring there is no argument and no filter that is not a track's piece."""
    outputs = OUTPUTS[: len(unit.video)]
    arguments = list(command_of(unit, URL, outputs))
    pieces = _pieces(unit)

    # 1 what is put in front of the input is alike for all: how to read, and where to begin
    opened = [*source_input(URL, unit.job.etag), "-filter_complex"]
    place = arguments.index("-filter_complex") + 1
    seek = arguments[len(TOLERATE_DAMAGE) : place - len(opened)]
    assert arguments[:place] == [*TOLERATE_DAMAGE, *seek, *opened]
    assert TOLERATE_DAMAGE == ("-max_error_rate", "1")

    # 2 the graph has each filter of each track, and no other; its input is the piece of a stream
    graph = arguments[place]
    of_tracks = [piece.words[0] for one in pieces.values() for piece in one if _is_filter(piece)]
    assert set(_filters(graph)) == set(of_tracks)
    (stream,) = {
        piece.words[0]
        for one in pieces.values()
        for piece in one
        if len(piece.words) == 1 and piece.words[0].startswith("0:")
    }
    assert graph.startswith(f"[{stream}]")

    # 3 each output has just its own track's options
    rest = arguments[place + 1 :]
    for number, (own, output) in enumerate(zip(pieces.values(), outputs, strict=True)):
        options = [w for piece in own if not _is_filter(piece) for w in piece.words]
        options = [word for word in options if word not in (*seek, stream)]
        end = rest.index(output) + 1
        assert rest[:end] == ["-map", f"[v{number}]", *options, output]
        del rest[:end]
    assert rest == []


def test_nothing_belongs_to_two_parts() -> None:
    """What decides a track's bytes is of the recipe, whatever chunk; where it begins is not."""
    by_part: dict[str, set[tuple[str, ...]]] = {"recipe": set(), "window": set()}
    for unit in _units():
        for pieces in _pieces(unit).values():
            for piece in pieces:
                by_part[piece.part].add(piece.words)
    assert not by_part["recipe"] & by_part["window"]
    wiring = {*TOLERATE_DAMAGE, *source_input(URL, "0x8DC"), *OUTPUTS, "-map", "-filter_complex"}
    words = {word for part in by_part.values() for piece in part for word in piece}
    # "-v warning" and its like are the run's; a track's pieces have none of them.
    assert not words & (wiring - {"1", "10"})


def test_a_unit_of_sound_is_made_of_its_tracks_pieces_alone() -> None:
    """Beside input and wiring it has the words of its tracks' pieces, and no others."""
    plan = a_plan(a_source(*(an_audio_track(stream_index=n) for n in (1, 2))))
    unit = a_sound_unit(plan)
    arguments = command_of(unit, URL, ["a.mp4", "b.mp4"])
    opened = [*TOLERATE_DAMAGE, *source_input(URL, unit.job.etag)]
    wiring = {*opened, "-map", "-af", "-filter_complex", "a.mp4", "b.mp4"}
    found = _atoms(word for word in arguments if word not in wiring)
    given = _atoms(
        word
        for track in plan.audio
        for piece in sound.pieces_of(track, unit.chunk)
        for word in piece.words
    )
    assert found == given


def _atoms(words: Iterable[str]) -> set[str]:
    """Take chains of filters apart, and leave out the labels of their ends."""
    return {atom for word in words for atom in re.split(r"[,;]|\[a\d+\]", word) if atom}


def test_one_decode_feeds_all_rungs() -> None:
    """Two rungs: one input, one deinterlacer, two outputs."""
    plan = a_plan(a_source(is_interlaced=True), chunk_s=20)
    arguments = command_of(a_unit(plan, 0, 0, 8), URL, ["a.mp4", "b.mp4"])
    assert arguments.count("-i") == 1
    assert arguments[arguments.index("-filter_complex") + 1].count("bwdif") == 1
    assert arguments.count("libx264") == 2
    assert {"a.mp4", "b.mp4"} <= set(arguments)


def test_rungs_of_one_size_share_their_scale_and_tone_mapping() -> None:
    """720p twice and 1080p twice from HDR: one tone-mapping, two scales, four outputs."""
    plan = a_plan(a_source(color_transfer="smpte2084"), chunk_s=20)
    arguments = command_of(a_unit(plan, 0, 5, 6, 7, 8), URL, ["a", "b", "c", "d"])
    graph = arguments[arguments.index("-filter_complex") + 1]
    assert graph.count("tonemap=") == 1
    assert graph.count("scale=1280:720") == graph.count("scale=1920:1080") == 1
    assert [label for label in ("[v0]", "[v1]", "[v2]", "[v3]") if graph.count(label) == 1] == [
        argument for argument in arguments if argument.startswith("[v")
    ]


def test_a_unit_with_one_rung_splits_nothing() -> None:
    """One chain from the stream to the output."""
    arguments = command_of(a_unit(a_plan(), 0, 8), URL, ["a.mp4"])
    graph = arguments[arguments.index("-filter_complex") + 1]
    assert "split" not in graph
    assert ";" not in graph


def test_ffmpeg_runs_what_is_split_in_several_places(clip_maker: ClipMaker, tmp_path: Path) -> None:
    """Two rates of one size and twice another size: each output has all of its own frames."""
    clip = clip_maker.clip(frame_rate=Fraction(50), frame_count=399, sound=False)
    timeline = a_timeline(Fraction(50), 399, max_step=2, chunk_s=4)
    rungs = (("a", 2, 90), ("b", 1, 90), ("c", 1, 180), ("d", 1, 180))
    plan = a_clip_plan(*(a_clip_rung(key, timeline, step=s, height=h) for key, s, h in rungs))

    encoded = encode_all(plan, clip_maker.server, clip, tmp_path)

    assert {key: sum(s.frame_count for s in one.segments) for key, one in encoded.items()} == {
        "a": 200,
        "b": 399,
        "c": 399,
        "d": 399,
    }
    sizes = {key: sum(s.size_bytes for s in one.segments) for key, one in encoded.items()}
    assert sizes["a"] < sizes["b"] < sizes["c"]
