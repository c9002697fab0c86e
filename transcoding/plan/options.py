"""What an operator may choose about encoding."""

from __future__ import annotations

from typing import Literal

from transcoding.values import Value

Grouping = Literal["auto", "per_rendition", "together"]


class Options(Value):
    """Choices that planning takes; the settings of the app give them.

    Attributes:
        preset: the video encoder's speed preset.
        max_height: leave out larger rungs; None keeps the whole ladder.
        audio_bitrate_bps: rate of each stereo AAC track.
        chunk_s: longest chunk of the picture; None derives it from the unit budget.
        unit_budget_s: how long one unit may encode for.
        pixels_per_s: how many pixels of one rung an instance encodes in a second.
        grouping: one rung a unit, all rungs in one, or by the number of instances.
        many_instances: whether `auto` means one rung a unit.
        units_in_flight: how many units of one job run at once.
    """

    preset: str = "fast"
    max_height: int | None = None
    audio_bitrate_bps: int = 128_000
    chunk_s: int | None = None
    unit_budget_s: int = 120
    pixels_per_s: int = 60_000_000
    grouping: Grouping = "auto"
    many_instances: bool = True
    units_in_flight: int = 2
