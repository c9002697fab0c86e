"""Comparing the ends of a chunk with its source."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from tests.media import ClipMaker, run_ffmpeg
from tests.transcoding.builders import a_plan, a_source, a_timeline
from tests.transcoding.encoding import JOB, encode_all
from tests.transcoding.encoding import a_plan as a_clip_plan
from tests.transcoding.encoding import a_rung as a_clip_rung
from transcoding.commands.checks import seam_ssim, tail_window_frame
from transcoding.commands.ssim import read_ssim


def test_the_tail_window_starts_on_a_frame_of_every_rung() -> None:
    """599 grid frames with a halved rung: the last 12 places, from an even one."""
    plan = a_plan(a_source(frame_rate=Fraction(60), frame_count=1_799), chunk_s=20)
    tracks = (plan.video[0], plan.video[8])
    chunk = tracks[0].timeline.chunk(1)
    assert chunk.frame_count == 599
    assert tail_window_frame(tracks, chunk) == 586


def test_what_was_encoded_is_like_its_source(clip_maker: ClipMaker, tmp_path: Path) -> None:
    """Six frames at each end of a full-rate rung, as many of a halved one, all much alike."""
    clip = clip_maker.clip(frame_rate=Fraction(50), frame_count=399, sound=False)
    timeline = a_timeline(Fraction(50), 399, max_step=2, chunk_s=4)
    plan = a_clip_plan(
        a_clip_rung("full", timeline), a_clip_rung("half", timeline, step=2, height=180)
    )
    encoded = encode_all(plan, clip_maker.server, clip, tmp_path)
    chunk = timeline.chunk(1)
    heads = [tmp_path / f"{track.key}.head" for track in plan.video]
    tails = [tmp_path / f"{track.key}.tail" for track in plan.video]

    run_ffmpeg(
        seam_ssim(
            plan.source.picture,
            plan.video,
            chunk,
            url=clip_maker.server.url(clip),
            etag=JOB.etag,
            files=[str(encoded[track.key].files[1]) for track in plan.video],
            heads=[str(head) for head in heads],
            tails=[str(tail) for tail in tails],
        )
    )

    figures = [read_ssim(file.read_text()) for file in (*heads, *tails)]
    # 199 grid frames: the tail window starts with the 186th.
    assert [len(figure) for figure in figures] == [12, 6, 13, 7]
    assert min(min(figure) for figure in figures) > 0.9


def test_another_chunk_is_not_like_it(clip_maker: ClipMaker, tmp_path: Path) -> None:
    """The figures tell one moment from another: chunk 0 held against where chunk 1 belongs."""
    clip = clip_maker.clip(frame_rate=Fraction(50), frame_count=399, sound=False)
    timeline = a_timeline(Fraction(50), 399, chunk_s=4)
    plan = a_clip_plan(a_clip_rung("full", timeline))
    encoded = encode_all(plan, clip_maker.server, clip, tmp_path)

    run_ffmpeg(
        seam_ssim(
            plan.source.picture,
            plan.video,
            timeline.chunk(1),
            url=clip_maker.server.url(clip),
            etag=JOB.etag,
            files=[str(encoded["full"].files[0])],
            heads=[str(tmp_path / "head")],
            tails=[str(tmp_path / "tail")],
        )
    )

    assert max(read_ssim((tmp_path / "head").read_text())) < 0.9
