"""An exception to a rule names the rule and carries its reason on the same line."""

import re

from tests.tidy.source import Source, a_source, expect_none, under

# The comment that silences a tool, and what follows the rule it names.
PYTHON = re.compile(
    r"#\s*(?:noqa(?::\s*[A-Z]+\d+(?:[,\s]+[A-Z]+\d+)*)?|type:\s*ignore(?:\[[\w, -]+\])?|pragma:\s*no \w+)(?P<reason>.*)"
)
WEB = re.compile(r"(?:eslint-disable[\w-]*.*?(?=--|$)|@ts-(?:ignore|expect-error|nocheck))(?P<reason>.*)")
TWO_WORDS = re.compile(r"[^\W\d_]+\W+[^\W\d_]+")


def unexplained(source: Source) -> list[str]:
    pattern = PYTHON if source.path.suffix == ".py" else WEB
    return [
        source.at(number, f"expected a reason on the same line after {match[0].strip()!r}")
        for number, line in enumerate(source.text.splitlines(), 1)
        if (match := pattern.search(line)) and not TWO_WORDS.search(match["reason"])
    ]


def test_every_exception_to_a_rule_has_its_reason() -> None:
    code = [
        *under("src", "tests", "examples", "benchmarks"),
        *under("web/src", "web/tests", suffixes=(".ts", ".tsx", ".js", ".mjs")),
    ]
    expect_none(line for source in code if source.path.name != "test_suppressions.py" for line in unexplained(source))


def test_a_missing_reason_is_found() -> None:
    for line in (
        "x = 1  # noqa: S105",
        "x = 1  # noqa",
        "x = f()  # type: ignore[no-untyped-call]",
        "x()  # pragma: no cover",
    ):
        assert unexplained(a_source("src/outproof/core/a.py", line)), line
    for line in ("// eslint-disable-next-line no-console", "// @ts-expect-error"):
        assert unexplained(a_source("web/src/a.ts", line)), line


def test_a_reason_is_accepted() -> None:
    for line in (
        "x = 1  # noqa: S105  # a fake key",
        "x = f()  # type: ignore[no-untyped-call]  # the package is untyped",
    ):
        assert not unexplained(a_source("src/outproof/core/a.py", line)), line
    assert not unexplained(a_source("web/src/a.ts", "// eslint-disable-next-line no-console -- the only log there is"))
