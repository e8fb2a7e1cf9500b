"""Puts on record what a look moved: alerts that moved in; their memories, and what it means for incidents, out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from outproof.core.ids import ProjectId
from outproof.core.time import Instant, after, seconds_between
from outproof.decide.alert import UNKNOWN, AlertState, Cause, Change, Memory, Sight
from outproof.decide.breach import beyond, changes_known, finding, read
from outproof.decide.evaluate import Moved, floored, with_breaches
from outproof.decide.finding import Finding
from outproof.decide.invariant import picked
from outproof.decide.policy import Policy, PolicyKind
from outproof.decide.question import Seen, Span
from outproof.engine.explain import Explained
from outproof.engine.record import Around, record_all
from outproof.ports import Transaction
from outproof.respond.gravity import SEVERITY_RANK
from outproof.respond.incident import Incident, IncidentState
from outproof.respond.parts import BROKEN_MAX
from outproof.respond.route import Routes

_PICKED_FROM_MAX = 100
"""Breaches looked through for exemplars that a policy's `where` accepts."""

RECORDED_MAX = 500
"""Alerts that one look puts on record. What is beyond it moves at the next look, the most severe first."""

TOLD_AGAIN_S = 60.0
"""How often an incident is told what its alert measures now."""

CLOSED_S = 900.0
"""So long after somebody closed an incident by hand, what still breaches opens another: an alert that fires is never
without an incident for good."""

Group = Sequence[Moved]
"""Alerts of one incident, the worst first."""


@dataclass(frozen=True, slots=True)
class AlertMoves:
    """What one look has to put on record. Each method belongs into a transaction of its caller."""

    project: ProjectId
    routes: Routes
    explained: Mapping[str, Explained]
    at: Instant
    now: Instant

    def loud(self, moved: Iterable[Moved]) -> list[Group]:
        """What somebody must hear of, by incident, as far as one look tells of it: all that one incident is about."""
        groups = _by_incident(each for each in moved if each.change is not None)
        return _bounded(groups)

    def told_again(self, moved: Sequence[Moved]) -> list[Group]:
        """Alerts whose incidents are to show anew how they stand, by incident, with all of it that still fires."""
        due = {incident_key(each) for each in moved if _is_told_again(each, self.at)}
        over = {incident_key(each) for each in moved if each.change is Change.RESOLVED}
        groups = _by_incident(each for each in moved if each.change is not Change.RESOLVED and each.memory.is_loud)
        return _bounded([group for group in groups if incident_key(group[0]) in due | over])

    def save(self, tx: Transaction, groups: Iterable[Group]) -> None:
        """Save alerts that fired or are over, and record what it means, all of one incident together.

        What somebody else moved meanwhile stands.
        """
        loud = [each for group in groups for each in group]
        saved = tx.alerts.save([(each.key, each.policy.name, self._noted(each)) for each in loud])
        found = [self._finding(tx, each, self.explained.get(each.key)) for each in loud if each.key in saved]
        record_all(tx, found, project=self.project, routes=self.routes, now=self.now)

    def save_quiet(self, tx: Transaction, moved: Sequence[Moved]) -> None:
        """Save what moved without being told to anybody, one statement for all; add what was found out."""
        changed = {each.key for each in moved if each.change is not None}
        quiet = {each.key: each.memory for each in moved if each.change is None and each.is_changed}
        late = {key: found for key, found in self.explained.items() if key not in changed}
        names = {each.key: each.policy.name for each in moved} | {key: found.policy.name for key, found in late.items()}
        rows = quiet | {key: replace(quiet.get(key, found.memory), explained=True) for key, found in late.items()}
        saved = tx.alerts.save([(key, names[key], memory) for key, memory in rows.items()])
        more = [self._with_explanation(tx, found) for key, found in late.items() if key in saved]
        known = [each for each in more if each is not None]
        record_all(tx, (), project=self.project, routes=self.routes, now=self.now, known=known)

    def tell_again(self, tx: Transaction, groups: Iterable[Group]) -> None:
        """What breaches measure now, on the incidents that show them: nobody is told, whoever looks sees it."""
        around = Around(tx, self.routes, self.project, self.now)
        for group in groups:
            incident = tx.incidents.current(incident_key(group[0]))
            news: list[Finding] = []
            known: list[Finding] = []
            if incident is None or incident.state is IncidentState.RESOLVED:
                news = self._left_without(tx, group, incident)
            else:
                known = self._shown_anew(tx, group, incident)
            record_all(tx, news, project=self.project, routes=self.routes, now=self.now, known=known, around=around)

    def invariant(
        self, tx: Transaction, policy: Policy, memory: Memory, seen: Seen, explained: Explained | None = None
    ) -> Finding:
        """What is known of the breaches of an invariant."""
        span, rule = seen.span, policy.exemplars
        since = min(after(memory.since if memory.fired_at is None else memory.fired_at, -policy.span_s), span.start)
        candidates = tx.alerts.exemplars(policy.name, since, span.end, order=rule.order, limit=_PICKED_FROM_MAX)
        found = finding(
            policy,
            memory,
            key=policy.key,
            seen=with_breaches(seen, tx.alerts.breaches(policy.name, span.start, span.end)),
            occurrences=tx.alerts.breaches(policy.name, since, span.end),
            exemplars=picked(candidates, rule) if memory.cause is Cause.BREACH else (),
            changes=None if explained is None else explained.changes,
        )
        old = _shown_by(tx, policy, policy.key, memory)
        if explained is None and old is not None:  # what was found out of it stays
            found = replace(found, evidence=(*found.evidence, *changes_known(old)))
        return found

    def _noted(self, moved: Moved) -> Memory:
        return replace(moved.memory, explained=moved.memory.explained or moved.key in self.explained)

    def _finding(self, tx: Transaction, moved: Moved, explained: Explained | None) -> Finding:
        policy, seen = moved.policy, moved.seen or _unseen(moved.policy, self.now)
        if policy.kind is PolicyKind.INVARIANT:
            return self.invariant(tx, policy, moved.memory, seen, explained)
        return finding(
            policy,
            moved.memory,
            key=moved.key,
            seen=seen,
            segment=moved.segment,
            whole=moved.whole,
            exemplars=() if explained is None else explained.exemplars,
            changes=None if explained is None else explained.changes,
        )

    def _with_explanation(self, tx: Transaction, found: Explained) -> Finding | None:
        """What changed, on an incident that was told before anybody had looked for it."""
        old = _shown_by(tx, found.policy, found.key, found.memory)
        if old is None or not (found.facts or found.exemplars):
            return None
        return replace(
            old,
            firing=True,
            severity=found.policy.severity,
            evidence=(*old.evidence, *found.facts),
            exemplars=old.exemplars or found.exemplars,
        )

    def _left_without(self, tx: Transaction, group: Group, over: Incident | None) -> list[Finding]:
        """What still breaches though its incident was closed by hand: after a while that is an incident again."""
        if over is not None and seconds_between(over.resolved_at or self.now, self.now) < CLOSED_S:
            return []
        return [self._finding(tx, each, None) for each in group if _still_breaches(each)]

    def _shown_anew(self, tx: Transaction, group: Group, incident: Incident) -> list[Finding]:
        """The incident's finding as it is now; that of another part where the one it shows has recovered."""
        old = incident.finding
        left = {about.id for about in incident.broken}
        if old.about is not None and old.about.id not in left:
            worst = min((each for each in group if each.key in left), key=_showable, default=None)
            return [] if worst is None else [self._shown_instead(tx, worst)]
        shown = next((each for each in group if _is_shown(each, old)), None)
        again = None if shown is None else _again(old, shown)
        return [] if again is None else [again]

    def _shown_instead(self, tx: Transaction, moved: Moved) -> Finding:
        """A part that was not shown before. What was found out of it then was shown nowhere: it is looked for again."""
        memory = tx.alerts.load(moved.key)
        if memory is not None and memory.explained and memory.cause is Cause.BREACH:
            tx.alerts.advance(moved.key, moved.policy.name, replace(memory, explained=False))
        return self._finding(tx, moved, None)


def incident_key(moved: Moved) -> str:
    """The incident that an alert belongs to."""
    return moved.memory.incident_key or moved.policy.incident_key


def _again(old: Finding, moved: Moved) -> Finding | None:
    """What an incident shows, measured anew; None: it is as it was, or is no better known."""
    memory = moved.memory
    is_blind = UNKNOWN in memory.reason
    reason = memory.reason if is_blind or UNKNOWN in old.reason else old.reason
    shown = replace(old, firing=True, severity=moved.policy.severity, reason=reason)
    if moved.sight is not Sight.BREACHED or moved.seen is None:
        return shown if is_blind else None
    headline, reading = read(moved.policy, moved.seen)
    if old.measure is not None and (old.measure.numerator or 0) > (reading.numerator or 0):
        return None  # a window that slides past breaches does not make them fewer
    about = None if old.about is None else replace(old.about, beyond=beyond(moved.policy, moved.seen))
    return replace(shown, headline=headline, measure=reading, about=about)


def _by_incident(moved: Iterable[Moved]) -> list[Group]:
    """Alerts by incident: the worst incident first, and in each the worst alert."""
    groups: dict[str, list[Moved]] = {}
    for each in sorted(moved, key=urgency):
        groups.setdefault(incident_key(each), []).append(each)
    return list(groups.values())


def _bounded(groups: Sequence[Group]) -> list[Group]:
    found: list[Group] = []
    taken = 0
    for group in groups:
        if taken >= RECORDED_MAX:
            break
        found.append(group[:BROKEN_MAX])
        taken += len(found[-1])
    return found


def _shown_by(tx: Transaction, policy: Policy, key: str, memory: Memory) -> Finding | None:
    """The finding of the alert's open incident, if it is this alert that the incident shows."""
    incident = tx.incidents.current(memory.incident_key or policy.incident_key)
    if incident is None or incident.state is IncidentState.RESOLVED or incident.finding.policy != policy.name:
        return None
    about = incident.finding.about
    return incident.finding if about is None or about.id == key else None


def _is_shown(moved: Moved, shown: Finding) -> bool:
    return shown.policy == moved.policy.name and (shown.about is None or shown.about.id == moved.key)


def _unseen(policy: Policy, now: Instant) -> Seen:
    return Seen(span=Span(after(now, -policy.span_s), now), measured={})


def _still_breaches(moved: Moved) -> bool:
    if moved.memory.state is not AlertState.FIRING:
        return False
    return moved.sight is Sight.BREACHED or moved.memory.cause is Cause.NO_DATA


def _is_told_again(moved: Moved, at: Instant) -> bool:
    """Whether its incident shows anew how it stands. Answers that broke an invariant are shown as they come."""
    if moved.change is not None or not moved.memory.is_loud:
        return False
    if moved.is_changed and UNKNOWN in moved.memory.reason:
        return True
    is_due = at == floored(at, TOLD_AGAIN_S)
    return is_due or (moved.sight is Sight.BREACHED and moved.policy.kind is PolicyKind.INVARIANT)


def _showable(moved: Moved) -> tuple[bool, int, float, str]:
    return (moved.sight is not Sight.BREACHED, *urgency(moved))


def urgency(moved: Moved) -> tuple[int, float, str]:
    """The most severe first, then what is furthest beyond its limit."""
    far = 0.0 if moved.seen is None else beyond(moved.policy, moved.seen)
    return -SEVERITY_RANK[moved.policy.severity], -far, moved.key
