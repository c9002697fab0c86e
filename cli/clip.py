"""The clip that `vod run` publishes when it is given none: moving picture and stereo sound."""

from __future__ import annotations

from pathlib import Path

from adapters.ffmpeg.runner import Ffmpeg

CLIP_NAME = "demo.mp4"
CLIP_S = 24

_WIDTH, _HEIGHT, _RATE = 1280, 720, 30


def clip_arguments(output: str, duration_s: int = CLIP_S) -> tuple[str, ...]:
    """Return the FFmpeg arguments for a 1280x720 clip at 30 fps with stereo AAC at 48 kHz.

    FFmpeg's test card with its running seconds, two windows that travel over it (so that motion
    is more than the card's own) and two voices, one each side, the right one beeping every second.
    """
    source = f"rate={_RATE}:duration={duration_s}"
    graph = (
        f"testsrc2=size={_WIDTH}x{_HEIGHT}:{source}[card];"
        f"gradients=size=320x180:{source}:speed=0.05:seed=7[window];"
        f"mandelbrot=size=240x240:rate={_RATE}:maxiter=200,trim=duration={duration_s}[zoom];"
        "[card][window]overlay=x='(W-w)*(0.5+0.5*sin(t*0.9))':y='(H-h)*0.15'[travelling];"
        "[travelling][zoom]overlay=x='(W-w)*(0.5-0.5*cos(t*0.5))':"
        "y='(H-h)*(0.5+0.5*sin(t*1.3))',"
        "setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709:range=tv[picture];"
        f"sine=frequency=220:sample_rate=48000:duration={duration_s}[left];"
        f"sine=frequency=330:beep_factor=4:sample_rate=48000:duration={duration_s}[right];"
        "[left][right]join=inputs=2:channel_layout=stereo[sound]"
    )
    return (
        *("-filter_complex", graph, "-map", "[picture]", "-map", "[sound]"),
        # Fast, and so good that the renditions show their own losses only.
        *("-c:v", "libx264", "-preset", "ultrafast", "-crf", "18", "-pix_fmt", "yuv420p"),
        *("-c:a", "aac", "-b:a", "160k", "-t", str(duration_s)),
        *("-metadata:s:a:0", "language=eng", "-movflags", "+faststart", output),
    )


def make_clip(ffmpeg: Ffmpeg, output: Path, duration_s: int = CLIP_S) -> None:
    """Write the clip.

    Raises:
        ToolFailed: FFmpeg cannot be run, or failed.
    """
    ffmpeg.run(
        clip_arguments(str(output), duration_s), what="make the demo clip", stall_s=60, total_s=300
    )
