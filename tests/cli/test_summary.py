"""How reports are printed."""

from __future__ import annotations

import pytest
from rich.console import Console

from adapters.settings import Settings
from cli.outcome import print_outcome
from cli.summary import file_size, frame_rate, print_report
from tests.transcoding.builders import a_source
from transcoding.job.messages import Stage
from transcoding.reporting.report import RenditionReport, Report
from transcoding.reporting.status import JobStatus


@pytest.mark.parametrize(
    ("size_bytes", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (999_949, "999.9 kB"),
        (999_950, "1.0 MB"),
        (12_345_678, "12.3 MB"),
        (5_000_000_000_000_000, "5000.0 TB"),
    ],
)
def test_sizes(size_bytes: int, text: str) -> None:
    """Sizes have one decimal and the unit that keeps them under a thousand."""
    assert file_size(size_bytes) == text


@pytest.mark.parametrize(
    ("rate", "text"), [("30", "30"), ("30000/1001", "29.97"), ("24000/1001", "23.976")]
)
def test_frame_rates(rate: str, text: str) -> None:
    """Exact rates are shown as they are spoken of."""
    assert frame_rate(rate) == text


def test_the_tables_of_a_report(capsys: pytest.CaptureFixture[str]) -> None:
    """One row a rendition and one a stage; audio has no picture, a hostile label no effect."""
    video = RenditionReport(
        key="h264-aaaa",
        label="720p 3000k",
        kind="video",
        width=1280,
        height=720,
        frame_rate="30000/1001",
        codec="avc1.64001f",
        average_bps=2_104_400,
        peak_bps=2_630_600,
        size_bytes=6_313_200,
        segments=6,
        chunks=1,
        encode_s=8.04,
        realtime_factor=2.985,
    )
    audio = video.model_copy(
        update={
            "label": "audio [red]x\x1b[2J",
            "kind": "audio",
            "width": 0,
            "height": 0,
            "frame_rate": "",
            "codec": "mp4a.40.2",
            "average_bps": 128_000,
            "peak_bps": 130_000,
            "realtime_factor": None,
        }
    )
    report = Report(
        name="holiday.mp4",
        instance_id="holiday-mp4-0123",
        source_etag="0x1",
        duration_s=24.0,
        source=a_source(),
        renditions=(video, audio),
        stages=(Stage(name="probe", seconds=0.42), Stage(name="encode", seconds=12.0)),
        conformance=(),
        purge="",
        warnings=(),
    )
    print_report(Console(width=120), report)
    rows = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines() if line]
    assert rows == [
        "rendition picture size kbit/s peak fps codec encode speed",
        "720p 3000k 1280x720 6.3 MB 2104 2631 29.97 avc1.64001f 8.0 s 3.0x",
        "audio [red]x [2J 6.3 MB 128 130 mp4a.40.2 8.0 s",
        "stage time",
        "probe 0.4 s",
        "encode 12.0 s",
    ]


def test_a_published_video_s_warnings_are_told(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    """What could not be done after it went live, the report for one, does not fail the command."""
    status = JobStatus(
        instance_id="holiday-mp4-0123",
        name="holiday.mp4",
        state="published",
        hls_url="https://video.example/master.m3u8",
        warnings=("end_job failed: storage is full",),
    )
    assert print_outcome(settings, status, as_json=False) == 0
    assert capsys.readouterr().out.splitlines() == [
        "HLS    https://video.example/master.m3u8",
        "warning end_job failed: storage is full",
    ]
