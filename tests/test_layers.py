"""Tests that code stays where it belongs: who may import what."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.imports import (
    APP,
    ROOT,
    circles,
    id_of,
    imported_modules,
    module_name,
    runtime_imports,
    sources,
)

GROUND = ("errors", "values")
"""Of the core: everything stands on them."""
FLOORS = (
    "job",
    "source",
    "codecs",
    "tracks",
    "commands",
    "plan",
    "packaging",
    "manifests",
    "conformance",
    "reporting",
    "cost",
)
"""Of the core, in the order in which data flows (docs/architecture.md)."""
MAY_IMPORT = {
    "transcoding": {"transcoding"},
    "adapters": {"adapters", "transcoding"},
    "orchestrators": {"orchestrators", "transcoding"},
    "activities": {"activities", "adapters", "transcoding"},
    "triggers": {"activities", "adapters", "orchestrators", "transcoding", "triggers"},
}
"""What each folder of the app may import of the app."""
STARTS_JOBS_TOO = ("activities/start_successor.py", "triggers.starting")
"""The one step that starts a job, as a trigger does."""
OF_JOBS = (
    "transcoding.job.messages.Job",
    "transcoding.plan",
    "transcoding.tracks",
    "transcoding.manifests",
    "transcoding.conformance",
)
"""What adapters know nothing of: names, paths, ETags and records are handed to them."""
CHOICES = "transcoding.plan.options"
"""What an operator may choose; the settings give it, and no job is in it."""


def floor_of(module: str) -> int:
    """Return the floor of a module of the core, counted from 0; -1 for the ground."""
    name = module.split(".")[1]
    return -1 if name in GROUND else FLOORS.index(name)


def reaches_up(module: str, source: str) -> list[str]:
    """Return what a module of the core imports from a floor that comes after its own."""
    ours = [m for m in imported_modules(source) if m.startswith("transcoding.")]
    return [other for other in ours if floor_of(other) > floor_of(module)]


@pytest.mark.parametrize("path", sources(*(f"transcoding/{floor}" for floor in FLOORS)), ids=id_of)
def test_a_floor_of_the_core_imports_from_those_before_it(path: Path) -> None:
    """Data flows one way, from the upload to what people see of its job."""
    assert reaches_up(module_name(path), path.read_text()) == []


def test_the_core_has_these_floors_and_no_other() -> None:
    """A folder that is added takes its place among them."""
    folders = {path.name for path in (ROOT / "transcoding").iterdir() if path.is_dir()}
    assert folders - {"__pycache__"} == set(FLOORS)
    assert {path.stem for path in (ROOT / "transcoding").glob("*.py")} == {"__init__", *GROUND}
    for name in GROUND:
        source = (ROOT / "transcoding" / f"{name}.py").read_text()
        ours = [m for m in imported_modules(source) if m.startswith("transcoding.")]
        assert [m for m in ours if m.split(".")[1] not in GROUND] == []


def foreign_folders(path_id: str, source: str) -> list[str]:
    """Return what a module of the app imports of folders that are not for it."""
    allowed = MAY_IMPORT[path_id.partition("/")[0]]
    return [
        module
        for module in imported_modules(source)
        if module.partition(".")[0] in set(APP) - allowed
        and not (path_id == STARTS_JOBS_TOO[0] and module.startswith(f"{STARTS_JOBS_TOO[1]}."))
    ]


@pytest.mark.parametrize("path", sources(*APP), ids=id_of)
def test_a_folder_of_the_app_imports_what_is_for_it(path: Path) -> None:
    """The core imports none of the others, adapters only the core, nobody the triggers."""
    assert foreign_folders(id_of(path), path.read_text()) == []


def of_jobs(source: str) -> list[str]:
    """Return what a source text imports of all that tells of jobs."""
    return [
        module
        for module in imported_modules(source)
        if any(f"{module}.".startswith(f"{name}.") for name in OF_JOBS)
        and not module.startswith(f"{CHOICES}.")
    ]


@pytest.mark.parametrize("path", sources("adapters"), ids=id_of)
def test_adapters_know_no_jobs(path: Path) -> None:
    """They are handed names, paths, ETags and records, and touch the world with them."""
    assert of_jobs(path.read_text()) == []


def modules_of_app() -> dict[str, Path]:
    """Return the file of each module of the app by its dotted name."""
    return {module_name(path): path for path in [*sources(*APP), ROOT / "function_app.py"]}


def test_steps_share_no_bodies() -> None:
    """What two of them need stands in a module without an activity."""
    steps = {
        module
        for module, path in modules_of_app().items()
        if module.startswith("activities.") and "activity_trigger" in path.read_text()
    }
    assert len(steps) == 14
    borrowed = {
        (step, module)
        for step in steps
        for module in imported_modules((ROOT / f"{step.replace('.', '/')}.py").read_text())
        if any(f"{module}.".startswith(f"{other}.") for other in steps)
    }
    assert borrowed == set()


def test_no_modules_import_each_other() -> None:
    """Not even around several corners."""
    files = modules_of_app()

    def module_of(name: str) -> str:
        while name and name not in files:
            name = name.rpartition(".")[0]
        return name

    imports = {
        module: {module_of(name) for name in imported_modules(path.read_text())} - {module, ""}
        for module, path in files.items()
    }
    assert sum(map(len, imports.values())) > 400
    assert circles(imports) == []


def is_seen_by_the_gate(module: str) -> bool:
    """Whether the gate may import a module of ours: itself, records as data, and their base."""
    allowed = ("transcoding.conformance", "transcoding.job.records", "transcoding.values")
    return any(f"{module}.".startswith(f"{name}.") for name in allowed)


@pytest.mark.parametrize("path", sources("transcoding/conformance"), ids=id_of)
def test_the_gate_imports_nothing_that_it_checks(path: Path) -> None:
    """Its readers, names and arithmetic are its own; one module knows what a plan's fields are."""
    is_expected = id_of(path) == "transcoding/conformance/expected.py"
    imports = runtime_imports if is_expected else imported_modules
    ours = [m for m in imports(path.read_text()) if m.startswith("transcoding.")]
    assert [module for module in ours if not is_seen_by_the_gate(module)] == []


@pytest.mark.parametrize("path", sources(*APP), ids=id_of)
def test_the_app_does_not_know_what_stands_around_it(path: Path) -> None:
    """Nothing that is deployed imports the local host, the command line or tests."""
    imports = {module.partition(".")[0] for module in imported_modules(path.read_text())}
    assert not imports & {"cli", "devhost", "tests"}


def test_the_walk_finds_what_it_looks_for() -> None:
    """An import inside a function, and one that only a type checker reads is none."""
    assert list(imported_modules("def f():\n    from time import sleep")) == ["time.sleep"]
    typed = "if TYPE_CHECKING:\n    import a\nelse:\n    import b"
    assert runtime_imports(typed) == ["b"]
    assert not is_seen_by_the_gate("transcoding.source.timeline.rung_frames")
    assert not is_seen_by_the_gate("transcoding.job.paths.INIT")


def test_the_walk_finds_who_reaches_too_far() -> None:
    """A floor above, a folder that is not for it, what tells of jobs, a circle of three."""
    source = "from transcoding.plan.plan import Plan"
    assert reaches_up("transcoding.commands.encode", source) == ["transcoding.plan.plan.Plan"]
    assert reaches_up("transcoding.cost.estimate", source) == []
    assert of_jobs(source) == ["transcoding.plan.plan.Plan"]
    assert of_jobs("from transcoding.job.messages import Job") == ["transcoding.job.messages.Job"]
    assert of_jobs("from transcoding.plan.options import Options") == []
    assert of_jobs("from transcoding.job.messages import instance_id") == []
    start = "from triggers.starting import start_once"
    assert foreign_folders("activities/purge_cdn.py", start) == ["triggers.starting.start_once"]
    assert foreign_folders("activities/start_successor.py", start) == []
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}) == [["a", "b", "c"]]
    assert circles({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == []


def test_there_is_something_to_walk() -> None:
    """An empty folder would pass every test above."""
    assert len(sources("transcoding")) >= 15
    assert len(sources("transcoding/conformance")) >= 20
    assert len(sources("orchestrators")) >= 1
