"""Files and functions stay short enough to be read in one go."""

import ast

from tests.tidy.source import Source, a_source, expect_none, under

WEB = (".ts", ".tsx", ".css", ".js", ".mjs")
# folder: (suffixes, lines of a file, lines of a Python function)
LIMITS = {
    "src": ((".py",), 400, 50),
    "examples": ((".py",), 400, 50),
    "benchmarks": ((".py",), 400, 50),
    "tests": ((".py",), 600, 60),
    "web/src": (WEB, 400, None),
    "web/tests": (WEB, 600, None),
}


def too_long(source: Source, *, lines_max: int, function_lines_max: int | None) -> list[str]:
    found = []
    lines = len(source.text.splitlines())
    if lines > lines_max:
        found.append(source.at(lines_max + 1, f"the file has {lines} lines, at most {lines_max} are allowed"))
    if function_lines_max is None:
        return found
    for node in ast.walk(source.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno is not None:
            length = node.end_lineno - node.lineno + 1
            if length > function_lines_max:
                limit = f"at most {function_lines_max} are allowed"
                found.append(source.at(node.lineno, f"{node.name} has {length} lines, {limit}"))
    return found


def test_files_and_functions_are_short() -> None:
    expect_none(
        line
        for folder, (suffixes, lines_max, function_lines_max) in LIMITS.items()
        for source in under(folder, suffixes=suffixes)
        for line in too_long(source, lines_max=lines_max, function_lines_max=function_lines_max)
    )


def test_a_long_file_is_found() -> None:
    long = a_source("src/outproof/core/long.py", "x = 1\n" * 401)
    assert too_long(long, lines_max=400, function_lines_max=50) == [
        "src/outproof/core/long.py:401: the file has 401 lines, at most 400 are allowed"
    ]


def test_a_long_function_is_found_even_inside_a_class() -> None:
    method = "class A:\n    def f(self):\n" + "        x = 1\n" * 50
    [line] = too_long(a_source("src/outproof/core/long.py", method), lines_max=400, function_lines_max=50)
    assert line == "src/outproof/core/long.py:2: f has 51 lines, at most 50 are allowed"


def test_a_function_at_the_limit_passes() -> None:
    function = "def f():\n" + "    x = 1\n" * 49
    assert too_long(a_source("src/outproof/core/short.py", function), lines_max=400, function_lines_max=50) == []
