"""What starts work: uploads, given-up upload events, and HTTP requests."""

from triggers import jobs, on_poison, on_upload

BLUEPRINTS = (on_upload.blueprint, on_poison.blueprint, jobs.blueprint)
