"""Imports stand at the top, pure rooms stay pure, and nothing in the product imports the SDK.

The order of the rooms is the import-linter contract in pyproject.toml; here is what such a contract cannot say.
"""

import ast
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tidy.source import ROOT, Source, a_source, expect_none, under

# What a pure room must not import: effects, clocks, chance, logs, async, and the libraries of the border.
IMPURE = frozenset(
    "asyncio logging multiprocessing os random secrets shutil signal socket sqlite3 subprocess tempfile threading time "
    "alembic anyio chdb clickhouse_connect httpx litestar msgspec psycopg pyarrow rich sqlalchemy structlog typer "
    "uvicorn yaml".split()
)
# wire turns bytes into contract types, which is what msgspec is for.
EXEMPT = {"wire": frozenset({"msgspec"})}
# Reading the clock or a file needs no import of these kinds.
IMPURE_CALLS = frozenset({"open", "print", "input", "now", "utcnow", "today"})


def layers() -> list[list[str]]:
    """The rooms by level, the highest first, as the import-linter contract has them."""
    config = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    [levels] = [contract for contract in config["contracts"] if contract["id"] == "levels"]
    return [[room.strip(" ()") for room in line.split("|")] for line in levels["layers"]]


def pure_rooms() -> set[str]:
    """Everything below ports, but for the SDK, which works in the user's process."""
    rows = layers()
    ports = next(index for index, row in enumerate(rows) if "ports" in row)
    return {room for row in rows[ports + 1 :] for room in row} - {"sdk"}


def imported(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from ((node.lineno, name.name) for name in names)
            case ast.ImportFrom(module=str() as module, level=0):
                yield node.lineno, module
                yield from ((node.lineno, f"{module}.{name.name}") for name in node.names)


def inside_functions(source: Source) -> list[str]:
    return [
        source.at(inner.lineno, f"import inside {node.name} hides a cycle; untie it")
        for node in ast.walk(source.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for inner in ast.walk(node)
        if isinstance(inner, ast.Import | ast.ImportFrom)
    ]


def impurities(source: Source) -> list[str]:
    banned = IMPURE - EXEMPT.get(source.room, frozenset())
    tree = source.tree
    found = [
        source.at(line, f"{source.room} is pure and must not import {name}")
        for line, name in imported(tree)
        if name.split(".")[0] in banned
    ]
    for node in ast.walk(tree):
        match node:
            case ast.AsyncFunctionDef() | ast.Await():
                found.append(source.at(node.lineno, f"{source.room} is pure and must not be async"))
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if name in IMPURE_CALLS:
                found.append(source.at(node.lineno, f"{source.room} is pure and must not call {name}()"))
    return sorted(set(found))


def sdk_imports(source: Source) -> list[str]:
    if source.room in {"sdk", "__init__"}:
        return []
    return [
        source.at(line, "the SDK is for the user's process; nothing of ours imports it")
        for line, name in imported(source.tree)
        if name == "outproof.sdk" or name.startswith("outproof.sdk.")
    ]


def test_no_import_hides_inside_a_function() -> None:
    code = under("src", "tests", "examples", "benchmarks")
    expect_none(line for source in code for line in inside_functions(source))


def test_the_pure_rooms_are_pure() -> None:
    rooms = pure_rooms()
    assert rooms >= {"core", "contract", "wire", "scrub", "prove", "measure", "decide", "respond"}
    expect_none(line for source in under("src") if source.room in rooms for line in impurities(source))


def test_nothing_of_ours_imports_the_sdk() -> None:
    expect_none(line for source in under("src") for line in sdk_imports(source))


def test_a_hidden_import_is_found() -> None:
    assert inside_functions(a_source("src/outproof/core/a.py", "def f():\n    if x:\n        import json\n"))


@pytest.mark.parametrize(
    "text",
    [
        "import time",
        "from os import environ",
        "import msgspec.json",
        "async def f(): ...",
        "x = open('f')",
        "x = datetime.now(UTC)",
    ],
)
def test_an_impurity_is_found(text: str) -> None:
    assert impurities(a_source("src/outproof/prove/a.py", text))


def test_wire_may_decode_with_msgspec() -> None:
    assert not impurities(a_source("src/outproof/wire/a.py", "import msgspec\nfrom google.protobuf import message"))
    assert impurities(a_source("src/outproof/wire/a.py", "import socket"))


def test_an_import_of_the_sdk_is_found() -> None:
    assert sdk_imports(a_source("src/outproof/server/a.py", "from outproof.sdk import recorder"))
    assert sdk_imports(a_source("src/outproof/server/a.py", "from outproof import sdk"))


@pytest.mark.parametrize(
    ("importer", "statement"),
    [
        ("core/a.py", "import outproof.contract"),
        ("contract/a.py", "from outproof.store import b"),
        ("store/a.py", "from outproof.channels import b"),
        ("sdk/a.py", "from outproof.prove import b"),
        ("sdk/a.py", "from outproof import ports"),
        ("server/a.py", "from outproof import bootstrap"),
    ],
)
def test_the_contract_breaks_on_an_import_upwards_or_sideways(tmp_path: Path, importer: str, statement: str) -> None:
    assert "0 kept, 1 broken" in linted(tmp_path, importer, statement)


def test_the_contract_breaks_on_a_room_without_a_level(tmp_path: Path) -> None:
    assert "attic" in linted(tmp_path, "attic/a.py", "")


def test_the_contract_holds_for_imports_downwards_and_for_rooms_not_built_yet(tmp_path: Path) -> None:
    assert "1 kept, 0 broken" in linted(tmp_path, "sdk/a.py", "from outproof.scrub import b")


BUILT = ("contract/b.py", "scrub/b.py", "prove/b.py", "store/b.py", "channels/b.py", "ports.py", "bootstrap.py")


def linted(folder: Path, importer: str, statement: str) -> str:
    """What import-linter says of a small package whose module `importer` holds this statement."""
    package = folder / "outproof"
    for name in (*BUILT, importer):
        file = package / name
        file.parent.mkdir(parents=True, exist_ok=True)
        (file.parent / "__init__.py").touch()
        file.touch()
    (package / importer).write_text(statement)
    shutil.copy(ROOT / "pyproject.toml", folder)
    lint = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([lint, "--no-cache"], cwd=folder, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr
