"""H.264, encoded by x264: High profile, 8 bits (ITU-T H.264; ISO/IEC 14496-15)."""

from __future__ import annotations

from transcoding.codecs.codec import VideoSettings, Words
from transcoding.codecs.h264_levels import lowest_level

SAMPLE_ENTRY = "avc1"
CONFIGURATION_BOX = "avcC"
PIXEL_FORMAT = "yuv420p"


def level(settings: VideoSettings) -> str:
    """Return the name of the lowest High-profile level, such as "4.0".

    Raises:
        ValueError: not even level 5.2, the highest that HLS allows (1.3b), is enough.
    """
    return lowest_level(
        settings.width,
        settings.height,
        settings.frame_rate,
        settings.maxrate_bps,
        settings.bufsize_bits,
    )


def arguments(settings: VideoSettings) -> Words:
    """Return x264's arguments.

    A GOP is exactly one segment: a keyframe at its start, none elsewhere, none open, so that
    boundaries are the same on every rung and every segment starts with an IDR.
    """
    gop = str(settings.gop_frames)
    return (
        ("-c:v", "libx264"),
        ("-preset", settings.preset),
        ("-profile:v", "high"),
        ("-level", level(settings)),
        # Capped CRF: easy content costs less than the rung allows, hard content no more.
        ("-crf", str(settings.crf)),
        ("-maxrate", str(settings.maxrate_bps)),
        ("-bufsize", str(settings.bufsize_bits)),
        ("-g", gop),
        ("-keyint_min", gop),
        ("-sc_threshold", "0"),
        ("-flags", "+cgop"),
    )


def codec_string(configuration: bytes) -> str:
    """Return profile, constraint flags and level (RFC 6381, 3.3; ISO/IEC 14496-15, 5.3.3.1).

    Raises:
        ValueError: the avcC box is cut short or of an unknown version.
    """
    if len(configuration) < 4 or configuration[0] != 1:
        raise ValueError("the avcC box is cut short or of an unknown version")
    return f"{SAMPLE_ENTRY}.{configuration[1:4].hex()}"
