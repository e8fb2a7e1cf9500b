"""Reads the bad answers of a window: what makes an answer bad in; such answers, and how many each value has, out.

Statements are put together from a closed set of columns and conditions; every value is a parameter.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from outproof.core.ids import ProjectId
from outproof.decide.expression import And, Compare, Expression, Not, Or
from outproof.decide.fault import Fault
from outproof.decide.policy import ExemplarOrder
from outproof.decide.question import Scope, Span
from outproof.measure.attribution import NOTHING, Bad, ByValue, Cause
from outproof.measure.dimension import ROLLED, Dimension
from outproof.measure.window import MICROS_PER_S, SHARES
from outproof.store.events.client import Client
from outproof.store.events.counters import CONDITIONS, PPM, RAW_DIMENSIONS

CANDIDATES_MAX = 200
"""Of these answers, the first that an exemplar rule accepts are shown."""

VALUES_MAX = 5_000
"""Values of all dimensions together that are held against each other, those with the most bad answers."""

CUT_BY = (
    *(each for each in ROLLED if each is not Dimension.FIRST_FAILED_STAGE),
    Dimension.FINISH_REASON,
    Dimension.TOOL,
)
"""What may have changed. The stage that failed is the breach itself, seen from nearby."""

_PAIRS = ", ".join(f"('{each.value}', toString(ifNull({RAW_DIMENSIONS[each]}, '')))" for each in CUT_BY)
_WINDOW = """
project_id = {project:String} AND started_at >= fromUnixTimestamp64Nano({start:Int64})
    AND started_at < fromUnixTimestamp64Nano({end:Int64})
"""
_SHOWN = """
SELECT trace_id, span_id, toUnixTimestamp64Nano(started_at) AS at, service, request_id, case_id, segment, template_id,
    evidence_version, route, first_failed_stage, unsafe_claim_served, provider, model, model_request,
    input_tokens, cached_input_tokens, cache_write_tokens, output_tokens, service_tier, ttft_us, duration_us
FROM answers
"""
_WHOLE = "('', '')"


class Faults:
    """The bad answers of one project."""

    def __init__(self, client: Client, project: ProjectId) -> None:
        self._client = client
        self._project = project

    def by_value(self, where: Scope, span: Span, fault: Fault) -> tuple[ByValue, Bad]:
        """How many are bad of how many, by the values of each dimension, and of all together; for all traffic.

        Raises:
            Transient: the event store did not answer.
        """
        bound = self._bound(where, span)
        bad, of = _conditions(fault, bound)
        statement = f"""
SELECT pair.1 AS dimension, pair.2 AS value, sum(weight * is_bad) AS bad, sum(weight) AS of FROM (
    SELECT 1000000 / {PPM} AS weight, coalesce({bad}, false) AS is_bad, arrayJoin([{_WHOLE}, {_PAIRS}]) AS pair
    FROM answers WHERE {_WINDOW} AND ({of}) {_filters(where)}
) GROUP BY dimension, value ORDER BY dimension = '' DESC, bad DESC, of DESC LIMIT {{limit:UInt32}}
"""  # noqa: S608  # of columns and conditions from closed sets
        found: dict[Dimension, dict[str | None, Bad]] = defaultdict(dict)
        whole = NOTHING
        for row in self._client.rows(statement, limit=VALUES_MAX, **bound):
            each = Bad(row["bad"], row["of"])
            if row["dimension"]:
                found[Dimension(row["dimension"])][row["value"] or None] = each
            else:
                whole = each
        return found, whole

    def shown(
        self, where: Scope, span: Span, order: ExemplarOrder, fault: Fault | None, cause: Cause | None
    ) -> list[dict[str, Any]]:
        """Bad answers, and of them those that have what explains most. Without a fault any answer.

        Raises:
            Transient: the event store did not answer.
        """
        if cause is not None:
            where = (
                *((key, value) for key, value in where if key is not cause.dimension),
                (cause.dimension, cause.value),
            )
        bound = self._bound(where, span)
        conditions = "" if fault is None else " AND ({}) AND ({})".format(*_conditions(fault, bound))
        direction = "DESC" if order is ExemplarOrder.NEWEST else "ASC"
        return self._client.rows(
            f"{_SHOWN} WHERE {_WINDOW} AND (is_answer OR is_call) {_filters(where)}{conditions}"
            f" ORDER BY started_at {direction}, span_id LIMIT {{limit:UInt32}}",
            limit=CANDIDATES_MAX,
            **bound,
        )

    def _bound(self, where: Scope, span: Span) -> dict[str, Any]:
        named = {f"is_{key.value}": value for key, value in where if value is not None}
        return {"project": self._project, "start": span.start, "end": span.end, **named}


def _filters(where: Scope) -> str:
    return "".join(
        f" AND {RAW_DIMENSIONS[key]} IS NULL"
        if value is None
        else f" AND {RAW_DIMENSIONS[key]} = {{is_{key.value}:String}}"
        for key, value in where
    )


def _conditions(fault: Fault, bound: dict[str, Any]) -> tuple[str, str]:
    """What makes a row bad, and what makes it one of those that could be."""
    if fault.broken is not None:
        return f"NOT ({_sql(fault.broken, bound)})", "is_answer"
    if fault.share is not None:
        count, of = SHARES[fault.share]
        bad = f"NOT ({CONDITIONS[count]})" if fault.is_low else CONDITIONS[count]
        return bad, CONDITIONS[of]
    bound["longer_than_us"] = round(fault.longer_than_s * MICROS_PER_S)
    return f"{fault.time}_us > {{longer_than_us:UInt64}}", CONDITIONS[f"{fault.time}_known"]


_TIMES = {"ttft": "ttft_us", "duration": "duration_us"}


def _sql(expression: Expression, bound: dict[str, Any]) -> str:
    """A condition over the facts of an answer. Where a fact is unknown it is unknown, as in the language."""
    match expression:
        case Compare(name, op, limit):
            place = f"limit{len(bound)}"
            if name in _TIMES:
                bound[place] = round(float(limit) * MICROS_PER_S)
                return f"{_TIMES[name]} {op} {{{place}:Int64}}"
            bound[place] = limit
            return f"{_column(name)} {op} {{{place}:{_type(limit)}}}"
        case Not(inner):
            return f"NOT ({_sql(inner, bound)})"
        case And(left, right):
            return f"({_sql(left, bound)}) AND ({_sql(right, bound)})"
        case Or(left, right):
            return f"({_sql(left, bound)}) OR ({_sql(right, bound)})"


def _column(name: str) -> str:
    """The column of a fact: the parser lets through no other name."""
    return RAW_DIMENSIONS[Dimension(name)] if name in frozenset(Dimension) else name


def _type(limit: str | int | float | bool) -> str:
    match limit:
        case bool():
            return "Bool"
        case str():
            return "String"
        case _:
            return "Float64"
