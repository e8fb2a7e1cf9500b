"""The tools a trace called, in; where it went round in circles, out: what the engine tells of, shown span by span."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from outproof.loops.limits import Limits
from outproof.loops.stall import Stall
from outproof.loops.step import ToolStep, step_of
from outproof.loops.trail import Trail


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolLoop:
    """A stretch of a trace that went round in circles. `span_ids` are the calls of tools in it."""

    kind: str
    tools: list[str]
    count: int
    reason: str
    advice: str
    span_ids: list[str]


def tool_loops(rows: Iterable[Mapping[str, Any]], limits: Limits) -> list[ToolLoop]:
    """The loops of a trace, each at its longest, in the order they began."""
    calls = [(step_of(row, row["at"]), f"{row['span_id']:016x}") for row in rows if _is_tool(row)]
    calls.sort(key=lambda call: call[0].started_at)
    trail, longest = Trail(limits), dict[tuple[str, tuple[str, ...]], Stall]()
    for step, _ in calls:
        trail.add(step)
        stall = trail.stall()
        if stall is not None:
            key = stall.kind.value, tuple(sorted(set(stall.tools)))
            if key not in longest or longest[key].count <= stall.count:
                longest[key] = stall
    return [
        ToolLoop(
            kind=stall.kind.value,
            tools=list(dict.fromkeys(stall.tools)),
            count=stall.count,
            reason=stall.reason,
            advice=stall.advice.value,
            span_ids=[span for step, span in calls if _is_within(step, stall)],
        )
        for stall in sorted(longest.values(), key=lambda stall: stall.since)
    ]


def _is_tool(row: Mapping[str, Any]) -> bool:
    return row["operation"] == "execute_tool" and (row["tool"] or row["agent"]) is not None


def _is_within(step: ToolStep, stall: Stall) -> bool:
    return step.tool in stall.tools and stall.since <= step.started_at and step.ended_at <= stall.until
