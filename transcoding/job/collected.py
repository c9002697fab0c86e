"""All done-markers of a job, joined once for the steps that follow."""

from __future__ import annotations

from transcoding.job.records import ChunkRecord, Rendition, join_chunks
from transcoding.values import Value


class Collected(Value):
    """The chunk records of every track, by key, in chunk order."""

    records: dict[str, tuple[ChunkRecord, ...]]

    def renditions(self) -> dict[str, Rendition]:
        """Return every track whole, by key.

        Raises:
            ValueError: chunks of a track do not fit together.
        """
        return {key: join_chunks(chunks) for key, chunks in self.records.items()}
