"""Spans, traces and single answers over REST: filters and a range of time in; a page, a waterfall or every fact out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated

from litestar import get
from litestar.exceptions import NotFoundException, ValidationException
from litestar.params import FromPath, FromQuery, QueryParameter

from outproof.core.time import Instant, after, instant_from_rfc3339, rfc3339
from outproof.measure.condition import CONDITIONS_MAX, Condition, condition
from outproof.respond.incident import Incident, IncidentState
from outproof.scrub.in_force import policy_in_force
from outproof.server import given
from outproof.server.time_range import MINUTES_MAX, time_range
from outproof.server.trace_loops import ToolLoop, tool_loops
from outproof.server.trace_views import (
    Aside,
    Span,
    SpanCost,
    SpanFact,
    aside_view,
    cost_view,
    facts,
    services,
    span_view,
)
from outproof.server.wrapper_totals import WrapperTotal, wrapper_totals
from outproof.store.events.trace_queries import GROUPED, Show
from outproof.store.events.traces import Trace, cursor

LIMIT_MAX = 200
AROUND_S = 86_400.0
"""How far from the instant that is named the spans of a trace may begin."""
INCIDENTS_MAX = 200
"""So many of the newest incidents are looked through for one that shows a trace."""
_TRACE_ID = re.compile(r"[0-9a-f]{32}")
_SPAN_ID = re.compile(r"[0-9a-f]{16}")

Where = Annotated[
    list[str] | None,
    QueryParameter(description="Conditions that all hold, such as route=abstain, model!=x, segment= or duration_s>=2"),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class SpanList:
    """Spans that began in [start, end), the newest first. `total` null: not counted, with a cursor or by cost."""

    start: str
    end: str
    spans: list[Span]
    next: str | None
    total: int | None
    traces: int | None


@dataclass(frozen=True, slots=True)
class ValueCount:
    """So many spans have this value. Null: they do not say."""

    value: str | None
    spans: int


@dataclass(frozen=True, slots=True)
class Values:
    """The most frequent values of a fact."""

    fact: str
    values: list[ValueCount]


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentLink:
    """An incident that shows a span of the trace. `span_ids` are those it shows."""

    id: str
    title: str
    severity: str
    state: str
    span_ids: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceSpan:
    """A span in its trace. `offset_s` is how long after the start of the trace it began."""

    offset_s: float
    quarantine: list[str]
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceView:
    """A trace: its spans in the order of their starts, where it went round in circles, and who told of it.

    `disagreements` are wrappers that say other token counts than their calls; empty where spans are left out.
    """

    trace_id: str
    start: str
    duration_s: float
    services: list[str]
    spans: list[TraceSpan]
    left_out: int
    cost_nano_usd: int | None
    unpriced_calls: int
    loops: list[ToolLoop]
    disagreements: list[WrapperTotal]
    incidents: list[IncidentLink]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScrubReport:
    """By which rules a span was scrubbed before it was written. `is_current`: they are the ones in force."""

    policy: str | None
    is_current: bool | None
    raw_payload_stored: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SpanView:
    """Everything that is known of one span."""

    span: Span
    dialect: str | None
    wire_version: str | None
    facts: list[SpanFact]
    cost: SpanCost
    scrub: ScrubReport
    quarantine: list[Aside]
    duplicates: list[Span]
    loops: list[ToolLoop]
    incidents: list[IncidentLink]


@get("/v1/spans", sync_to_thread=True)
def list_spans(
    traces: given.Traces,
    clock: given.Clock,
    show: FromQuery[Show] = Show.REQUESTS,
    where: Where = None,
    minutes: FromQuery[int] = 60,
    start: FromQuery[str | None] = None,
    end: FromQuery[str | None] = None,
    after: FromQuery[str | None] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=LIMIT_MAX)] = 50,
) -> SpanList:
    """The newest spans that meet all conditions; `after` the `next` of the page before."""
    since, until = time_range(clock.now(), minutes, start, end)
    wanted = _conditions(where)
    try:
        seen = cursor(after) if after else None
    except ValueError as error:
        raise ValidationException(str(error)) from error
    page = traces.spans(show, wanted, since, until, after=seen, limit=limit)
    total = traces.count(show, wanted, since, until) if seen is None else None
    return SpanList(
        start=rfc3339(since),
        end=rfc3339(until),
        spans=[span_view(row, price) for row, price in page.rows],
        next=page.next.text if page.next else None,
        total=total[0] if total else None,
        traces=total[1] if total else None,
    )


@get("/v1/spans/values", sync_to_thread=True)
def list_values(
    fact: FromQuery[str],
    traces: given.Traces,
    clock: given.Clock,
    show: FromQuery[Show] = Show.REQUESTS,
    where: Where = None,
    minutes: FromQuery[int] = 60,
    start: FromQuery[str | None] = None,
    end: FromQuery[str | None] = None,
    contains: FromQuery[str] = "",
) -> Values:
    """The values a fact has among the spans that meet all conditions, the most frequent first."""
    if fact not in GROUPED:
        raise ValidationException(f"expected one of {', '.join(GROUPED)}, got {fact[:80]!r}")
    since, until = time_range(clock.now(), minutes, start, end)
    found = traces.values(fact, show, _conditions(where), since, until, contains=contains[:300])
    return Values(fact, [ValueCount(value, spans) for value, spans in found])


@get("/v1/traces/{trace:str}", sync_to_thread=True)
def get_trace(
    trace: FromPath[str],
    traces: given.Traces,
    store: given.Store,
    declared: given.Declared,
    clock: given.Clock,
    at: FromQuery[str | None] = None,
) -> TraceView:
    """The spans of a trace. `at`: a time within a day of it, which is quicker than the last 31 days."""
    found = _trace(traces, trace, at, clock.now())
    rows = [row for row, _ in found.rows]
    shown = [span_view(row, price) for row, price in found.rows]
    starts = [row["at"] for row in rows]
    ends = [row["at"] + (row["duration_us"] or 0) * 1_000 for row in rows]
    costs = [price.nano_usd for row, price in found.rows if row["is_call"]]
    known = [price for price in costs if price is not None]
    loops = declared.tool_loops
    return TraceView(
        trace_id=trace,
        start=rfc3339(Instant(min(starts))),
        duration_s=(max(ends) - min(starts)) / 10**9,
        services=services(shown),
        spans=[
            TraceSpan(
                offset_s=(row["at"] - min(starts)) / 10**9,
                quarantine=[reason for reason, _ in found.set_aside.get(row["span_id"], ())],
                span=span,
            )
            for (row, _), span in zip(found.rows, shown, strict=True)
        ],
        left_out=found.left_out,
        cost_nano_usd=sum(known) if known else None,
        unpriced_calls=len(costs) - len(known),
        loops=tool_loops(rows, loops.limits) if loops.detect else [],
        disagreements=[] if found.left_out else wrapper_totals(rows, [span.name for span in shown]),
        incidents=_incidents(store, trace),
    )


@get("/v1/traces/{trace:str}/spans/{span:str}", sync_to_thread=True)
def get_span(
    trace: FromPath[str],
    span: FromPath[str],
    traces: given.Traces,
    store: given.Store,
    declared: given.Declared,
    clock: given.Clock,
    at: FromQuery[str | None] = None,
) -> SpanView:
    """One span: what it says and where each number was read, its price, and how it was scrubbed."""
    found = _trace(traces, trace, at, clock.now())
    number = int(span, 16) if _SPAN_ID.fullmatch(span) else 0
    held = next(((row, price) for row, price in found.rows if row["span_id"] == number), None)
    if held is None:
        raise NotFoundException(f"trace {trace} has no span {span[:80]!r}; GET /v1/traces/{trace} lists those it has")
    row, price = held
    loops = declared.tool_loops
    stalls = tool_loops((each for each, _ in found.rows), loops.limits) if loops.detect else []
    policy = row["scrub_policy"]
    return SpanView(
        span=span_view(row, price),
        dialect=row["dialect"],
        wire_version=row["wire_version"],
        facts=facts(row),
        cost=cost_view(row, price, declared.rates),
        scrub=ScrubReport(policy=policy, is_current=None if policy is None else policy == policy_in_force().id),
        quarantine=aside_view(found.set_aside.get(number, ())),
        duplicates=[
            span_view(each, none) for each, none in found.rows if each["is_duplicate"] and each["call_id"] == span
        ],
        loops=[loop for loop in stalls if span in loop.span_ids],
        incidents=[link for link in _incidents(store, trace) if span in link.span_ids],
    )


def _conditions(where: list[str] | None) -> list[Condition]:
    if len(where or ()) > CONDITIONS_MAX:
        raise ValidationException(f"expected at most {CONDITIONS_MAX} conditions, got {len(where or ())}")
    try:
        return [condition(text) for text in where or ()]
    except ValueError as error:
        raise ValidationException(str(error)) from error


def _trace(traces: given.Traces, trace: str, at: str | None, now: Instant) -> Trace:
    if not _TRACE_ID.fullmatch(trace):
        raise NotFoundException(f"expected the id of a trace, 32 hex digits in small letters, got {trace[:80]!r}")
    since, until = after(now, -60.0 * MINUTES_MAX), after(now, AROUND_S)
    if at:
        try:
            moment = instant_from_rfc3339(at)
        except ValueError as error:
            raise ValidationException(str(error)) from error
        since, until = after(moment, -AROUND_S), after(moment, AROUND_S)
    found = traces.trace(trace, since, until)
    if not found.rows:
        raise NotFoundException(
            f"no span of trace {trace} began from {rfc3339(since)} to {rfc3339(until)}; "
            "it may be older, left out by sampling, or not here yet"
        )
    return found


def _incidents(store: given.Store, trace: str) -> list[IncidentLink]:
    """The newest incidents that show a span of the trace."""
    with store.look() as tx:
        newest = tx.incidents.newest(tuple(IncidentState), INCIDENTS_MAX, drills=True)
    links = [(incident, _shown_spans(incident, trace)) for incident in newest]
    return [
        IncidentLink(
            id=incident.id,
            title=incident.finding.title,
            severity=incident.finding.severity.value,
            state=incident.state.value,
            span_ids=spans,
        )
        for incident, spans in links
        if spans
    ]


def _shown_spans(incident: Incident, trace: str) -> list[str]:
    return [each.span_id for each in incident.finding.exemplars if each.trace_id == trace]


HANDLERS = [list_spans, list_values, get_trace, get_span]
