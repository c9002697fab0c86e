"""What was removed of a video."""

from __future__ import annotations

from pydantic import Field

from transcoding.job.messages import PurgeState
from transcoding.values import Value


class Removed(Value):
    """What one call has removed of a video, and of its copies at Front Door.

    Attributes:
        upload: whether the upload was deleted by this call.
        stable_files, source_files: how many blobs were deleted by this call; where another one is
            at it, both may count a blob.
        is_complete: nothing of it is left; otherwise the video is offline, and another call goes
            on with its files.
        wait_s: how long that one is to wait: somebody may be writing yet, whose job nobody knows.
        purge: of all that lies under the name; without a token, as nobody is asked after it.
    """

    name: str
    upload: bool
    stable_files: int = Field(ge=0)
    source_files: int = Field(ge=0)
    is_complete: bool
    wait_s: int = Field(default=0, ge=0)
    purge: PurgeState
