"""Activities: the steps of a job, a file each with its body, over a shared runner."""

from activities import (
    collect_chunks,
    dead_letter,
    encode_unit,
    end_job,
    make_poster,
    make_storyboard,
    measure_source,
    plan_job,
    probe_source,
    publish_release,
    purge_cdn,
    start_successor,
    verify_outputs,
    write_playlists,
)

BLUEPRINTS = (
    probe_source.blueprint,
    measure_source.blueprint,
    plan_job.blueprint,
    encode_unit.blueprint,
    collect_chunks.blueprint,
    make_poster.blueprint,
    make_storyboard.blueprint,
    write_playlists.blueprint,
    verify_outputs.blueprint,
    publish_release.blueprint,
    purge_cdn.blueprint,
    end_job.blueprint,
    dead_letter.blueprint,
    start_successor.blueprint,
)
