"""The scenarios in the docs come true, and what the pages declare can be read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from outproof.config.loading import load
from outproof.scenario.running import Runner, stories

ROOT = Path(__file__).resolve().parents[2]
PAGES = (ROOT / "docs" / "reference" / "scenarios.md", ROOT / "docs" / "how-to" / "drill-a-promise.md")
_BLOCK = re.compile(r"^```(?P<language>\w+)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(language: str) -> list[str]:
    found = [block for page in PAGES for block in _BLOCK.finditer(page.read_text())]
    return [block["body"] for block in found if block["language"] == language]


@pytest.mark.parametrize("text", blocks("scenario"))
def test_a_scenario_of_the_docs_comes_true(text: str, tmp_path: Path) -> None:
    path = tmp_path / "page.scenario"
    path.write_text(text)
    with Runner() as runner:
        results = [runner.run(story) for story in stories(path)]
    assert results
    assert [failure for result in results for failure in result.failures] == []


@pytest.mark.parametrize("text", blocks("yaml"))
def test_a_configuration_of_the_docs_is_read(text: str, tmp_path: Path) -> None:
    path = tmp_path / "outproof.yaml"
    path.write_text(text)
    assert load(path).promises[0].drill is not None


def test_the_reference_names_every_statement_and_every_option() -> None:
    from_page = PAGES[0].read_text()
    from_parser = (ROOT / "src" / "outproof" / "scenario" / "parser.py").read_text()
    subjects = re.search(r"_SUBJECTS = \((?P<words>[^)]*)\)", from_parser)
    declaring = re.search(r"_DECLARING = \((?P<words>[^)]*)\)", from_parser)
    assert subjects
    assert declaring
    for word in re.findall(r'"(\w+)"', subjects["words"] + declaring["words"]):
        assert re.search(rf"^\| `{word} ", from_page, re.MULTILINE), word
    from_inline = (ROOT / "src" / "outproof" / "scenario" / "inline.py").read_text()
    for option in re.findall(r'^    "(\w+)": "', from_inline, re.MULTILINE):
        assert f"`{option} " in from_page, option
