"""The page about policies names all that may be written, and nothing else loads."""

import re
from dataclasses import fields
from pathlib import Path

from outproof.config.reading import is_written, written_name
from outproof.decide.declared_policy import DeclaredPolicy
from outproof.decide.names import ANSWER_FACTS, BAD_RATES, COUNTS, COVERABLE, MEASURES, RUN_MEASURES, listed

DOCS = Path(__file__).resolve().parents[3] / "docs" / "reference"


def said(page: str) -> set[str]:
    """Every word that a page writes as code."""
    prose = re.sub(r"^```.*?^```$", "", (DOCS / page).read_text(), flags=re.MULTILINE | re.DOTALL)
    quoted = re.findall(r"`([^`]+)`", prose)
    return {word for text in quoted for word in re.findall(r"[a-z_][a-z0-9_]*", text)}


def test_every_field_of_a_policy_is_described() -> None:
    assert {written_name(field.name) for field in fields(DeclaredPolicy) if is_written(field)} <= said("policies.md")


def test_every_name_that_a_condition_may_speak_of_is_described() -> None:
    assert {*ANSWER_FACTS, *BAD_RATES, *COUNTS, *COVERABLE, *listed(RUN_MEASURES)} <= said("policies.md")
    ranges = {f"{time}_p90" for time in ("ttft", "duration")} | {f"{time}_p95" for time in ("ttft", "duration")}
    assert set(listed(MEASURES)) - ranges <= said("measures.md")  # `ttft_p50` … `ttft_p99` says those between
