"""Every dependency is declared where it is needed, explained in docs/decisions, and pinned."""

import json
import re
import sys
import tomllib
from functools import cache
from importlib.metadata import packages_distributions

import grimp

from tests.tidy.source import ROOT, expect_none

# What `import outproof` and the SDK may need: the base dependencies' import names.
BASE_IMPORTS = frozenset({"google"})
# Modules of the SDK that an application imports by name if it wants them, and what they work with if it is there.
EXTRAS = {"outproof.sdk.metrics": {"prometheus_client"}}


def plain(requirement: str) -> str:
    """The package's name as registries compare it: `uvicorn[standard]>=1` is `uvicorn`."""
    name = re.split(r"[\[<>=!~; ]", requirement.removeprefix("@"), maxsplit=1)[0]
    return re.sub(r"[-_.]+", "-", name).lower()


@cache
def project() -> dict[str, list[str]]:
    """Requirements by where they are declared: "base", "build", and each extra."""
    config = tomllib.loads((ROOT / "pyproject.toml").read_text())
    return {
        "base": config["project"]["dependencies"],
        "build": config["build-system"]["requires"],
        **config["project"]["optional-dependencies"],
    }


def declared() -> set[str]:
    web = json.loads((ROOT / "web" / "package.json").read_text())
    python = {plain(each) for group in project().values() for each in group} - {"outproof"}
    return python | {plain(each) for each in (*web["dependencies"], *web["devDependencies"])}


def explained(page: str) -> dict[str, tuple[str, str]]:
    """Package to (licence, why) from the tables of the page."""
    rows = re.findall(r"^\| (\S+) \|([^|]*)\|([^|]*)\|$", page, re.MULTILINE)
    return {
        plain(name): (licence.strip(), why.strip()) for name, licence, why in rows if name not in {"package", "---"}
    }


def mismatches(names: set[str], page: str) -> list[str]:
    rows = explained(page)
    return [
        *(f"{name} has no row in docs/decisions/dependencies.md" for name in sorted(names - rows.keys())),
        *(f"{name} is explained but nothing declares it" for name in sorted(rows.keys() - names)),
        *(f"{name} lacks a licence or a reason" for name, (licence, why) in rows.items() if not (licence and why)),
    ]


def third_party(graph: grimp.ImportGraph, modules: set[str]) -> set[str]:
    """Import names from outside the standard library that these modules import directly."""
    imported = {each for module in modules for each in graph.find_modules_directly_imported_by(module)}
    return {each.split(".")[0] for each in imported} - sys.stdlib_module_names - {"outproof"}


@cache
def imports() -> grimp.ImportGraph:
    return grimp.build_graph("outproof", include_external_packages=True, cache_dir=None)


def reached_from_the_sdk(graph: grimp.ImportGraph) -> set[str]:
    """Every module of ours that `import outproof` may load, and all others of the SDK but those with an extra."""
    sdk = {module for module in graph.modules if module.split(".")[:2] == ["outproof", "sdk"]}
    start = {"outproof"} | (sdk - EXTRAS.keys())
    upstream = {each for module in start for each in graph.find_upstream_modules(module)}
    return start | {module for module in upstream if module.split(".")[0] == "outproof"}


def test_every_dependency_has_its_licence_and_its_reason() -> None:
    expect_none(mismatches(declared(), (ROOT / "docs/decisions/dependencies.md").read_text()))


def test_every_python_dependency_is_pinned() -> None:
    pinned = {plain(line) for line in (ROOT / "constraints.txt").read_text().splitlines() if "==" in line}
    asked = {plain(each) for group in project().values() for each in group} - {"outproof"}
    assert asked - pinned == set()


def test_the_server_imports_only_what_it_declares() -> None:
    distributions = packages_distributions()
    graph = imports()
    used = third_party(graph, {module for module in graph.modules if module.split(".")[0] == "outproof"})
    asked = {plain(each) for group in project().keys() - {"build", "dev"} for each in project()[group]}
    expect_none(
        f"src/outproof imports {name}, which no dependency or extra declares"
        for name in sorted(used)
        if not asked & {plain(each) for each in distributions.get(name, [])}
    )


def test_the_sdk_needs_only_the_base_dependencies() -> None:
    graph = imports()
    assert third_party(graph, reached_from_the_sdk(graph)) <= BASE_IMPORTS


def test_what_an_extra_brings_is_imported_by_its_own_module_alone() -> None:
    graph = imports()
    for module, brought in EXTRAS.items():
        assert third_party(graph, {module}) == brought
        assert not graph.find_modules_that_directly_import(module)


def test_a_missing_a_stale_and_an_empty_row_are_found() -> None:
    page = "| package | licence | why |\n| --- | --- | --- |\n| a | MIT | because |\n| b | | because |\n"
    assert mismatches({"a", "c"}, page) == [
        "c has no row in docs/decisions/dependencies.md",
        "b is explained but nothing declares it",
        "b lacks a licence or a reason",
    ]


def test_an_import_that_only_a_server_has_is_found_in_the_sdk() -> None:
    graph = grimp.ImportGraph()
    for module in ("outproof", "outproof.sdk", "outproof.wire", "outproof.server"):
        graph.add_module(module)
    for module in ("msgspec", "litestar", "json"):
        graph.add_module(module, is_squashed=True)
    for importer, module in (
        ("outproof", "outproof.sdk"),
        ("outproof.sdk", "outproof.wire"),
        ("outproof.wire", "msgspec"),
        ("outproof.wire", "json"),
        ("outproof.server", "litestar"),
    ):
        graph.add_import(importer=importer, imported=module)
    assert third_party(graph, reached_from_the_sdk(graph)) == {"msgspec"}
