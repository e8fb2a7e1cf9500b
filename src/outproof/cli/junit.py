"""Results of tests in; a JUnit XML file, as every CI reads it, out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree.ElementTree import Element, ElementTree, SubElement, indent

_NOT_XML = re.compile(r"[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF]")
"""Characters that no XML file may hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One test. `failure` is what was expected and seen; None: it passed. `error`: it could not be run at all."""

    suite: str
    name: str
    seconds: float = 0.0
    failure: str | None = None
    error: bool = False


def write_junit(path: Path, name: str, cases: Sequence[Case]) -> None:
    """Write the file, with one suite for each that the cases name, in the order they come.

    Raises:
        OSError: it cannot be written.
    """
    root = Element("testsuites", {"name": name, **_totals(cases)})
    for suite in dict.fromkeys(case.suite for case in cases):
        own = [case for case in cases if case.suite == suite]
        element = SubElement(root, "testsuite", {"name": _text(suite), **_totals(own)})
        for case in own:
            _add(element, case)
    indent(root)
    ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)


def _add(suite: Element, case: Case) -> None:
    attributes = {"classname": _text(case.suite), "name": _text(case.name), "time": f"{case.seconds:.3f}"}
    element = SubElement(suite, "testcase", attributes)
    if case.failure is not None:
        first = case.failure.partition("\n")[0]
        bad = SubElement(element, "error" if case.error else "failure", {"message": _text(first)})
        bad.text = _text(case.failure)


def _totals(cases: Sequence[Case]) -> dict[str, str]:
    return {
        "tests": str(len(cases)),
        "failures": str(sum(case.failure is not None and not case.error for case in cases)),
        "errors": str(sum(case.failure is not None and case.error for case in cases)),
        "time": f"{sum(case.seconds for case in cases):.3f}",
    }


def _text(text: str) -> str:
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)
