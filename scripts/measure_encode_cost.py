"""Measure what encoding costs on this machine: the constants of transcoding/cost/estimate.py.

Every rung of a clip is encoded by itself and then all of them together, with the very command lines
of the app. CPU seconds and peak memory are the kernel's; wall time is not looked at, for it depends
on what else the machine does.

    python scripts/measure_encode_cost.py --clip 1920x1080@30 [VIDEO ...]

prints Markdown: a table for each clip and preset, and one of the constants that fit all of them.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from adapters.ffmpeg.port import ToolResult
from adapters.ffmpeg.runner import Ffmpeg
from adapters.inspection import Opened, inspect
from transcoding.commands import checks
from transcoding.commands.encode import encode_picture, encode_sound
from transcoding.commands.inputs import local_url
from transcoding.job.messages import Job, Refused
from transcoding.plan.ladder import LADDER
from transcoding.plan.make_plan import make_plan
from transcoding.plan.options import Options
from transcoding.plan.plan import Planning
from transcoding.source.measured import Measured
from transcoding.source.timeline import Chunk
from transcoding.tracks.video import VideoTrack

_TIMEOUT_S = 1800


class Sample(NamedTuple):
    """One run of FFmpeg over a chunk.

    Attributes:
        read_pixels, written_pixels: pixels of a picture times pictures, of source and renditions.
        read_bytes: of the source's file.
        check_cpu_s: what decoding the written files took.
    """

    label: str
    read_pixels: int
    read_bytes: int
    written_pixels: int
    cpu_s: float
    check_cpu_s: float
    max_rss_bytes: int


class Clip:
    """A local source and its plan, with all of it in one chunk."""

    def __init__(self, ffmpeg: Ffmpeg, path: Path, preset: str, folder: Path) -> None:
        self._ffmpeg = ffmpeg
        self._folder = folder
        self._url = local_url(str(path))
        source = inspect(Opened(ffmpeg, self._url, "", path.name), max_duration_s=3600)
        if isinstance(source, Refused):
            raise SystemExit(f"{path.name}: {source.reason}")
        job = Job(container="uploads", name=path.name, etag="local", run_id="1")
        options = Options(preset=preset, chunk_s=3600)
        planning = Planning(job=job, source=source, measured=Measured())
        self.plan = make_plan(planning, options, LADDER, ffmpeg.version())

    def encode(self, rungs: Sequence[VideoTrack]) -> Sample:
        files = [str(self._folder / f"{number}.mp4") for number in range(len(rungs))]
        chunk = rungs[0].timeline.chunk(0)
        encoded = self._encode(rungs, chunk, files)
        checked = [self._run(checks.decode(file)) for file in files]
        video = self.plan.source.picture
        return Sample(
            label=rungs[0].title if len(rungs) == 1 else "together",
            read_pixels=video.coded_width * video.coded_height * chunk.frame_count,
            read_bytes=self.plan.source.size_bytes,
            written_pixels=sum(rung.frame_pixels * rung.frames_of(chunk) for rung in rungs),
            cpu_s=encoded.cpu_s,
            check_cpu_s=sum(result.cpu_s for result in checked),
            max_rss_bytes=encoded.max_rss_bytes,
        )

    def start_cpu_s(self) -> float:
        """Return what starting the two programs of a unit and one picture take."""
        rungs = self.plan.video[:1]
        one = rungs[0].timeline.chunk(0).model_copy(update={"frame_count": 1})
        file = str(self._folder / "one.mp4")
        encoded = self._encode(rungs, one, [file])
        return encoded.cpu_s + self._run(checks.decode(file)).cpu_s

    def audio_cpu_s(self) -> float | None:
        """Return what the first sound track takes for each of its seconds, starting included."""
        if not self.plan.audio:
            return None
        track = self.plan.audio[0]
        done = self._run(
            encode_sound(
                [track],
                track.timeline.chunk(0),
                url=self._url,
                etag="",
                outputs=[str(self._folder / "audio.mp4")],
            )
        )
        return done.cpu_s / float(self.plan.duration_s)

    def _encode(
        self, rungs: Sequence[VideoTrack], chunk: Chunk, files: Sequence[str]
    ) -> ToolResult:
        command = encode_picture(
            self.plan.source.picture, rungs, chunk, url=self._url, etag="", outputs=files
        )
        return self._run(command)

    def _run(self, arguments: Sequence[str]) -> ToolResult:
        return self._ffmpeg.run(arguments, what="measure", stall_s=_TIMEOUT_S, total_s=_TIMEOUT_S)


def generate(ffmpeg: Ffmpeg, size: str, seconds: int, folder: Path) -> Path:
    """Make a moving clip with grain, which is what costs in real pictures; "1920x1080@30"."""
    frame, _, rate = size.partition("@")
    path = folder / f"generated-{size}.mp4"
    graph = (
        f"gradients=size={frame}:rate={rate}:speed=0.02:seed=7[ground];"
        f"mandelbrot=size={frame}:rate={rate}:maxiter=300:end_scale=0.01[detail];"
        "[ground][detail]blend=all_mode=average,noise=alls=6:allf=t,format=yuv420p[picture];"
        # Not a tone: those take the AAC encoder four times as long.
        "anoisesrc=color=pink:sample_rate=48000:seed=7[left];"
        "anoisesrc=color=pink:sample_rate=48000:seed=8[right];"
        "[left][right]join=inputs=2:channel_layout=stereo[sound]"
    )
    ffmpeg.run(
        [
            *("-filter_complex", graph, "-map", "[picture]", "-map", "[sound]", "-t", str(seconds)),
            *("-c:v", "libx264", "-preset", "ultrafast", "-crf", "18", "-g", "60", "-c:a", "aac"),
            str(path),
        ],
        what=f"make {path.name}",
        stall_s=_TIMEOUT_S,
        total_s=_TIMEOUT_S,
    )
    return path


def measure(ffmpeg: Ffmpeg, path: Path, preset: str, folder: Path) -> Iterator[Sample]:
    """Encode each rung of a clip, then all, and write the table while doing so."""
    clip = Clip(ffmpeg, path, preset, folder)
    source, video = clip.plan.source, clip.plan.source.picture
    megabits_per_s = source.size_bytes * 8 / float(video.duration_s) / 1e6
    _write(
        f"\n{path.stem}, {video.display_width}x{video.display_height}, "
        f"{float(video.frame_rate):.4g} fps, {float(video.duration_s):.1f} s, "
        f"{video.codec} of {megabits_per_s:.3g} Mbit/s, preset {preset}\n",
        "| rung | size | CPU | per written pixel | check | peak memory |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    )
    rungs = clip.plan.video
    for group in (*((rung,) for rung in rungs), rungs):
        sample = clip.encode(group)
        size = f"{group[0].width}x{group[0].height}" if len(group) == 1 else f"{len(group)} rungs"
        _write(
            f"| {sample.label} | {size} | {sample.cpu_s:.1f} s "
            f"| {sample.cpu_s / sample.written_pixels * 1e9:.1f} ns | {sample.check_cpu_s:.1f} s "
            f"| {sample.max_rss_bytes / 2**20:.0f} MiB |"
        )
        yield sample
    _, start_s, _ = sorted(clip.start_cpu_s() for _ in range(3))
    audio_s = clip.audio_cpu_s()
    sound = "" if audio_s is None else f"; sound {audio_s * 1000:.1f} ms for each second of a track"
    _write(f"\nstart of a unit {start_s:.2f} s{sound}")


def fit(samples: Sequence[Sample]) -> tuple[float, float, float]:
    """Return ns per (pixel read, byte read, pixel written); each sample weighs the same."""
    amounts = np.array([[s.read_pixels, s.read_bytes, s.written_pixels] for s in samples])
    cpu_s = np.array([s.cpu_s for s in samples])
    fitted, *_ = np.linalg.lstsq(amounts / cpu_s[:, None], np.ones(len(samples)), rcond=None)
    pixel, byte, written = (float(seconds) * 1e9 for seconds in fitted)
    return pixel, byte, written


def constants_of(preset: str, samples: Sequence[Sample]) -> str:
    """Return the row of a preset, and between which factors of what was measured it lies."""
    pixel, byte, written = fit(samples)
    check = sum(s.check_cpu_s for s in samples) / sum(s.written_pixels for s in samples)
    off = [
        (s.read_pixels * pixel + s.read_bytes * byte + s.written_pixels * written) / s.cpu_s / 1e9
        for s in samples
    ]
    return (
        f"| {preset} | {pixel:.1f} ns | {byte:.1f} ns | {written:.1f} ns | {check * 1e9:.1f} ns "
        f"| {min(off):.2f} to {max(off):.2f} |"
    )


def _write(*lines: str) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def main() -> None:
    """Measure what the arguments name."""
    parser = argparse.ArgumentParser(description="Measure what encoding costs on this machine.")
    parser.add_argument("video", metavar="VIDEO", nargs="*", type=Path, help="real footage")
    parser.add_argument("--clip", action="append", default=[], metavar="WIDTHxHEIGHT@FPS")
    parser.add_argument("--preset", action="append", default=[], metavar="NAME")
    parser.add_argument("--seconds", type=int, default=8, help="length of what is generated")
    options = parser.parse_args()
    ffmpeg = Ffmpeg()
    _write(f"FFmpeg {ffmpeg.version()}, {_processor()}, {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory(prefix="vod-measure-") as temporary:
        folder = Path(temporary)
        paths = [generate(ffmpeg, size, options.seconds, folder) for size in options.clip]
        paths += options.video
        constants = []
        for preset in options.preset or ["fast"]:
            samples = [s for path in paths for s in measure(ffmpeg, path, preset, folder)]
            constants.append(constants_of(preset, samples))
    _write(
        "\nconstants that fit all of these\n",
        "| preset | a pixel read | a byte read | a pixel written | check | estimate / measured |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
        *constants,
    )


if __name__ == "__main__":
    main()
