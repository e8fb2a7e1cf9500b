"""The adapter, over recognisers that answer as Presidio's do; and over the real ones where they are installed."""

import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from outproof.core.errors import Permanent
from outproof.models.presidio import PresidioDetector, presidio
from outproof.scrub.declared import PresidioUse, Scrubbing
from outproof.scrub.text import cleaned, preview

PEOPLE = PresidioUse(entities=("PERSON",), score_min=0.6)
INSTALLED = importlib.util.find_spec("presidio_analyzer") is not None


@dataclass(frozen=True, slots=True)
class Found:
    entity_type: str
    start: int
    end: int
    score: float


class Recogniser:
    """Knows one name, and answers in the shape of an `AnalyzerEngine`."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.asked: list[tuple[str, str, list[str], float]] = []

    def analyze(self, text: str, language: str, *, entities: list[str], score_threshold: float) -> Sequence[Found]:
        self.asked.append((text, language, entities, score_threshold))
        at = text.find(self.name)
        return [Found("PERSON", at, at + len(self.name), 0.9)] if at >= 0 else []


def test_free_text_loses_names_after_the_rules_and_labels_keep_them() -> None:
    recogniser = Recogniser("Maya Lopez")
    policy = Scrubbing(name="with-names").policy([PresidioDetector(recogniser, PEOPLE, "2.2")])
    text = "Maya Lopez wrote from maya@example.com"
    assert preview(text, policy, chars_max=100) == "[PERSON] wrote from [EMAIL]"
    assert recogniser.asked == [("Maya Lopez wrote from [EMAIL]", "en", ["PERSON"], 0.6)]
    assert cleaned("Maya Lopez", policy) == "Maya Lopez"


def test_the_policy_says_that_and_how_presidio_was_asked() -> None:
    ids = {
        Scrubbing().policy().id,
        Scrubbing().policy([PresidioDetector(Recogniser("x"), PEOPLE, "2.2")]).id,
        Scrubbing().policy([PresidioDetector(Recogniser("x"), PEOPLE, "2.3")]).id,
    }
    assert len(ids) == 3


@pytest.mark.skipif(INSTALLED, reason="presidio-analyzer is installed")
def test_without_the_package_the_server_says_what_to_install() -> None:
    with pytest.raises(Permanent, match=r"outproof\[presidio\]"):
        presidio(PEOPLE)


@pytest.mark.skipif(not INSTALLED, reason="presidio-analyzer is an optional extra")
def test_the_real_recognisers_run_without_a_language_model() -> None:
    detector = presidio(PresidioUse(entities=("US_ITIN", "CRYPTO"), score_min=0.4))
    text = "pay to 16Yeky6GMjeNkAiNcBY7ZhrLoMSgg1BoyZ now"
    policy = Scrubbing().policy([detector])
    assert preview(text, policy, chars_max=100) == "pay to [CRYPTO] now"
    with pytest.raises(Permanent, match="downloads nothing"):
        presidio(PresidioUse(entities=("PERSON",), model="xx_not_installed"))
