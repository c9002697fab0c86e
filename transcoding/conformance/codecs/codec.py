"""What a codec tells the gate of a track: the interface that each file beside this one fills in."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from typing import ClassVar, NamedTuple

from transcoding.conformance.level import Level
from transcoding.conformance.readers.init import Init


class Check(NamedTuple):
    """A rule about each track of one codec.

    Attributes:
        name, level: see RuleResult.
        find: yields what is wrong with the track of an init segment; it may raise ValueError.
        measured: what the report says when nothing is.
    """

    name: str
    level: Level
    find: Callable[[Init], Iterable[str]]
    measured: str


class Opening(NamedTuple):
    """What a segment of pictures starts with.

    Attributes:
        is_idr: nothing after it refers to anything before it.
        what: for the report.
    """

    is_idr: bool
    what: str


class Codec(ABC):
    """Attributes:
    name: as plans and reports name it, in lower case.
    title: as people do.
    entries: types of the sample entries that it stands in.
    checks: rules about it and no other codec.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    entries: ClassVar[tuple[str, ...]]
    checks: ClassVar[tuple[Check, ...]] = ()

    @abstractmethod
    def string(self, init: Init) -> str:
        """Return the RFC 6381 string in lower case, as the readers give what manifests say.

        Raises:
            ValueError: the codec's configuration is missing or damaged.
        """


class PictureCodec(Codec):
    """A codec of pictures. Every method raises ValueError where its configuration is damaged."""

    @abstractmethod
    def opening(self, sample: bytes, init: Init) -> Opening | None:
        """Return what a segment's first sample starts with.

        Args:
            sample: its first bytes.

        Returns:
            None where they do not reach far enough to tell.
        """

    @abstractmethod
    def is_progressive(self, init: Init) -> bool:
        """Tell whether every picture is a whole frame."""

    @abstractmethod
    def transfer(self, init: Init) -> int:
        """Return transfer_characteristics (ITU-T H.273); 2 where the stream does not say."""


class SoundCodec(Codec):
    """A codec of sound.

    Attributes:
        frame_samples: how many samples one codec frame stands for.
    """

    frame_samples: ClassVar[int]

    def is_basic_stereo(self, init: Init) -> bool:
        """Tell whether this is the stereo that must be there for every player (HLS 2.3)."""
        del init
        return False
