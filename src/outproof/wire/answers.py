"""Spans into answers: scopes off the wire in, a batch of columns out, with what was refused and what was set aside."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from outproof.contract.answer import COLUMN_NAMES, SLOT, Columns, Quarantine, Rejection, SetAside, columns_of
from outproof.contract.contradiction import TIMING, USAGE, contradictory_timing, contradictory_usage
from outproof.core.attributes import Common
from outproof.core.time import NANOS_PER_S, Instant
from outproof.wire.dialects import DECISION_SLOTS, FIRST_TOKEN_EVENTS, TTFT_KIND, Alias, Aliases
from outproof.wire.folding import finish_reason, provider
from outproof.wire.otlp_values import Value, value_of
from outproof.wire.readers import text
from outproof.wire.spans import Attributes, Scope, WireSpan

Row = list[Any]

ANSWER_AGE_S_MAX = 400 * 86_400
"""Older spans are refused: they lie outside every retention, and each of their days would be a partition."""
ANSWER_AHEAD_S_MAX = 86_400

_NO_TRACE = bytes(16)
_REMEMBERED_VALUES_MAX = 4_096
_REMEMBERED_BYTES_MAX = 64
_REMEMBERED_SHAPES_MAX = 512
_CALLS = frozenset({"chat", "text_completion", "generate_content", "embeddings"})
_STATUS_ERROR = 2
_EXCEPTION_EVENT, _EXCEPTION_TYPE = "exception", "exception.type"

_TRACE, _SPAN, _PARENT = (SLOT[n] for n in ("trace_id", "span_id", "parent_span_id"))
_STARTED, _DURATION, _TTFT, _TTFT_KIND = (SLOT[n] for n in ("started_at", "duration_us", "ttft_us", "ttft_kind"))
_OPERATION, _PROVIDER, _FINISH = SLOT["operation"], SLOT["provider"], SLOT["finish_reason"]
_MODEL_REQUEST, _MODEL = SLOT["model_request"], SLOT["model"]
_FAILED, _ERROR_TYPE, _STREAMING = SLOT["failed"], SLOT["error_type"], SLOT["streaming"]
_IS_ANSWER, _IS_CALL = SLOT["is_answer"], SLOT["is_call"]
_SERVICE, _DEPLOY, _ENVIRONMENT = SLOT["service"], SLOT["deploy"], SLOT["environment"]
_DIALECT, _PROVENANCE = SLOT["dialect"], SLOT["provenance"]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a request held. `rejected` spans are gone and the client is told; `set_aside` facts are kept apart."""

    columns: Columns
    set_aside: tuple[SetAside, ...]
    rejected: Counter[Rejection]

    @property
    def spans(self) -> int:
        return len(self.columns["span_id"])


@dataclass(frozen=True, slots=True)
class _Origin:
    """What follows from which attributes were present, whatever their values."""

    dialect: str
    provenance: str
    is_answer: bool
    ttft_kind: str | None


class _Known:
    """One attribute that carries a fact, and the facts of values seen before: most values repeat."""

    __slots__ = ("_facts", "_read", "attribute", "bit", "is_sure", "rank", "slot")

    def __init__(self, alias: Alias, bit: int) -> None:
        self.attribute, self.slot, self.rank, self.bit = alias.attribute, alias.slot, alias.rank, bit
        self.is_sure = True
        """Every value so far said something usable."""
        self._read = alias.read
        self._facts: dict[bytes, Any] = {}

    def facts(self, raws: Sequence[bytes]) -> list[Any]:
        """The fact in each value; None where it says nothing usable."""
        try:
            return list(map(self._facts.__getitem__, raws))
        except KeyError:
            return [self._facts[raw] if raw in self._facts else self._new(raw) for raw in raws]

    def _new(self, raw: bytes) -> Any:
        fact = self._read(value_of(raw))
        self.is_sure = self.is_sure and fact is not None
        if len(self._facts) < _REMEMBERED_VALUES_MAX and len(raw) <= _REMEMBERED_BYTES_MAX:
            self._facts[raw] = fact
        return fact


class Reader:
    """Reads spans by a table of aliases. What it remembers between requests only makes it faster."""

    def __init__(self, aliases: Aliases) -> None:
        ordered = [alias for hits in aliases.values() for alias in hits]
        self._bits = {1 << number: alias for number, alias in enumerate(ordered)}
        self._known: dict[str, list[_Known]] = {attribute: [] for attribute in aliases}
        for bit, alias in self._bits.items():
            self._known[alias.attribute].append(_Known(alias, bit))
        self._plans: dict[tuple[str, ...], list[_Known]] = {}
        self._origins: dict[int, _Origin] = {}

    def read(self, scopes: Iterable[Scope], *, now: Instant) -> Reading:
        """The spans of a request as rows. `now` bounds the event times that are believed."""
        rows: list[Row] = []
        set_aside: list[SetAside] = []
        rejected: Counter[Rejection] = Counter()
        earliest, latest = now - ANSWER_AGE_S_MAX * NANOS_PER_S, now + ANSWER_AHEAD_S_MAX * NANOS_PER_S
        for scope in scopes:
            where = _where(scope.resource)
            for span, row in zip(scope.spans, self._rows(scope.spans), strict=True):
                reason = _rejection(row, span, earliest, latest)
                if reason is not None:
                    rejected[reason] += 1
                    continue
                row[_SERVICE], row[_DEPLOY], row[_ENVIRONMENT] = where
                # Both are judged before either is blanked: whether times agree depends on the tokens.
                bad_timing, bad_usage = contradictory_timing(row), contradictory_usage(row)
                if bad_timing is not None:
                    set_aside.append(_set_aside(row, bad_timing, TIMING))
                if bad_usage is not None:
                    set_aside.append(_set_aside(row, bad_usage, USAGE))
                rows.append(row)
        return Reading(columns_of(rows), tuple(set_aside), rejected)

    def _rows(self, spans: Collection[WireSpan]) -> list[Row]:
        """The rows of spans, in their order. Those with the same attributes are read together, column by column."""
        shapes: dict[tuple[str, ...], list[tuple[int, WireSpan, Attributes]]] = {}
        for index, span in enumerate(spans):
            attributes = span.attributes
            shapes.setdefault(tuple(attributes), []).append((index, span, attributes))
        rows: list[Row] = [[]] * len(spans)
        for shape, members in shapes.items():
            indexes, alike, held = zip(*members, strict=True)
            for index, span, row in zip(indexes, alike, self._alike(shape, alike, held), strict=True):
                _derive(row, span)
                rows[index] = row
        return rows

    def _alike(self, shape: tuple[str, ...], spans: Sequence[WireSpan], held: Sequence[Attributes]) -> list[Row]:
        unknown = [None] * len(spans)
        columns: list[Sequence[Any]] = [unknown] * len(COLUMN_NAMES)
        present, sure = [0] * len(spans), 0
        for known in self._plan(shape):
            facts = known.facts([attributes[known.attribute] for attributes in held])
            if known.is_sure:
                columns[known.slot] = facts
                sure |= known.bit
            else:
                others = columns[known.slot]
                columns[known.slot] = [
                    other if fact is None else fact for fact, other in zip(facts, others, strict=True)
                ]
                present = [
                    bits if fact is None else bits | known.bit for fact, bits in zip(facts, present, strict=True)
                ]
        origins = [self._origins.get(bits | sure) or self._origin(bits | sure) for bits in present]
        columns[_DIALECT] = [origin.dialect for origin in origins]
        columns[_PROVENANCE] = [origin.provenance for origin in origins]
        columns[_IS_ANSWER] = [origin.is_answer for origin in origins]
        columns[_TTFT_KIND] = [origin.ttft_kind for origin in origins]
        columns[_TRACE] = [span.trace_id for span in spans]
        columns[_SPAN] = [int.from_bytes(span.span_id, "big") for span in spans]
        parents = [span.parent_span_id for span in spans]
        columns[_PARENT] = [int.from_bytes(parent, "big") if len(parent) == 8 else 0 for parent in parents]
        columns[_STARTED] = starts = [span.start_time_unix_nano for span in spans]
        ends = [span.end_time_unix_nano for span in spans]
        columns[_DURATION] = [(end - start) // 1_000 if end else None for start, end in zip(starts, ends, strict=True)]
        return [list(row) for row in zip(*columns, strict=True)]

    def _plan(self, shape: tuple[str, ...]) -> list[_Known]:
        """The attributes of a shape that carry facts. Of several that carry the same one the best comes last."""
        plan = self._plans.get(shape)
        if plan is None:
            found = [known for attribute in shape for known in self._known.get(attribute, ())]
            plan = sorted(found, key=lambda known: -known.rank)
            if len(self._plans) < _REMEMBERED_SHAPES_MAX:
                self._plans[shape] = plan
        return plan

    def _origin(self, present: int) -> _Origin:
        """The origin of a span that had these aliases' attributes: of each fact, the alias of the lowest rank."""
        matched: dict[int, Alias] = {}
        for bit, alias in self._bits.items():
            if present & bit and (alias.slot not in matched or alias.rank < matched[alias.slot].rank):
                matched[alias.slot] = alias
        ttft = matched.get(_TTFT)
        found = _Origin(
            _dialect(matched),
            "; ".join(sorted(f"{COLUMN_NAMES[slot]}={alias.attribute}" for slot, alias in matched.items())),
            is_answer=not DECISION_SLOTS.isdisjoint(matched),
            ttft_kind=TTFT_KIND.get(ttft.attribute) if ttft else None,
        )
        if len(self._origins) < _REMEMBERED_VALUES_MAX:
            self._origins[present] = found
        return found


def _dialect(matched: dict[int, Alias]) -> str:
    if _OPERATION in matched:
        return matched[_OPERATION].dialect
    return next((alias.dialect for alias in matched.values()), "unknown")


def _where(resource: dict[str, Value]) -> tuple[str, str | None, str | None]:
    deploy = text(resource.get(Common.DEPLOY_SHA)) or text(resource.get(Common.SERVICE_VERSION))
    environment = text(resource.get(Common.ENVIRONMENT)) or text(resource.get("deployment.environment"))
    return text(resource.get(Common.SERVICE_NAME)) or "unknown_service", deploy, environment


def _rejection(row: Row, span: WireSpan, earliest: int, latest: int) -> Rejection | None:
    if len(row[0]) != 16 or row[0] == _NO_TRACE:
        return Rejection.BAD_TRACE_ID
    if not row[1] or len(span.span_id) != 8:
        return Rejection.BAD_SPAN_ID
    start = row[_STARTED]
    if not start:
        return Rejection.NO_START_TIME
    if start < earliest:
        return Rejection.TOO_OLD
    return Rejection.IN_THE_FUTURE if start > latest else None


def _derive(row: Row, span: WireSpan) -> None:
    """Fill what follows from other facts of the span."""
    row[_FAILED] = failed = span.status.code == _STATUS_ERROR
    row[_IS_CALL] = row[_OPERATION] in _CALLS
    if row[_PROVIDER] is not None:
        row[_PROVIDER] = provider(row[_PROVIDER])
    if row[_FINISH] is not None:
        row[_FINISH] = finish_reason(row[_FINISH])
    if (failed and row[_ERROR_TYPE] is None) or (row[_TTFT] is None and row[_STREAMING] is not False):
        _read_events(row, span)
    if failed and row[_MODEL] is not None and row[_FINISH] is None and row[_DIALECT] == "openinference":
        # OpenInference writes the requested model into llm.model_name until a response names its own.
        row[_MODEL_REQUEST], row[_MODEL] = row[_MODEL_REQUEST] or row[_MODEL], None
    elif row[_OPERATION] == "embeddings" and row[_MODEL] is None and not failed:
        row[_MODEL] = row[_MODEL_REQUEST]  # embedding models have no aliases, and some emitters name them once


def _read_events(row: Row, span: WireSpan) -> None:
    for event in span.events:
        if row[_TTFT] is None and event.name in FIRST_TOKEN_EVENTS:
            row[_TTFT] = (event.time_unix_nano - row[_STARTED]) // 1_000
            row[_TTFT_KIND] = FIRST_TOKEN_EVENTS[event.name]
        elif row[_ERROR_TYPE] is None and event.name == _EXCEPTION_EVENT and _EXCEPTION_TYPE in event.attributes:
            row[_ERROR_TYPE] = text(value_of(event.attributes[_EXCEPTION_TYPE]))


def _set_aside(row: Row, reason: Quarantine, slots: dict[str, int]) -> SetAside:
    """Blank the facts of a row that contradict each other, and return them as they came."""
    facts = {name: row[slot] for name, slot in slots.items() if row[slot] is not None}
    for slot in slots.values():
        row[slot] = None
    return SetAside(
        trace_id=row[0], span_id=row[1], started_at=row[_STARTED], service=row[_SERVICE], reason=reason, facts=facts
    )
