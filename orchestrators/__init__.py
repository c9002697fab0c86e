"""Orchestrators: deterministic generators that import only transcoding/ and the Durable SDK."""

from orchestrators import encode_lane, publish_video

BLUEPRINTS = (publish_video.blueprint, encode_lane.blueprint)
