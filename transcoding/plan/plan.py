"""The plan of a job: its tracks, how they are cut, and which unit carries which of them.

The plan is made once and recorded in the orchestrator's history, so that a deployment with another
ladder cannot break a job that is under way.
"""

from __future__ import annotations

import re
from fractions import Fraction
from math import floor

from transcoding.job.messages import Job, Refused
from transcoding.job.paths import RenditionFolder
from transcoding.source.measured import Measured
from transcoding.source.source import Source, VideoStream
from transcoding.source.timeline import Chunk
from transcoding.tracks.images import Poster, Storyboard
from transcoding.tracks.track import AudioTrack, Track, VideoTrack
from transcoding.values import Value


class Probed(Value):
    """What probing an upload gave: a source, or a refusal."""

    job: Job
    source: Source | None = None
    refused: Refused | None = None


class Planning(Value):
    """What planning starts from.

    Attributes:
        round: counts how often the job has been planned before.
    """

    job: Job
    source: Source
    measured: Measured
    round: int = 0


def unit_id(round_number: int, number: int) -> str:
    """Return the name of a unit within its run, such as "unit-0-00017"."""
    return f"unit-{round_number}-{number:05d}"


def read_unit_id(name: str) -> tuple[int, int] | None:
    """Return a unit's round and number; None where the name is that of another step."""
    found = re.fullmatch(r"unit-(\d+)-(\d+)", name)
    return (int(found[1]), int(found[2])) if found else None


class Unit(Value):
    """The unit of work: a chunk and the tracks that one FFmpeg process makes of it.

    Attributes:
        encoder: the version of FFmpeg that it was planned for.
        round: counts how often the job has been planned, from 0.
        number: in the plan of that round, counted from 0.
        stream: the source's picture that is decoded; None for a unit of sound.
        tracks: all of one kind and one timeline.
    """

    job: Job
    encoder: str
    round: int
    number: int
    stream: VideoStream | None
    tracks: tuple[Track, ...]
    chunk: Chunk

    @property
    def video(self) -> tuple[VideoTrack, ...]:
        return tuple(track for track in self.tracks if track.kind == "video")

    @property
    def audio(self) -> tuple[AudioTrack, ...]:
        return tuple(track for track in self.tracks if track.kind == "audio")

    @property
    def unit_id(self) -> str:
        return unit_id(self.round, self.number)

    def frames_done(self, frames: int, time_s: float) -> int:
        """Return how many frames of the chunk are done, by FFmpeg's word.

        Args:
            frames: pictures that it has written to its first output; 0 for sound.
            time_s: media time that it has written.
        """
        if self.video:
            return min(frames * self.video[0].frame_step, self.chunk.frame_count)
        track = self.audio[0]
        done = int(time_s * track.sample_rate_hz / track.timeline.frame_samples)
        return min(done, self.chunk.frame_count)


class Plan(Value):
    """A job, planned.

    Attributes:
        encoder: the version of FFmpeg that all units need.
        round: as of a unit.
        tracks: pictures from the lowest rung up, then sound in the source's order.
        groups: keys of the tracks that share a decode: sound first, then rungs.
        lanes: how many units run at once.
        poster: None where there is neither picture nor cover.
        storyboard: None where there is no picture.
        pass_number: how often its steps were gone over before, for those that join markers and read
            what was joined. 0 in the plan that units are read from.
        removal: number of the last removal that its upload had outlived when it was planned, 0 for
            none. What was found done may be gone after a later one.
    """

    job: Job
    source: Source
    encoder: str
    round: int
    tracks: tuple[Track, ...]
    groups: tuple[tuple[str, ...], ...]
    lanes: int
    poster: Poster | None
    storyboard: Storyboard | None
    pass_number: int = 0
    removal: int = 0

    @property
    def video(self) -> tuple[VideoTrack, ...]:
        return tuple(track for track in self.tracks if track.kind == "video")

    @property
    def audio(self) -> tuple[AudioTrack, ...]:
        return tuple(track for track in self.tracks if track.kind == "audio")

    @property
    def duration_s(self) -> Fraction:
        return self.tracks[0].timeline.duration_s

    @property
    def target_duration_s(self) -> int:
        """EXT-X-TARGETDURATION of every playlist, in whole seconds, 1 at least.

        Every duration, rounded to the nearest second, is at most this (RFC 8216, 4.3.3.1), and all
        playlists of a video share it (HLS Authoring Specification, 8.2). From the plan, so that no
        playlist depends on which other tracks are ready.
        """
        longest_s = max(
            min(track.timeline.segment_s, track.timeline.duration_s) for track in self.tracks
        )
        return max(1, floor(longest_s + Fraction(1, 2)))

    @property
    def unit_count(self) -> int:
        return sum(self.track(group[0]).timeline.chunk_count for group in self.groups)

    def track(self, key: str) -> VideoTrack | AudioTrack:
        """Return the track with this key.

        Raises:
            KeyError: there is none.
        """
        return {track.key: track for track in self.tracks}[key]

    def unit(self, number: int) -> Unit:
        """Return a unit, counted from 0: those of sound first, then those of the lowest rungs.

        Raises:
            IndexError: there is no such unit.
        """
        index = number
        for group in self.groups:
            tracks = tuple(self.track(key) for key in group)
            count = tracks[0].timeline.chunk_count
            if 0 <= index < count:
                return Unit(
                    job=self.job,
                    encoder=self.encoder,
                    round=self.round,
                    number=number,
                    stream=self.source.video if tracks[0].kind == "video" else None,
                    tracks=tracks,
                    chunk=tracks[0].timeline.chunk(index),
                )
            index -= count
        raise IndexError(f"unit {number} beyond the last")

    def folder(self, key: str) -> RenditionFolder:
        """Return the folder of the track, poster or storyboard with this key."""
        return RenditionFolder(self.job.name, self.job.source_key, key)
