"""Spans asked of the event store: conditions in, statements and their parameters out.

Statements are put together from a closed set of columns; every value is a parameter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum

from outproof.contract.answer import COLUMNS, ColumnKind
from outproof.measure.condition import COST, QUARANTINE, TEXTS, Comparison, Condition, Sort
from outproof.measure.dimension import Dimension
from outproof.store.events.counters import RAW_DIMENSIONS

_DIMENSIONS = {dimension.value: sql for dimension, sql in RAW_DIMENSIONS.items()}
EXPRESSIONS: Mapping[str, str] = {
    **{name: _DIMENSIONS.get(name, name) for name in TEXTS},
    "duration_s": "duration_us",
    "ttft_s": "ttft_us",
    "inclusion_ratio": "coalesce(sampled_ppm, 1000000)",
}
"""What stands for a fact that is no column of that name."""
GROUPED = (*(dimension.value for dimension in Dimension), "tool_status", "usage_basis", "scrub_policy", "wire_version")
"""The facts whose values are few enough to be counted one by one."""


class Show(StrEnum):
    """Which spans are listed."""

    REQUESTS = "requests"  # answers, and calls of models
    ANSWERS = "answers"
    CALLS = "calls"
    TOOLS = "tools"
    DUPLICATES = "duplicates"
    GATEWAY = "gateway"
    EVERYTHING = "everything"


_SHOWN = {
    Show.REQUESTS: "(is_answer OR is_call)",
    Show.ANSWERS: "is_answer",
    Show.CALLS: "is_call",
    Show.TOOLS: "operation = 'execute_tool'",
    Show.DUPLICATES: "is_duplicate",
    Show.GATEWAY: "is_gateway",
    Show.EVERYTHING: "true",
}
_WHEN = """project_id = {project:String}
    AND started_at >= fromUnixTimestamp64Nano({start:Int64}) AND started_at < fromUnixTimestamp64Nano({end:Int64})"""
_COLUMNS = ", ".join(
    "lower(hex(trace_id)) AS trace"
    if column.kind is ColumnKind.TRACE_ID
    else "toUnixTimestamp64Nano(started_at) AS at"
    if column.kind is ColumnKind.INSTANT
    else column.name
    for column in COLUMNS
)
_REASONS_OF = f"SELECT trace_id, span_id FROM set_aside WHERE {_WHEN}"

TRACE = f"""
SELECT {_COLUMNS} FROM answers WHERE {_WHEN} AND trace_id = toFixedString(unhex({{trace:String}}), 16)
ORDER BY started_at, span_id LIMIT {{limit:UInt32}}
"""
TRACE_SIZE = (
    f"SELECT count() AS spans FROM answers WHERE {_WHEN} AND trace_id = toFixedString(unhex({{trace:String}}), 16)"
)
TRACE_ASIDE = f"""
SELECT span_id, reason, any(facts) AS facts FROM set_aside
WHERE {_WHEN} AND trace_id = toFixedString(unhex({{trace:String}}), 16)
GROUP BY span_id, reason ORDER BY span_id, reason LIMIT 10000
"""
# A span that is delivered or loaded again is set aside again: rows are not spans here.
ASIDE_REASONS = f"""
SELECT reason, uniqExact(trace_id, span_id) AS spans, toUnixTimestamp64Nano(min(started_at)) AS first_at,
    toUnixTimestamp64Nano(max(started_at)) AS last_at, topK(10)(service) AS services
FROM set_aside WHERE {_WHEN} GROUP BY reason ORDER BY spans DESC, reason
"""
ASIDE = f"""
SELECT toUnixTimestamp64Nano(started_at) AS at, service, reason, lower(hex(trace_id)) AS trace, span_id, facts
FROM set_aside WHERE {_WHEN}
    AND (reason = {{reason:String}} OR {{reason:String}} = '')
    AND (service = {{service:String}} OR {{service:String}} = '')
    AND (toUnixTimestamp64Nano(started_at), span_id, reason) < ({{before:Int64}}, {{span:UInt64}}, {{last:String}})
ORDER BY started_at DESC, span_id DESC, reason DESC LIMIT 1 BY trace_id, span_id, reason LIMIT {{limit:UInt32}}
"""


def listed(show: Show, conditions: Sequence[Condition], *, after: bool) -> str:
    """The newest spans, a page of them; `after` what was seen."""
    seen = (
        " AND (toUnixTimestamp64Nano(started_at), span_id, trace_id)"
        " < ({before:Int64}, {span:UInt64}, toFixedString(unhex({trace:String}), 16))"
    )
    return f"""
SELECT {_COLUMNS} FROM answers WHERE {_where(show, conditions)}{seen if after else ""}
ORDER BY started_at DESC, span_id DESC, trace_id DESC LIMIT {{limit:UInt32}}
"""


def counted(show: Show, conditions: Sequence[Condition]) -> str:
    """How many there are."""
    return f"SELECT count() AS spans, uniqExact(trace_id) AS traces FROM answers WHERE {_where(show, conditions)}"


def values(fact: str, show: Show, conditions: Sequence[Condition]) -> str:
    """The values of a fact, the most frequent first."""
    return f"""
SELECT toString({EXPRESSIONS[fact]}) AS value, count() AS spans FROM answers WHERE {_where(show, conditions)}
    AND ({{contains:String}} = '' OR positionCaseInsensitiveUTF8(ifNull(value, ''), {{contains:String}}) > 0)
GROUP BY value ORDER BY spans DESC, value LIMIT {{limit:UInt32}}
"""


def parameters(conditions: Sequence[Condition]) -> dict[str, object]:
    """The values that go with conditions."""
    return {f"value{n}": each.value for n, each in enumerate(conditions) if each.value is not None}


def _where(show: Show, conditions: Sequence[Condition]) -> str:
    own = [_condition(each, number) for number, each in enumerate(conditions) if each.fact != COST]
    return " AND ".join([_WHEN, _SHOWN[show], *own])


def _condition(each: Condition, number: int) -> str:
    if each.fact == QUARANTINE:
        return _set_aside(each, number)
    expression = EXPRESSIONS.get(each.fact, each.fact)
    if each.value is None:
        return f"{expression} IS {'NOT ' if each.comparison is Comparison.IS_NOT else ''}NULL"
    bound = {Sort.TEXT: "String", Sort.FLAG: "Bool", Sort.NUMBER: "UInt64"}[each.sort]
    compared = f"{expression} {each.comparison.value} {{value{number}:{bound}}}"
    return f"ifNull({compared}, true)" if each.comparison is Comparison.IS_NOT else compared


def _set_aside(each: Condition, number: int) -> str:
    """`quarantine=` finds what was believed whole; `quarantine!=` what was not, for whatever reason."""
    reason = "" if each.value is None else f" AND reason = {{value{number}:String}}"
    is_in = (each.comparison is Comparison.IS_NOT) == (each.value is None)
    return f"(trace_id, span_id) {'IN' if is_in else 'NOT IN'} ({_REASONS_OF}{reason})"
