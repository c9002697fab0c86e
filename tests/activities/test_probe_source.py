"""The first step of a job on a real Azurite: any name, any sound, and what is refused."""

from __future__ import annotations

import dataclasses
from fractions import Fraction
from pathlib import Path

import pytest
from azure.storage.blob import BlobServiceClient

from activities.probe_source import probe as probe_source
from adapters.ffmpeg.runner import Ffmpeg
from adapters.ffmpeg.scripted import Call, ScriptedTools
from adapters.inspection import Opened, inspect
from adapters.services import Services
from adapters.settings import Settings
from tests.activities.azure import azure_services, planned_on, probe_on
from tests.activities.breaking_storage import BreakingStorage
from tests.containers import containers_of, upload_source
from tests.media import ClipMaker, run_ffmpeg
from transcoding.errors import StorageFailed, Superseded, ToolFailed
from transcoding.job.messages import Refused


@pytest.fixture
def services(settings: Settings) -> Services:
    return azure_services(settings)


@pytest.fixture(scope="session")
def clip(clip_maker: ClipMaker) -> Path:
    """2 s of 320x180 at 25 fps with a tone."""
    return clip_maker.clip(frame_rate=Fraction(25), frame_count=50)


def with_sample_entry(clip: Path, old: bytes, new: bytes) -> bytes:
    """Return an MP4 whose track claims another codec, of which nothing else is known."""
    known = {b"mp4a": b"esds", b"avc1": b"avcC"}
    return clip.read_bytes().replace(old, new).replace(known[old], b"zzzz")


def refusal(services: Services, body: bytes, name: str = "clip.mp4") -> Refused:
    refused = probe_on(services, body, name).refused
    assert refused is not None
    return refused


@pytest.mark.parametrize(
    "name",
    [
        "a b/clip 1.mp4",
        "clip #1?.mp4",
        "100%.mp4",
        "%2e%2F%41.mp4",
        "a+b&c=d;e.mp4",
        'it\'s "quoted" <b>.mp4',
        "Ärger/日本/🎬.mp4",
        "no extension",
        "x" * 800,
        "日" * 260,
    ],
)
def test_any_name_that_a_url_can_carry_is_read(services: Services, clip: Path, name: str) -> None:
    """Name, read URL, FFmpeg and storage agree on which blob it is."""
    assert planned_on(services, clip, name).source.picture.frame_count == 50


@pytest.mark.parametrize(
    "name", ["x" * 801, "日" * 300, "a//b.mp4", "/a.mp4", "a/b.", "/".join("a" * 251)]
)
def test_a_name_that_no_url_can_carry_is_refused(services: Services, clip: Path, name: str) -> None:
    """Also one that FFmpeg would cut off: 300 characters of Chinese are 2,700 of an address."""
    assert refusal(services, clip.read_bytes(), name).code == "bad_name"


def test_an_archived_source_is_refused(services: Services, settings: Settings, clip: Path) -> None:
    """Storage shows it and does not give it; retrying is no use."""
    job = upload_source(settings, "clip.mp4", clip.read_bytes())
    account = BlobServiceClient.from_connection_string(settings.uploads.connection_string)
    blob = account.get_blob_client(settings.uploads_container, "clip.mp4")
    blob.set_standard_blob_tier("Archive")
    refused = probe_source(services, job).refused
    assert refused is not None
    assert refused.code == "archived"
    assert "hot or cool" in refused.advice


def test_a_change_of_tier_is_no_new_upload(
    services: Services, settings: Settings, clip: Path
) -> None:
    """A source that a lifecycle rule moves to cool goes on as the same job."""
    job = upload_source(settings, "clip.mp4", clip.read_bytes())
    account = BlobServiceClient.from_connection_string(settings.uploads.connection_string)
    blob = account.get_blob_client(settings.uploads_container, "clip.mp4")
    blob.set_standard_blob_tier("Cool")
    assert probe_source(services, job).source is not None


def test_a_source_that_is_gone_or_newer_is_superseded(
    services: Services, settings: Settings, clip: Path
) -> None:
    """The upload's own job has nothing to do any more."""
    job = upload_source(settings, "clip.mp4", clip.read_bytes())
    upload_source(settings, "clip.mp4", b"newer")
    with pytest.raises(Superseded):
        probe_source(services, job)
    containers_of(settings).uploads.delete("clip.mp4")
    with pytest.raises(Superseded):
        probe_source(services, job)


@pytest.mark.parametrize("entry", [b"ac-4", b"mhm1", b"xyz1"])
def test_sound_without_a_decoder_is_left_out_with_a_note(
    services: Services, clip: Path, entry: bytes
) -> None:
    """AC-4, MPEG-H and a codec nobody knows: the picture is published, and the report says why."""
    source = probe_on(services, with_sample_entry(clip, b"mp4a", entry)).source
    assert source is not None
    assert source.audio == ()
    (left_out,) = source.unplayable_audio
    assert left_out.stream_index == 1
    assert left_out.reason in (
        "it cannot be decoded and mixed to stereo",
        "its codec is unknown",
    )


def test_sound_that_cannot_be_mixed_to_stereo_is_left_out(
    services: Services, clip: Path, tmp_path: Path
) -> None:
    """18 channels of which nothing is known have no place in a room."""
    source = tmp_path / "source.mkv"
    channels = "|".join(["sin(440*t)"] * 18)
    run_ffmpeg(["-i", str(clip), "-f", "lavfi", "-i", f"aevalsrc={channels}:d=2", "-map", "0",
                "-map", "1", "-c:v", "copy", "-c:a", "pcm_s16le", str(source)])  # fmt: skip
    found = probe_on(services, source).source
    assert found is not None
    assert [track.stream_index for track in found.audio] == [1]
    assert [track.stream_index for track in found.unplayable_audio] == [2]


def test_damaged_sound_is_kept(services: Services, clip: Path) -> None:
    """What can be decoded of it is heard."""
    body = bytearray(clip.read_bytes())
    for place in range(len(body) - 12_000, len(body), 50):
        body[place] ^= 0xFF
    source = probe_on(services, bytes(body)).source
    assert source is not None
    assert len(source.audio) == 1


def test_a_picture_without_a_decoder_is_refused(services: Services, clip: Path) -> None:
    """The uploader learns of it at once, not after four attempts at every chunk."""
    code = refusal(services, with_sample_entry(clip, b"avc1", b"xyz1")).code
    assert code in ("unknown_codec", "no_video")


@pytest.mark.parametrize("left_bytes", [0, 2_000, 40_000, 120_000])
def test_storage_that_breaks_off_is_no_fault_of_the_uploader(
    services: Services, settings: Settings, clip: Path, left_bytes: int
) -> None:
    """A source that cannot be read on looks cut short; it is tried again instead of refused."""
    job = upload_source(settings, "clip.mp4", clip.read_bytes())
    storage = BreakingStorage(503)
    url = storage.url(services.stores.uploads.read_url(job.name))
    storage.arm(left_bytes)
    with pytest.raises(ToolFailed):
        inspect(Opened(services.ffmpeg, url, job.etag, job.name), max_duration_s=3_600)
    storage.stop()


def test_a_failure_while_the_source_is_replaced_is_none(
    services: Services, settings: Settings, clip: Path
) -> None:
    """Storage answers 412 to whoever still reads the old one: the newer upload's job goes on."""
    job = upload_source(settings, "clip.mp4", clip.read_bytes())

    def replace(call: Call) -> None:
        upload_source(settings, "clip.mp4", b"newer")
        raise ToolFailed(call.what, exit_code=1, stderr_tail="HTTP error 412")

    busy = dataclasses.replace(services, ffmpeg=ScriptedTools(lines=replace, behind=Ffmpeg()))
    with pytest.raises(Superseded):
        probe_source(busy, job)


def test_a_failure_of_ours_is_raised_for_another_attempt(
    services: Services, settings: Settings, clip: Path
) -> None:
    """The source is still the one that was uploaded."""
    job = upload_source(settings, "clip.mp4", clip.read_bytes())

    def fail(call: Call) -> None:
        raise ToolFailed(call.what, exit_code=-9)

    busy = dataclasses.replace(services, ffmpeg=ScriptedTools(probe=fail))
    with pytest.raises(ToolFailed, match=r"probe clip\.mp4"):
        probe_source(busy, job)


def test_sound_without_a_picture_is_a_source(services: Services, tmp_path: Path) -> None:
    """A song with its cover, read from storage."""
    cover, song = tmp_path / "cover.png", tmp_path / "song.mp3"
    run_ffmpeg(["-f", "lavfi", "-i", "color=red:s=64x64", "-frames:v", "1", str(cover)])
    run_ffmpeg(
        [
            *("-f", "lavfi", "-i", "sine=d=3", "-i", str(cover), "-map", "0", "-map", "1"),
            *("-c:a", "libmp3lame", "-c:v", "copy", "-disposition:v", "attached_pic", str(song)),
        ]
    )
    source = probe_on(services, song, "song.mp3").source
    assert source is not None
    assert source.video is None
    assert source.cover is not None
    assert abs(source.duration_s - 3) < Fraction(1, 10_000)


def test_settings_without_a_container_name_the_failure(
    services: Services, settings: Settings, clip: Path
) -> None:
    """What storage refuses is one line of ours."""
    job = upload_source(settings, "clip.mp4", clip.read_bytes())
    account = BlobServiceClient.from_connection_string(settings.uploads.connection_string)
    account.delete_container(settings.uploads_container)
    with pytest.raises((StorageFailed, Superseded)):
        probe_source(services, job)
