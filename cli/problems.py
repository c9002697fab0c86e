"""What the command's user can put right before anything has been tried."""

from __future__ import annotations

from transcoding.errors import VodError


class Unusable(VodError):
    """A missing file, no Azurite, no app that answers: exit code 2."""
