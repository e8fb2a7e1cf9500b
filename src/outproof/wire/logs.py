"""Log records of model calls: a request in; facts that lie beside spans, as rows of the same columns, out.

Kept are only records that name a span and say something of its call: why it ended, what it used, how it failed. Never a
message: bodies are looked into for a finish reason alone. What a record was about is found by trace and span.
Evaluations go apart: they say nothing of the call, but what somebody made of its answer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from outproof.contract.answer import COLUMN_NAMES, SLOT, columns_of
from outproof.core.attributes import Common
from outproof.core.time import NANOS_PER_S, Instant
from outproof.wire.answers import ANSWER_AGE_S_MAX, ANSWER_AHEAD_S_MAX, Reading
from outproof.wire.dialects import TABLES_VERSION, Aliases
from outproof.wire.evaluations import EVALUATION, Evaluated, evaluated
from outproof.wire.folding import finish_reason
from outproof.wire.otlp_values import Value, value_of
from outproof.wire.readers import text
from outproof.wire.spans import Attributes

CAME_AS_LOG = "log"
BESIDE = (
    *("model_request", "model", "response_id", "finish_reason", "error_type", "input_tokens", "cached_input_tokens"),
    *("cache_write_tokens", "reasoning_tokens", "output_tokens", "ttft_us", "ttft_kind"),
)
"""Facts of a call that a log record may carry where its span does not."""

EVALUATIONS_MAX = 2_000
"""Of one request; each is a row of its own in the state store."""
_SLOTS = {SLOT[name]: name for name in BESIDE}
_EVENTS = ("gen_ai.", "claude_code.")
"""How the names of events begin that tell of model calls."""
_FINISH, _EXCEPTION_TYPE = "finish_reason", "exception.type"
_OUT_OF_TIME = "too_old_or_in_the_future"


class WireRecord(Protocol):
    """A log record, whatever its encoding. `body` is the bytes of an AnyValue."""

    @property
    def time_unix_nano(self) -> int: ...
    @property
    def observed_time_unix_nano(self) -> int: ...
    @property
    def event_name(self) -> str: ...
    @property
    def trace_id(self) -> bytes: ...
    @property
    def span_id(self) -> bytes: ...
    @property
    def attributes(self) -> Attributes: ...
    @property
    def body(self) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Records:
    """Log records of one resource."""

    resource: dict[str, Value]
    records: Sequence[WireRecord]


@dataclass(frozen=True, slots=True)
class LogReading:
    """What a logs request held: facts beside spans, evaluations of answers; and of the rest how many, by reason."""

    facts: Reading
    not_kept: Counter[str]
    evaluations: tuple[Evaluated, ...] = ()


def read_logs(groups: Iterable[Records], aliases: Aliases, *, now: Instant) -> LogReading:
    """The facts in the records of a request."""
    earliest, latest = now - ANSWER_AGE_S_MAX * NANOS_PER_S, now + ANSWER_AHEAD_S_MAX * NANOS_PER_S
    rows: list[list[Any]] = []
    evaluations: list[Evaluated] = []
    not_kept: Counter[str] = Counter()
    for group in groups:
        service = text(group.resource.get(Common.SERVICE_NAME)) or "unknown_service"
        for record in group.records:
            name = event_name(record)
            at = record.time_unix_nano or record.observed_time_unix_nano or now
            if name == EVALUATION:
                reason = _take(record, Instant(at), earliest, latest, evaluations)
                not_kept.update([reason] if reason else [])
                continue
            facts = _facts(record, name, aliases) if name.startswith(_EVENTS) else None
            if facts is None:
                not_kept["no_event_of_a_model_call"] += 1
            elif len(record.trace_id) != 16 or len(record.span_id) != 8:
                not_kept["names_no_span"] += 1
            elif not facts:
                not_kept["says_nothing_a_span_lacks"] += 1
            elif not earliest <= at <= latest:
                not_kept[_OUT_OF_TIME] += 1
            else:
                rows.append(_row(record, at, service, name, facts))
    return LogReading(Reading(columns_of(rows), (), Counter()), not_kept, tuple(evaluations))


def _take(record: WireRecord, at: Instant, earliest: int, latest: int, taken: list[Evaluated]) -> str | None:
    """Put the evaluation to those taken, or say why not."""
    if not earliest <= at <= latest:
        return _OUT_OF_TIME
    if len(taken) >= EVALUATIONS_MAX:
        return "too_many_evaluations"
    said = evaluated(record, at=at)
    if not isinstance(said, Evaluated):
        return said
    taken.append(said)
    return None


def tells_of_a_call(record: WireRecord) -> bool:
    """Whether the record is an event of a model call, or of what somebody made of one."""
    return event_name(record).startswith(_EVENTS)


def event_name(record: WireRecord) -> str:
    """The event's name: a field of its own since 2025, an attribute before."""
    if record.event_name:
        return record.event_name
    attributes = record.attributes
    return (text(value_of(attributes["event.name"])) or "") if "event.name" in attributes else ""


def _facts(record: WireRecord, name: str, aliases: Aliases) -> dict[int, Any]:
    facts: dict[int, Any] = {}
    ranks: dict[int, int] = {}
    attributes = record.attributes
    for attribute in attributes:
        for alias in aliases.get(attribute, ()):
            if alias.slot not in _SLOTS or (alias.row.needs is not None and alias.row.needs not in attributes):
                continue
            if alias.rank < ranks.get(alias.slot, len(aliases)):
                fact = alias.row.read(value_of(attributes[attribute]))
                if fact is not None:
                    facts[alias.slot], ranks[alias.slot] = fact, alias.rank
                    if alias.row.ttft is not None:
                        facts[SLOT["ttft_kind"]] = alias.row.ttft
    if SLOT["finish_reason"] not in facts:
        reason = text(value_of(attributes[_FINISH])) if _FINISH in attributes else _reason_in(record.body, name)
        if reason is not None:
            facts[SLOT["finish_reason"]] = finish_reason(reason)
    if _EXCEPTION_TYPE in attributes and SLOT["error_type"] not in facts:
        facts[SLOT["error_type"]] = text(value_of(attributes[_EXCEPTION_TYPE]))
    return {slot: fact for slot, fact in facts.items() if fact is not None}


def _reason_in(body: bytes, name: str) -> str | None:
    """Why a choice ended, out of the body of the event that carries the choice; nothing else of it is read."""
    if name != "gen_ai.choice":
        return None
    value = value_of(body)
    return text(value.get(_FINISH)) if isinstance(value, dict) else None


def _row(record: WireRecord, at: int, service: str, name: str, facts: dict[int, Any]) -> list[Any]:
    row: list[Any] = [None] * len(COLUMN_NAMES)
    for slot, fact in facts.items():
        row[slot] = fact
    fixed = {
        "trace_id": record.trace_id,
        "span_id": int.from_bytes(record.span_id, "big"),
        "parent_span_id": 0,
        "started_at": at,
        "service": service,
        "is_answer": False,
        "is_call": False,
        "failed": False,
        "dialect": name,
        "wire_version": TABLES_VERSION,
        "came_as": CAME_AS_LOG,
    }
    for column, value in fixed.items():
        row[SLOT[column]] = value
    return row
