"""A release: those tracks of a plan that are published together."""

from __future__ import annotations

from typing import NamedTuple

from transcoding.plan.plan import Plan
from transcoding.tracks.track import AudioTrack, VideoTrack


class Release(NamedTuple):
    """A plan and the tracks of it that are ready; storage gives it a number when it is recorded.

    Attributes:
        keys: of the tracks that are ready, in the plan's order.
    """

    plan: Plan
    keys: tuple[str, ...]

    @classmethod
    def whole(cls, plan: Plan) -> Release:
        """Return the release of all tracks."""
        return cls(plan, tuple(track.key for track in plan.tracks))

    @property
    def is_complete(self) -> bool:
        return len(self.keys) == len(self.plan.tracks)

    @property
    def tracks(self) -> tuple[VideoTrack | AudioTrack, ...]:
        return tuple(track for track in self.plan.tracks if track.key in self.keys)
