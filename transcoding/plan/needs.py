"""What a machine has to have for what is planned: read off the commands that plans make."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise

from transcoding.commands import checks, encode, probing, stills
from transcoding.job.messages import Job
from transcoding.plan.ladder import LADDER, Ladder
from transcoding.plan.make_plan import make_plan
from transcoding.plan.options import Options
from transcoding.plan.plan import Plan, Planning
from transcoding.source.measured import Measured
from transcoding.source.sound_clock import PacketClock
from transcoding.source.source import AudioStream, CoverPicture, Source, VideoStream
from transcoding.values import Value

IMPLIED_ENCODERS: Mapping[str, tuple[str, ...]] = {
    "image2": ("mjpeg",),
    "null": ("wrapped_avframe", "pcm_s16le"),
    "framecrc": ("rawvideo",),
}
"""What FFmpeg encodes with where a command names a muxer alone; pictures are all JPEG here."""

_STORED_TWICE = 2
"""A chunk that another attempt has begun to store is put together beside the own one."""

_FILTER = re.compile(r"(?:\[[^\]]*\])*(\w+)")


class Needs(Value):
    """What FFmpeg has to be built with, by its own names.

    Attributes:
        protocols: also of ffprobe.
    """

    encoders: frozenset[str]
    decoders: frozenset[str]
    filters: frozenset[str]
    muxers: frozenset[str]
    bsfs: frozenset[str]
    protocols: frozenset[str]

    def by_kind(self) -> dict[str, frozenset[str]]:
        """Return the names by the kind that FFmpeg lists them as."""
        return dict(self)


def needs_of(ladder: Ladder = LADDER) -> Needs:
    """Return what the commands need for a source that asks for all that there is.

    Its picture is interlaced, in HDR and of a high rate, its sound is surround; beside it stands a
    song with a cover.
    """
    plans = [_plan(source, Options(), ladder) for source in (_film(3840, 2160), _song())]
    commands = [command for plan in plans for command in _commands(plan)]
    muxers = frozenset(_values(commands, "-f"))
    implied = {encoder for muxer in muxers for encoder in IMPLIED_ENCODERS.get(muxer, ())}
    named = {value for kind in "va" for value in _values(commands, f"-c:{kind}")}
    graphs = [
        graph for flag in ("-vf", "-af", "-filter_complex") for graph in _values(commands, flag)
    ]
    bitstream = [chain for kind in "va" for chain in _values(commands, f"-bsf:{kind}")]
    whitelists = _values(commands, "-protocol_whitelist")
    return Needs(
        encoders=frozenset(named | implied),
        # What was encoded is decoded once before it is stored, and for pictures.
        decoders=frozenset(track.codec for plan in plans for track in plan.tracks),
        filters=frozenset(name for graph in graphs for name in _filters(graph)),
        muxers=muxers,
        bsfs=frozenset(name for chain in bitstream for name in _filters(chain)),
        protocols=frozenset(name for given in whitelists for name in given.split(",")),
    )


def scratch_bytes(options: Options, ladder: Ladder = LADDER) -> int:
    """Return how much disk the largest unit of any source may fill with these options.

    A chunk at the highest rate that its encoder is allowed, for each track of the unit.
    """
    sizes = [(row.box_width, row.box_height) for row in (*ladder.wide, *ladder.classic)]
    units = [unit for size in sizes for unit in _unit_bytes(_plan(_film(*size), options, ladder))]
    return _STORED_TWICE * max(units)


def _unit_bytes(plan: Plan) -> Iterator[int]:
    for group in plan.groups:
        tracks = [plan.track(key) for key in group]
        rates = [
            track.maxrate_bps if track.kind == "video" else track.bitrate_bps for track in tracks
        ]
        timeline = tracks[0].timeline
        chunk_s = tracks[0].ticks_of(timeline.chunk(0)) / Fraction(timeline.timescale)
        yield int(sum(rates) * chunk_s / 8)


def _commands(plan: Plan) -> Iterator[Sequence[str]]:
    """Yield every kind of FFmpeg command that a job of this plan runs."""
    url, etag = "https://storage/source", "0"
    yield probing.try_track(url, etag, 0, is_video=True)
    yield probing.try_track(url, etag, 1, is_video=False)
    yield probing.measure_cover(url, etag, 0, "")
    yield checks.decode("")
    if plan.audio:
        chunk = plan.audio[0].timeline.chunk(0)
        outputs = [""] * len(plan.audio)
        yield encode.encode_sound(plan.audio, chunk, url=url, etag=etag, outputs=outputs)
    stream, tracks = plan.source.video, plan.video
    if stream:
        paths = [""] * len(tracks)
        # The last chunk is the odd one.
        chunk = tracks[0].timeline.chunk(tracks[0].timeline.chunk_count - 1)
        yield encode.encode_picture(stream, tracks, chunk, url=url, etag=etag, outputs=paths)
        yield checks.seam_ssim(
            stream, tracks, chunk, url=url, etag=etag, files=paths, heads=paths, tails=paths
        )
        yield stills.make_poster("", 2, 2, "")
        yield stills.make_sprites("", 2, 2, "")
    if plan.source.cover:
        yield stills.take_cover((url, etag), 0, 2, 2, "")


def _values(commands: Iterable[Sequence[str]], flag: str) -> list[str]:
    return [value for words in commands for name, value in pairwise(words) if name == flag]


def _filters(graph: str) -> Iterator[str]:
    """Yield the names in a graph: commas and semicolons divide it, but not within quotes."""
    unquoted = re.sub(r"'[^']*'", "", graph)
    for link in re.split("[,;]", unquoted):
        if found := _FILTER.match(link):
            yield found[1]


def _plan(source: Source, options: Options, ladder: Ladder) -> Plan:
    job = Job(container="uploads", name="sample", etag="0", run_id="0")
    planning = Planning(job=job, source=source, measured=Measured())
    return make_plan(planning, options, ladder, "")


def _film(width: int, height: int) -> Source:
    """Return an hour whose last frame is the half of one on rungs of half the rate."""
    rate = Fraction(60)
    picture = VideoStream(
        stream_index=0,
        codec="hevc",
        coded_width=width,
        coded_height=height,
        display_width=width,
        display_height=height,
        rotation_deg=0,
        sample_aspect=Fraction(1),
        frame_rate=rate,
        is_constant_rate=True,
        start_s=Fraction(0),
        frame_count=3600 * 60 + 1,
        pixel_format="yuv420p10le",
        bit_depth=10,
        color_primaries="bt2020",
        color_transfer="smpte2084",
        color_matrix="bt2020nc",
        color_range="tv",
        is_interlaced=True,
    )
    return _song().model_copy(update={"video": picture, "cover": None})


def _song() -> Source:
    sound = AudioStream(
        stream_index=1,
        codec="ac3",
        channels=6,
        sample_rate_hz=44_100,
        language="und",
        title="",
        is_default=True,
        clock=PacketClock(codec="ac3", first_s=Fraction(0), tick_s=Fraction(1, 1000)),
    )
    return Source(
        container="mov,mp4",
        size_bytes=1,
        video=None,
        audio=(sound,),
        cover=CoverPicture(stream_index=0, codec="mjpeg", width=2, height=2),
        subtitles=(),
        sound_duration_s=Fraction(3600),
    )
