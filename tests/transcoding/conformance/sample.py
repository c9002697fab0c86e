"""Small publishes that keep every rule but two: 20 s at 25 fps, and 20 s of sound alone.

The one with pictures has two chunks, three rungs and a sound; the other has two sounds, each in two
chunks. What is expected of them is written down by hand, apart from any plan.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from fractions import Fraction
from typing import Any, Literal

from tests.transcoding.conformance.media_bytes import audio_head, audio_init, video_head, video_init
from transcoding.conformance import (
    Expected,
    ExpectedAudio,
    ExpectedVideo,
    Headers,
    PublishedFiles,
    PublishedRendition,
)
from transcoding.job.records import ChunkRecord, Segment

SOURCE_KEY = "~32d74fe09a60"
MID, TOP, LOW = "h264-mid", "h264-top", "h264-low"
SOUND, OTHER_SOUND = "aac-1", "aac-2"
VIDEO_SIZES = {
    MID: (1_000_000, 1_200_000, 1_000_000, 1_000_000, 1_000_000),
    TOP: (1_500_000,) * 5,
    LOW: (250_000,) * 5,
}
SOUND_SIZES = {SOUND: (64_000,) * 5, OTHER_SOUND: (48_000,) * 5}
SOUND_FRAMES = (188, 188, 188, 188, 186)
"""In each segment; of the last one the final frame stands for 512 samples only."""
CACHED = "public, max-age=31536000, immutable"

MASTER = f"""#EXTM3U
#EXT-X-VERSION:7
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="English",LANGUAGE="en",DEFAULT=YES,AUTOSELECT=YES,\
CHANNELS="2",URI="{SOURCE_KEY}/aac-1/media.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=2529381,AVERAGE-BANDWIDTH=2208000,CODECS="avc1.64001e,mp4a.40.2",\
RESOLUTION=640x360,FRAME-RATE=25.000,AUDIO="audio",CLOSED-CAPTIONS=NONE
{SOURCE_KEY}/h264-mid/media.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=629381,AVERAGE-BANDWIDTH=628000,CODECS="avc1.64001e,mp4a.40.2",\
RESOLUTION=320x180,FRAME-RATE=12.500,AUDIO="audio",CLOSED-CAPTIONS=NONE
{SOURCE_KEY}/h264-low/media.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=3129381,AVERAGE-BANDWIDTH=3128000,CODECS="avc1.64001e,mp4a.40.2",\
RESOLUTION=640x360,FRAME-RATE=25.000,AUDIO="audio",CLOSED-CAPTIONS=NONE
{SOURCE_KEY}/h264-top/media.m3u8
#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=50000,CODECS="avc1.64001e",RESOLUTION=640x360,\
URI="{SOURCE_KEY}/h264-mid/iframes.m3u8"
#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=50001,CODECS="avc1.64001e",RESOLUTION=320x180,\
URI="{SOURCE_KEY}/h264-low/iframes.m3u8"
#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=50002,CODECS="avc1.64001e",RESOLUTION=640x360,\
URI="{SOURCE_KEY}/h264-top/iframes.m3u8"
"""

SOUND_MASTER = f"""#EXTM3U
#EXT-X-VERSION:7
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="English",LANGUAGE="en",DEFAULT=YES,AUTOSELECT=YES,\
CHANNELS="2",URI="{SOURCE_KEY}/aac-1/media.m3u8"
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="Deutsch",LANGUAGE="de",DEFAULT=NO,AUTOSELECT=YES,\
CHANNELS="2",URI="{SOURCE_KEY}/aac-2/media.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=129381,AVERAGE-BANDWIDTH=128000,CODECS="mp4a.40.2",AUDIO="audio"
{SOURCE_KEY}/aac-1/media.m3u8
"""

_HEAD = """#EXTM3U
#EXT-X-VERSION:7
#EXT-X-TARGETDURATION:4
#EXT-X-MEDIA-SEQUENCE:1
#EXT-X-PLAYLIST-TYPE:VOD
#EXT-X-MAP:URI="init.mp4"
"""

VIDEO_PLAYLIST = (
    _HEAD
    + """#EXTINF:4.000000,
00001.m4s
#EXTINF:4.000000,
00002.m4s
#EXTINF:4.000000,
00003.m4s
#EXTINF:4.000000,
00004.m4s
#EXTINF:4.000000,
00005.m4s
#EXT-X-ENDLIST
"""
)

IFRAME_PLAYLIST = (
    _HEAD
    + """#EXT-X-I-FRAMES-ONLY
#EXTINF:4.000000,
#EXT-X-BYTERANGE:25001@0
00001.m4s
#EXTINF:4.000000,
#EXT-X-BYTERANGE:25002@0
00002.m4s
#EXTINF:4.000000,
#EXT-X-BYTERANGE:25003@0
00003.m4s
#EXTINF:4.000000,
#EXT-X-BYTERANGE:25004@0
00004.m4s
#EXTINF:4.000000,
#EXT-X-BYTERANGE:25005@0
00005.m4s
#EXT-X-ENDLIST
"""
)

SOUND_PLAYLIST = (
    _HEAD
    + """#EXTINF:4.010667,
00001.m4s
#EXTINF:4.010666,
00002.m4s
#EXTINF:4.010667,
00003.m4s
#EXTINF:4.010667,
00004.m4s
#EXTINF:3.957333,
00005.m4s
#EXT-X-ENDLIST
"""
)

MANIFEST = f"""<?xml version="1.0" encoding="UTF-8"?>
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" profiles="urn:mpeg:dash:profile:isoff-live:2011"
  type="static" mediaPresentationDuration="PT20S" minBufferTime="PT4.1S">
  <Period id="1" start="PT0S">
    <AdaptationSet contentType="video" mimeType="video/mp4" segmentAlignment="true"
      startWithSAP="1">
      <SegmentTemplate timescale="25000" startNumber="1"
        initialization="{SOURCE_KEY}/$RepresentationID$/init.mp4"
        media="{SOURCE_KEY}/$RepresentationID$/$Number%05d$.m4s">
        <SegmentTimeline><S t="0" d="100000" r="4"/></SegmentTimeline>
      </SegmentTemplate>
      <Representation id="h264-low" codecs="avc1.64001e" bandwidth="500000" width="320"/>
      <Representation id="h264-mid" codecs="avc1.64001e" bandwidth="2400000" width="640"/>
      <Representation id="h264-top" codecs="avc1.64001e" bandwidth="3000000" width="640"/>
    </AdaptationSet>
    <AdaptationSet contentType="audio" mimeType="audio/mp4" lang="en" startWithSAP="1">
      <Representation id="aac-1" codecs="mp4a.40.2" bandwidth="129381">
        <SegmentTemplate timescale="48000" initialization="{SOURCE_KEY}/aac-1/init.mp4"
          media="{SOURCE_KEY}/aac-1/$Number%05d$.m4s">
          <SegmentTimeline><S t="0" d="192512" r="3"/><S d="189952"/></SegmentTimeline>
        </SegmentTemplate>
      </Representation>
    </AdaptationSet>
  </Period>
</MPD>
"""


_SOUND_SET = """    <AdaptationSet contentType="audio" mimeType="audio/mp4" lang="{language}"
      startWithSAP="1">
      <Representation id="{key}" codecs="mp4a.40.2" bandwidth="129381">
        <SegmentTemplate timescale="48000" initialization="{folder}/init.mp4"
          media="{folder}/$Number%05d$.m4s">
          <SegmentTimeline><S t="0" d="192512" r="3"/><S d="189952"/></SegmentTimeline>
        </SegmentTemplate>
      </Representation>
    </AdaptationSet>
"""

SOUND_MANIFEST = (
    """<?xml version="1.0" encoding="UTF-8"?>
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" profiles="urn:mpeg:dash:profile:isoff-live:2011"
  type="static" mediaPresentationDuration="PT20S" minBufferTime="PT4.1S">
  <Period id="1" start="PT0S">
"""
    + _SOUND_SET.format(language="en", key=SOUND, folder=f"{SOURCE_KEY}/aac-1")
    + _SOUND_SET.format(language="de", key=OTHER_SOUND, folder=f"{SOURCE_KEY}/aac-2")
    + """  </Period>
</MPD>
"""
)

EXPECTED = Expected(
    name="a.mp4",
    source_width=1280,
    source_height=720,
    frame_rate=Fraction(25),
    segment_s=Fraction(4),
    video=(
        ExpectedVideo(
            key=LOW,
            codec="h264",
            folder=f"{SOURCE_KEY}/h264-low",
            width=320,
            height=180,
            frame_rate=Fraction(25, 2),
            frame_count=250,
            duration_s=Fraction(20),
            chunk_count=2,
        ),
        ExpectedVideo(
            key=MID,
            codec="h264",
            folder=f"{SOURCE_KEY}/h264-mid",
            width=640,
            height=360,
            frame_rate=Fraction(25),
            frame_count=500,
            duration_s=Fraction(20),
            chunk_count=2,
        ),
        ExpectedVideo(
            key=TOP,
            codec="h264",
            folder=f"{SOURCE_KEY}/h264-top",
            width=640,
            height=360,
            frame_rate=Fraction(25),
            frame_count=500,
            duration_s=Fraction(20),
            chunk_count=2,
        ),
    ),
    audio=(
        ExpectedAudio(
            key=SOUND,
            codec="aac",
            folder=f"{SOURCE_KEY}/aac-1",
            language="en",
            channels=2,
            sample_rate_hz=48_000,
            sample_count=960_000,
            chunk_count=1,
        ),
    ),
)

EXPECTED_SOUND = Expected(
    name="a.mp4",
    source_width=0,
    source_height=0,
    frame_rate=None,
    segment_s=Fraction(4),
    video=(),
    audio=(
        ExpectedAudio(
            key=SOUND,
            codec="aac",
            folder=f"{SOURCE_KEY}/aac-1",
            language="en",
            channels=2,
            sample_rate_hz=48_000,
            sample_count=960_000,
            chunk_count=2,
        ),
        ExpectedAudio(
            key=OTHER_SOUND,
            codec="aac",
            folder=f"{SOURCE_KEY}/aac-2",
            language="de",
            channels=2,
            sample_rate_hz=48_000,
            sample_count=960_000,
            chunk_count=2,
        ),
    ),
)


def video_options(key: str) -> dict[str, Any]:
    """Return what `video_head` needs for a segment of this rung: IDRs are 2 s apart."""
    if key == LOW:
        return {"samples": 50, "ticks": 2000, "sync_at": (25,)}
    return {"samples": 100, "ticks": 1000, "sync_at": (50,)}


def publish() -> PublishedFiles:
    """Build the sample with pictures and a sound."""
    rungs = ((LOW, 320, 180), (MID, 640, 360), (TOP, 640, 360))
    video = tuple(_video(key, video_init(width, height)) for key, width, height in rungs)
    renditions = (*video, _sound(SOUND, chunks=(5,)))
    return PublishedFiles(EXPECTED, MASTER, MANIFEST, renditions, _headers(renditions))


def publish_sound() -> PublishedFiles:
    """Build the sample of two sounds without a picture."""
    renditions = tuple(_sound(key, chunks=(3, 2)) for key in (SOUND, OTHER_SOUND))
    headers = _headers(renditions)
    return PublishedFiles(EXPECTED_SOUND, SOUND_MASTER, SOUND_MANIFEST, renditions, headers)


def _headers(renditions: tuple[PublishedRendition, ...]) -> dict[str, Headers]:
    headers: dict[str, Headers] = {}
    for rendition in renditions:
        folder = f"a.mp4/{SOURCE_KEY}/{rendition.key}/"
        playlists = ("media.m3u8", "iframes.m3u8")[: 2 if rendition.kind == "video" else 1]
        for name in playlists:
            headers[folder + name] = Headers("application/vnd.apple.mpegurl", "gzip", CACHED)
        for name in ("init.mp4", "00001.m4s", "00005.m4s"):
            headers[folder + name] = Headers(f"{rendition.kind}/mp4", "", CACHED)
    return headers


def _video(key: str, init: bytes) -> PublishedRendition:
    sizes = VIDEO_SIZES[key]
    return PublishedRendition(
        key=key,
        kind="video",
        init=init,
        heads=tuple(
            video_head(100_000 * index, size, **video_options(key))
            for index, size in enumerate(sizes)
        ),
        sizes_bytes=sizes,
        media_playlist=VIDEO_PLAYLIST,
        iframe_playlist=IFRAME_PLAYLIST,
        records=video_records(key, init, sizes),
    )


def _sound(key: str, *, chunks: Sequence[int]) -> PublishedRendition:
    init, sizes = audio_init(), SOUND_SIZES[key]
    samples = (192_512, 192_512, 192_512, 192_512, 189_952)
    segments = [
        Segment(
            number=index + 1,
            decode_time=192_512 * index,
            duration=samples[index],
            size_bytes=sizes[index],
            keyframe_bytes=25_000,
            frame_count=SOUND_FRAMES[index],
            md5="",
        )
        for index in range(5)
    ]
    heads = [
        audio_head(192_512 * index, sizes[index], samples=SOUND_FRAMES[index]) for index in range(4)
    ]
    return PublishedRendition(
        key=key,
        kind="audio",
        init=init,
        heads=(*heads, audio_head(770_048, sizes[4], samples=186, last=512)),
        sizes_bytes=sizes,
        media_playlist=SOUND_PLAYLIST,
        iframe_playlist=None,
        records=_records(key, init, segments, chunks, codec="mp4a.40.2"),
    )


def video_records(key: str, init: bytes, sizes: Sequence[int]) -> tuple[ChunkRecord, ...]:
    """Build the two done-markers of a rung, whose seams are as good as their neighbours."""
    segments = [
        Segment(
            number=index + 1,
            decode_time=100_000 * index,
            duration=100_000,
            size_bytes=size,
            keyframe_bytes=25_000,
            frame_count=50 if key == LOW else 100,
            md5="",
        )
        for index, size in enumerate(sizes)
    ]
    return _records(key, init, segments, (3, 2), codec="avc1.64001e")


def _records(
    key: str,
    init: bytes,
    segments: list[Segment],
    chunks: Sequence[int],
    *,
    codec: Literal["avc1.64001e", "mp4a.40.2"],
) -> tuple[ChunkRecord, ...]:
    is_picture = codec == "avc1.64001e"
    firsts = [sum(chunks[:index]) for index in range(len(chunks))]
    return tuple(
        ChunkRecord(
            key=key,
            index=index,
            timescale=25_000 if is_picture else 48_000,
            codec=codec,
            init_sha256=hashlib.sha256(init).hexdigest(),
            init_md5=hashlib.md5(init, usedforsecurity=False).hexdigest(),
            init_size_bytes=len(init),
            segments=tuple(segments[first : first + count]),
            head_ssim=(0.97, 0.98, 0.96) if is_picture else (),
            tail_ssim=(0.97, 0.95, 0.94) if is_picture else (),
        )
        for index, (first, count) in enumerate(zip(firsts, chunks, strict=True))
    )
