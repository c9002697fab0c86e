"""Playlists and manifests from done-markers, under a real Azurite's stable names."""

from __future__ import annotations

from fractions import Fraction

import m3u8
import pytest
import requests

from adapters.publisher import publish_manifests, read_renditions
from adapters.services import Services
from adapters.settings import Settings
from tests.adapters.jobs import encode, plan, quick_services, stored
from tests.media import ClipMaker
from tests.storage import upload
from transcoding.errors import StorageFailed, Superseded
from transcoding.plan.plan import Plan

NAME = "a b/ü #1?100%.mp4"


@pytest.fixture
def services(settings: Settings) -> Services:
    return quick_services(settings)


@pytest.fixture
def encoded(services: Services, clip_maker: ClipMaker) -> Plan:
    made = plan(services, clip_maker.clip(frame_rate=Fraction(25), frame_count=300), NAME)
    encode(services, made)
    return made


def test_what_is_published_plays_under_any_name(services: Services, encoded: Plan) -> None:
    """Master, media playlist and segments are found over HTTP, by relative addresses."""
    assert publish_manifests(services, encoded).encoded == 4
    url = services.store.playback_url(f"{NAME}/master.m3u8")
    assert url.endswith("/a%20b/%C3%BC%20%231%3F100%25.mp4/master.m3u8")
    master = m3u8.loads(requests.get(url, timeout=10).text, uri=url)
    media = m3u8.load(master.playlists[0].absolute_uri)
    assert len(media.segments) == 3
    assert requests.get(media.segments[2].absolute_uri, timeout=10).status_code == 200
    manifest = requests.get(services.store.playback_url(f"{NAME}/manifest.mpd"), timeout=10)
    assert manifest.headers["Content-Type"] == "application/dash+xml"
    assert f'media="{encoded.job.source_key}/$RepresentationID$/' in manifest.text


def test_the_master_comes_last(
    services: Services, encoded: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An attempt that dies before it leaves nothing live for HLS, and the next one finishes."""
    real = services.store.publish

    def dies(job: object, file: str, body: bytes) -> None:
        if file == "master.m3u8":
            raise StorageFailed("publish")
        real(encoded.job, file, body)

    with monkeypatch.context() as patch:
        patch.setattr(services.store, "publish", dies)
        with pytest.raises(StorageFailed):
            publish_manifests(services, encoded)
    assert services.store.videos.properties(f"{NAME}/manifest.mpd") is not None
    assert services.store.videos.properties(f"{NAME}/master.m3u8") is None
    publish_manifests(services, encoded)
    assert services.store.videos.properties(f"{NAME}/master.m3u8") is not None


def test_an_overtaken_job_publishes_nothing(services: Services, encoded: Plan) -> None:
    """The newer upload's own job will."""
    upload(services.store, services.settings, NAME, b"newer")
    before = stored(services, encoded.job)
    with pytest.raises(Superseded):
        publish_manifests(services, encoded)
    assert stored(services, encoded.job) == before


def test_a_rendition_is_its_chunks_in_order(services: Services, encoded: Plan) -> None:
    """Two chunks of 8 and 4 s at 25 fps."""
    renditions = read_renditions(services, encoded)
    rung = renditions[encoded.rungs[0].key]
    assert [segment.frame_count for segment in rung.segments] == [100, 100, 100]
    assert Fraction(rung.duration, rung.timescale) == 12
