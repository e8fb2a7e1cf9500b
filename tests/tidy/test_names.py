"""Names say what a thing is: no drawers for leftovers, no verbs that mean nothing."""

import ast

from tests.tidy.source import Source, a_source, expect_none, under

DRAWERS = frozenset({"utils", "util", "helpers", "helper", "common", "base", "types"})
EMPTY_VERBS = frozenset({"handle", "process", "manage"})


def drawers(source: Source) -> list[str]:
    parts = {part.split(".")[0] for part in source.path.parts}
    return [source.at(1, f'"{name}" says nothing; name the one purpose') for name in sorted(parts & DRAWERS)]


def empty_verbs(source: Source) -> list[str]:
    return [
        source.at(node.lineno, f'{node.name}: "{node.name.strip("_").split("_")[0]}" says nothing; name what it does')
        for node in ast.walk(source.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.strip("_").split("_")[0] in EMPTY_VERBS
    ]


def test_no_module_is_a_drawer() -> None:
    code = under("src", "tests", "examples", "benchmarks", "web/src", suffixes=(".py", ".ts", ".tsx"))
    expect_none(line for source in code for line in drawers(source))


def test_no_function_has_an_empty_verb() -> None:
    expect_none(line for source in under("src", "examples", "benchmarks") for line in empty_verbs(source))


def test_a_drawer_is_found_as_a_file_and_as_a_folder() -> None:
    assert drawers(a_source("src/outproof/core/utils.py", ""))
    assert drawers(a_source("web/src/common/button.tsx", ""))
    assert not drawers(a_source("src/outproof/core/baseline.py", ""))


def test_an_empty_verb_is_found() -> None:
    assert empty_verbs(a_source("src/outproof/core/a.py", "def _process_runs(): ..."))
    assert not empty_verbs(a_source("src/outproof/core/a.py", "def processed(): ..."))
