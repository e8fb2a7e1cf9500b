"""Judges answers and windows against the policies: journal batches and measures in, recorded findings out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache

from outproof.contract.answer import Columns
from outproof.contract.evidence import Exemplar
from outproof.core.errors import Transient
from outproof.core.ids import ProjectId
from outproof.core.time import Instant, after
from outproof.decide.alert import (
    AlertState,
    Cause,
    Change,
    Measured,
    Memory,
    Sight,
    first_memory,
    invariant_sight,
    step,
    threshold_sight,
)
from outproof.decide.breach import Span, finding
from outproof.decide.invariant import breaking, exemplar, picked
from outproof.decide.policy import Policy, PolicyKind
from outproof.engine.record import record
from outproof.measure.cost import priced
from outproof.measure.rate_book import RateBook
from outproof.ports import Clock, Measures, State, Transaction
from outproof.respond.route import Routes

_PICKED_FROM_MAX = 100
"""Breaches looked through for exemplars that a policy's `where` accepts."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What the configuration files declare, as it is applied now."""

    policies: Sequence[Policy]
    routes: Routes
    rates: RateBook = field(default_factory=RateBook)


@dataclass(frozen=True, slots=True)
class Look:
    """One policy and its window at one moment; `broken` are the answers of a batch that broke an invariant."""

    policy: Policy
    span: Span
    measured: Measured
    broken: tuple[Exemplar, ...] = ()


class Decider:
    """Moves every alert on. Several may run at once: of two that see the same, one is first and the other gives way."""

    def __init__(
        self, state: State, measures: Measures, clock: Clock, project: ProjectId, rules: Callable[[], Rules]
    ) -> None:
        self._state = state
        self._measures = measures
        self._clock = clock
        self._project = project
        self._rules = rules

    def tick(self) -> None:
        """Advance each alert by one look. Measuring comes before the transaction, so that no writer waits for it."""
        now = self._clock.now()
        rules = self._rules()
        measured = cache(self._measures.measured)  # policies often look at the same window
        looks = [_look(policy, measured, now) for policy in rules.policies]
        with self._state.begin() as tx:
            for look in looks:
                if look.policy.kind is PolicyKind.INVARIANT:
                    self._advance_invariant(tx, look, rules.routes, now)
                else:
                    self._advance_threshold(tx, look, rules.routes, now)
            self._end_undeclared(tx, rules, now)

    def broken(self, columns: Columns) -> tuple[Look, ...]:
        """The invariants that answers of one batch break. Writes nothing: call it before the transaction begins.

        A page does not wait for an event store that is down: what cannot be counted is left unknown.
        """
        now, rules = self._clock.now(), self._rules()
        looks = []
        for policy in rules.policies:
            if policy.kind is not PolicyKind.INVARIANT:
                continue
            found = tuple(priced(exemplar(columns, at), rules.rates) for at in breaking(columns, policy))
            if found:
                span = _span_around(found, policy.span_s, now)
                try:
                    measured = self._measures.measured(policy.over.service, span.start, span.end)
                except Transient:
                    measured = {}
                looks.append(Look(policy, span, measured, found))
        return tuple(looks)

    def judge_batch(self, tx: Transaction, looks: Sequence[Look]) -> None:
        """Record what `broken` found, in the transaction that moves the reader's cursor. A replay changes nothing.

        Raises:
            Transient: somebody else moved an alert at this moment; the transaction must be undone and tried again.
        """
        now = self._clock.now()
        routes = self._rules().routes
        for look in looks:
            if not tx.alerts.add_breaches(look.policy.name, look.broken):
                continue
            old = tx.alerts.load(look.policy.key) or first_memory(now)
            new, _ = step(replace(old, breach_at=now), Sight.BREACHED, look.policy, now)
            if not tx.alerts.advance(look.policy.key, look.policy.name, new):
                raise Transient(f"the alert of {look.policy.name} was moved by somebody else at this moment")
            self._record_invariant(tx, look, new, routes, now)

    def _advance_invariant(self, tx: Transaction, look: Look, routes: Routes, now: Instant) -> None:
        policy = look.policy
        old = tx.alerts.load(policy.key) or first_memory(now)
        breaches = tx.alerts.breaches(policy.name, look.span.start, look.span.end)
        sight = invariant_sight(policy, old, breaches=breaches, measured=look.measured, now=now)
        new, change = step(old, sight, policy, now)
        if not tx.alerts.advance(policy.key, policy.name, new):
            return
        if change is not None or (new.cause is Cause.BREACH and breaches >= self._told(tx, policy) > 0):
            self._record_invariant(tx, look, new, routes, now)

    def _told(self, tx: Transaction, policy: Policy) -> int:
        """The breaches its incident speaks of: a window that slides past them does not make them fewer."""
        incident = tx.incidents.unresolved(policy.key)
        measure = incident.finding.measure if incident else None
        return (measure.numerator or 0) if measure else 0

    def _advance_threshold(self, tx: Transaction, look: Look, routes: Routes, now: Instant) -> None:
        policy = look.policy
        old = tx.alerts.load(policy.key) or first_memory(now)
        sight = threshold_sight(policy, look.measured)
        new, change = step(old, sight, policy, now)
        if not tx.alerts.advance(policy.key, policy.name, new):
            return
        if change is None and not (new.cause is Cause.BREACH and sight is Sight.BREACHED):
            return
        shown: tuple[Exemplar, ...] = ()
        if change is Change.FIRED and new.cause is Cause.BREACH:
            shown = self._shown(look)
        found = finding(policy, new, span=look.span, measured=look.measured, exemplars=shown)
        record(tx, found, project=self._project, routes=routes, now=now, is_news=change is not None)

    def _shown(self, look: Look) -> tuple[Exemplar, ...]:
        """Answers that show a breached threshold; none while the event store is away, because the page goes first."""
        service, span = look.policy.over.service, look.span
        try:
            return tuple(self._measures.exemplars(service, span.start, span.end, look.policy.exemplars))
        except Transient:
            return ()

    def _record_invariant(self, tx: Transaction, look: Look, memory: Memory, routes: Routes, now: Instant) -> None:
        policy, span = look.policy, look.span
        since = min(after(memory.since, -policy.span_s), span.start)
        rule = policy.exemplars
        candidates = tx.alerts.exemplars(policy.name, since, span.end, order=rule.order, limit=_PICKED_FROM_MAX)
        found = finding(
            policy,
            memory,
            span=span,
            measured=look.measured,
            breaches=tx.alerts.breaches(policy.name, span.start, span.end),
            occurrences=tx.alerts.breaches(policy.name, since, span.end),
            exemplars=picked(candidates, rule) if memory.cause is Cause.BREACH else (),
        )
        record(tx, found, project=self._project, routes=routes, now=now)

    def _end_undeclared(self, tx: Transaction, rules: Rules, now: Instant) -> None:
        """Close what a policy left open when it was taken out of the files: nobody would ever judge it again."""
        declared = {policy.key for policy in rules.policies}
        for key, policy_name, memory in tx.alerts.firing():
            if key in declared:
                continue
            ended = replace(
                memory, state=AlertState.INACTIVE, cause=None, since=now, reason="its policy is no longer declared"
            )
            incident = tx.incidents.unresolved(key)
            if tx.alerts.advance(key, policy_name, ended) and incident is not None:
                over = replace(incident.finding, firing=False, reason=ended.reason)
                record(tx, over, project=self._project, routes=rules.routes, now=now)


def _span_around(found: Sequence[Exemplar], span_s: float, now: Instant) -> Span:
    """The window that holds the newest breach: the one that ends now, or for late answers the one that ends with it."""
    newest = max(exemplar.at for exemplar in found)
    is_late = newest < after(now, -span_s)
    end = Instant(newest + 1) if is_late else max(now, Instant(newest + 1))
    return Span(after(end, -span_s), end)


def _look(policy: Policy, measured: Callable[[str | None, Instant, Instant], Measured], now: Instant) -> Look:
    span = Span(after(now, -policy.span_s), now)
    return Look(policy, span, measured(policy.over.service, span.start, span.end))
