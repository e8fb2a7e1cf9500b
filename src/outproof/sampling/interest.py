"""Spans in, as columns; why each of them must be kept, out; None for the ordinary ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from outproof.sampling.policy import Reason, Sampling

_BROKEN = frozenset({"broken", "abandoned"})
FACTS = ("failed", "stream_end", "unsafe_claim_served")
"""What is looked at whatever the policy says."""


def facts_of(policy: Sampling) -> tuple[str, ...]:
    """The columns that decide whether a span is ordinary."""
    return tuple(dict.fromkeys((*FACTS, *(test.column for edge in policy.edge for test in edge.tests))))


def interest(columns: Mapping[str, Sequence[object]], policy: Sampling) -> list[Reason | None]:
    """Why each span must be kept. Columns that are not there are unknown throughout."""
    names = facts_of(policy)
    size = len(next(iter(columns.values()), ()))
    nothing = (None,) * size
    rows = zip(*(columns.get(name, nothing) for name in names), strict=True)
    return [reason_for(dict(zip(names, row, strict=True)), policy) for row in rows]


def reason_for(facts: Mapping[str, object], policy: Sampling) -> Reason | None:
    """Why one span must be kept, by its facts; None: it is ordinary."""
    if facts.get("failed") or facts.get("stream_end") in _BROKEN:
        return Reason.ERROR
    if facts.get("unsafe_claim_served"):
        return Reason.FLAGGED
    return Reason.EDGE if any(edge.holds(facts) for edge in policy.edge) else None
