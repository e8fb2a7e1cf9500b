"""Looks for what changed: alerts that just fired in; exemplars and what explains each breach, out.

A page does not wait long for it: a few alerts are explained at each look, the most severe first, the others later.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from outproof.contract.evidence import Exemplar, Fact
from outproof.core.errors import Transient
from outproof.core.time import Instant, after
from outproof.decide.alert import LOUD, Cause, Change, Memory
from outproof.decide.breach import beyond, changes_fact
from outproof.decide.derived import derived
from outproof.decide.evaluate import Moved, segment_of
from outproof.decide.fault import fault
from outproof.decide.policy import Policy
from outproof.decide.question import Looks, Scope, Seen, Span
from outproof.engine.loop import attempt, report
from outproof.measure.attribution import Changes
from outproof.ports import Measures
from outproof.respond.gravity import SEVERITY_RANK

EXPLAINED_MAX = 4
"""Alerts that are explained at one look."""

BEFORE_S_MIN = 3_600.0
"""The window before is an hour at least: a few minutes say little of what is usual."""
BEFORE_S_MAX = 86_400.0
NOW_S_MAX = 6 * 3_600.0
"""Of a longer window, its newest hours are explained: what changed is there, and single answers are read for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """What was found out of an alert's breach. `changes` None: there was nothing to compare."""

    policy: Policy
    key: str
    memory: Memory
    changes: Changes | None
    exemplars: tuple[Exemplar, ...]

    @property
    def facts(self) -> tuple[Fact, ...]:
        return changes_fact(self.changes)


@dataclass(frozen=True, slots=True)
class _Candidate:
    policy: Policy
    key: str
    segment: str | None
    memory: Memory
    seen: Seen
    just_fired: bool


class Explainer:
    """Explains breaches, a few at a time."""

    def __init__(self, measures: Measures) -> None:
        self._measures = measures

    def explain(
        self,
        moved: Sequence[Moved],
        policies: Iterable[Policy],
        looks: Looks,
        memories: Mapping[str, Mapping[str, Memory]],
        at: Instant,
    ) -> dict[str, Explained]:
        """What explains the breaches that nobody has looked into yet, by the key of the alert.

        Nothing while the event store is away: the page goes first, and the next look tries again.
        """
        changed = {each.key for each in moved if each.change is not None}
        waiting = (each for each in _waiting(policies, looks, memories) if each.key not in changed)
        found: dict[str, Explained] = {}
        for each in sorted([*_fired(moved), *waiting], key=_order):
            if len(found) == EXPLAINED_MAX:
                break
            explained = attempt(partial(self._explained, each, at))
            if isinstance(explained, Transient):
                break
            if isinstance(explained, Exception):  # not tried again and again: there would be no end of it
                report(f"explanation of {each.key}", explained)
                explained = _without(each)
            found[each.key] = explained
        return found

    def _explained(self, candidate: _Candidate, at: Instant) -> Explained:
        policy, seen = candidate.policy, candidate.seen
        if policy.promise is not None:  # it is judged on runs: no answer shows or explains its breach
            return _without(candidate)
        where = scope_of(policy, candidate.segment)
        what = fault(policy, seen.measured)
        fired_at = at if candidate.memory.fired_at is None else candidate.memory.fired_at
        now, before = spans(policy, fired_at)
        changes = None if what is None else self._measures.changes(where, now, before, what)
        cause = None if changes is None else changes.first
        exemplars = self._measures.exemplars(where, now, policy.exemplars, what, cause)
        return Explained(
            policy=policy, key=candidate.key, memory=candidate.memory, changes=changes, exemplars=tuple(exemplars)
        )


def _without(candidate: _Candidate) -> Explained:
    """What is known of an alert out of which nothing was found."""
    return Explained(policy=candidate.policy, key=candidate.key, memory=candidate.memory, changes=None, exemplars=())


def _order(candidate: _Candidate) -> tuple[bool, int, float, str]:
    """Who is about to be paged comes first, of those the most severe, and of those the one that a page shows: the
    furthest beyond its limit."""
    policy = candidate.policy
    furthest = -beyond(policy, candidate.seen)
    return not candidate.just_fired, -SEVERITY_RANK[policy.severity], furthest, candidate.key


def spans(policy: Policy, fired_at: Instant) -> tuple[Span, Span]:
    """The window of a breach, and the one before it began, which it is held against."""
    now = Span(after(fired_at, -min(policy.span_s, NOW_S_MAX)), Instant(fired_at + 1))
    if policy.baseline is not None:
        end = after(fired_at, -policy.baseline.ago_s)
        return now, Span(after(end, -min(policy.baseline.span_s, BEFORE_S_MAX)), end)
    windows = 1 if policy.n_of_m is None else policy.n_of_m.m
    end = after(fired_at, -(windows * policy.span_s + policy.for_s))
    length_s = min(max(policy.span_s, BEFORE_S_MIN), BEFORE_S_MAX)
    return now, Span(after(end, -length_s), end)


def scope_of(policy: Policy, segment: str | None) -> Scope:
    """The traffic an alert is about."""
    return policy.over if policy.by is None else (*policy.over, (policy.by, segment))


def _fired(moved: Iterable[Moved]) -> Iterator[_Candidate]:
    for each in moved:
        if each.change is Change.FIRED and each.memory.cause is Cause.BREACH and each.seen is not None:
            yield _Candidate(each.policy, each.key, each.segment, each.memory, each.seen, True)


def _waiting(
    policies: Iterable[Policy], looks: Looks, memories: Mapping[str, Mapping[str, Memory]]
) -> Iterator[_Candidate]:
    """Alerts that fired before anybody had time to look into them."""
    for policy in policies:
        loud = {
            key: memory
            for key, memory in memories.get(policy.name, {}).items()
            if memory.state in LOUD and not memory.explained
        }
        shown = derived(policy, looks) if loud else {}
        for key, memory in loud.items():
            segment = segment_of(policy, key)
            seen = None if segment is None else shown.get(segment[0])
            if segment is not None and seen is not None:
                yield _Candidate(policy, key, segment[0], memory, seen, False)
