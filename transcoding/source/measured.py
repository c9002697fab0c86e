"""What only looking at the media tells, beyond container and packets."""

from __future__ import annotations

from transcoding.values import Value


class Measured(Value):
    """Nothing yet: field order, loudness and quality samples belong here."""
