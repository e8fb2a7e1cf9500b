"""What the reference says of recall and false finds is what is measured, and structured classes are found."""

import json
import random
import re
from collections import Counter
from pathlib import Path

import pytest

from outproof.scrub.policy import STANDARD
from tests.unit.scrub.corpus import HARMLESS, HIDDEN, STRUCTURED, cores, framed

PAGE = Path(__file__).resolve().parents[3] / "docs" / "reference" / "scrubbing.md"
PLANTED, HARMLESS_TEXTS = 200, 250

# What the sample calls it, and what we do.
NAMED = {
    "PHONE_NUMBER": "PHONE",
    "CREDIT_CARD": "CARD",
    "IP_ADDRESS": "IP_ADDRESS",
    "EMAIL_ADDRESS": "EMAIL",
    "US_SSN": "US_SSN",
    "US_DRIVER_LICENSE": "DRIVER_LICENSE",
}
# The values of the two settings files that somebody would not want to see again.
IN_ENV = ("gX69YO4CvBsVjzAwYxdGyDd30t5+9ez31gKATtj4",)
IN_INI = (
    *("123456789a1234", "678912345", "23456789a1", "345678912", "456789123a", "567891234b", "12345678901234"),
    "vh987tyw9ehy8ghis7vwyhiwbwitefy7w3ASDGYDGUASDG",
)


def recall(name: str, way: str) -> float:
    """The share of planted secrets of which nothing that tells them is left."""
    draw = random.Random(f"{name} {way}")
    gone = 0
    for _ in range(PLANTED):
        planted = STRUCTURED[name](draw)
        text = framed(draw, HIDDEN[way](planted))
        safe = STANDARD.cleaned(text)
        gone += safe != text and not any(core in safe for core in cores(planted))
    return gone / PLANTED


@pytest.fixture(scope="module")
def measured() -> dict[str, dict[str, float]]:
    return {name: {way: recall(name, way) for way in HIDDEN} for name in STRUCTURED}


def table(text: str, heading: str) -> list[list[str]]:
    """The rows of the first table under a heading of the page."""
    after = text[text.index(f"## {heading}\n") :]
    lines = re.search(r"(?:^\|.*\n)+", after, re.MULTILINE)
    assert lines, f"expected a table under {heading!r}"
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[0].splitlines()[2:]]


def test_planted_secrets_are_found_however_they_are_written(measured: dict[str, dict[str, float]]) -> None:
    missed = {
        (name, way): ratio
        for name, ways in measured.items()
        for way, ratio in ways.items()
        if way != "base 64" and ratio < 0.99
    }
    assert not missed


def test_the_page_shows_the_recall_that_is_measured(measured: dict[str, dict[str, float]]) -> None:
    said = {row[0].strip("`"): row[1:] for row in table(PAGE.read_text(), "Recall on planted secrets")}
    assert said == {
        name: [f"{min(ratio for way, ratio in ways.items() if way != 'base 64'):.3f}", f"{ways['base 64']:.3f}"]
        for name, ways in measured.items()
    }


def test_the_page_shows_the_false_finds_that_are_counted() -> None:
    counted = {}
    for kind, make in HARMLESS.items():
        draw = random.Random(kind)
        counted[kind] = sum(bool(STANDARD.finds(make(draw))) for _ in range(HARMLESS_TEXTS))
    assert sum(counted.values()) <= 0.005 * HARMLESS_TEXTS * len(HARMLESS)
    said = {row[0]: row[1] for row in table(PAGE.read_text(), "False finds")}
    assert said == {kind: f"{count} of {HARMLESS_TEXTS}" for kind, count in counted.items()}


def test_the_page_shows_what_is_found_in_the_presidio_sample(realcases: Path) -> None:
    found, wanted, right, wrong = Counter[str](), Counter[str](), Counter[str](), Counter[str]()
    for case in json.loads((realcases / "data" / "pii" / "presidio_generated_small.json").read_text()):
        finds = STANDARD.finds(case["full_text"])
        spans = [span for span in case["spans"] if span["entity_type"] in NAMED]
        for span in spans:
            name = NAMED[span["entity_type"]]
            wanted[name] += 1
            found[name] += any(f.start <= span["start_position"] and f.end >= span["end_position"] for f in finds)
        for find in finds:
            hits = any(find.start < span["end_position"] and span["start_position"] < find.end for span in spans)
            (right if hits else wrong)[find.name] += 1
    for name, count in wanted.items():
        assert found[name] / count >= 0.99, name
    said = {row[0].strip("`"): row[1:] for row in table(PAGE.read_text(), "Presidio's sample")}
    assert said == {name: [f"{found[name]} of {wanted[name]}", str(wrong[name])] for name in sorted(wanted)}
    assert sum(wrong.values()) == 0


def test_the_page_shows_what_is_found_in_settings_files(realcases: Path) -> None:
    folder = realcases / "data" / "secrets"
    said = {row[0].strip("`"): row[1] for row in table(PAGE.read_text(), "Settings files")}
    for file, secrets in (("config.env", IN_ENV), ("config.ini", IN_INI)):
        safe = STANDARD.cleaned((folder / f"detect-secrets__{file}.txt").read_text())
        gone = sum(not re.search(rf"(?<!\w){re.escape(secret)}(?!\w)", safe) for secret in secrets)
        assert said[file] == f"{gone} of {len(secrets)}"


def test_every_rule_is_on_the_page() -> None:
    classes = {row[0].strip("`") for row in table(PAGE.read_text(), "What is found")}
    assert classes == {rule.name for rule in STANDARD.rules}
