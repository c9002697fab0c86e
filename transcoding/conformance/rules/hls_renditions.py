"""Rules about what plays beside the picture: sound and captions (EXT-X-MEDIA)."""

from __future__ import annotations

from collections.abc import Iterator

from transcoding.conformance.parsed import Parsed
from transcoding.conformance.readers.playlists import Media
from transcoding.conformance.rule import Finding, Rule, judge
from transcoding.conformance.scope import SOUND, SOUND_ALONE, Scope

_SDH = frozenset(
    {
        "public.accessibility.transcribes-spoken-dialog",
        "public.accessibility.describes-music-and-sound",
    }
)


def _audio_apart(parsed: Parsed) -> Finding:
    master = parsed.master
    audio_uris = {m.uri for m in master.media if m.type == "AUDIO"}

    def problems() -> Iterator[str]:
        for rendition in parsed.audio:
            if rendition.playlist_uri not in audio_uris:
                yield f"{rendition.key} is in no EXT-X-MEDIA of TYPE=AUDIO"
        for variant in master.variants:
            if not master.group(variant.audio_group):
                yield f"{variant.uri} names no audio group"

    return judge(problems(), f"{len(audio_uris)} audio renditions in EXT-X-MEDIA")


def _language(parsed: Parsed) -> Finding:
    planned = {r.playlist_uri: parsed.audio_track(r).language for r in parsed.audio}

    def problems() -> Iterator[str]:
        for media in parsed.master.media:
            name = media.uri or media.name
            if media.type != "VIDEO" and not media.language:
                yield f"{name} has no LANGUAGE"
            elif media.language != planned.get(media.uri, media.language):
                yield f"{name} is {media.language!r}, {planned[media.uri]!r} planned"

    return judge(problems(), "on every EXT-X-MEDIA, as planned")


def _stereo_aac(parsed: Parsed) -> Finding:
    stereo = [m.uri for m in parsed.master.media if m.type == "AUDIO" and m.channels == "2"]
    found = [
        r.key
        for r in parsed.audio
        if r.playlist_uri in stereo and r.sound_codec.is_basic_stereo(r.init)
    ]
    return judge([] if found else ["no rendition is stereo AAC-LC"], f"{len(found)} stereo AAC-LC")


def _alone(parsed: Parsed) -> Finding:
    """Without a picture nothing speaks of one, and a variant is one of its group (RFC 8216, 4.3.4).

    A player that is told to play another sound of the group plays it instead of the variant's own.
    """
    master = parsed.master

    def problems() -> Iterator[str]:
        for variant in master.variants:
            stated = {
                "RESOLUTION": variant.resolution,
                "FRAME-RATE": variant.frame_rate,
                "VIDEO-RANGE": variant.video_range,
            }
            yield from (f"{variant.uri} has {name}" for name, value in stated.items() if value)
            if variant.uri not in {m.uri for m in master.group(variant.audio_group)}:
                yield f"{variant.uri} is not in its group {variant.audio_group!r}"
        yield from (f"{v.uri} has I-frames of no picture" for v in master.iframe_variants)

    return judge(problems(), f"{len(master.variants)} variants of sound, each one of its group")


def _caption_media(parsed: Parsed) -> list[Media]:
    return [m for m in parsed.master.media if m.type in ("SUBTITLES", "CLOSED-CAPTIONS")]


def _captions(parsed: Parsed) -> Finding:
    """Captions' files are not among what the gate is given; publishing them needs rules first."""
    listed = len(_caption_media(parsed))
    return judge([f"{listed} captions are listed, and the gate cannot read them"], "")


def _sdh_media(parsed: Parsed) -> list[Media]:
    return [m for m in parsed.master.media if _SDH & set(m.characteristics)]


def _sdh(parsed: Parsed) -> Finding:
    partial = [m.name for m in _sdh_media(parsed) if not _SDH.issubset(m.characteristics)]
    return judge((f"{name} has one of two characteristics" for name in partial), "both given")


def _sdh_autoselect(parsed: Parsed) -> Finding:
    without = [m.name for m in _sdh_media(parsed) if not m.is_autoselect]
    return judge((f"{name} is not AUTOSELECT=YES" for name in without), "AUTOSELECT=YES")


_MEDIA = Scope(lambda parsed: parsed.has_sound or bool(parsed.master.media), SOUND.otherwise)
_CAPTIONS = Scope(lambda parsed: bool(_caption_media(parsed)), "no captions are published")
_SDH_CAPTIONS = Scope(lambda parsed: bool(_sdh_media(parsed)), "no captions are published")

RULES = (
    Rule("HLS 8.9", "MUST", SOUND, _audio_apart),
    Rule("HLS 8.10", "MUST", _MEDIA, _language),
    Rule("HLS 2.3", "MUST", SOUND, _stereo_aac),
    Rule("HLS sound alone", "MUST", SOUND_ALONE, _alone),
    Rule("HLS 5.2", "MUST", _CAPTIONS, _captions),
    Rule("HLS 5.3", "MUST", _CAPTIONS, _captions),
    Rule("HLS 5.5", "MUST", _CAPTIONS, _captions),
    Rule("HLS 4.5", "MUST", _SDH_CAPTIONS, _sdh),
    Rule("HLS 4.6", "MUST", _SDH_CAPTIONS, _sdh_autoselect),
)
