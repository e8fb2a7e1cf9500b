"""Spans into answers: scopes off the wire in, a batch of columns out, with what was refused and what was set aside."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from outproof.contract.answer import COLUMN_NAMES, SLOT, Columns, Rejection, SetAside, columns_of
from outproof.contract.contradiction import contradiction
from outproof.core.attributes import Common
from outproof.core.time import NANOS_PER_S, Instant
from outproof.wire.dialects import DECISION_SLOTS, FIRST_TOKEN_EVENTS, TTFT_KIND, Alias, Aliases
from outproof.wire.folding import finish_reason, provider
from outproof.wire.otlp_values import Value
from outproof.wire.readers import text
from outproof.wire.spans import Decode, Scope, WireSpan

ANSWER_AGE_S_MAX = 400 * 86_400
"""Older spans are refused: they lie outside every retention, and each of their days would be a partition."""
ANSWER_AHEAD_S_MAX = 86_400

_NO_RANK = 1_000
_SLOTS = len(COLUMN_NAMES)
_CALLS = frozenset({"chat", "text_completion", "generate_content", "embeddings"})
_STATUS_ERROR = 2
_EXCEPTION_EVENT = "exception"

_STARTED, _DURATION, _TTFT, _TTFT_KIND = (SLOT[n] for n in ("started_at", "duration_us", "ttft_us", "ttft_kind"))
_OPERATION, _PROVIDER, _FINISH = SLOT["operation"], SLOT["provider"], SLOT["finish_reason"]
_MODEL_REQUEST, _MODEL = SLOT["model_request"], SLOT["model"]
_FAILED, _ERROR_TYPE = SLOT["failed"], SLOT["error_type"]
_IS_ANSWER, _IS_CALL = SLOT["is_answer"], SLOT["is_call"]
_SERVICE, _DEPLOY, _ENVIRONMENT = SLOT["service"], SLOT["deploy"], SLOT["environment"]
_DIALECT, _PROVENANCE = SLOT["dialect"], SLOT["provenance"]

Row = list[Any]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a request held. `rejected` spans are gone and the client is told; `set_aside` facts are kept apart."""

    columns: Columns
    set_aside: tuple[SetAside, ...]
    rejected: Counter[Rejection]

    @property
    def spans(self) -> int:
        return len(self.columns["span_id"])


class Reader:
    """Reads spans by a table of aliases; keeps no state between requests but a cache of provenance texts."""

    def __init__(self, aliases: Aliases) -> None:
        self._aliases = aliases
        self._provenance: dict[tuple[int, ...], tuple[str, str]] = {}

    def read(self, scopes: Iterable[Scope], *, now: Instant) -> Reading:
        """The spans of a request as rows. `now` bounds the event times that are believed."""
        rows: list[Row] = []
        set_aside: list[SetAside] = []
        rejected: Counter[Rejection] = Counter()
        for scope in scopes:
            where = _where(scope.resource)
            for span in scope.spans:
                reason = _rejection(span, now)
                if reason is not None:
                    rejected[reason] += 1
                    continue
                row = self._row(span, where, scope.decode)
                if (aside := _set_aside(row)) is not None:
                    set_aside.append(aside)
                rows.append(row)
        return Reading(columns_of(rows), tuple(set_aside), rejected)

    def _row(self, span: WireSpan, where: Sequence[str | None], decode: Decode) -> Row:
        row: Row = [None] * _SLOTS
        ranks = [_NO_RANK] * _SLOTS
        attributes: Any = span.attributes
        table = self._aliases
        for key in attributes:
            hits = table.get(key)
            if hits is not None:
                value = decode(attributes[key])
                for alias in hits:
                    if alias.rank < ranks[alias.slot] and (fact := alias.read(value)) is not None:
                        row[alias.slot], ranks[alias.slot] = fact, alias.rank
        row[0] = span.trace_id
        row[1] = int.from_bytes(span.span_id, "big")
        row[2] = int.from_bytes(span.parent_span_id, "big")
        row[_STARTED] = start = span.start_time_unix_nano
        if span.end_time_unix_nano:
            row[_DURATION] = (span.end_time_unix_nano - start) // 1_000
        row[_SERVICE], row[_DEPLOY], row[_ENVIRONMENT] = where
        row[_DIALECT], row[_PROVENANCE] = self._origin(ranks)
        _derive(row, ranks, span, decode)
        return row

    def _origin(self, ranks: Sequence[int]) -> tuple[str, str]:
        """The dialect of the span and which attribute each fact came from, as one text."""
        key = tuple(ranks)
        found = self._provenance.get(key)
        if found is None:
            matched = [alias for hits in self._aliases.values() for alias in hits if ranks[alias.slot] == alias.rank]
            found = _dialect(matched), _provenance_text(matched)
            if len(self._provenance) < 10_000:
                self._provenance[key] = found
        return found


def _dialect(matched: Sequence[Alias]) -> str:
    for alias in matched:
        if alias.slot == _OPERATION:
            return alias.dialect
    return matched[0].dialect if matched else "unknown"


def _provenance_text(matched: Sequence[Alias]) -> str:
    return "; ".join(sorted(f"{COLUMN_NAMES[alias.slot]}={alias.attribute}" for alias in matched))


def _where(resource: dict[str, Value]) -> tuple[str, str | None, str | None]:
    deploy = text(resource.get(Common.DEPLOY_SHA)) or text(resource.get(Common.SERVICE_VERSION))
    environment = text(resource.get(Common.ENVIRONMENT)) or text(resource.get("deployment.environment"))
    return text(resource.get(Common.SERVICE_NAME)) or "unknown_service", deploy, environment


def _rejection(span: WireSpan, now: Instant) -> Rejection | None:
    if len(span.trace_id) != 16 or not any(span.trace_id):
        return Rejection.BAD_TRACE_ID
    if len(span.span_id) != 8 or not any(span.span_id):
        return Rejection.BAD_SPAN_ID
    start = span.start_time_unix_nano
    if not start:
        return Rejection.NO_START_TIME
    if start < now - ANSWER_AGE_S_MAX * NANOS_PER_S:
        return Rejection.TOO_OLD
    if start > now + ANSWER_AHEAD_S_MAX * NANOS_PER_S:
        return Rejection.IN_THE_FUTURE
    return None


def _derive(row: Row, ranks: Sequence[int], span: WireSpan, decode: Decode) -> None:
    """Fill what follows from other facts of the span."""
    row[_FAILED] = span.status.code == _STATUS_ERROR
    row[_IS_CALL] = row[_OPERATION] in _CALLS
    row[_IS_ANSWER] = any(ranks[slot] != _NO_RANK for slot in DECISION_SLOTS)
    if row[_PROVIDER] is not None:
        row[_PROVIDER] = provider(row[_PROVIDER])
    if row[_FINISH] is not None:
        row[_FINISH] = finish_reason(row[_FINISH])
    if row[_TTFT] is not None:
        row[_TTFT_KIND] = next((kind for name, kind in TTFT_KIND.items() if name in span.attributes), None)
    if span.events:
        _read_events(row, span, decode)
    if row[_FAILED] and row[_MODEL] is not None and row[_FINISH] is None and row[_DIALECT] == "openinference":
        # OpenInference writes the requested model into llm.model_name until a response names its own.
        row[_MODEL_REQUEST], row[_MODEL] = row[_MODEL_REQUEST] or row[_MODEL], None
    elif row[_OPERATION] == "embeddings" and row[_MODEL] is None and not row[_FAILED]:
        row[_MODEL] = row[_MODEL_REQUEST]  # embedding models have no aliases, and some emitters name them once


def _read_events(row: Row, span: WireSpan, decode: Decode) -> None:
    for event in span.events:
        if row[_TTFT] is None and event.name in FIRST_TOKEN_EVENTS:
            row[_TTFT] = (event.time_unix_nano - span.start_time_unix_nano) // 1_000
            row[_TTFT_KIND] = FIRST_TOKEN_EVENTS[event.name]
        elif row[_ERROR_TYPE] is None and event.name == _EXCEPTION_EVENT:
            raw: Any = event.attributes
            if "exception.type" in raw:
                row[_ERROR_TYPE] = text(decode(raw["exception.type"]))


def _set_aside(row: Row) -> SetAside | None:
    """Blank the facts of a row that contradict each other, and return them as they came; None for a sound row."""
    found = contradiction(row)
    if found is None:
        return None
    reason, slots = found
    facts = {name: row[slot] for name, slot in slots.items() if row[slot] is not None}
    for slot in slots.values():
        row[slot] = None
    return SetAside(
        trace_id=row[0], span_id=row[1], started_at=row[_STARTED], service=row[_SERVICE], reason=reason, facts=facts
    )
