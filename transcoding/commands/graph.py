"""Filter graphs that are joined from the chains of tracks: what chains have in common runs once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count

Chain = tuple[str, ...]
"""Filters, one a word."""


def join_chains(source: str, chains: Sequence[Chain], outputs: Sequence[str]) -> str:
    """Return a graph that leads one input through each chain to its output.

    Chains split where they differ first: one decode, one tone-mapping and one scaling serve all
    tracks that want the same.

    Args:
        source: the input's label, such as "0:1".
        outputs: for each chain the label of its end.
    """
    labels = (f"{outputs[0]}s{number}" for number in count())
    links = _branch(source, list(zip(chains, outputs, strict=True)), labels)
    return ";".join(links)


def _branch(source: str, branches: list[tuple[Chain, str]], labels: Iterator[str]) -> Iterator[str]:
    common = _common_start([chain for chain, _ in branches])
    rest = [(chain[common:], end) for chain, end in branches]
    shared = list(branches[0][0][:common])
    if len(rest) == 1:
        yield _link(source, shared, [rest[0][1]])
        return
    # Those that go on alike stay together; ends are apart from each other.
    alike: dict[tuple[Chain, str], list[tuple[Chain, str]]] = {}
    for chain, end in rest:
        alike.setdefault((chain[:1], "" if chain else end), []).append((chain, end))
    parts = list(alike.values())
    pads = [
        members[0][1] if members == [((), members[0][1])] else next(labels) for members in parts
    ]
    yield _link(source, [*shared, f"split={len(parts)}"], pads)
    for pad, members in zip(pads, parts, strict=True):
        if members != [((), pad)]:
            yield from _branch(pad, members, labels)


def _common_start(chains: Sequence[Chain]) -> int:
    alike = 0
    for filters in zip(*chains, strict=False):
        if len(set(filters)) > 1:
            break
        alike += 1
    return alike


def _link(source: str, filters: Sequence[str], pads: Sequence[str]) -> str:
    return f"[{source}]{','.join(filters) or 'null'}{''.join(f'[{pad}]' for pad in pads)}"
