"""Proves that channels can be reached: a plain test through the real outbox, and an incident where none arrives."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from outproof.contract.severity import Severity
from outproof.core.ids import ProjectId, incident_id, notice_id
from outproof.core.time import Instant, after
from outproof.decide.finding import Finding, FindingKind, Subject, SubjectType
from outproof.decide.monitoring import NOBODY_NAMED
from outproof.engine.record import record_all
from outproof.ports import Clock, State, Transaction
from outproof.respond.delivery import Proof
from outproof.respond.incident import Incident, IncidentState, notification
from outproof.respond.notification import Notice, NoticeKind
from outproof.respond.reach import ReachState, canary_due, reach
from outproof.respond.route import Routes

_ANY_TIME = 0
KEPT_S = 2 * 86_400.0
"""How long tests stay on record: there are many, and the newest is kept apart."""


class Canaries:
    """Several may run at once: of two that test a channel at the same moment, one is first."""

    def __init__(self, state: State, clock: Clock, project: ProjectId, routes: Callable[[], Routes]) -> None:
        self._state = state
        self._clock = clock
        self._project = project
        self._routes = routes

    def tick(self) -> None:
        """Wait for proof of every declared channel, test those that are due, and tell of those that are dead."""
        routes, now = self._routes(), self._clock.now()
        with self._state.look() as tx:
            proofs = tx.outbox.proofs()
            awaited = [name for name in routes.manners if name not in proofs]
            known = [name for name in routes.manners if name in proofs]
            due = [name for name in known if canary_due(proofs[name], routes.canary_of(name), now)]
            findings = self._findings(tx, routes, proofs, now)
        if not awaited and not due and not findings:
            return
        with self._state.begin() as tx:
            for name in awaited:
                tx.outbox.expect_proof(name, now)
            for name in due:
                queue_test(tx, name, project=self._project, now=now, owner=routes.monitoring.owner)
            record_all(tx, findings, project=self._project, routes=routes, now=now)

    def _findings(
        self, tx: Transaction, routes: Routes, proofs: Mapping[str, Proof], now: Instant
    ) -> Sequence[Finding]:
        """What there is to record: the channels that are dead, and those that were and are not any more."""
        declared = [name for name in proofs if name in routes.manners]
        seen = {name: reach(proofs[name], routes.canary_of(name), now) for name in declared}
        dead = {name for name, each in seen.items() if each.state is ReachState.DEAD}
        others = tuple(name for name in seen if name not in dead)
        found = []
        for name in proofs:
            known = tx.incidents.unresolved(_key(name))
            if name in dead and (known is None or known.finding.reason != seen[name].reason):
                found.append(_dead(name, seen[name].reason, routes, others))
            elif name not in dead and known is not None:
                reason = seen[name].reason if name in seen else "it is no longer declared"
                found.append(_dead(name, reason, routes, others, firing=False))
        return found


def queue_test(tx: Transaction, channel: str, *, project: ProjectId, now: Instant, owner: str = NOBODY_NAMED) -> bool:
    """Queue a test as one more generation of the incident that all tests of a channel belong to.

    False: somebody else tests it at this moment.
    """
    wanted = incident_id(project, f"canary:{channel}", _ANY_TIME)
    known = tx.incidents.load(wanted)
    was = 0 if known is None else known.generation
    test = Incident(
        id=wanted,
        state=IncidentState.RESOLVED,
        finding=_test_finding(channel, owner),
        opened_at=now,
        updated_at=now,
        resolved_at=now,
        generation=was + 1,
        told=(channel,),
    )
    if not tx.incidents.save(test, expected=was):
        return False
    said = notification(test, NoticeKind.CANARY, project)
    tx.outbox.forget(wanted, after(now, -KEPT_S))
    tx.outbox.put([Notice(notice_id(wanted, test.generation, channel), channel, said)], now)
    tx.outbox.tested(channel, now)
    return True


def _key(channel: str) -> str:
    return f"route:{channel}"


def _dead(
    channel: str,
    reason: str,
    routes: Routes,
    others: tuple[str, ...],
    *,
    firing: bool = True,
) -> Finding:
    """A channel that nobody can be told on, told on those that are declared for the monitor, else on all others.

    Never on itself; and where it is one that wakes people, it is critical that it cannot.
    """
    monitoring = routes.monitoring
    wakes = channel in routes.channels(Severity.CRITICAL)
    named = tuple(name for name in monitoring.channels or () if name in others)
    return Finding(
        key=_key(channel),
        kind=FindingKind.DEAD_ROUTE,
        firing=firing,
        severity=Severity.CRITICAL if wakes else monitoring.severity,
        title=f"Nobody can be told on the channel {channel}",
        reason=reason,
        subject=Subject(SubjectType.MONITOR, f"channel {channel}"),
        owner=monitoring.owner,
        runbook=monitoring.runbook,
        first_check=(
            f"Was its address, key or room changed or taken away? Correct it in the files, then run "
            f"`outproof routes --test {channel}`."
        ),
        channels=named or others,
        labels={"channel": channel},
    )


def _test_finding(channel: str, owner: str) -> Finding:
    """Nothing that is broken: what a test says. It is marked as a drill, so that no list counts it."""
    return Finding(
        key=f"canary:{channel}",
        kind=FindingKind.DEAD_ROUTE,
        firing=False,
        severity=Severity.INFO,
        title=f"{channel} can be reached",
        reason="nothing is wrong and nothing is to be done: Outproof proves now and then that its messages arrive here",
        subject=Subject(SubjectType.MONITOR, f"channel {channel}"),
        owner=owner,
        drill=True,
    )
