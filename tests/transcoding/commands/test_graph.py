"""Graphs that are joined from chains."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transcoding.commands.graph import Chain, join_chains


@pytest.mark.parametrize(
    ("chains", "graph"),
    [
        ([("a", "b")], "[0:1]a,b[v0]"),
        ([()], "[0:1]null[v0]"),
        (
            [("a", "b", "x"), ("a", "b", "y")],
            "[0:1]a,b,split=2[v0s0][v0s1];[v0s0]x[v0];[v0s1]y[v1]",
        ),
        (
            [("a", "x"), ("a", "y", "p"), ("a", "y", "q")],
            "[0:1]a,split=2[v0s0][v0s1];[v0s0]x[v0];"
            "[v0s1]y,split=2[v0s2][v0s3];[v0s2]p[v1];[v0s3]q[v2]",
        ),
        ([("a", "b"), ("a", "b")], "[0:1]a,b,split=2[v0][v1]"),
        ([("a",), ("a", "b")], "[0:1]a,split=2[v0][v0s0];[v0s0]b[v1]"),
        ([("a",), ("b",)], "[0:1]split=2[v0s0][v0s1];[v0s0]a[v0];[v0s1]b[v1]"),
    ],
    ids=["one", "one, empty", "two", "three", "the same", "one goes on", "nothing shared"],
)
def test_what_chains_have_in_common_runs_once(chains: list[Chain], graph: str) -> None:
    """A graph splits where its chains differ first; a single chain has no split."""
    assert join_chains("0:1", chains, [f"v{n}" for n in range(len(chains))]) == graph


def test_chains_that_go_on_alike_need_not_stand_side_by_side() -> None:
    """First and third share their scale, the second has its own; outputs keep their labels."""
    graph = join_chains("0:0", [("s1", "x"), ("s2",), ("s1", "y")], ["v0", "v1", "v2"])
    assert graph.count("]s1") == 1
    assert _unfold(graph, "0:0") == {"v0": ("s1", "x"), "v1": ("s2",), "v2": ("s1", "y")}


def _unfold(graph: str, source: str) -> dict[str, Chain]:
    """Follow a graph from its source to each output."""
    links = {}
    for link in graph.split(";"):
        pad, _, rest = link[1:].partition("]")
        filters, *pads = rest.rstrip("]").replace("]", "").split("[")
        links[pad] = ([f for f in filters.split(",") if f != "null"], pads)
    ends: dict[str, Chain] = {}

    def follow(pad: str, before: Chain) -> None:
        if pad not in links:
            assert pad not in ends
            ends[pad] = before
            return
        filters, pads = links.pop(pad)
        if filters and filters[-1].startswith("split="):
            assert filters.pop() == f"split={len(pads)}"
        else:
            assert len(pads) == 1
        for after in pads:
            follow(after, (*before, *filters))

    follow(source, ())
    assert links == {}, "links that nothing leads to"
    return ends


@settings(derandomize=True, max_examples=300, deadline=None)
@given(st.lists(st.lists(st.sampled_from("abc"), max_size=4).map(tuple), min_size=1, max_size=6))
def test_each_output_gets_its_whole_chain(chains: list[Chain]) -> None:
    """However chains are alike, each input ends where it should, after just its own filters."""
    outputs = [f"v{n}" for n in range(len(chains))]
    found = _unfold(join_chains("0:0", chains, outputs), "0:0")
    assert found == dict(zip(outputs, chains, strict=True))
