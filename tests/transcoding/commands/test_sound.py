"""What each chunk of sound is made from: the source's own samples, at their own time."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.media import SOURCE_ETAG, MediaServer, run_ffmpeg
from tests.transcoding.builders import a_sound_track
from tests.transcoding.commands.sounds import (
    Joined,
    Samples,
    Track,
    a_sound_timeline,
    decode,
    encode_chunk_of_sound,
    join,
    mix,
    picture_start_s,
    read_tracks,
    samples_for_encoder,
    uncut,
    write_wave,
)
from transcoding.commands import sound
from transcoding.commands.encode import encode_sound
from transcoding.commands.parts import Piece, recipe_of, words
from transcoding.source.sound_clock import PacketClock
from transcoding.source.sound_timeline import SoundTimeline

SECONDS = 32
PICTURE = ("-f", "lavfi", "-i", f"color=size=64x64:rate=25:duration={SECONDS}")
H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-g", "100")
VP8 = ("-c:v", "libvpx", "-deadline", "realtime")
AAC = ("-c:a", "aac", "-aac_pns", "0")
"""Without the noise that decoders make up, each time another."""
BEEPS = "aevalsrc='0.8*sin(2*PI*1000*t)*between(mod(t,1),0.25,0.3)':s={rate}:d=32"
MATROSKA = PacketClock(codec="aac", first_s=Fraction(-21, 1000), tick_s=Fraction(1, 1000))
AC3 = PacketClock(codec="ac3", first_s=Fraction(7, 5), tick_s=Fraction(1, 90_000))


def _all_pieces(
    timeline: SoundTimeline, chunk: int, *, clock: PacketClock | None = MATROSKA, **changes: Any
) -> tuple[Piece, ...]:
    track = a_sound_track(timeline=timeline, clock=clock, **changes)
    return sound.pieces_of(track, timeline.chunk(chunk))


def test_all_chunks_have_the_same_recipe() -> None:
    """The first, one in the middle and the last differ in their windows alone."""
    timeline = a_sound_timeline(600, chunk_segments=10)
    first, middle, last = (_all_pieces(timeline, chunk) for chunk in (0, 15, 29))

    assert recipe_of(first) == recipe_of(middle) == recipe_of(last)
    assert {piece.part for piece in middle} == {"recipe", "window"}
    assert len({words(pieces) for pieces in (first, middle, last)}) == 3


def test_what_decides_the_bytes_is_in_the_recipe() -> None:
    """Another track, bitrate, start, rate, segment or clock makes another recipe."""
    timeline = a_sound_timeline(600, chunk_segments=10)
    later = timeline.model_copy(update={"start_s": Fraction(7, 5)})
    slower = timeline.model_copy(update={"sample_rate_hz": 44_100})
    longer = timeline.model_copy(update={"segment_frames": 188})
    variants = [
        _all_pieces(timeline, 1),
        _all_pieces(timeline, 1, stream_index=2),
        _all_pieces(timeline, 1, bitrate_bps=96_000),
        _all_pieces(later, 1),
        _all_pieces(slower, 1),
        _all_pieces(longer, 1),
        _all_pieces(timeline, 1, clock=None),
        _all_pieces(timeline, 1, clock=AC3),
    ]

    assert len({str(recipe_of(pieces)) for pieces in variants}) == 8


def test_the_first_chunk_is_read_from_the_start() -> None:
    """A seek to the start loses sound in some containers."""
    timeline = a_sound_timeline(600, chunk_segments=10, start_s=Fraction(7, 5))

    assert words(sound.seek(timeline, timeline.chunk(0))) == ("-copyts",)
    assert words(sound.seek(timeline, timeline.chunk(1))) == ("-copyts",)


def test_a_chunk_is_sought_by_the_containers_own_time() -> None:
    """Chunk 2 is encoded from 23.7 s on, has a warm-up from 21 s on, and is sought at 18 s."""
    timeline = a_sound_timeline(600, chunk_segments=10, start_s=Fraction(7, 5))

    assert words(sound.seek(timeline, timeline.chunk(2))) == (
        "-copyts",
        *("-seek_timestamp", "1", "-noaccurate_seek", "-ss", "19.400000"),
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder in which sounds are made once for all tests."""
    return tmp_path_factory.mktemp("sound")


def test_a_fragment_is_a_segment() -> None:
    """93.5 frames, whatever microseconds make of them, are reached by the 94th frame alone."""
    timeline = a_sound_timeline(600)

    options = words(sound.output(a_sound_track(timeline=timeline), timeline.chunk(1)))

    assert options[-2:] == ("-frag_duration", "1994667")


def _source(folder: Path, name: str, options: Sequence[str], *, rate_hz: int = 48_000) -> Path:
    """Make 32 s of sound, with a picture where the container may have one."""
    wav = folder / f"{rate_hz}.wav"
    if not wav.exists():
        write_wave(wav, mix(SECONDS * rate_hz, np.random.default_rng(7)), rate_hz)
    file = folder / name
    video = () if file.suffix in {".m4a", ".wav", ".flac", ".mp3", ".ogg"} else ("-map", "1:v")
    codec = VP8 if file.suffix == ".webm" else H264
    pictured = (*video, *codec) if video else ()
    run_ffmpeg(["-i", str(wav), *PICTURE, "-map", "0:a", *pictured, *options, str(file)])
    return file


def _differs_s(file: Path, track: Track, start_s: Fraction = Fraction(0)) -> float:
    """Return the largest difference between what a chunk and a single encode are made from.

    The chunk begins at 24.06 s and is sought 19.3 s into the source.
    """
    timeline = a_sound_timeline(SECONDS, chunk_segments=12, start_s=start_s)
    whole = samples_for_encoder(file, track, uncut(timeline), uncut(timeline).chunk(0))
    chunk = samples_for_encoder(file, track, timeline, timeline.chunk(1))
    assert len(whole) == 1_536_000 - 1024
    assert len(chunk) == 1_536_000 - (1128 - 768 + 1) * 1024
    return float(np.abs(whole[-len(chunk) :] - chunk).max())


@pytest.mark.parametrize(
    ("name", "rate_hz", "options"),
    [
        ("pcm-44100.mov", 44_100, ("-c:a", "pcm_s16le")),
        ("aac.m4a", 44_100, AAC),
        ("mono.m4a", 44_100, (*AAC, "-ac", "1")),
        ("aac-44100.mkv", 44_100, AAC),
        ("aac-48000.mkv", 48_000, AAC),
        ("surround.mkv", 48_000, ("-c:a", "ac3", "-ac", "6")),
        ("mp3.mkv", 44_100, ("-c:a", "libmp3lame")),
        ("opus.webm", 48_000, ("-c:a", "libopus")),
        ("vorbis.webm", 44_100, ("-c:a", "libvorbis")),
        ("flac.mkv", 44_100, ("-c:a", "flac")),
        ("aac.flv", 44_100, AAC),
        ("wma.asf", 44_100, ("-c:a", "wmav2")),
        ("whole.flac", 44_100, ()),
        ("cbr.mp3", 44_100, ("-b:a", "128k")),
        ("bare.mp3", 44_100, ("-b:a", "128k", "-write_xing", "0")),
    ],
)
def test_a_chunk_is_made_from_the_samples_of_a_single_encode(
    folder: Path, name: str, rate_hz: int, options: tuple[str, ...]
) -> None:
    """To the bit, whatever the container rounds, the seek lands on and the resampler does."""
    file = _source(folder, name, options, rate_hz=rate_hz)

    assert _differs_s(file, read_tracks(file)[0]) == 0


@pytest.mark.parametrize("codec", [AAC, ("-c:a", "ac3")], ids=["aac", "ac3"])
@pytest.mark.parametrize("rate_hz", [44_100, 48_000])
def test_a_container_without_an_index(folder: Path, rate_hz: int, codec: tuple[str, ...]) -> None:
    """MPEG-TS starts at 1.4 s, and a seek lands anywhere."""
    file = _source(folder, "blind.ts", codec, rate_hz=rate_hz)

    assert _differs_s(file, read_tracks(file)[0], Fraction(7, 5) + Fraction(1001, 90_000)) == 0


def test_rounded_times_are_heard_where_the_clock_is_not_known(folder: Path) -> None:
    """Matroska's milliseconds move a chunk by samples against the one before it."""
    file = _source(folder, "aac.mkv", AAC, rate_hz=44_100)
    track = read_tracks(file)[0]

    assert _differs_s(file, track._replace(clock=None)) > 0.1


def _encode(
    file: Path, timeline: SoundTimeline, tracks: Sequence[Track] | None = None
) -> list[Joined]:
    """Encode all tracks in chunks, and put each together."""
    tracks = tracks or read_tracks(file)
    files: list[list[Path]] = [[] for _ in tracks]
    for chunk in timeline.chunks():
        outputs = [file.with_name(f"{n}-{chunk.index}.mp4") for n in range(len(tracks))]
        encode_chunk_of_sound(file, tracks, timeline, chunk, outputs)
        for of_track, output in zip(files, outputs, strict=True):
            of_track.append(output)
    return [join(of, file.with_name(f"joined-{n}.mp4")) for n, of in enumerate(files)]


def _is_continuous(joined: Joined, timeline: SoundTimeline) -> bool:
    ends = np.cumsum([segment.duration for segment in joined.segments])
    starts = [segment.decode_time for segment in joined.segments]
    return starts == [0, *ends[:-1]] and ends[-1] == timeline.duration_ticks


def _beep_starts_s(samples: Samples) -> list[float]:
    loud = np.nonzero(np.abs(samples).max(axis=1) > 0.1)[0]
    first = np.insert(np.diff(loud) > 24_000, 0, True)
    return [float(start) / 48_000 for start in loud[first]]


def _beeping(folder: Path, name: str, options: Sequence[str], rate_hz: int = 44_100) -> Path:
    """Make 32 s of sound that beeps at 0.25 s of every second."""
    file = folder / name
    beeps = ("-f", "lavfi", "-i", BEEPS.format(rate=rate_hz))
    run_ffmpeg([*PICTURE, *beeps, *H264, "-c:a", "aac", *options, str(file)])
    return file


@pytest.mark.parametrize(
    ("name", "rate_hz", "channels"),
    [
        ("mono.mov", 44_100, 1),
        ("surround.mkv", 48_000, 6),
        ("stereo.ts", 44_100, 2),
        ("slow.mkv", 8_000, 1),
        ("fast.mov", 96_000, 2),
    ],
)
def test_beeps_are_in_time_at_and_after_seams(
    tmp_path: Path, name: str, rate_hz: int, channels: int
) -> None:
    """Chunks of 4.01 s: seams come nearer to the beeps."""
    file = _beeping(tmp_path, name, ("-ac", str(channels)), rate_hz)
    timeline = a_sound_timeline(SECONDS, chunk_segments=2, start_s=picture_start_s(file))

    (joined,) = _encode(file, timeline)

    assert _is_continuous(joined, timeline)
    starts = _beep_starts_s(decode(joined.file))
    assert starts == pytest.approx([second + 0.25 for second in range(32)], abs=0.002)


def test_sound_is_counted_from_the_first_picture(tmp_path: Path) -> None:
    """Where the picture starts at 0.2 s, what sounds at 0.25 s is heard at 0.05 s."""
    file = _beeping(tmp_path, "late-picture.mov", ())
    timeline = a_sound_timeline(SECONDS, chunk_segments=2, start_s=Fraction(1, 5))

    (joined,) = _encode(file, timeline)

    starts = _beep_starts_s(decode(joined.file))
    assert starts == pytest.approx([second + 0.05 for second in range(32)], abs=0.002)


def test_gaps_become_silence(tmp_path: Path) -> None:
    """Holes of 3.5 s and 0.1 s, on both sides of seams, move what comes after by just as much."""
    shift = "setts=ts='TS+gt(TS*TB,11.1)*3.5/TB+gt(TS*TB,21.1)*0.1/TB'"
    file = _beeping(tmp_path, "gaps.mov", ("-bsf:a", shift))
    timeline = a_sound_timeline(SECONDS, chunk_segments=2)

    (joined,) = _encode(file, timeline)

    assert _is_continuous(joined, timeline)
    expected = [second + 0.25 for second in range(11)]
    expected += [second + 0.75 for second in range(14, 24)]
    expected += [second + 0.85 for second in range(24, 32)]
    assert _beep_starts_s(decode(joined.file)) == pytest.approx(expected, abs=0.002)


@pytest.mark.parametrize("suffix", ["mov", "mkv"])
def test_sound_may_start_late_and_end_early(tmp_path: Path, suffix: str) -> None:
    """Chunks before it starts, across its ends, and long after it are all as long as planned."""
    file = tmp_path / f"late.{suffix}"
    beeps = ("-itsoffset", "4.5", "-t", "4.1", "-f", "lavfi", "-i", BEEPS.format(rate=44_100))
    run_ffmpeg([*PICTURE, *beeps, *H264, "-c:a", "aac", str(file)])
    timeline = a_sound_timeline(SECONDS, chunk_segments=2)

    (joined,) = _encode(file, timeline)

    assert _is_continuous(joined, timeline)
    expected = [4.75, 5.75, 6.75, 7.75]
    assert _beep_starts_s(decode(joined.file)) == pytest.approx(expected, abs=0.002)


def test_channels_may_change_in_the_middle(tmp_path: Path) -> None:
    """A broadcast goes over from stereo to 5.1; no chunk is longer, and beeps stay in time."""
    parts = []
    for channels, start_s, length_s in ((2, 0, 15), (6, 15, 17)):
        part = tmp_path / f"from-{start_s}.ts"
        beeps = ("-f", "lavfi", "-t", str(length_s), "-i", BEEPS.format(rate=48_000))
        shift = ("-output_ts_offset", str(start_s))
        run_ffmpeg([*beeps, "-ac", str(channels), "-c:a", "ac3", *shift, str(part)])
        parts.append(part.read_bytes())
    file = tmp_path / "change.ts"
    file.write_bytes(b"".join(parts))
    timeline = a_sound_timeline(SECONDS, chunk_segments=3, start_s=Fraction(7, 5))

    (joined,) = _encode(file, timeline)

    assert _is_continuous(joined, timeline)
    assert sum(segment.frame_count for segment in joined.segments) == 1500
    starts = _beep_starts_s(decode(joined.file))
    assert starts == pytest.approx([second + 0.25 for second in range(32)], abs=0.01)


def test_one_process_encodes_all_tracks_of_a_chunk(tmp_path: Path) -> None:
    """Each track comes out as it does alone."""
    file = tmp_path / "two.mkv"
    beeps = ("-f", "lavfi", "-i", BEEPS.format(rate=44_100))
    low = ("-f", "lavfi", "-i", "aevalsrc='0.5*sin(2*PI*200*t)':s=48000:d=32")
    tracks = ("-map", "0", "-map", "1", "-map", "2", "-c:a:0", "aac", "-c:a:1", "ac3")
    run_ffmpeg([*PICTURE, *beeps, *low, *tracks, *H264, str(file)])
    timeline = a_sound_timeline(SECONDS, chunk_segments=12)
    beeping, humming = read_tracks(file)

    both = _encode(file, timeline, [beeping, humming])
    together = [joined.file.read_bytes() for joined in both]
    starts = [len(_beep_starts_s(decode(joined.file))) for joined in both]
    alone = [_encode(file, timeline, [t])[0].file.read_bytes() for t in (beeping, humming)]

    assert together == alone
    assert starts == [32, 1]


def test_the_very_first_frame_is_silent(folder: Path) -> None:
    """Nothing overlaps with it: what it held would come out garbled."""
    file = _source(folder, "loud.wav", ())
    timeline = a_sound_timeline(2)

    (joined,) = _encode(file, timeline, [Track(0, None)])

    heard, source = decode(joined.file), decode(file)
    first, second = ((heard[at : at + 1024] ** 2).sum() for at in (0, 1024))
    assert first < 0.01 * (source[:1024] ** 2).sum()
    assert second > 0.5 * (source[1024:2048] ** 2).sum()


def test_sound_that_starts_much_later_is_not_led_in(tmp_path: Path) -> None:
    """A chunk of 4 s holds no silence of an hour in memory: that would be 1.4 GB."""
    file = tmp_path / "later.mkv"
    tone = ("-f", "lavfi", "-i", "sine=frequency=300:sample_rate=48000:duration=1")
    run_ffmpeg(["-itsoffset", "3600", *tone, "-c:a", "aac", str(file)])
    timeline = a_sound_timeline(3601, chunk_segments=2)
    told = encode_chunk_of_sound(
        file,
        [Track(0, None)],
        timeline,
        timeline.chunk(0),
        [tmp_path / "chunk.mp4"],
        *("-v", "info", "-benchmark"),
    )

    (most_kib,) = re.findall(r"maxrss=(\d+)KiB", told)
    assert int(most_kib) < 1_000_000


@pytest.mark.parametrize(("sample_count", "frames"), [(800, 1), (1025, 2), (96_257, 95)])
def test_the_shortest_tracks_and_chunks(folder: Path, sample_count: int, frames: int) -> None:
    """A track of less than a frame, and a last chunk of one sample, have a segment each."""
    file = _source(folder, "short.wav", ())
    timeline = a_sound_timeline(Fraction(sample_count, 48_000))

    (joined,) = _encode(file, timeline, [Track(0, None)])

    assert _is_continuous(joined, timeline)
    assert sum(segment.frame_count for segment in joined.segments) == frames
    assert len(joined.segments) == timeline.segment_count
    assert len(set(joined.headers)) == 1


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "ts"])
def test_a_chunk_reads_about_its_own_part_of_the_source(
    media_server: MediaServer, tmp_path: Path, suffix: str
) -> None:
    """A chunk of 9 % of the source, with its lead of 7 %, reads less than a quarter of it."""
    file = media_server.folder / f"long-sound.{suffix}"
    picture = ("-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25:duration=240")
    tone = ("-f", "lavfi", "-i", "sine=frequency=300:sample_rate=48000:duration=240")
    encode = ("-c:v", "mpeg4", "-q:v", "2", "-g", "100", "-c:a", "aac")
    run_ffmpeg([*picture, *tone, *encode, str(file)])
    start_s = Fraction(7, 5) if suffix == "ts" else Fraction(0)
    timeline = a_sound_timeline(240, chunk_segments=10, start_s=start_s)
    chunk = timeline.chunk(5)

    output = str(tmp_path / "chunk.mp4")
    arguments = encode_sound(
        [a_sound_track(timeline=timeline)],
        chunk,
        url=media_server.url(file),
        etag=SOURCE_ETAG,
        outputs=[output],
    )
    told = run_ffmpeg([*arguments[:-1], "-v", "verbose", output])

    read = sum(int(count) for count in re.findall(r"Statistics: (\d+) bytes read", told))
    assert 0.1 < read / file.stat().st_size < 0.25
