"""The life of an alert: what was remembered and what is seen now, in; what to remember and what changed, out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from outproof.core.time import Instant, duration_text, seconds_between
from outproof.decide.policy import NoData, Policy, PolicyKind


class AlertState(StrEnum):
    INACTIVE = "inactive"
    PENDING = "pending"  # a breach that has not lasted yet
    FIRING = "firing"
    RESOLVING = "resolving"  # no longer a breach, but not over: its incident stays open


LOUD = (AlertState.FIRING, AlertState.RESOLVING)
"""The states in which there is an incident."""

UNWATCHED_S_MIN = 60.0
UNWATCHED_S_MAX = 180.0
"""So long may pass between two looks at a breach that must last: half of what it must last, within these."""

SETTLING_S = 120.0
"""A window without any segment does not say whether it is still filling: so long it is waited for."""

UNKNOWN = "nobody knows whether it goes on"
"""What the reason of an alert says that fired on a breach and is blind now."""

_TOO_FEW = "too few answers to tell"


class Cause(StrEnum):
    """Why an alert fires: something is wrong, or nothing can be seen."""

    BREACH = "breach"
    NO_DATA = "no_data"


class Data(StrEnum):
    """What there is to judge by. It is a state of its own: an alert that fires may lose its data and still fires."""

    WHOLE = "whole"
    PARTIAL = "partial"  # some of what happened may not have arrived
    SPARSE = "sparse"  # there are answers, but too few, or without the fact in question
    NONE = "none"


class Sight(StrEnum):
    """What one look at a window shows. Only the first two say anything about the limit."""

    BREACHED = "breached"
    RECOVERED = "recovered"
    BETWEEN = "between"  # no longer a breach, not yet recovered
    SPARSE = "sparse"  # there are answers, but too few, or without the fact in question
    NO_DATA = "no_data"  # there are none, or none has the measure
    GONE = "gone"  # a segment of which nothing came in a whole window, while of others something did


class Change(StrEnum):
    FIRED = "fired"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What is kept of an alert between two looks. `cause` is set while it fires or is resolving.

    `watched_since` is when it was first looked at, until anything is seen (of an absence: for good). `fired_at` is when
    it last fired, and `incident_key` the incident it fired into: it ends there, whatever its policy says by then.
    `data_since` is since when its data is as it is, `blind_since` since when there was too little to judge by, be it
    none or too few; None: there is enough. `looked_at` is the last look while it is pending. `breach_at` is when an
    answer last broke an invariant, in server time: a late answer is news when it comes. `partial`: it fired on partial
    data. `explained`: it was looked for what changed since it fired. `generation` is how often it was saved: its
    compare-and-set.
    """

    state: AlertState
    since: Instant
    reason: str = "watching began"
    cause: Cause | None = None
    watched_since: Instant | None = None
    fired_at: Instant | None = None
    incident_key: str | None = None
    partial: bool = False
    explained: bool = False
    data: Data = Data.WHOLE
    data_since: Instant | None = None
    blind_since: Instant | None = None
    looked_at: Instant | None = None
    breach_at: Instant | None = None
    generation: int = 0

    @property
    def is_loud(self) -> bool:
        """Whether there is an incident."""
        return self.state in LOUD


def first_memory(at: Instant) -> Memory:
    """The memory of an alert nobody has looked at before."""
    return Memory(state=AlertState.INACTIVE, since=at, watched_since=at)


def step(
    memory: Memory, sight: Sight, policy: Policy, at: Instant, *, partial: bool = False
) -> tuple[Memory, Change | None]:
    """One look further. Without data an alert neither fires nor resolves, unless the policy's no-data rule says so.

    What is missing could only add to a breach of a limit from above, but it could also be what makes up for one: so a
    breach fires on `partial` data and says so, and nothing is over, absent or silent as long as data is partial.
    """
    memory = _noted(memory, sight, policy, at, partial=partial)
    if memory.state is AlertState.PENDING:
        memory = _still_pending(memory, policy, at)
    if partial:
        sight = _held(policy, sight)
    if sight is Sight.NO_DATA:
        memory, change = (memory, None) if partial else _unseen(memory, policy, at)
    else:
        memory, change = _judged(memory, sight, policy, at, partial=partial)
    looked_at = at if memory.state is AlertState.PENDING else None
    return memory if memory.looked_at == looked_at else replace(memory, looked_at=looked_at), change


def _judged(
    memory: Memory, sight: Sight, policy: Policy, at: Instant, *, partial: bool
) -> tuple[Memory, Change | None]:
    """One look further, where there is something to judge by, be it too little."""
    match memory.state, sight:
        case AlertState.FIRING, _ if memory.cause is Cause.NO_DATA:
            return _seen_again(memory, sight, policy, at, partial=partial)
        case AlertState.INACTIVE, Sight.BREACHED if _is_too_early(memory, policy, at):
            return memory, None
        case AlertState.INACTIVE, Sight.BREACHED:
            return _breached(memory, policy, at, partial=partial)
        case AlertState.PENDING, Sight.BREACHED if seconds_between(memory.since, at) >= policy.for_s:
            return _fired(memory, policy, Cause.BREACH, _lasted(policy), at, partial=partial), Change.FIRED
        case AlertState.PENDING, Sight.RECOVERED | Sight.BETWEEN | Sight.GONE:
            return _inactive(memory, _stopped(policy, sight), at), None
        case ((AlertState.FIRING | AlertState.RESOLVING), Sight.SPARSE):
            return _too_few(memory, policy, at)
        case AlertState.FIRING, Sight.BETWEEN:
            return replace(memory, state=AlertState.RESOLVING, since=at, reason=_resolving(policy, partial)), None
        case AlertState.FIRING, Sight.BREACHED if UNKNOWN in memory.reason:
            return replace(memory, reason=f"seen again: {_lasted(policy)}"), None
        case AlertState.RESOLVING, Sight.BREACHED:
            return replace(memory, state=AlertState.FIRING, since=at, reason=f"again: {_lasted(policy)}"), None
        case ((AlertState.FIRING | AlertState.RESOLVING), (Sight.RECOVERED | Sight.GONE)):
            return _inactive(memory, _recovered(policy, sight), at), Change.RESOLVED
        case _:
            return memory, None


def ended(memory: Memory, reason: str, at: Instant) -> Memory:
    """The memory of an alert that nobody will look at again, such as one of a policy that is no longer declared."""
    return _inactive(memory, reason, at)


def _noted(memory: Memory, sight: Sight, policy: Policy, at: Instant, *, partial: bool) -> Memory:
    data = _data(sight, partial=partial)
    watched_since = memory.watched_since
    if data in (Data.WHOLE, Data.SPARSE) and policy.kind is not PolicyKind.ABSENCE:
        watched_since = None
    if memory.data is Data.PARTIAL and data is Data.NONE:  # what came before may be lost: watching begins anew
        watched_since = at
    return replace(
        memory,
        data=data,
        data_since=memory.data_since if data is memory.data else at,
        blind_since=(memory.blind_since or at) if data in (Data.SPARSE, Data.NONE) else None,
        watched_since=watched_since,
    )


def _data(sight: Sight, *, partial: bool) -> Data:
    if partial:
        return Data.PARTIAL
    match sight:
        case Sight.NO_DATA | Sight.GONE:
            return Data.NONE
        case Sight.SPARSE:
            return Data.SPARSE
        case _:
            return Data.WHOLE


def _held(policy: Policy, sight: Sight) -> Sight:
    """What may be said of a window that is still filling: that it is beyond a limit, unless the limit is a least."""
    match sight:
        case Sight.RECOVERED | Sight.GONE:
            return Sight.BETWEEN
        case Sight.BREACHED if policy.kind is PolicyKind.ABSENCE:
            return Sight.BETWEEN
        case _:
            return sight


def _is_too_early(memory: Memory, policy: Policy, at: Instant) -> bool:
    """Whether something is missing that may have come before anybody watched: a whole window must have been."""
    if policy.kind is not PolicyKind.ABSENCE or memory.watched_since is None:
        return False
    return seconds_between(memory.watched_since, at) < policy.span_s


def _still_pending(memory: Memory, policy: Policy, at: Instant) -> Memory:
    """A breach that lasts, unless nobody saw it for too long: `for` is not fulfilled by time in which nothing was seen.

    Looks are at most a minute apart, live and in replays.
    """
    unwatched_s = 0.0 if memory.looked_at is None else seconds_between(memory.looked_at, at)
    if unwatched_s > max(UNWATCHED_S_MIN, min(UNWATCHED_S_MAX, policy.for_s / 2)):
        return _inactive(memory, f"nobody looked for {duration_text(unwatched_s)}: it must last anew", at)
    blind_s = 0.0 if memory.blind_since is None else seconds_between(memory.blind_since, at)
    if blind_s and blind_s >= min(policy.silent_after_s, policy.for_s):
        return _inactive(memory, f"{_TOO_FEW} for {duration_text(blind_s)}: it must last anew", at)
    return memory


def _too_few(memory: Memory, policy: Policy, at: Instant) -> tuple[Memory, Change | None]:
    """A breach of which, for a whole window, too little came to say whether it goes on."""
    since = at if memory.blind_since is None else memory.blind_since
    if seconds_between(since, at) < policy.silent_after_s:
        return memory, None
    if policy.no_data is NoData.OK:
        reason = f"{_TOO_FEW} for {duration_text(policy.silent_after_s)}, which the policy takes for recovered"
        return _inactive(memory, reason, at), Change.RESOLVED
    if memory.state is AlertState.RESOLVING:
        return memory, None
    reason = f"{_TOO_FEW} for {duration_text(policy.silent_after_s)}: {UNKNOWN}"
    return replace(memory, state=AlertState.RESOLVING, since=at, reason=reason), None


def _unseen(memory: Memory, policy: Policy, at: Instant) -> tuple[Memory, Change | None]:
    """The window is empty. That is silence at once, unless it began before anybody watched."""
    since = memory.watched_since
    if since is not None and seconds_between(since, at) < policy.silent_after_s:
        return memory, None
    empty_s = 0.0 if memory.blind_since is None else seconds_between(memory.blind_since, at)
    if policy.by is not None and empty_s < min(policy.silent_after_s, SETTLING_S):
        return memory, None
    silence = f"no data for {duration_text(policy.silent_after_s)}"
    match policy.no_data, memory.state:
        case NoData.INCIDENT, AlertState.INACTIVE | AlertState.PENDING:
            return _fired(memory, policy, Cause.NO_DATA, silence, at), Change.FIRED
        case NoData.OK, AlertState.FIRING | AlertState.RESOLVING:
            return _inactive(memory, f"{silence}, which the policy takes for recovered", at), Change.RESOLVED
        case NoData.OK, AlertState.PENDING:
            return _inactive(memory, silence, at), None
        case _, AlertState.FIRING | AlertState.RESOLVING if memory.cause is Cause.BREACH:
            return replace(memory, reason=f"{silence}: {UNKNOWN}"), None
        case _:
            return memory, None


def _seen_again(
    memory: Memory, sight: Sight, policy: Policy, at: Instant, *, partial: bool
) -> tuple[Memory, Change | None]:
    """Data is back: the silence is over, and what it shows may be a breach at once."""
    if sight is Sight.BREACHED and policy.for_s == 0:
        return _fired(memory, policy, Cause.BREACH, _lasted(policy), at, partial=partial), Change.FIRED
    if sight is Sight.BREACHED:
        pending = replace(memory, state=AlertState.PENDING, since=at, cause=None, reason=_pending(policy))
        return pending, Change.RESOLVED
    return _inactive(memory, "data is seen again", at), Change.RESOLVED


def _breached(memory: Memory, policy: Policy, at: Instant, *, partial: bool) -> tuple[Memory, Change | None]:
    if policy.for_s == 0:
        return _fired(memory, policy, Cause.BREACH, _lasted(policy), at, partial=partial), Change.FIRED
    return replace(memory, state=AlertState.PENDING, since=at, reason=_pending(policy)), None


def _fired(memory: Memory, policy: Policy, cause: Cause, reason: str, at: Instant, *, partial: bool = False) -> Memory:
    return replace(
        memory,
        state=AlertState.FIRING,
        since=at,
        cause=cause,
        reason=f"{reason}; raised on partial data" if partial else reason,
        fired_at=at,
        incident_key=policy.incident_key,
        partial=partial,
        explained=cause is Cause.NO_DATA,  # that nothing is seen is not explained by what was
    )


def _inactive(memory: Memory, reason: str, at: Instant) -> Memory:
    return replace(memory, state=AlertState.INACTIVE, since=at, cause=None, reason=reason, partial=False)


def _pending(policy: Policy) -> str:
    return f"{policy.condition}; it must last {duration_text(policy.for_s)}"


def _stopped(policy: Policy, sight: Sight) -> str:
    if sight is Sight.GONE:
        return f"nothing of it came for {duration_text(policy.span_s)}"
    return f"{policy.condition} stopped before it lasted"


def _lasted(policy: Policy) -> str:
    if policy.for_s:
        return f"{policy.condition} for {duration_text(policy.for_s)}"
    return policy.title


def _resolving(policy: Policy, partial: bool) -> str:
    if partial:
        return "it looks over, but some of what happened may not have arrived"
    if policy.kind is PolicyKind.INVARIANT:
        return f"no new breach; over after {duration_text(policy.span_s)} without one"
    until = "the windows agree" if policy.recover is None else policy.recover
    return f"no longer {policy.condition}; over when {until}"


def _recovered(policy: Policy, sight: Sight) -> str:
    if sight is Sight.GONE:
        return f"nothing of it came for {duration_text(policy.span_s)}, while of others something did"
    if policy.recover is not None:
        return f"recovered: {policy.recover}"
    return f"a window of {duration_text(policy.span_s)} without a breach"
