"""The life of an alert: what was remembered and what is seen now, in; what to remember and what changed, out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from outproof.core.time import Instant, duration_text, seconds_between
from outproof.decide.expression import comparisons, holds
from outproof.decide.names import CALL_MEASURES
from outproof.decide.policy import NoData, Policy, PolicyKind

Measured = Mapping[str, int | float | None]
"""Measures of a window by name, as `decide.names.MEASURES` lists them. None and absent: no data."""


class AlertState(StrEnum):
    INACTIVE = "inactive"
    PENDING = "pending"
    FIRING = "firing"


class Cause(StrEnum):
    """Why an alert fires: something is wrong, or nothing can be seen."""

    BREACH = "breach"
    NO_DATA = "no_data"


class Sight(StrEnum):
    """What one look at a window shows. Only the first two say anything about the limit."""

    BREACHED = "breached"
    RECOVERED = "recovered"
    BETWEEN = "between"  # no longer a breach, not yet recovered
    SPARSE = "sparse"  # there are answers, but too few, or without the fact in question
    NO_DATA = "no_data"  # there are none, or none has the measure


class Change(StrEnum):
    FIRED = "fired"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What is kept of an alert between two looks. `cause` is set while it is firing.

    `data_at` is when data was last seen, or watching began; `breach_at` when an answer last broke an invariant.
    Both are server time: a late answer is news when it comes. `generation` is how often it was saved: its
    compare-and-set.
    """

    state: AlertState
    since: Instant
    data_at: Instant
    reason: str = "watching began"
    cause: Cause | None = None
    breach_at: Instant | None = None
    generation: int = 0


def first_memory(now: Instant) -> Memory:
    """The memory of an alert nobody has looked at before."""
    return Memory(state=AlertState.INACTIVE, since=now, data_at=now)


def threshold_sight(policy: Policy, measured: Measured) -> Sight:
    """What a window shows of a threshold: the limit itself is not beyond the limit if the policy says `>`."""
    sample = measured.get(denominator(policy))
    if not sample:
        return Sight.NO_DATA
    if sample < (policy.min_answers or 1):
        return Sight.SPARSE
    breached = holds(policy.condition, measured)
    if breached is None:  # there are answers, but none has the measure: we are blind, not safe
        return Sight.NO_DATA
    if breached:
        return Sight.BREACHED
    if policy.recover is None or holds(policy.recover, measured):
        return Sight.RECOVERED
    return Sight.BETWEEN


def invariant_sight(policy: Policy, memory: Memory, *, breaches: int, measured: Measured, now: Instant) -> Sight:
    """What a window shows of an invariant that `breaches` answers broke in it."""
    if breaches:
        return Sight.BREACHED
    if not measured.get("answers"):
        return Sight.NO_DATA
    if not measured.get(denominator(policy)):
        return Sight.SPARSE
    if memory.breach_at is not None and seconds_between(memory.breach_at, now) < policy.span_s:
        return Sight.BETWEEN
    return Sight.RECOVERED


def denominator(policy: Policy) -> str:
    """The measure that counts what a policy is judged on: answers, those with a decision, or calls of a model."""
    names = {compare.name for compare in comparisons(policy.condition)}
    if policy.kind is PolicyKind.INVARIANT:
        return "decided" if "unsafe_claim_served" in names else "answers"
    return "calls" if names <= CALL_MEASURES else "answers"


def step(memory: Memory, sight: Sight, policy: Policy, now: Instant) -> tuple[Memory, Change | None]:
    """One look further. Without data an alert neither fires nor resolves, unless the policy's no-data rule says so."""
    if sight is Sight.NO_DATA:
        return _unseen(memory, policy, now)
    memory = replace(memory, data_at=now)
    match memory.state, sight:
        case (AlertState.FIRING, _) if memory.cause is Cause.NO_DATA:
            return _seen_again(memory, sight, policy, now)
        case AlertState.INACTIVE, Sight.BREACHED:
            return _breached(memory, policy, now)
        case AlertState.PENDING, Sight.BREACHED if seconds_between(memory.since, now) >= policy.for_s:
            return _fired(memory, Cause.BREACH, _lasted(policy), now), Change.FIRED
        case AlertState.PENDING, Sight.RECOVERED | Sight.BETWEEN:
            return _inactive(memory, f"{policy.condition} stopped before it lasted", now), None
        case AlertState.FIRING, Sight.RECOVERED:
            return _inactive(memory, _recovered(policy), now), Change.RESOLVED
        case _:
            return memory, None


def _unseen(memory: Memory, policy: Policy, now: Instant) -> tuple[Memory, Change | None]:
    if seconds_between(memory.data_at, now) < policy.span_s:
        return memory, None
    silence = f"no data for {duration_text(policy.span_s)}"
    match policy.no_data, memory.state:
        case NoData.INCIDENT, AlertState.INACTIVE | AlertState.PENDING:
            return _fired(memory, Cause.NO_DATA, silence, now), Change.FIRED
        case NoData.OK, AlertState.FIRING:
            return _inactive(memory, f"{silence}, which the policy takes for recovered", now), Change.RESOLVED
        case NoData.OK, AlertState.PENDING:
            return _inactive(memory, silence, now), None
        case _:
            return memory, None


def _seen_again(memory: Memory, sight: Sight, policy: Policy, now: Instant) -> tuple[Memory, Change | None]:
    """Data is back: the silence is over, and what it shows may be a breach at once."""
    if sight is Sight.BREACHED and policy.for_s == 0:
        return _fired(memory, Cause.BREACH, _lasted(policy), now), Change.FIRED
    if sight is Sight.BREACHED:
        pending = replace(memory, state=AlertState.PENDING, since=now, cause=None, reason=_pending(policy))
        return pending, Change.RESOLVED
    return _inactive(memory, "data is seen again", now), Change.RESOLVED


def _breached(memory: Memory, policy: Policy, now: Instant) -> tuple[Memory, Change | None]:
    if policy.for_s == 0:
        return _fired(memory, Cause.BREACH, _lasted(policy), now), Change.FIRED
    return replace(memory, state=AlertState.PENDING, since=now, reason=_pending(policy)), None


def _fired(memory: Memory, cause: Cause, reason: str, now: Instant) -> Memory:
    return replace(memory, state=AlertState.FIRING, since=now, cause=cause, reason=reason)


def _inactive(memory: Memory, reason: str, now: Instant) -> Memory:
    return replace(memory, state=AlertState.INACTIVE, since=now, cause=None, reason=reason)


def _pending(policy: Policy) -> str:
    return f"{policy.condition}; it must last {duration_text(policy.for_s)}"


def _lasted(policy: Policy) -> str:
    if policy.for_s:
        return f"{policy.condition} for {duration_text(policy.for_s)}"
    return policy.title


def _recovered(policy: Policy) -> str:
    if policy.recover is not None:
        return f"recovered: {policy.recover}"
    return f"a window of {duration_text(policy.span_s)} without a breach"
