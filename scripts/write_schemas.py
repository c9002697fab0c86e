"""Writes docs/schemas/: what others may read of what the app leaves in storage, as JSON Schemas.

    .venv/bin/python scripts/write_schemas.py

They come from the models that write the documents, so a schema lists a field as required where it
is always written.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path

from transcoding.job.records import ChunkRecord, DeadLetter, ReleaseRecord
from transcoding.reporting.report import Report
from transcoding.values import Value

FOLDER = Path(__file__).parent.parent / "docs" / "schemas"

MODELS: Mapping[str, type[Value]] = {
    "chunk-marker.json": ChunkRecord,
    "dead-letter.json": DeadLetter,
    "release.json": ReleaseRecord,
    "report.json": Report,
}
"""By the name of the schema's file."""

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema_of(model: type[Value]) -> str:
    """Return the schema of a model's documents, as text that ends with a newline."""
    schema = {"$schema": _DIALECT, **model.model_json_schema(mode="serialization")}
    return json.dumps(schema, indent=2) + "\n"


def main() -> int:
    FOLDER.mkdir(exist_ok=True)
    for name, model in MODELS.items():
        (FOLDER / name).write_text(schema_of(model), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
