"""What must never be logged or stored: read URLs, signatures, keys."""

from __future__ import annotations

import re
from collections.abc import Iterable

# The query of an address carries its signature; what comes before it only says which blob.
_URL_QUERY = re.compile(r"""(https?://[^\s?"'<>]*)\?[^\s"'<>]*""", re.IGNORECASE)

# Also on their own: a long line may have been cut in the middle of an address.
_SECRET_FIELD = re.compile(
    r"""\b(sig|AccountKey|SharedAccessSignature|InstrumentationKey)=[^\s;&"'<>]+""", re.IGNORECASE
)


def redact(text: str, secrets: Iterable[str] = (), *, stand_in: str = "<source>") -> str:
    """Replace each secret by `stand_in`, and cut signatures out of whatever addresses remain.

    The longest secret goes first, so that one which contains another leaves nothing behind.
    """
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        text = text.replace(secret, stand_in)
    return _SECRET_FIELD.sub(r"\1=<removed>", _URL_QUERY.sub(r"\1?<removed>", text))
