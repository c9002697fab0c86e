"""Activities: decode a message, call an adapter, encode the reply."""

from activities import (
    dead_letter,
    encode_audio,
    encode_chunk,
    make_poster,
    make_storyboard,
    plan_job,
    probe_source,
    publish_manifests,
    purge_cdn,
    record_outcome,
    verify_outputs,
    write_playlists,
)

BLUEPRINTS = (
    probe_source.blueprint,
    plan_job.blueprint,
    encode_chunk.blueprint,
    encode_audio.blueprint,
    make_poster.blueprint,
    make_storyboard.blueprint,
    write_playlists.blueprint,
    verify_outputs.blueprint,
    publish_manifests.blueprint,
    purge_cdn.blueprint,
    record_outcome.blueprint,
    dead_letter.blueprint,
)
