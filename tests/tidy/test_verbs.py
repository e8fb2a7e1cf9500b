"""`make` has exactly ten verbs and says what each does; CI runs one of them."""

import re

from tests.tidy.source import ROOT
from tests.tidy.test_docs import VERBS


def verbs(makefile: str) -> dict[str, str]:
    """Each target that a person is meant to type, and its one line of help."""
    return dict(re.findall(r"^([a-z]+):.*?## *(.*)$", makefile, re.MULTILINE))


def phony(makefile: str) -> set[str]:
    return {name for line in re.findall(r"^\.PHONY:(.*)$", makefile, re.MULTILINE) for name in line.split()}


def test_make_has_exactly_the_ten_verbs_and_help() -> None:
    makefile = (ROOT / "Makefile").read_text()
    assert set(verbs(makefile)) == VERBS | {"help"}
    assert phony(makefile) == VERBS | {"help"}
    assert ".DEFAULT_GOAL := help" in makefile


def test_ci_stops_at_the_first_failure_and_runs_the_tests() -> None:
    script = (ROOT / ".ci" / "run").read_text()
    assert "set -euo pipefail" in script
    assert re.search(r"^make test$", script, re.MULTILINE)


def test_a_verb_without_help_and_an_eleventh_are_found() -> None:
    assert verbs("setup:\n\t@true\n") == {}
    assert set(verbs("setup: x  ## Install\ndeploy:  ## Ship\n")) == {"setup", "deploy"}
