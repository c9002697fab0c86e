"""A small publish that keeps every rule but two: 20 s at 25 fps, two chunks, three rungs, sound."""

from __future__ import annotations

import hashlib
from fractions import Fraction
from typing import Any

from tests.transcoding.conformance.media_bytes import audio_head, audio_init, video_head, video_init
from transcoding.conformance import Headers, PublishedFiles, PublishedRendition
from transcoding.job.messages import Job
from transcoding.job.records import ChunkRecord, Segment
from transcoding.plan.plan import AudioRendition, Plan, Rung
from transcoding.source.source import AudioStream, Source, VideoStream
from transcoding.source.timeline import Timeline

SOURCE_KEY = "32d74fe09a60"
MID, TOP, LOW, SOUND = "h264-mid", "h264-top", "h264-low", "aac-1"
VIDEO_SIZES = {
    MID: (1_000_000, 1_200_000, 1_000_000, 1_000_000, 1_000_000),
    TOP: (1_500_000,) * 5,
    LOW: (250_000,) * 5,
}
SOUND_SIZES = (64_000,) * 5
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


def video_options(key: str) -> dict[str, Any]:
    """Return what `video_head` needs for a segment of this rung: IDRs are 2 s apart."""
    if key == LOW:
        return {"samples": 50, "ticks": 2000, "sync_at": (25,)}
    return {"samples": 100, "ticks": 1000, "sync_at": (50,)}


def make_plan() -> Plan:
    """Plan the sample: its keys are readable ones."""
    return Plan(
        job=Job(container="uploads", name="a.mp4", etag="0x1", run_id="r"),
        source=Source(
            container="mov",
            size_bytes=9_000_000,
            video=_video_track(),
            audio=(_audio_track(),),
            subtitles=(),
        ),
        timeline=Timeline(
            frame_rate=Fraction(25),
            frame_count=500,
            start_s=Fraction(0),
            segment_frames=100,
            chunk_segments=3,
            preroll_frames=0,
            timescale=25_000,
        ),
        rungs=(
            _rung(LOW, 320, 180, 2, 500_000),
            _rung(MID, 640, 360, 1, 2_000_000),
            _rung(TOP, 640, 360, 1, 3_000_000),
        ),
        audio=(
            AudioRendition(
                key=SOUND,
                stream_index=1,
                language="en",
                label="English",
                is_default=True,
                channels=2,
                bitrate_bps=128_000,
                sample_rate_hz=48_000,
                sample_count=960_000,
                fragment_us=4_000_000,
            ),
        ),
        groups=((LOW, MID, TOP),),
        storyboard_key="storyboard-1",
    )


def publish() -> PublishedFiles:
    """Build the sample."""
    rungs = ((LOW, 320, 180), (MID, 640, 360), (TOP, 640, 360))
    video = tuple(_video(key, video_init(width, height)) for key, width, height in rungs)
    init = audio_init()
    starts = (0, 192_512, 385_024, 577_536, 770_048)
    sound = PublishedRendition(
        key=SOUND,
        kind="audio",
        init=init,
        heads=(
            *(audio_head(start, 64_000, samples=188) for start in starts[:4]),
            audio_head(starts[4], 64_000, samples=186, last=512),
        ),
        sizes_bytes=SOUND_SIZES,
        media_playlist=SOUND_PLAYLIST,
        iframe_playlist=None,
        records=(make_record(SOUND, 0, 48_000, "mp4a.40.2", init=init, sizes=SOUND_SIZES),),
    )
    renditions = (*video, sound)
    headers: dict[str, Headers] = {}
    for rendition in renditions:
        folder = f"a.mp4/{SOURCE_KEY}/{rendition.key}/"
        playlists = ("media.m3u8", "iframes.m3u8")[: 2 if rendition.kind == "video" else 1]
        for name in playlists:
            headers[folder + name] = Headers("application/vnd.apple.mpegurl", "gzip", CACHED)
        for name in ("init.mp4", "00001.m4s", "00005.m4s"):
            headers[folder + name] = Headers(f"{rendition.kind}/mp4", "", CACHED)
    return PublishedFiles(make_plan(), MASTER, MANIFEST, renditions, headers)


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
        records=(
            make_record(key, 0, 25_000, "avc1.64001e", init=init, sizes=sizes[:3]),
            make_record(key, 1, 25_000, "avc1.64001e", init=init, sizes=sizes[3:], first_number=4),
        ),
    )


def make_record(
    key: str,
    index: int,
    timescale: int,
    codec: str,
    *,
    init: bytes,
    sizes: tuple[int, ...],
    first_number: int = 1,
) -> ChunkRecord:
    """Build a done-marker whose seams are as good as their neighbours."""
    return ChunkRecord(
        key=key,
        index=index,
        timescale=timescale,
        codec=codec,
        init_sha256=hashlib.sha256(init).hexdigest(),
        init_size_bytes=len(init),
        segments=tuple(
            Segment(
                number=number,
                decode_time=0,
                duration=1,
                size_bytes=size,
                keyframe_bytes=25_000,
                frame_count=1,
            )
            for number, size in enumerate(sizes, first_number)
        ),
        head_ssim=(0.97, 0.98, 0.96),
        tail_ssim=(0.97, 0.95, 0.94),
    )


def _rung(key: str, width: int, height: int, step: int, bitrate_bps: int) -> Rung:
    return Rung(
        key=key,
        width=width,
        height=height,
        frame_step=step,
        frame_rate=Fraction(25, step),
        bitrate_bps=bitrate_bps,
        maxrate_bps=bitrate_bps,
        bufsize_bits=bitrate_bps,
        crf=23,
        level="3.0",
        preset="fast",
    )


def _video_track() -> VideoStream:
    return VideoStream(
        stream_index=0,
        codec="h264",
        coded_width=1280,
        coded_height=720,
        display_width=1280,
        display_height=720,
        rotation_deg=0,
        sample_aspect=Fraction(1),
        frame_rate=Fraction(25),
        is_constant_rate=True,
        start_s=Fraction(0),
        frame_count=500,
        pixel_format="yuv420p",
        bit_depth=8,
        color_primaries="",
        color_transfer="",
        color_matrix="",
        color_range="",
        is_interlaced=False,
    )


def _audio_track() -> AudioStream:
    return AudioStream(
        stream_index=1,
        codec="aac",
        channels=2,
        sample_rate_hz=48_000,
        language="eng",
        title="",
        is_default=True,
    )
