"""Damage is healed where it is noticed: what cannot be used is taken away and encoded once more."""

from __future__ import annotations

import logging
from typing import NoReturn

from activities.live import is_live
from adapters.services import Services
from adapters.storage.chunks import FolderState
from transcoding.errors import EncodeAgain, PlanAgain
from transcoding.plan.plan import Plan
from transcoding.tracks.track import AudioTrack, VideoTrack

_log = logging.getLogger("durable_vod.healing")

_MAX_LOGGED = 10


def take_away(
    services: Services, plan: Plan, track: VideoTrack | AudioTrack, state: FolderState
) -> list[str]:
    """Take away the unusable chunks of a track; return what is wrong with each undone one.

    Args:
        state: judged before this asks whether the track is live: a chunk that was damaged then
            has to be encoded, and has another marker, before anything can be published.

    Raises:
        PlanAgain: the track is live; it stays as it is.
    """
    if not state.undone:
        return []
    folder = plan.folder(track.key)
    if is_live(services, folder):
        raise PlanAgain("a track that is live is damaged", on=track.key)
    services.stores.renditions.remove_unusable(folder, state)
    wrong = [
        f"chunk {chunk.index} of {track.key}: {chunk.reason or 'it has no done-marker'}"
        for chunk in state.chunks
        if not chunk.record
    ]
    for line in wrong[:_MAX_LOGGED]:
        _log.warning("%s: to be encoded again: %s", plan.job.name, line)
    return wrong


def encode_again(services: Services, plan: Plan, key: str, noticed: str) -> NoReturn:
    """Have damaged chunks encoded once more: those of all tracks, as there is one more pass only.

    Args:
        key: of the track where damage was noticed.
        noticed: what is wrong, for people.

    Raises:
        EncodeAgain: they have been taken away.
        PlanAgain: as `take_away`.
    """
    for track in plan.tracks:
        spans = track.timeline.chunks()
        state = services.stores.renditions.chunk_state(plan.folder(track.key), spans)
        take_away(services, plan, track, state)
    raise EncodeAgain(noticed, on=plan.folder(key).path())
