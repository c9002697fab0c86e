"""Tests that the documentation says what is there."""

from __future__ import annotations

import json
import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from typer.core import TyperGroup

from adapters.settings import SETTING_NAMES, load_settings
from cli.main import build_app
from scripts.settings_page import with_tables
from scripts.write_schemas import FOLDER, MODELS, schema_of
from tests.test_function_app import index
from tests.transcoding.builders import a_chunk_record, a_failure, a_release, a_source
from transcoding.job.messages import Stage
from transcoding.job.paths import WorkFolder
from transcoding.job.records import DeadLetter
from transcoding.reporting.report import Report
from transcoding.values import Value

ROOT = Path(__file__).parent.parent
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
EMULATOR = "UseDevelopmentStorage=true"
MINIMUM = {"UPLOADS_STORAGE": EMULATOR, "DELIVERY_STORAGE": EMULATOR}

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_INLINE_CODE = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_REPOSITORY_PATH = re.compile(r"(?:\w[\w.-]*/)+(?:[\w.-]*\w)?|\w[\w-]*\.(?:py|md|json|in|txt|toml)")


def _id(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def prose(text: str) -> str:
    """Return a page without its fenced blocks."""
    return _FENCE.sub("", text)


def code(text: str) -> Iterator[str]:
    """Yield every line of shell and every piece of inline code of a page."""
    for language, block in _FENCE.findall(text):
        if language == "sh":
            yield from block.replace("\\\n", "").splitlines()
        if language == "text":
            yield from re.findall(r"^\$ (.+)$", block, re.MULTILINE)
    yield from _INLINE_CODE.findall(prose(text))


def commands(text: str, program: str) -> list[list[str]]:
    """Return the arguments of each use of a program in a page."""
    split = [shlex.split(line, comments=True) for line in code(text) if line.startswith(program)]
    return [words[1:] for words in split if words[0] == program]


def check_vod_command(words: list[str]) -> None:
    """Read the arguments as `vod` does, without doing anything; a wrong one raises."""
    group = typer.main.get_command(build_app())
    assert isinstance(group, TyperGroup)
    name, *arguments = words
    if name.startswith("-"):
        assert words in [[option] for parameter in group.params for option in parameter.opts]
    else:
        group.commands[name].make_context(name, arguments)


def table_rows(page: str, columns: int) -> list[list[str]]:
    """Return the rows of all tables that have so many columns and begin with code."""
    lines = re.findall(r"^\| (`.+) \|$", (ROOT / page).read_text("utf-8"), re.MULTILINE)
    rows = [line.split(" | ") for line in lines]
    return [row for row in rows if len(row) == columns]


def uncode(cell: str) -> str:
    return cell.strip().strip("`")


def slug(heading: str) -> str:
    """Return the anchor that a heading gets."""
    kept = re.sub(r"[^\w\- ]", "", heading.replace("`", "").lower())
    return kept.replace(" ", "-")


@pytest.mark.parametrize("page", PAGES, ids=_id)
def test_relative_links_lead_somewhere(page: Path) -> None:
    """Each linked file is there, and each linked heading in it."""
    for link in _LINK.findall(prose(page.read_text("utf-8"))):
        if "://" in link:
            continue
        file, _, anchor = link.partition("#")
        target = (page.parent / file).resolve() if file else page
        assert target.exists(), link
        assert target.is_relative_to(ROOT), link
        if anchor:
            headings = _HEADING.findall(prose(target.read_text("utf-8")))
            assert anchor in [slug(heading) for heading in headings], link


@pytest.mark.parametrize("page", PAGES, ids=_id)
def test_files_that_are_named_exist(page: Path) -> None:
    """A path of the repository in inline code is a file or folder of it."""
    folders = {path.name for path in ROOT.iterdir() if path.is_dir()} | {".ci"}
    named = _INLINE_CODE.findall(prose(page.read_text("utf-8")))
    # Made when the program runs.
    own = {"report.json", "local.settings.json", "chunk-00000.json"}
    # Containers, which are no folders here, begin some of the paths.
    missing = [
        path
        for path in named
        if _REPOSITORY_PATH.fullmatch(path)
        and path not in own
        and ("/" not in path or path.split("/")[0] in folders)
        and not (ROOT / path).exists()
    ]
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=_id)
def test_make_targets_and_variables_exist(page: Path) -> None:
    """`make x Y=z`: x is a target of the Makefile, and Y one of its variables."""
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = re.findall(r"^([a-z]+):", makefile, re.MULTILINE)
    variables = re.findall(r"^([A-Z]+) \?=", makefile, re.MULTILINE)
    for words in commands(page.read_text("utf-8"), "make"):
        for word in words:
            name, is_variable, _ = word.partition("=")
            assert name in (variables if is_variable else targets), words


def test_the_pythons_that_are_promised_are_those_that_are_tested() -> None:
    """README and CONTRIBUTING name those that CI runs; the Makefile takes what pyproject.toml does.

    That is one more, which no machine of ours has.
    """
    ran = yaml.safe_load((ROOT / ".github/workflows/test.yml").read_text("utf-8"))
    assert ran["jobs"]["test"]["strategy"]["matrix"]["python"] == ["3.11", "3.12", "3.13"]
    for page in ("README.md", "CONTRIBUTING.md"):
        assert _ranges_of_python(page) == {"3.11 to 3.13"}, page
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["requires-python"] == ">=3.11,<3.15"
    assert _ranges_of_python("Makefile") == {"3.11 to 3.14"}


def _ranges_of_python(file: str) -> set[str]:
    text = (ROOT / file).read_text("utf-8")
    return set(re.findall(r"\b3\.\d+ (?:to|or) 3\.\d+\b", text))


@pytest.mark.parametrize("page", PAGES, ids=_id)
def test_vod_commands_are_understood(page: Path) -> None:
    """Every `vod` command, with its options, is one that the command line takes."""
    for words in commands(page.read_text("utf-8"), "vod"):
        if words:
            check_vod_command(words)


def test_the_recipe_for_cancelling_names_what_there_is() -> None:
    """The newest plan of an instance tells its run, whose folder has the mark."""
    page = (ROOT / "docs/recover.md").read_text("utf-8")
    looked_for = re.search(r"contains\(name, '([^']+)'\)", page)
    mark = re.search(r"--name \"\$\{plan%([^}]+)\*\}([^\"]+)\"", page)
    assert looked_for
    assert mark
    work = WorkFolder("an-instance", "a-run")
    run, found, _ = work.plan(1).partition(mark[1])
    assert found == looked_for[1] == "/plans/"
    assert run + mark[2] == work.cancel_mark()


def test_the_walk_finds_commands() -> None:
    """The tests above would pass on pages without any."""
    readme = (ROOT / "README.md").read_text("utf-8")
    assert ["demo", "VIDEO=holiday.mp4", "OUT=published"] in commands(readme, "make")
    assert ["status", "holiday.mp4", "--watch"] in commands(readme, "vod")
    assert len(commands(readme, "vod")) >= 7
    assert len(PAGES) >= 9


def test_the_picture_shows_every_function_by_its_name() -> None:
    """Nodes of the README's flow are registered functions; only the HTTP functions are left out."""
    (picture,) = [
        block
        for language, block in _FENCE.findall((ROOT / "README.md").read_text("utf-8"))
        if language == "mermaid"
    ]
    shown = set(re.findall(r"\b[a-z]+(?:_[a-z]+)+\b", picture))
    assert shown == set(index()) - {"health", "status", "replay", "remove_video"}


def test_the_page_of_settings_is_made_from_the_settings() -> None:
    """Name, default, range and effect of each are those of the code; the script writes them."""
    page = (ROOT / "docs" / "settings.md").read_text("utf-8")
    assert page == with_tables(page)
    explained = [uncode(row[0]) for row in table_rows("docs/settings.md", 4)]
    assert [name for name in explained if name.startswith("VOD_")] == list(SETTING_NAMES)


@pytest.mark.parametrize("page", PAGES, ids=_id)
def test_settings_that_are_named_exist(page: Path) -> None:
    """No page speaks of a VOD_ setting that the app would reject; `VOD_X_*` stands for several."""
    named = re.findall(r"\bVOD_[A-Z_]*[A-Z]\b(?!_)", page.read_text("utf-8"))
    assert set(named) <= set(SETTING_NAMES)


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield (dotted key, value as it is written) of all that is neither object nor list."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, f"{path}.{key}" if path else key)
    else:
        yield path, value if isinstance(value, str) else json.dumps(value)


def test_every_value_of_host_json_is_explained() -> None:
    """docs/host-json.md has each key with its present value and a reason, and no other key."""
    rows = table_rows("docs/host-json.md", 3)
    host = json.loads((ROOT / "host.json").read_text("utf-8"))
    assert {uncode(key): uncode(value) for key, value, _ in rows} == dict(leaves(host))
    assert all(len(why) > 8 for _, _, why in rows)


def test_what_the_readme_names_is_what_is_published() -> None:
    """The stable names and the cache rule are those of the code."""
    readme = (ROOT / "README.md").read_text("utf-8")
    for name in ("master.m3u8", "manifest.mpd", "poster.jpg", "storyboard.vtt", "report.json"):
        assert f"\n  {name}" in readme
    assert "`public, max-age=31536000, immutable`" in readme
    assert f"`public, max-age={load_settings(MINIMUM).manifest_max_age_s}`" in readme


def test_every_metric_is_explained() -> None:
    """docs/architecture.md has each metric with its unit, and no other."""
    sources = [ROOT / "adapters" / name for name in ("telemetry.py", "metrics.py")]
    source = "".join(path.read_text("utf-8") for path in sources)
    made = re.findall(r'_meter\.create_\w+\(\s*"(vod\.[\w.]+)", "(\w+)"', source)
    rows = table_rows("docs/architecture.md", 3)
    told = [(uncode(name), unit) for name, unit, _ in rows if uncode(name).startswith("vod.")]
    assert len(made) == 11
    assert sorted(told) == sorted(made)


SAMPLES: dict[str, Value] = {
    "chunk-marker.json": a_chunk_record(0),
    "dead-letter.json": DeadLetter(
        status="failed",
        name="holiday.mp4",
        etag="0x8DC",
        instance_id="holiday-mp4-1",
        run_id="1",
        reason="encode chunk 0 of holiday.mp4: ffmpeg was killed by signal 9",
        replay="vod replay 'holiday.mp4'",
        failures=(a_failure(),),
    ),
    "release.json": a_release(6),
    "report.json": Report(
        name="holiday.mp4",
        instance_id="holiday-mp4-1",
        source_etag="0x8DC",
        duration_s=24.0,
        source=a_source(),
        renditions=(),
        stages=(Stage(name="probing", seconds=0.4),),
        conformance=(),
        purge="done: purged",
        warnings=(),
    ),
}


def test_schemas_are_made_from_the_models() -> None:
    """Each file is what the script writes, and there is no other."""
    assert sorted(path.name for path in FOLDER.iterdir()) == sorted(MODELS)
    for name, model in MODELS.items():
        assert (FOLDER / name).read_text("utf-8") == schema_of(model), name


@pytest.mark.parametrize("name", SAMPLES)
def test_documents_have_what_their_schema_asks_for(name: str) -> None:
    """What is written has every required field of the schema and none that it does not know."""
    schema = json.loads((FOLDER / name).read_text("utf-8"))
    document = SAMPLES[name].to_json()
    parts = [(schema, document), *_parts(schema, document)]
    assert len(parts) >= 2
    for asked, written in parts:
        assert asked["additionalProperties"] is False
        assert set(asked["required"]) <= set(written) <= set(asked["properties"])


def _parts(schema: dict[str, Any], document: dict[str, Any]) -> Iterator[tuple[Any, Any]]:
    """Yield (schema, document) of what stands in the lists and maps of a document."""
    for name, described in schema["properties"].items():
        held = document[name]
        of_list, of_map = described.get("items", {}), described.get("additionalProperties", {})
        if isinstance(held, list) and "$ref" in of_list:
            yield from ((_defined(schema, of_list), one) for one in held)
        if isinstance(held, dict) and isinstance(of_map, dict) and "anyOf" in of_map:
            kinds = [_defined(schema, kind) for kind in of_map["anyOf"]]
            for one in held.values():
                yield next(kind for kind in kinds if set(kind["properties"]) == set(one)), one


def _defined(schema: dict[str, Any], reference: dict[str, str]) -> Any:
    return schema["$defs"][reference["$ref"].rpartition("/")[2]]
