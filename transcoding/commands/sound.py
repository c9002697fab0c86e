"""The pieces of FFmpeg's argument list that make the sound of one chunk.

One process carries all tracks of a chunk: one input, one output file for each track.

    seek(timeline, chunk), decoder(track) for each track, -i URL
    for each track: -map, -af chain(filters(track, chunk)), output(track, chunk), path

Each track has a graph of its own: where the channels of one change in the middle, as broadcasts do
between film and advertisements, FFmpeg sets up its graph anew, and the others go on.

AAC frames overlap, and the encoder's choices depend on what it has seen, so a chunk starts before
its first frame and goes on past its last, and what does not belong to it is thrown away after
encoding (ADR 4).
"""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from transcoding.commands.parts import Piece, recipe, window
from transcoding.source.sound_clock import PacketClock
from transcoding.source.sound_timeline import SoundTimeline
from transcoding.source.timeline import Chunk
from transcoding.tracks.audio import AudioTrack

_WARM_UP_S = 2
"""Sound before the first sample that is encoded, for resampler and decoder."""
_SEEK_EARLY_S = 3
"""How much earlier still the seek goes: interleaving is that loose, and MPEG-TS seeks anywhere."""
_READ_ON_S = Fraction(1, 4)
"""Sound after the last sample that is encoded, for the resampler."""

_SYNC_TOLERANCE_S = "0.01"
"""How far sound may be from its timestamps; less is jitter of the container, and is left alone."""
_ROUNDING_TICKS = Fraction(3, 2)
"""Two rounded times, that of the first packet and that of this one, and a bit."""
_LARGEST_ROUNDING_S = Fraction(2, 1000)

_LAYOUTS = {1: "mono", 2: "stereo", 6: "5.1"}

_NOISY_CODECS = frozenset({"ac3", "eac3"})


class _Span(NamedTuple):
    """What one chunk reads and encodes, in samples of the published rate.

    Attributes:
        origin_s: a whole second before it; in any rate that is a whole number of samples, so that
            the resampler's phase is the same in all chunks.
        first, end: samples that go to the encoder.
    """

    origin_s: int
    first: int
    end: int


def _span(timeline: SoundTimeline, chunk: Chunk) -> _Span:
    size = timeline.frame_samples
    lead_frame = max(0, chunk.first_frame - timeline.lead_frames)
    # The encoder puts a frame of priming before the sound. There is no edit list to hide it, so
    # the sound begins a frame later in its place: what is heard at a time is what the source has
    # at that time.
    first = (lead_frame + 1) * size
    end_frame = chunk.first_frame + chunk.frame_count + timeline.tail_frames
    return _Span(
        origin_s=max(0, first // timeline.sample_rate_hz - _WARM_UP_S),
        first=first,
        # A track of a single frame is all priming; without any input there would be no frame.
        end=max(min(end_frame * size, timeline.sample_count), first + 1),
    )


def pieces_of(track: AudioTrack, chunk: Chunk) -> tuple[Piece, ...]:
    """Return all that a track adds to the argument list of a chunk's unit, the run apart."""
    return (
        *seek(track.timeline, chunk),
        *decoder(track),
        # Which stream is decoded decides the bytes, too.
        recipe(f"0:{track.stream_index}"),
        *filters(track, chunk),
        *output(track, chunk),
    )


def seek(timeline: SoundTimeline, chunk: Chunk) -> tuple[Piece, ...]:
    """Return the input options that open the source a little before the chunk.

    Where the seek lands decides nothing: what is used is decided by timestamps.
    """
    # Times as the container has them; otherwise FFmpeg takes the first sound that it sees for 0.
    times = (recipe("-copyts"),)
    seek_s = _span(timeline, chunk).origin_s - _SEEK_EARLY_S
    if seek_s <= 0:
        return times
    return (
        *times,
        # By default a seek counts from the container's start, and what lies before it is cut off
        # by a time that does not know of -seek_timestamp.
        window("-seek_timestamp", "1", "-noaccurate_seek"),
        window("-ss", f"{float(timeline.start_s + seek_s):.6f}"),
    )


def decoder(track: AudioTrack) -> tuple[Piece, ...]:
    """Return the input options of one track's decoder."""
    if track.clock is None or track.clock.codec not in _NOISY_CODECS:
        return ()
    # AC-3 fills what it does not code with noise. It is to be the same wherever decoding starts,
    # as two chunks decode what lies on both sides of their seam.
    return (recipe(f"-cons_noisegen:{track.stream_index}", "1"),)


def filters(track: AudioTrack, chunk: Chunk) -> tuple[Piece, ...]:
    """Return the chain that yields exactly the samples to be encoded.

    In the track's channels, at the published rate; silence where the source has nothing. Where the
    track has no clock, seams are off by the container's rounding.
    """
    timeline = track.timeline
    span = _span(timeline, chunk)
    base = span.origin_s * timeline.sample_rate_hz
    read_end_s = Fraction(span.end - base, timeline.sample_rate_hz) + _READ_ON_S
    return (
        recipe("asettb=1/sr"),
        recipe(f"asetpts='{_position(track.clock, timeline.start_s)}'"),
        window(f"asetpts=PTS-{span.origin_s}*SR"),
        # Ends the reading, too. Sound that starts much later would else be led in by silence that
        # is all held in memory.
        window(f"atrim=start=0:end={float(read_end_s):.6f}"),
        # Mixed down before resampling.
        recipe(f"aformat=sample_fmts=fltp:channel_layouts={_LAYOUTS[track.channels]}"),
        # Gaps in the source become silence and overlaps are cut; without min_comp the very first
        # sample could be a millisecond off. Before resampling, as first_pts counts samples of the
        # source's rate.
        recipe(
            f"aresample=async=1:min_comp=0.000001:min_hard_comp={_SYNC_TOLERANCE_S}:first_pts=0"
        ),
        recipe(f"aresample={timeline.sample_rate_hz}"),
        # As long as the picture, whatever the source's sound is.
        recipe("apad"),
        window(f"atrim=start_sample={span.first - base}:end_sample={span.end - base}"),
        # Whole frames only, so that those of a graph that is set up anew stand on the same grid.
        recipe(f"asetnsamples=n={timeline.frame_samples}:p=0"),
        # Where there is no sound at all the silence has no time of its own.
        window(f"asetpts=N+{span.first}"),
    )


def _position(clock: PacketClock | None, start_s: Fraction) -> str:
    """Return the expression for a frame's place: its samples of the source's rate after sample 0.

    Every time is rounded by itself and moved by whole samples only, so that all chunks agree.
    """
    written = f"PTS-floor({_samples(start_s)}+0.5)"
    if clock is None:
        return written
    grid = clock.grid_samples or "NB_SAMPLES"
    # Ends, as the very first frame may lack its beginning.
    end_on_grid = f"round((PTS+NB_SAMPLES-{_samples(clock.first_s)})/{grid})*{grid}"
    exact = f"floor({_samples(clock.first_s - start_s)}+0.5)+{end_on_grid}-NB_SAMPLES"
    # A sound card's clock drifts, a recorder leaves out packets: then the grid means nothing.
    rounding_s = min(_ROUNDING_TICKS * clock.tick_s, _LARGEST_ROUNDING_S)
    is_rounding = f"lte(abs(ld(1)-ld(0)),{_samples(rounding_s)}+1)"
    return f"st(0,{written});st(1,{exact});if({is_rounding},ld(1),ld(0))"


def _samples(time_s: Fraction) -> str:
    return f"(({time_s.numerator})*SR/{time_s.denominator})"


def output(track: AudioTrack, chunk: Chunk) -> tuple[Piece, ...]:
    """Return the options of one track's output file: a fragmented MP4, one fragment a segment.

    Its decode times go on from chunk to chunk, and its header is the same in every chunk.
    """
    timeline = track.timeline
    size = timeline.frame_samples
    first_tick = track.starts_at(chunk)
    end_tick = first_tick + chunk.frame_count * size
    # A fragment ends at the first frame at or past the limit: half a frame less than a segment
    # gives whole ones, whatever microseconds make of it.
    fragment_s = (timeline.segment_frames - Fraction(1, 2)) * size / timeline.sample_rate_hz
    return (
        *(recipe(*words) for words in track.coded_by().arguments(track.settings)),
        window(
            "-bsf:a",
            # A graph that is set up anew begins with silence up to where it takes over: what has
            # been written is not written again. The expression's variables live on.
            f"noise=drop='lt(pts,max(ld(0),{first_tick}))+gte(pts,{end_tick})"
            f"+0*st(0,max(ld(0),pts+1))',"
            f"setts=duration='min(DURATION,{timeline.sample_count}-PTS)'",
        ),
        recipe("-map_metadata", "-1"),
        recipe("-map_chapters", "-1"),
        # With +frag_discont the first frame's time goes into tfdt.
        recipe("-f", "mp4"),
        recipe("-movflags", "+cmaf+frag_discont"),
        recipe("-frag_duration", str(round(fragment_s * 1_000_000))),
    )
