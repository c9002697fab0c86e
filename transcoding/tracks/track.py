"""A track: what is encoded, stored in a folder of its own and named by manifests.

Whoever goes over tracks asks them; nobody reads a meaning out of a key.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from transcoding.tracks.audio import AudioTrack
from transcoding.tracks.video import VideoTrack

Track = Annotated[VideoTrack | AudioTrack, Field(discriminator="kind")]

__all__ = ["AudioTrack", "Track", "VideoTrack"]
