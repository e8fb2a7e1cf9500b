"""Answers as they travel through the product: a batch of columns, one entry per span.

A span may carry a decision (then it is an answer), a model call's usage and timing (then it is a call), or both.
Decision measures are taken over answers, usage and latency over calls, so a wrapper never counts a call twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum


class ColumnKind(StrEnum):
    """What a column holds. Every kind but the first three may be None: unknown."""

    TRACE_ID = "trace_id"  # 16 bytes
    SPAN_ID = "span_id"  # unsigned 64 bits; 0 for "none"
    INSTANT = "instant"  # whole nanoseconds UTC
    MICROS = "micros"  # a duration in whole microseconds
    TOKENS = "tokens"  # a count
    FLAG = "flag"  # true, false
    LABEL = "label"  # text with few distinct values
    NAME = "name"  # text with many distinct values


@dataclass(frozen=True, slots=True)
class Column:
    """One fact of a span. `doc` is what the reference says of it."""

    name: str
    kind: ColumnKind
    doc: str


COLUMNS = (
    Column("trace_id", ColumnKind.TRACE_ID, "The trace the span belongs to"),
    Column("span_id", ColumnKind.SPAN_ID, "The span; with the trace it names the row, once"),
    Column("parent_span_id", ColumnKind.SPAN_ID, "The span that caused it; 0 for a root"),
    Column("started_at", ColumnKind.INSTANT, "Event time: the start the client claimed"),
    Column("duration_us", ColumnKind.MICROS, "From start to end"),
    Column("service", ColumnKind.LABEL, "service.name of the resource, or unknown_service"),
    Column("deploy", ColumnKind.LABEL, "Commit, else service.version"),
    Column("environment", ColumnKind.LABEL, "deployment.environment.name"),
    Column("operation", ColumnKind.LABEL, "chat, embeddings, execute_tool, invoke_agent, …"),
    Column("is_answer", ColumnKind.FLAG, "Carries the application's decision"),
    Column("is_call", ColumnKind.FLAG, "Is one call of a model: its usage and timing count"),
    Column("provider", ColumnKind.LABEL, "Who served the model, folded to one spelling"),
    Column("model_request", ColumnKind.LABEL, "The model that was asked for"),
    Column("model", ColumnKind.LABEL, "The model that answered; the price depends on it"),
    Column("response_id", ColumnKind.NAME, "The provider's id of the response"),
    Column("finish_reason", ColumnKind.LABEL, "Why the model stopped, folded to one spelling"),
    Column("streaming", ColumnKind.FLAG, "Whether the response was streamed"),
    Column("failed", ColumnKind.FLAG, "Whether the span ended in an error"),
    Column("error_type", ColumnKind.LABEL, "The class of the error, never its text"),
    Column("input_tokens", ColumnKind.TOKENS, "Input, cached tokens included"),
    Column("cached_input_tokens", ColumnKind.TOKENS, "The part of the input read from a cache"),
    Column("cache_write_tokens", ColumnKind.TOKENS, "The part of the input written to a cache"),
    Column("reasoning_tokens", ColumnKind.TOKENS, "The part of the output that was reasoning"),
    Column("output_tokens", ColumnKind.TOKENS, "Output, reasoning included"),
    Column("ttft_us", ColumnKind.MICROS, "From the request to the first token"),
    Column("ttft_kind", ColumnKind.LABEL, "What the emitter calls it: chunk, token, server"),
    Column("request_id", ColumnKind.NAME, "The application's id of the request"),
    Column("case_id", ColumnKind.LABEL, "The kind of question"),
    Column("segment", ColumnKind.LABEL, "The group of traffic"),
    Column("evidence_version", ColumnKind.LABEL, "The record the answer could draw on"),
    Column("template_id", ColumnKind.LABEL, "The prompt template"),
    Column("route", ColumnKind.LABEL, "serve, shorten, abstain"),
    Column("first_failed_stage", ColumnKind.LABEL, "The first stage that failed, or passed"),
    Column("unsafe_claim_served", ColumnKind.FLAG, "A claim without support was served; unknown is not safe"),
    Column("dialect", ColumnKind.LABEL, "How the span was read"),
    Column("provenance", ColumnKind.LABEL, "Which attribute each fact came from"),
    Column("conversation_id", ColumnKind.NAME, "The session or thread the span belongs to, as the emitter names it"),
    Column("agent", ColumnKind.LABEL, "The agent, by name"),
    Column("step", ColumnKind.LABEL, "The application's name for this part of its work"),
    Column("tool", ColumnKind.LABEL, "The tool that was called, by name"),
    Column("tool_call_id", ColumnKind.NAME, "The id of a tool call, as model and tool share it"),
    Column("tool_input_hash", ColumnKind.NAME, "What a tool was called with, as a keyed hash; never the arguments"),
    Column("tool_status", ColumnKind.LABEL, "What became of a tool call: ok, error, or the emitter's word"),
    Column("progress", ColumnKind.NAME, "A marker the application moves whenever it gets further"),
    Column(
        "usage_basis", ColumnKind.LABEL, "Where the wire counts cached tokens: cached_inside, cached_outside, unknown"
    ),
    Column("stream_end", ColumnKind.LABEL, "How a stream ended: finished, broken, abandoned, unknown; null: no stream"),
    Column("retry_of", ColumnKind.NAME, "The first attempt of the same request: its span id in hex"),
    Column("attempt", ColumnKind.TOKENS, "Which attempt of the same request this is, from 1"),
    Column("service_tier", ColumnKind.LABEL, "The provider's tier: batch, flex, priority, default; it sets the price"),
    Column(
        "call_id", ColumnKind.NAME, "The span that counts this call, in hex, where several tell of it; null: one does"
    ),
    Column("is_duplicate", ColumnKind.FLAG, "Tells of a call that another span counts already; then it is no call"),
    Column("is_gateway", ColumnKind.FLAG, "Is internal to a gateway and set aside from counts; then it is no call"),
    Column("sampled_ppm", ColumnKind.TOKENS, "Probability of being kept, in millionths; null: everything was kept"),
    Column("sample_policy", ColumnKind.LABEL, "The version of the policy that sampled"),
    Column("sample_reason", ColumnKind.LABEL, "Why it was kept"),
    Column("scrub_policy", ColumnKind.LABEL, "The version of the rules that scrubbed it"),
    Column("wire_version", ColumnKind.LABEL, "The version of the dialect tables that read it"),
    Column("came_as", ColumnKind.LABEL, "log: facts beside a span, kept apart until both are there; null: a span"),
)

COLUMN_NAMES = tuple(column.name for column in COLUMNS)
SLOT = {name: slot for slot, name in enumerate(COLUMN_NAMES)}
TEXT_COLUMNS = tuple(c.name for c in COLUMNS if c.kind in (ColumnKind.LABEL, ColumnKind.NAME))

Columns = Mapping[str, Sequence[object]]
"""Equally long sequences by column name."""


def columns_of(rows: Sequence[Sequence[object]]) -> dict[str, Sequence[object]]:
    """Rows in the order of `COLUMNS`, turned on their side."""
    if not rows:
        return dict.fromkeys(COLUMN_NAMES, ())
    return dict(zip(COLUMN_NAMES, zip(*rows, strict=True), strict=True))


class Quarantine(StrEnum):
    """Why facts of a span were set aside. The span still counts; the facts that contradict each other do not."""

    ENDS_BEFORE_START = "ends_before_start"
    FIRST_TOKEN_AFTER_END = "first_token_after_end"  # noqa: S105  # not a secret: a reason
    CACHED_EXCEEDS_INPUT = "cached_exceeds_input"
    REASONING_EXCEEDS_OUTPUT = "reasoning_exceeds_output"
    NEGATIVE_TOKENS = "negative_tokens"


class Rejection(StrEnum):
    """Why a whole span was refused; the client is told, and the count is kept."""

    BAD_TRACE_ID = "bad_trace_id"
    BAD_SPAN_ID = "bad_span_id"
    NO_START_TIME = "no_start_time"
    TOO_OLD = "too_old"
    IN_THE_FUTURE = "in_the_future"


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAside:
    """Facts of one span that contradict each other, as they came. Numbers only, so they are safe to keep."""

    trace_id: bytes
    span_id: int
    started_at: int
    service: str
    reason: Quarantine
    facts: dict[str, int]
