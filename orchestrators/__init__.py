"""Orchestrators: deterministic generators that import only transcoding/ and the Durable SDK."""

from orchestrators import encode_renditions, publish_video

BLUEPRINTS = (publish_video.blueprint, encode_renditions.blueprint)
