"""Spans into answers: scopes off the wire in, a batch of columns out, with what was refused and what was set aside."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import chain, compress
from typing import Any

from outproof.contract.answer import COLUMN_NAMES, SLOT, Columns, Quarantine, Rejection, SetAside
from outproof.contract.contradiction import TIMING, USAGE, contradictory_timing, contradictory_usage
from outproof.core.attributes import Common
from outproof.core.time import NANOS_PER_S, Instant
from outproof.wire.counting import count_once
from outproof.wire.derive import complete, stretch
from outproof.wire.dialects import TABLES_VERSION, Aliases
from outproof.wire.otlp_values import Value
from outproof.wire.readers import text
from outproof.wire.shapes import Facts, Shapes, emitter, grouped
from outproof.wire.spans import Attributes, Scope, WireSpan

ANSWER_AGE_S_MAX = 400 * 86_400
"""Older spans are refused: they lie outside every retention, and each of their days would be a partition."""
ANSWER_AHEAD_S_MAX = 86_400

_NO_TRACE = bytes(16)
_HASH_BYTES = 16
_WIDTH = len(COLUMN_NAMES)

_TRACE, _SPAN, _PARENT = (SLOT[n] for n in ("trace_id", "span_id", "parent_span_id"))
_STARTED, _DURATION = SLOT["started_at"], SLOT["duration_us"]
_SERVICE, _DEPLOY, _ENVIRONMENT = SLOT["service"], SLOT["deploy"], SLOT["environment"]
_WIRE_VERSION = SLOT["wire_version"]


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
    """Reads spans by a table of aliases. What it remembers between requests only makes it faster.

    `key` is the project's: with it what tools were called with is hashed, so that a hash says nothing elsewhere.
    """

    def __init__(self, aliases: Aliases, *, key: bytes = b"") -> None:
        self.aliases = aliases
        self._key = key
        self._shapes = Shapes(aliases, self._hashed)

    def read(self, scopes: Iterable[Scope], *, now: Instant) -> Reading:
        """The spans of a request as rows, in no particular order. `now` bounds the event times that are believed."""
        groups: list[Facts] = []
        rejected: Counter[Rejection] = Counter()
        earliest, latest = now - ANSWER_AGE_S_MAX * NANOS_PER_S, now + ANSWER_AHEAD_S_MAX * NANOS_PER_S
        for scope in scopes:
            where, writer = _where(scope.resource), emitter(scope.name)
            for shape, members in grouped(scope.spans).items():
                spans, held = zip(*members, strict=True)
                columns = self._group(shape, spans, held, where, writer)
                groups.append(_kept(columns, spans, earliest, latest, rejected))
        rows = _joined(groups)
        set_aside = _without_contradictions(rows)
        count_once(rows)
        return Reading(dict(zip(COLUMN_NAMES, map(tuple, rows), strict=True)), tuple(set_aside), rejected)

    def _group(
        self,
        shape: tuple[str, ...],
        spans: Sequence[WireSpan],
        held: Sequence[Attributes],
        where: tuple[str, str | None, str | None],
        writer: str | None,
    ) -> Facts:
        """Spans with the same attributes, of one resource and scope."""
        starts = [span.start_time_unix_nano for span in spans]
        columns = self._shapes.read(shape, held, starts)
        told_us = columns[_DURATION]
        columns[_TRACE] = [span.trace_id for span in spans]
        columns[_SPAN] = [_id_of(span.span_id) for span in spans]
        columns[_PARENT] = [_id_of(span.parent_span_id) for span in spans]
        columns[_STARTED] = starts
        ends = [span.end_time_unix_nano for span in spans]
        columns[_DURATION] = [(end - start) // 1_000 if end else None for start, end in zip(starts, ends, strict=True)]
        for slot, fact in zip((_SERVICE, _DEPLOY, _ENVIRONMENT, _WIRE_VERSION), (*where, TABLES_VERSION), strict=True):
            columns[slot] = [fact] * len(spans)
        if told_us is not None:
            stretch(columns, told_us)
        complete(columns, spans, writer)
        return columns

    def _hashed(self, canonical: str) -> str:
        return blake2b(canonical.encode(errors="replace"), digest_size=_HASH_BYTES, key=self._key).hexdigest()


def _where(resource: dict[str, Value]) -> tuple[str, str | None, str | None]:
    deploy = text(resource.get(Common.DEPLOY_SHA)) or text(resource.get(Common.SERVICE_VERSION))
    environment = text(resource.get(Common.ENVIRONMENT)) or text(resource.get("deployment.environment"))
    return text(resource.get(Common.SERVICE_NAME)) or "unknown_service", deploy, environment


def _kept(columns: Facts, spans: Sequence[WireSpan], earliest: int, latest: int, rejected: Counter[Rejection]) -> Facts:
    """The columns without the spans that cannot be kept; those are counted by reason."""
    traces, starts = columns[_TRACE] or (), columns[_STARTED] or ()
    if (
        earliest <= min(starts)
        and max(starts) <= latest
        and set(map(len, traces)) == {16}
        and _NO_TRACE not in traces
        and 0 not in (columns[_SPAN] or ())
    ):
        return columns
    reasons = [_rejection(span, earliest, latest) for span in spans]
    rejected.update(reason for reason in reasons if reason is not None)
    good = [reason is None for reason in reasons]
    return [None if column is None else list(compress(column, good)) for column in columns]


def _rejection(span: WireSpan, earliest: int, latest: int) -> Rejection | None:
    start = span.start_time_unix_nano
    if len(span.trace_id) != 16 or span.trace_id == _NO_TRACE:
        return Rejection.BAD_TRACE_ID
    if not _id_of(span.span_id):
        return Rejection.BAD_SPAN_ID
    if not start:
        return Rejection.NO_START_TIME
    if start < earliest:
        return Rejection.TOO_OLD
    return Rejection.IN_THE_FUTURE if start > latest else None


def _id_of(span_id: bytes) -> int:
    """The id as a number; 0 for what is none."""
    return int.from_bytes(span_id, "big") if len(span_id) == 8 else 0


def _joined(groups: Sequence[Facts]) -> list[list[Any]]:
    """All groups as one batch. Columns of which nobody says anything are one and the same list."""
    sizes = [len(group[_SPAN] or ()) for group in groups]
    unknown = [None] * sum(sizes)
    if len(groups) == 1:
        return [unknown if column is None else column for column in groups[0]]
    rows: list[list[Any]] = []
    for slot in range(_WIDTH):
        parts = [group[slot] for group in groups]
        if all(part is None for part in parts):
            rows.append(unknown)
        else:
            filled = ([None] * size if part is None else part for part, size in zip(parts, sizes, strict=True))
            rows.append(list(chain.from_iterable(filled)))
    return rows


def _without_contradictions(rows: list[list[Any]]) -> list[SetAside]:
    """Blank the facts of spans that contradict each other, and return them as they came."""
    found: list[SetAside] = []
    # Both are judged before either is blanked: whether times agree depends on the tokens.
    timing, usage = contradictory_timing(rows), contradictory_usage(rows)
    for slots, contradictions in ((TIMING, timing), (USAGE, usage)):
        for index, reason in contradictions:
            found.append(_set_aside(rows, index, reason, slots))
    return found


def _set_aside(rows: list[list[Any]], index: int, reason: Quarantine, slots: dict[str, int]) -> SetAside:
    facts = {name: rows[slot][index] for name, slot in slots.items() if rows[slot][index] is not None}
    for slot in slots.values():
        if rows[slot][index] is not None:
            rows[slot][index] = None
    return SetAside(
        trace_id=rows[_TRACE][index],
        span_id=rows[_SPAN][index],
        started_at=rows[_STARTED][index],
        service=rows[_SERVICE][index],
        reason=reason,
        facts=facts,
    )
