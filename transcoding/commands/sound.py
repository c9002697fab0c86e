"""stub"""

from __future__ import annotations

from transcoding.commands.parts import Piece, recipe, window
from transcoding.source.sound_timeline import SoundTimeline
from transcoding.source.timeline import Chunk
from transcoding.tracks.audio import AudioTrack


def seek(timeline: SoundTimeline, chunk: Chunk) -> tuple[Piece, ...]:
    return (recipe("-copyts"),)


def filters(track: AudioTrack, chunk: Chunk) -> tuple[Piece, ...]:
    timeline = track.timeline
    return (
        window(f"asetpts=PTS-({float(timeline.start_s):.6f})/TB"),
        recipe("aformat=channel_layouts=stereo"),
        recipe(f"aresample={timeline.sample_rate_hz}"),
        recipe("aresample=async=1:min_hard_comp=0.01:first_pts=1024"),
        recipe("apad"),
        window(f"atrim=start_pts=1024:end_pts={timeline.sample_count}"),
    )


def output(track: AudioTrack, chunk: Chunk) -> tuple[Piece, ...]:
    timeline = track.timeline
    frames = timeline.segment_frames - 0.5
    us = round(frames * timeline.frame_samples * 1e6 / timeline.sample_rate_hz)
    return (
        *(recipe(*words) for words in track.coded_by().arguments(track.settings)),
        recipe("-map_metadata", "-1"),
        recipe("-map_chapters", "-1"),
        recipe("-f", "mp4"),
        recipe("-movflags", "+cmaf"),
        recipe("-frag_duration", str(us)),
    )


def pieces_of(track: AudioTrack, chunk: Chunk) -> tuple[Piece, ...]:
    return (
        *seek(track.timeline, chunk),
        recipe(f"0:{track.stream_index}"),
        *filters(track, chunk),
        *output(track, chunk),
    )
