"""Spans as the API shows them: rows of the event store with their prices in; what a person asks of them out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from outproof.contract.answer import COLUMNS, ColumnKind
from outproof.core.time import Instant, rfc3339
from outproof.measure.cost import Cost
from outproof.measure.rate_book import RateBook
from outproof.wire.provenance import provenance

Row = Mapping[str, Any]


class SpanKind(StrEnum):
    """What a span is to the counts. Duplicates and a gateway's own spans are shown, and count in nothing."""

    ANSWER = "answer"
    CALL = "call"
    TOOL = "tool"
    AGENT = "agent"
    DUPLICATE = "duplicate"
    GATEWAY = "gateway"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """One span. Null: nobody said. `parent_span_id` null: a root. `call_id` names the span that counts this call."""

    trace_id: str
    span_id: str
    parent_span_id: str | None
    at: str
    kind: SpanKind
    name: str
    service: str
    operation: str | None
    is_answer: bool
    is_call: bool
    call_id: str | None
    agent: str | None
    tool: str | None
    tool_status: str | None
    provider: str | None
    model: str | None
    request_id: str | None
    template_id: str | None
    segment: str | None
    route: str | None
    first_failed_stage: str | None
    unsafe_claim_served: bool | None
    failed: bool | None
    error_type: str | None
    stream_end: str | None
    attempt: int | None
    duration_s: float | None
    ttft_s: float | None
    input_tokens: int | None
    cached_input_tokens: int | None
    output_tokens: int | None
    cost_nano_usd: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SpanFact:
    """One thing that is known of a span. `value` null: it does not say; `source` is the attribute it was read from."""

    key: str
    about: str
    value: str | int | float | bool | None
    source: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """US dollars per million tokens, as the card has them for this call."""

    input: str
    cached_input: str
    cache_write: str
    output: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SpanCost:
    """What a call costs, and under which card. `unknown` says why there is no price."""

    nano_usd: int | None
    rate_card: str | None
    unknown: str | None
    prices: Prices | None


@dataclass(frozen=True, slots=True)
class Aside:
    """Facts of a span that contradict each other, as they came, and why they are not believed."""

    reason: str
    detail: str
    fields: dict[str, int]


DETAIL = {
    "ends_before_start": "the span ends before it starts: its clock stepped back",
    "first_token_after_end": "the total time must exceed the time to the first token when more than one token follows",
    "cached_exceeds_input": "more tokens came from the cache than were sent: the emitter counts them apart",
    "reasoning_exceeds_output": "more tokens were reasoning than were written",
    "negative_tokens": "a count of tokens is below zero",
}
"""What each reason to set facts aside means."""

_UNKNOWN = {
    "no_card": "no rate card had started when the call was made: declare one that does",
    "model": "the rate card has no price for the model",
    "tier": "the rate card has no price for this tier of the provider",
    "usage": "the call did not say how many tokens it used",
    "contradiction": "more tokens were cached than sent",
}
_NOT_A_CALL = "not a call of a model: what it spends is counted at the call"
_APART = frozenset({"trace_id", "span_id", "parent_span_id", "started_at", "provenance"})
_KINDS = {"execute_tool": SpanKind.TOOL, "invoke_agent": SpanKind.AGENT, "create_agent": SpanKind.AGENT}


def span_view(row: Row, price: Cost) -> Span:
    """A span in a list or a waterfall."""
    return Span(
        trace_id=row["trace"],
        span_id=f"{row['span_id']:016x}",
        parent_span_id=f"{row['parent_span_id']:016x}" if row["parent_span_id"] else None,
        at=rfc3339(row["at"]),
        kind=kind(row),
        name=_name(row),
        model=row["model"] or row["model_request"],
        is_answer=bool(row["is_answer"]),
        is_call=bool(row["is_call"]),
        duration_s=seconds(row["duration_us"]),
        ttft_s=seconds(row["ttft_us"]),
        cost_nano_usd=price.nano_usd,
        **{name: row[name] for name in _AS_STORED},
    )


_AS_STORED = (
    *("service", "operation", "call_id", "agent", "tool", "tool_status", "provider", "request_id", "template_id"),
    *("segment", "route", "first_failed_stage", "unsafe_claim_served", "failed", "error_type", "stream_end"),
    *("attempt", "input_tokens", "cached_input_tokens", "output_tokens"),
)


def kind(row: Row) -> SpanKind:
    """What the span is. One that tells again of a counted call is a duplicate, whatever else it carries."""
    if row["is_duplicate"]:
        return SpanKind.DUPLICATE
    if row["is_gateway"]:
        return SpanKind.GATEWAY
    if row["is_answer"]:
        return SpanKind.ANSWER
    if row["is_call"]:
        return SpanKind.CALL
    return _KINDS.get(row["operation"], SpanKind.OTHER)


def facts(row: Row) -> list[SpanFact]:
    """Everything that is known of a span, and where it was read; what it does not say is there too."""
    known = provenance(row["provenance"])
    return [
        SpanFact(
            key=_shown_name(column.name, column.kind),
            about=column.doc,
            value=seconds(row[column.name]) if column.kind is ColumnKind.MICROS else row[column.name],
            source=None if row[column.name] is None else known.source(column.name),
        )
        for column in COLUMNS
        if column.name not in _APART
    ]


def cost_view(row: Row, price: Cost, rates: RateBook) -> SpanCost:
    """What a call costs, with the prices that were applied."""
    reason = price.unpriced[0].reason if price.unpriced else None
    unknown = _UNKNOWN.get(reason.value, reason.value) if reason else None if row["is_call"] else _NOT_A_CALL
    return SpanCost(
        nano_usd=price.nano_usd,
        rate_card=price.rate_card,
        unknown=unknown if price.nano_usd is None else None,
        prices=None if price.nano_usd is None else _prices(row, rates),
    )


def aside_view(found: Iterable[tuple[str, dict[str, int]]]) -> list[Aside]:
    """Why facts of a span were set aside."""
    return [Aside(reason, DETAIL.get(reason, ""), numbers) for reason, numbers in found]


def seconds(micros: int | None) -> float | None:
    """Microseconds as seconds."""
    return None if micros is None else micros / 1_000_000


def services(spans: Sequence[Span]) -> list[str]:
    """The services of some spans, in the order they first come."""
    return list(dict.fromkeys(span.service for span in spans))


def _name(row: Row) -> str:
    """What a person would call it: the tool, the agent, the step or the model, before the bare operation."""
    named = {"execute_tool": row["tool"], "invoke_agent": row["agent"]}.get(row["operation"])
    model = row["model"] or row["model_request"]
    return str(named or row["step"] or model or row["tool"] or row["agent"] or row["operation"] or "span")


def _shown_name(name: str, kind: ColumnKind) -> str:
    return f"{name.removesuffix('_us')}_s" if kind is ColumnKind.MICROS else name


def _prices(row: Row, rates: RateBook) -> Prices | None:
    card = rates.card_at(Instant(row["at"]))
    price = card.price(row["model"] or row["model_request"], row["provider"]) if card else None
    found = price.rates((row["service_tier"] or "").lower(), row["input_tokens"] or 0) if price else None
    if found is None:
        return None
    cached = found.input if found.cached_input is None else found.cached_input
    written = found.input if found.cache_write is None else found.cache_write
    return Prices(
        input=f"{found.input:f}", cached_input=f"{cached:f}", cache_write=f"{written:f}", output=f"{found.output:f}"
    )
