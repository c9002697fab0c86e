"""A deployment in the middle of a job brings another encoder."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from devhost.azurite import AzuriteProcess
from tests.end_to_end.ffmpeg_around import ffmpeg_around
from tests.end_to_end.host import APPS, Host, running
from tests.end_to_end.jobs import job_of, upload, wait_for_end, wait_until
from tests.media import ClipMaker
from transcoding.job.paths import WorkFolder
from transcoding.plan.plan import Plan

NAME = "deployed.mp4"

SCRIPT = """
if [ "$1" = -version ] && [ -e "$here/deployment" ]; then
  "$ffmpeg" -version | sed '1s/version [^ ]*/version 99.0-new/'
  exit
fi
"""


def markers(host: Host) -> list[str]:
    """Return the folders of rungs, once for each chunk that is done."""
    return [
        blob.path.rpartition("/")[0]
        for blob in host.containers.videos.list(f"{NAME}/")
        if "/h264-" in blob.path and "/chunk-" in blob.path
    ]


def test_a_job_that_meets_another_encoder_plans_itself_anew(
    azurite: AzuriteProcess, clip_maker: ClipMaker, tmp_path: Path
) -> None:
    """It publishes, and no rendition has chunks of two encoders."""
    clip = clip_maker.clip(frame_rate=Fraction(25), frame_count=500, size="320x180")
    settings = {
        "VOD_FFMPEG": ffmpeg_around(tmp_path, SCRIPT),
        "VOD_PRESET": "ultrafast",
        "VOD_CHUNK_S": "4",
        "VOD_GROUPING": "together",
    }
    app = APPS / "redeployed.py"
    with running(Host(azurite, tmp_path, settings=settings, app=app, activities=1)) as host:
        upload(host.containers, NAME, clip)
        wait_until(lambda: markers(host), lambda seen: len(seen) >= 2)
        Path(tmp_path, "deployment").touch()
        ended = wait_for_end(host.url, NAME)
        assert (ended.state, ended.warnings) == ("published", ())
        assert host.containers.failed.list("") == []

        work = WorkFolder.of(job_of(host.url, ended.instance_id))
        plan = host.stores.notes.read_plan(work, 1, Plan)
        assert plan is not None
        assert (plan.encoder.partition("+")[0], plan.round) == ("99.0-new", 1)
        release = host.stores.releases.latest(NAME)
        assert release is not None
        live = {f"{NAME}/{folder}" for folder in release.folders if "/h264-" in folder}
        # Two rungs of five chunks, all of the new encoder.
        done = markers(host)
        assert [done.count(folder) for folder in sorted(live)] == [5, 5]
        # What the old one did is left where it is, and nobody refers to it.
        old = set(done) - live
        assert len(old) == 2
        assert all(done.count(folder) < 5 for folder in old)
