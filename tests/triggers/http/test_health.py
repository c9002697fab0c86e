"""What the app says of its own health."""

from __future__ import annotations

import json
import sys
from typing import Any

import azure.functions as func

from adapters.settings import load_settings
from triggers.http.health import Health, blueprint, unusable, usable

EMULATOR = "UseDevelopmentStorage=true"
RIGHT = {"UPLOADS_STORAGE": EMULATOR, "DELIVERY_STORAGE": EMULATOR}


def answer_of(found: Health) -> tuple[int, dict[str, Any]]:
    (function,) = blueprint(found)._function_builders
    request = func.HttpRequest(method="GET", url="/api/health", body=b"")
    answer = function._function.get_user_function()(request)
    return answer.status_code, json.loads(answer.get_body())


def test_right_settings_are_healthy() -> None:
    """It names its version and where FFmpeg comes from, and nothing of storage."""
    code, told = answer_of(usable(load_settings(RIGHT)))
    assert code == 200
    assert told.pop("ffmpeg").startswith("imageio-ffmpeg ")
    assert told == {"status": "ok", "version": "0.1.0", "problems": []}


def test_another_ffmpeg_is_told_by_its_setting() -> None:
    """Its path is nobody's business."""
    code, told = answer_of(usable(load_settings(RIGHT | {"VOD_FFMPEG": sys.executable})))
    assert (code, told["ffmpeg"]) == (200, "VOD_FFMPEG")


def test_wrong_settings_are_a_line_each() -> None:
    """503, which every probe understands."""
    assert answer_of(unusable(["setting A is wrong", "setting B is missing"])) == (
        503,
        {
            "status": "wrong settings",
            "version": "0.1.0",
            "ffmpeg": "",
            "problems": ["setting A is wrong", "setting B is missing"],
        },
    )
