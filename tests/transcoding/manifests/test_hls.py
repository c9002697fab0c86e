"""Playlists: their text, what a parser reads from them, and what FFmpeg plays from them."""

from __future__ import annotations

from fractions import Fraction
from itertools import accumulate
from pathlib import Path

import m3u8
import pytest

from tests.media import MediaServer, run_ffmpeg, run_ffprobe
from tests.transcoding.builders import a_timeline
from tests.transcoding.encoding import JOB, Encoded, a_plan, a_rung, a_sound, encode_all
from tests.transcoding.renditions import a_rendition, ntsc_video, song, with_surround
from transcoding.job.paths import segment_file
from transcoding.job.records import Rendition, join_chunks
from transcoding.manifests.hls import iframe_playlist, media_playlist, multivariant_playlist
from transcoding.packaging.cmaf import split_file
from transcoding.plan.plan import Plan
from transcoding.plan.release import Release
from transcoding.tracks.track import AudioTrack

FOLDER = JOB.source_key


def test_multivariant_playlist_of_a_video_with_two_languages() -> None:
    """The variant nearest 2 Mbit/s comes first, the others ascend; rates include the sound."""
    plan, renditions = ntsc_video()

    text = multivariant_playlist(Release.whole(plan), renditions)

    assert text.splitlines() == [
        "#EXTM3U",
        "#EXT-X-VERSION:7",
        "#EXT-X-INDEPENDENT-SEGMENTS",
        '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio-aac-2",NAME="English",LANGUAGE="en",DEFAULT=YES,'
        f'AUTOSELECT=YES,CHANNELS="2",URI="{FOLDER}/english/media.m3u8"',
        '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio-aac-2",NAME="Deutsch",LANGUAGE="de",DEFAULT=NO,'
        f'AUTOSELECT=YES,CHANNELS="2",URI="{FOLDER}/german/media.m3u8"',
        '#EXT-X-STREAM-INF:BANDWIDTH=2329452,AVERAGE-BANDWIDTH=2129424,CODECS="avc1.64001f,'
        'mp4a.40.2",RESOLUTION=320x180,FRAME-RATE=59.940,AUDIO="audio-aac-2",CLOSED-CAPTIONS=NONE',
        f"{FOLDER}/mid/media.m3u8",
        '#EXT-X-STREAM-INF:BANDWIDTH=371410,AVERAGE-BANDWIDTH=344231,CODECS="avc1.64000c,'
        'mp4a.40.2",RESOLUTION=160x90,FRAME-RATE=29.970,AUDIO="audio-aac-2",CLOSED-CAPTIONS=NONE',
        f"{FOLDER}/low/media.m3u8",
        '#EXT-X-STREAM-INF:BANDWIDTH=6125655,AVERAGE-BANDWIDTH=4851243,CODECS="avc1.640020,'
        'mp4a.40.2",RESOLUTION=640x360,FRAME-RATE=59.940,AUDIO="audio-aac-2",CLOSED-CAPTIONS=NONE',
        f"{FOLDER}/high/media.m3u8",
        "#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=219781,AVERAGE-BANDWIDTH=200134,"
        f'CODECS="avc1.64001f",RESOLUTION=320x180,URI="{FOLDER}/mid/iframes.m3u8"',
        "#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=23977,AVERAGE-BANDWIDTH=21615,"
        f'CODECS="avc1.64000c",RESOLUTION=160x90,URI="{FOLDER}/low/iframes.m3u8"',
        "#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=599401,AVERAGE-BANDWIDTH=472316,"
        f'CODECS="avc1.640020",RESOLUTION=640x360,URI="{FOLDER}/high/iframes.m3u8"',
    ]


def test_video_without_sound_has_no_audio_group() -> None:
    """No group, no audio codec, and rates of the video alone."""
    plan, renditions = ntsc_video()
    silent = Release.whole(plan.model_copy(update={"tracks": plan.video}))

    playlist = m3u8.loads(multivariant_playlist(silent, renditions))

    first = playlist.playlists[0].stream_info
    assert playlist.media == []
    assert (first.codecs, first.audio) == ("avc1.64001f", None)
    assert first.bandwidth == 2_197_803


def test_sound_alone_has_a_variant_without_a_picture() -> None:
    """The group's largest rates, its codec, and the playlist of the default for a URI."""
    plan, renditions = song()

    text = multivariant_playlist(Release.whole(plan), renditions)

    assert text.splitlines() == [
        "#EXTM3U",
        "#EXT-X-VERSION:7",
        "#EXT-X-INDEPENDENT-SEGMENTS",
        '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio-aac-2",NAME="English",LANGUAGE="en",DEFAULT=YES,'
        f'AUTOSELECT=YES,CHANNELS="2",URI="{FOLDER}/english/media.m3u8"',
        '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio-aac-2",NAME="Deutsch",LANGUAGE="de",DEFAULT=NO,'
        f'AUTOSELECT=YES,CHANNELS="2",URI="{FOLDER}/german/media.m3u8"',
        "#EXT-X-STREAM-INF:BANDWIDTH=131649,AVERAGE-BANDWIDTH=128086,"
        'CODECS="mp4a.40.2",AUDIO="audio-aac-2"',
        f"{FOLDER}/english/media.m3u8",
    ]


def test_each_variant_is_there_once_for_each_group_of_sound() -> None:
    """Rates and codecs are those of the combination; names and languages repeat."""
    plan, renditions = with_surround(*ntsc_video())

    playlist = m3u8.loads(multivariant_playlist(Release.whole(plan), renditions))

    assert [(one.group_id, one.name, one.language, one.default) for one in playlist.media] == [
        ("audio-aac-2", "English", "en", "YES"),
        ("audio-aac-2", "Deutsch", "de", "NO"),
        ("audio-aac-6", "English", "en", "YES"),
        ("audio-aac-6", "Deutsch", "de", "NO"),
    ]
    assert [
        (
            str(variant.uri).removeprefix(f"{FOLDER}/"),
            variant.stream_info.audio,
            variant.stream_info.codecs,
            variant.stream_info.bandwidth,
        )
        for variant in playlist.playlists
    ] == [
        ("mid/media.m3u8", "audio-aac-2", "avc1.64001f,mp4a.40.2", 2_329_452),
        ("mid/media.m3u8", "audio-aac-6", "avc1.64001f,ac-3", 2_592_750),
        ("low/media.m3u8", "audio-aac-2", "avc1.64000c,mp4a.40.2", 371_410),
        ("low/media.m3u8", "audio-aac-6", "avc1.64000c,ac-3", 634_708),
        ("high/media.m3u8", "audio-aac-2", "avc1.640020,mp4a.40.2", 6_125_655),
        ("high/media.m3u8", "audio-aac-6", "avc1.640020,ac-3", 6_388_953),
    ]
    assert len(playlist.iframe_playlists) == 3


def test_sound_alone_in_two_groups() -> None:
    """Each group is a variant of its own."""
    plan, renditions = with_surround(*song())

    playlist = m3u8.loads(multivariant_playlist(Release.whole(plan), renditions))

    assert [
        (variant.uri, variant.stream_info.audio, variant.stream_info.bandwidth)
        for variant in playlist.playlists
    ] == [
        (f"{FOLDER}/english/media.m3u8", "audio-aac-2", 131_649),
        (f"{FOLDER}/surround-english/media.m3u8", "audio-aac-6", 394_947),
    ]


def test_video_is_published_with_the_renditions_that_are_ready() -> None:
    """With the lowest rung and one language done, the playlist names just these."""
    plan, renditions = ntsc_video()
    ready = {key: renditions[key] for key in ("low", "german")}

    playlist = m3u8.loads(multivariant_playlist(Release(plan, tuple(ready)), ready))

    assert [variant.uri for variant in playlist.playlists] == [f"{FOLDER}/low/media.m3u8"]
    assert [(one.name, one.default, one.autoselect) for one in playlist.media] == [
        ("Deutsch", "YES", "YES")
    ]


def test_no_rung_at_all_cannot_be_published() -> None:
    """Sound alone is no video."""
    plan, renditions = ntsc_video()
    with pytest.raises(ValueError, match="no video rendition is ready"):
        multivariant_playlist(Release(plan, ("german",)), renditions)


def test_only_one_rendition_of_a_language_is_selected_by_itself() -> None:
    """The default stands for its language; a commentary track beside it has to be chosen."""
    plan, renditions = ntsc_video()
    english, german = plan.audio
    commentary = german.model_copy(update={"language": "en", "label": "Commentary"})
    release = _with_sound(plan, commentary, english)

    playlist = m3u8.loads(multivariant_playlist(release, renditions))

    assert [(one.name, one.default, one.autoselect) for one in playlist.media] == [
        ("Commentary", "NO", "NO"),
        ("English", "YES", "YES"),
    ]


def _with_sound(plan: Plan, *sound: AudioTrack) -> Release:
    return Release.whole(plan.model_copy(update={"tracks": (*plan.video, *sound)}))


HOSTILE = 'x",URI="http://evil"\r\n#EXT-X-ENDLIST\u2028\x00\ud800\u202e'


def test_hostile_labels_break_no_line_and_no_attribute() -> None:
    """Quotes, line ends and invisible characters in a label change nothing but the label."""
    plan, renditions = ntsc_video()
    hostile = plan.audio[0].model_copy(update={"label": HOSTILE, "language": 'en"\n'})
    nameless = plan.audio[1].model_copy(update={"label": "\r\n"})

    text = multivariant_playlist(_with_sound(plan, hostile, nameless), renditions)

    media = m3u8.loads(text).media
    assert len(text.encode().splitlines()) == 14
    assert [(one.name, one.uri) for one in media] == [
        ("x',URI='http://evil'#EXT-X-ENDLIST", f"{FOLDER}/english/media.m3u8"),
        ("de", f"{FOLDER}/german/media.m3u8"),
    ]
    assert media[0].language == "en'"


def test_media_playlist() -> None:
    """A VOD playlist of one rung, with names that are relative to its folder."""
    _, renditions = ntsc_video()

    assert media_playlist(renditions["mid"], 4).splitlines() == [
        "#EXTM3U",
        "#EXT-X-VERSION:7",
        "#EXT-X-TARGETDURATION:4",
        "#EXT-X-MEDIA-SEQUENCE:1",
        "#EXT-X-PLAYLIST-TYPE:VOD",
        "#EXT-X-INDEPENDENT-SEGMENTS",
        '#EXT-X-MAP:URI="init.mp4"',
        "#EXTINF:4.004000,",
        "00001.m4s",
        "#EXTINF:4.004000,",
        "00002.m4s",
        "#EXTINF:1.985317,",
        "00003.m4s",
        "#EXT-X-ENDLIST",
    ]


def test_iframe_playlist() -> None:
    """Byte ranges start with the segment, so that the moof is in them."""
    _, renditions = ntsc_video()

    playlist = m3u8.loads(iframe_playlist(renditions["mid"], 4))

    assert playlist.is_i_frames_only
    assert [(one.uri, one.byterange, one.duration) for one in playlist.segments] == [
        ("00001.m4s", "100000@0", 4.004),
        ("00002.m4s", "110000@0", 4.004),
        ("00003.m4s", "40000@0", 1.985317),
    ]


def test_printed_durations_never_drift() -> None:
    """A third of a second, 10,000 times: the sum is right to the microsecond at every point."""
    rendition = a_rendition("thirds", *[(1, 1)] * 10_000, timescale=3)

    segments = m3u8.loads(media_playlist(rendition, 1)).segments

    ends_us = list(accumulate(round((one.duration or 0) * 1_000_000) for one in segments))
    assert ends_us[2] == 1_000_000
    assert ends_us[7_499] == 2_500_000_000
    assert ends_us[9_999] == 3_333_333_333


@pytest.fixture(scope="module")
def published(
    media_server: MediaServer, tiny_clip: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Encode the tiny clip in two rungs and sound, and lay it out as it is published."""
    folder = tmp_path_factory.mktemp("published")
    timeline = a_timeline(Fraction(30), 360, chunk_s=4)
    plan = a_plan(
        a_rung("low", timeline), a_rung("high", timeline, height=180), a_sound("tone", timeline)
    )
    encoded = encode_all(plan, media_server, tiny_clip, folder)
    return _lay_out(plan, encoded, folder / "tree")


def _lay_out(plan: Plan, encoded: dict[str, Encoded], tree: Path) -> Path:
    renditions: dict[str, Rendition] = {}
    for key, output in encoded.items():
        track = plan.track(key)
        rendition = renditions[key] = join_chunks(output.records)
        rung = tree / plan.folder(key).relative
        rung.mkdir(parents=True)
        (rung / "init.mp4").write_bytes(output.inits[0])
        number = 0
        for file in output.files:
            data = file.read_bytes()
            with file.open("rb") as stream:
                _, fragments = split_file(stream, track.coded_by())
            for fragment in fragments:
                number += 1
                end = fragment.offset + fragment.size_bytes
                (rung / segment_file(number)).write_bytes(data[fragment.offset : end])
        target_s = plan.target_duration_s
        (rung / "media.m3u8").write_text(media_playlist(rendition, target_s))
        if track.kind == "video":
            (rung / "iframes.m3u8").write_text(iframe_playlist(rendition, target_s))
    master = multivariant_playlist(Release.whole(plan), renditions)
    (tree / "master.m3u8").write_text(master)
    return tree


def test_ffmpeg_plays_the_published_playlists(published: Path) -> None:
    """All frames of both rungs and all sound come out of the multivariant playlist."""
    probe = run_ffprobe(
        [
            *("-count_packets", "-show_entries", "stream=codec_name,height,nb_read_packets"),
            *("-allowed_extensions", "ALL", str(published / "master.m3u8")),
        ]
    )

    streams = {
        (stream["codec_name"], stream.get("height"), stream["nb_read_packets"])
        for stream in probe["streams"]
    }
    assert streams == {("h264", 90, "360"), ("h264", 180, "360"), ("aac", None, "563")}


def test_every_range_of_the_iframe_playlist_is_a_picture(published: Path, tmp_path: Path) -> None:
    """The init segment and a byte range are all that a player needs to show a picture."""
    (folder,) = published.glob("*/high")
    playlist = m3u8.load(str(folder / "iframes.m3u8"))
    for number, segment in enumerate(playlist.segments):
        assert segment.byterange and segment.uri
        size = int(segment.byterange.partition("@")[0])
        start = (folder / segment.uri).read_bytes()[:size]
        (tmp_path / "picture.mp4").write_bytes((folder / "init.mp4").read_bytes() + start)
        picture = tmp_path / f"{number}.png"
        run_ffmpeg(["-i", str(tmp_path / "picture.mp4"), "-frames:v", "1", str(picture)])

    sizes = [(tmp_path / f"{number}.png").stat().st_size for number in range(3)]
    assert all(size > 10_000 for size in sizes), sizes
