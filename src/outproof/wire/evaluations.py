"""Evaluation events: a log record in; what somebody made of which answer out, unscrubbed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from outproof.core.attributes import GenAi
from outproof.core.time import Instant
from outproof.wire.otlp_values import Value, value_of
from outproof.wire.readers import text
from outproof.wire.spans import Attributes

EVALUATION = "gen_ai.evaluation.result"
ANSWER_ID_CHARS_MAX = 64

_NAME, _SCORE = "gen_ai.evaluation.name", "gen_ai.evaluation.score.value"
_LABEL, _EXPLANATION = "gen_ai.evaluation.score.label", "gen_ai.evaluation.explanation"
_KEYS = ("openlit.score.idempotency_key", "log.record.uid")
"""What emitters call one evaluation, however often they send it."""


class Unusable(StrEnum):
    """Why an evaluation is not kept."""

    NAMES_NO_ANSWER = "evaluation_names_no_answer"
    SAYS_NOTHING = "evaluation_says_nothing"


class Evaluates(Protocol):
    """What is read of a log record here."""

    @property
    def time_unix_nano(self) -> int: ...
    @property
    def observed_time_unix_nano(self) -> int: ...
    @property
    def trace_id(self) -> bytes: ...
    @property
    def span_id(self) -> bytes: ...
    @property
    def attributes(self) -> Attributes: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluated:
    """One word on one answer. `key` is the same however often it is sent; `answer_id` is `trace:span`.

    Where the record names no span it is `response:` and the provider's id of the response.
    """

    key: tuple[str, ...]
    answer_id: str
    at: Instant
    name: str
    score: float | None
    label: str | None
    explanation: str | None


def evaluated(record: Evaluates, *, at: Instant) -> Evaluated | Unusable:
    """What the record says of which answer."""
    held = record.attributes
    answer_id = _answer_id(record, held)
    if answer_id is None:
        return Unusable.NAMES_NO_ANSWER
    score, label = _number(_value(held, _SCORE)), text(_value(held, _LABEL))
    if score is None and label is None:  # an evaluation that failed says nothing of the answer
        return Unusable.SAYS_NOTHING
    name = text(_value(held, _NAME)) or "evaluation"
    given = next((key for each in _KEYS if (key := text(_value(held, each)))), None)
    explanation = _value(held, _EXPLANATION)
    claimed = str(record.time_unix_nano or record.observed_time_unix_nano)  # `at` is ours where it claims none
    return Evaluated(
        key=(given,) if given else (answer_id, name, repr(score), label or "", claimed),
        answer_id=answer_id,
        at=at,
        name=name,
        score=score,
        label=label,
        explanation=explanation if isinstance(explanation, str) and explanation else None,
    )


def _answer_id(record: Evaluates, held: Attributes) -> str | None:
    if len(record.trace_id) == 16 and len(record.span_id) == 8 and any(record.trace_id) and any(record.span_id):
        return f"{record.trace_id.hex()}:{record.span_id.hex()}"
    response = text(_value(held, GenAi.RESPONSE_ID))
    return f"response:{response}"[:ANSWER_ID_CHARS_MAX] if response else None


def _value(held: Attributes, name: str) -> Value:
    return value_of(held[name]) if name in held else None


def _number(value: Value) -> float | None:
    """A finite number; some emitters send it as text."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None
