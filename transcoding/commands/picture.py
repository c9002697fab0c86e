"""What FFmpeg does to a picture: a track's recipe and a chunk's window, piece by piece.

Every flag stands with its reason.
"""

from __future__ import annotations

from fractions import Fraction

from transcoding.commands.parts import Piece, recipe, window
from transcoding.source.source import VideoStream
from transcoding.source.timeline import Chunk, Timeline
from transcoding.tracks.video import VideoTrack

SOURCE_TIMES = ("-copyts",)
"""Times as the container has them. Otherwise FFmpeg takes the first picture or sound that is used
for 0 in MPEG-TS and MPEG-PS, and sound that starts 0.5 s late comes 0.5 s early."""


def seek(timeline: Timeline, first_frame: int) -> tuple[Piece, ...]:
    """Return the input options that lead to a frame of the grid.

    The seek lands half a frame before the first wanted one, so that rounding never loses or gains
    a picture.
    """
    first_decoded = _first_decoded(timeline, first_frame)
    if first_decoded == 0:
        # What is wanted from the first frame on is read from the start of the file: seeking to a
        # time before the first picture loses a group of pictures in FLV and AVI.
        return (recipe(*SOURCE_TIMES),)
    return (
        recipe(*SOURCE_TIMES),
        window("-ss", _seconds(timeline.start_s + _grid_s(timeline, first_decoded))),
    )


def grid(
    stream: VideoStream, timeline: Timeline, first_frame: int, frame_count: int
) -> tuple[Piece, ...]:
    """Return the filters that put pictures on the grid and keep exactly these frames of it."""
    first_decoded = _first_decoded(timeline, first_frame)
    preroll = first_frame - first_decoded
    zero_s = timeline.container_start_s + timeline.start_s + _grid_s(timeline, first_decoded)
    return (
        # Containers with coarse ticks (AVI: one a frame) have no room for half a frame.
        recipe(f"settb=1/{timeline.timescale}"),
        window(f"setpts=PTS-({_seconds(zero_s)})/TB"),
        # 1.14: interlaced sources become progressive, one frame for two fields.
        *([recipe("bwdif=mode=send_frame")] if stream.is_interlaced else []),
        # One picture for each place of the grid: jitter is smoothed, a hole is filled by
        # repetition, and a variable rate becomes constant.
        recipe(f"fps={timeline.frame_rate}:start_time=0:round=down"),
        # A track that ends early repeats its last picture rather than ending a segment short.
        recipe("tpad=stop_mode=clone:stop=-1"),
        window(f"trim=start_frame={preroll}:end_frame={preroll + frame_count}"),
        recipe("setpts=PTS-STARTPTS"),
    )


def look(stream: VideoStream, track: VideoTrack) -> tuple[Piece, ...]:
    """Return the filters that make a rung's picture of the grid's: colour, rate, size, depth."""
    step = [recipe(f"framestep={track.frame_step}")] if track.frame_step > 1 else []
    return (
        *_to_sdr(stream),
        *step,
        recipe(f"scale={track.width}:{track.height}:flags=lanczos"),
        # Square pixels.
        recipe("setsar=1"),
        recipe(f"format={track.coded_by().PIXEL_FORMAT}"),
    )


def output(track: VideoTrack, chunk: Chunk) -> tuple[Piece, ...]:
    """Return the options of a rung's output file: encoder, counts, fragments of a segment each."""
    timeline = track.timeline
    return (
        window("-frames:v", str(track.frames_of(chunk))),
        # The grid is exact: the muxer must neither repeat nor drop.
        recipe("-fps_mode", "passthrough"),
        *(recipe(*words) for words in track.coded_by().arguments(track.settings)),
        *_shortened_end(track, chunk),
        # The encoder's parameter sets must not differ from chunk to chunk: no per-file metadata.
        recipe("-map_metadata", "-1"),
        recipe("-map_chapters", "-1"),
        recipe("-video_track_timescale", str(timeline.timescale)),
        # The movie header's own timescale would follow the encoder's time base, which setts
        # changes: init segments would differ where the last frame is shortened.
        recipe("-movie_timescale", str(timeline.timescale)),
        # With +frag_discont the offset goes into tfdt; `-f dash` would put it in an edit list
        # and restart tfdt at 0.
        window("-output_ts_offset", _seconds(chunk.first_frame / timeline.frame_rate)),
        recipe("-f", "mp4"),
        recipe("-movflags", "+cmaf+frag_discont"),
    )


def pieces_of(stream: VideoStream, track: VideoTrack, chunk: Chunk) -> tuple[Piece, ...]:
    """Return all that a track adds to the argument list of a chunk's unit, the run apart."""
    return (
        *seek(track.timeline, chunk.first_frame),
        # Which stream is decoded decides the bytes, too.
        recipe(f"0:{stream.stream_index}"),
        *grid(stream, track.timeline, chunk.first_frame, chunk.frame_count),
        *look(stream, track),
        *output(track, chunk),
    )


def _first_decoded(timeline: Timeline, first_frame: int) -> int:
    return first_frame - min(timeline.preroll_frames, first_frame)


def _grid_s(timeline: Timeline, frame: int) -> Fraction:
    return (frame - Fraction(1, 2)) / timeline.frame_rate


def _shortened_end(track: VideoTrack, chunk: Chunk) -> list[Piece]:
    """Shorten the last frame of a halved rung where it stands for a single grid frame.

    The encoder counts in whole rung frames, so setts goes over to ticks (prescale); it makes PTS
    equal to DTS unless both are given.
    """
    last_ticks = track.last_frame_ticks(chunk)
    if last_ticks == track.frame_step * track.timeline.frame_ticks:
        return []
    last = track.frames_of(chunk) - 1
    return [
        window(
            "-bsf:v",
            f"setts=time_base=1/{track.timeline.timescale}:prescale=1:pts=PTS:dts=DTS"
            f":duration='if(eq(N,{last}),{last_ticks},DURATION)'",
        )
    ]


def _to_sdr(stream: VideoStream) -> list[Piece]:
    """Tone-map PQ and HLG to BT.709: H.264 rungs are SDR, and untouched they look grey."""
    if not stream.is_hdr:
        return []
    return [
        recipe(
            f"zscale=tin={stream.color_transfer}:min={stream.color_matrix or 'bt2020nc'}"
            f":pin={stream.color_primaries or 'bt2020'}:t=linear:npl=100"
        ),
        recipe("format=gbrpf32le"),
        recipe("zscale=p=bt709"),
        recipe("tonemap=hable:desat=0"),
        recipe("zscale=t=bt709:m=bt709:r=tv"),
    ]


def _seconds(value: Fraction) -> str:
    return f"{float(value):.6f}"
