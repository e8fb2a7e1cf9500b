"""What spans are filtered by: one condition as text in, such as `route=abstain` or `duration_s>=2`; its parts out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from outproof.contract.answer import Quarantine
from outproof.measure.dimension import Dimension

CONDITIONS_MAX = 30
VALUE_CHARS_MAX = 300


class Comparison(StrEnum):
    """How a fact is compared. `is not` also finds what does not say."""

    IS = "="
    IS_NOT = "!="
    AT_LEAST = ">="
    AT_MOST = "<="


class Sort(StrEnum):
    """What kind of values a fact has."""

    TEXT = "text"
    FLAG = "flag"
    NUMBER = "number"
    REASON = "reason"  # why facts of the span were set aside; a span may have several


QUARANTINE = "quarantine"
COST = "cost_usd"
SCALES: Mapping[str, int] = {
    **dict.fromkeys(("duration_s", "ttft_s"), 1_000_000),
    **dict.fromkeys(("input_tokens", "cached_input_tokens", "cache_write_tokens", "reasoning_tokens"), 1),
    **dict.fromkeys(("output_tokens", "attempt"), 1),
    "inclusion_ratio": 1_000_000,
    COST: 1_000_000_000,
}
"""The facts that are numbers, and how many of what is stored make one of what is written: 1 s is 1,000,000 µs."""

FLAGS = ("failed", "unsafe_claim_served", "streaming", "is_answer", "is_call", "is_duplicate", "is_gateway")
TEXTS = (
    *(dimension.value for dimension in Dimension),
    *("tool_status", "usage_basis", "scrub_policy", "wire_version", "sample_reason", "sample_policy", "progress"),
    *("request_id", "conversation_id", "response_id", "tool_call_id", "tool_input_hash", "call_id", "retry_of"),
)
SORTS: Mapping[str, Sort] = {
    **dict.fromkeys(TEXTS, Sort.TEXT),
    **dict.fromkeys(FLAGS, Sort.FLAG),
    **dict.fromkeys(SCALES, Sort.NUMBER),
    QUARANTINE: Sort.REASON,
}
"""Everything that spans can be filtered by."""

_WRITTEN = re.compile(r"(?P<fact>[a-z_]+)(?P<comparison>!=|>=|<=|=)(?P<value>.*)", re.DOTALL)
_FLAGS = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition. A value of None: that the span does not say. A number is in the unit that is stored."""

    fact: str
    comparison: Comparison
    value: str | bool | int | None

    @property
    def sort(self) -> Sort:
        return SORTS[self.fact]


def condition(text: str) -> Condition:
    """The condition a text names.

    >>> condition("duration_s>=2")
    Condition(fact='duration_s', comparison=<Comparison.AT_LEAST: '>='>, value=2000000)

    Raises:
        ValueError: the text is no condition, and says what would be.
    """
    found = _WRITTEN.fullmatch(text)
    if found is None:
        raise ValueError(f"expected a condition such as route=abstain or duration_s>=2, got {text[:80]!r}")
    fact, comparison, written = found["fact"], Comparison(found["comparison"]), found["value"]
    sort = SORTS.get(fact)
    if sort is None:
        raise ValueError(f"expected one of {', '.join(sorted(SORTS))}, got {fact[:80]!r}")
    if len(written) > VALUE_CHARS_MAX:
        raise ValueError(f"expected {fact} of at most {VALUE_CHARS_MAX} characters, got {len(written)}")
    is_order = comparison in (Comparison.AT_LEAST, Comparison.AT_MOST)
    if is_order != (sort is Sort.NUMBER and written != ""):
        raise ValueError(f"expected {_how(fact, sort)}, got {text[:80]!r}")
    return Condition(fact, comparison, _value(fact, sort, written))


def _value(fact: str, sort: Sort, written: str) -> str | bool | int | None:
    if not written:
        return None
    if sort is Sort.NUMBER:
        return _scaled(fact, written)
    if sort is Sort.FLAG:
        if written not in _FLAGS:
            raise ValueError(f"expected {_how(fact, sort)}, got {written[:80]!r}")
        return _FLAGS[written]
    if sort is Sort.REASON and written not in set(Quarantine):
        raise ValueError(f"expected {_how(fact, sort)}, got {written[:80]!r}")
    return written


def _scaled(fact: str, written: str) -> int:
    try:
        number = float(written)
    except ValueError:
        number = -1.0
    if not 0 <= number < 1e9:
        raise ValueError(f"expected {fact} to be compared with a number from 0 to 1000000000, got {written[:80]!r}")
    return round(number * SCALES[fact])


def _how(fact: str, sort: Sort) -> str:
    match sort:
        case Sort.TEXT:
            return f"{fact}=value, {fact}!=value, or {fact}= for what does not say"
        case Sort.FLAG:
            return f"{fact}=true, {fact}=false, or {fact}= for what does not say"
        case Sort.NUMBER:
            return f"{fact}>=number, {fact}<=number, or {fact}= for what does not say"
        case Sort.REASON:
            return f"{fact}= one of {', '.join(Quarantine)}, or {fact}!= for any"
