"""Looks each few seconds at what the monitor does not see: counts and words of senders in; incidents out."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from outproof.contract.statement import Lane, Statement
from outproof.core.ids import ProjectId, digest_id
from outproof.core.time import Instant, after, seconds_between
from outproof.decide import blindness
from outproof.decide.blindness import Decided, Flow
from outproof.decide.finding import Finding
from outproof.decide.monitoring import SILENT_S_MIN, Monitoring
from outproof.decide.question import Ask, Looks
from outproof.engine.record import record
from outproof.measure.conservation import NOTHING, Balance, Stated, balances, folded, total
from outproof.measure.dimension import Dimension
from outproof.ports import Clock, State, Transaction
from outproof.respond.route import Routes

SENDERS_MAX = 10_000
FLOWS_MAX = 400
"""Looks that are remembered: one hour of one each ten seconds, the longest window there may be, and some."""
MISSING_S = 150.0
"""What is missing for less may be a word of a sender that crossed another: its next one comes within a minute."""
FOLD_AFTER_S = 3_600.0
WRITE_OFF_S = 7 * 86_400.0
"""As long as a spool keeps anything. What has not come by then does not come."""
SETTLED = "settled:"

_ASKED = frozenset({"answers", "decided"})


class Backlog(Protocol):
    """What was acknowledged and is not judged yet."""

    def lag(self) -> int: ...

    def waiting_since(self) -> Instant | None: ...

    def loaded_until(self) -> Instant: ...


class Looking(Protocol):
    """Windows of answers."""

    def look(self, asks: Sequence[Ask], at: Instant) -> Looks: ...


@dataclass(frozen=True, slots=True)
class Account:
    """A service, what its senders said last, and the balance of each of them and of their lanes."""

    stated: tuple[Stated, ...]
    balances: Mapping[tuple[str, Lane], Balance]


def accounts_of(tx: Transaction) -> Mapping[str, Account]:
    """What is known of each service. What nobody stated, such as other clients' answers, is under an empty name."""
    stated, arrived = tx.senders.stated(SENDERS_MAX), tx.senders.arrived()
    services = {each.statement.sender: each.statement.service for each in stated}
    grouped: dict[str, dict[tuple[str, Lane], Balance]] = {}
    for key, balance in balances(stated, arrived).items():
        grouped.setdefault(services.get(key[0], ""), {})[key] = balance
    return {
        service: Account(tuple(each for each in stated if each.statement.service == service), grouped.get(service, {}))
        for service in sorted({*grouped, *services.values()})
    }


class Blindness:
    """Judges what cannot be seen. What is found is recorded when it begins and when it ends, not at each look."""

    def __init__(
        self,
        state: State,
        clock: Clock,
        project: ProjectId,
        *,
        backlog: Backlog,
        windows: Looking,
        monitoring: Callable[[], Monitoring],
        routes: Callable[[], Routes] = Routes,
    ) -> None:
        self._state = state
        self._clock = clock
        self._project = project
        self._backlog = backlog
        self._windows = windows
        self._monitoring = monitoring
        self._routes = routes
        self._flows: deque[Flow] = deque(maxlen=FLOWS_MAX)
        self._missing: dict[tuple[str, Lane], Instant] = {}
        self._told: dict[str, bool] = {}

    def tick(self) -> None:
        """Look once at everything.

        Raises:
            Transient: a store did not answer; nothing was concluded.
        """
        monitoring, now = self._monitoring(), self._clock.now()
        loaded_until = self._backlog.loaded_until()
        with self._state.look() as tx:
            services = accounts_of(tx)
            self._flows.append(_flow(tx, services, now))
        found = [
            blindness.backlog(self._backlog.waiting_since(), self._backlog.lag(), monitoring, now),
            blindness.dropped(self._flows, monitoring),
            blindness.quarantined(self._flows, monitoring),
            *self._undecided(monitoring, now),
            *self._of_services(services, monitoring, loaded_until, now),
        ]
        self._record([finding for finding in found if finding is not None], now)
        self._fold(services, loaded_until, now)

    def _undecided(self, monitoring: Monitoring, now: Instant) -> Iterator[Finding | None]:
        if monitoring.blind.decided_ratio_min is None:
            return
        ask = Ask(by=Dimension.SERVICE, span_s=monitoring.blind.window_s, measures=_ASKED)
        for service, seen in self._windows.look([ask], now).get(ask, {}).items():
            answers, decided = seen.measured.get("answers"), seen.measured.get("decided")
            if service is not None and answers is not None:
                yield blindness.undecided(service, Decided(answers=int(answers), decided=int(decided or 0)), monitoring)

    def _of_services(
        self, services: Mapping[str, Account], monitoring: Monitoring, loaded_until: Instant, now: Instant
    ) -> Iterator[Finding | None]:
        missing: dict[tuple[str, Lane], Instant] = {}
        for service, account in services.items():
            speaking = [each for each in account.stated if not each.statement.sender.startswith(SETTLED)]
            recent = [each for each in speaking if seconds_between(each.told_at, now) <= SILENT_S_MIN]
            told_at = {each.statement.sender: each.told_at for each in account.stated}
            lost: Counter[str] = Counter()
            of: set[str] = set()
            for (sender, lane), balance in account.balances.items():
                number = blindness.accountable(
                    balance,
                    is_answers=lane is Lane.ANSWERS,
                    told_at=told_at.get(sender, now),
                    loaded_until=loaded_until,
                )
                if number:
                    missing[sender, lane] = since = self._missing.get((sender, lane), now)
                    if seconds_between(since, now) >= MISSING_S:
                        lost[lane.value] += number
                        of.add(sender)
            if service:
                yield blindness.skewed(service, recent, monitoring)
                yield blindness.silent(service, speaking, monitoring, now)
                yield blindness.unexplained(service, lost, of, monitoring)
        self._missing = missing

    def _record(self, found: Sequence[Finding], now: Instant) -> None:
        """Write down what began or ended since the last look. The first look ends what an earlier start left open."""
        news = [finding for finding in found if self._told.get(finding.key) != finding.firing]
        if news:
            with self._state.begin() as tx:
                for finding in news:
                    record(tx, finding, project=self._project, routes=self._routes(), now=now)
        self._told |= {finding.key: finding.firing for finding in news}

    def _fold(self, services: Mapping[str, Account], loaded_until: Instant, now: Instant) -> None:
        """Add senders whose accounts are closed to the sum of their service, so that there are never too many."""
        closed = [
            (service, each)
            for service, account in services.items()
            for each in account.stated
            if each.told_at <= loaded_until and _is_closed(each, account, now)
        ]
        for service, each in closed[:100]:
            with self._state.begin() as tx:
                _folded(tx, service, each, now)


def _flow(tx: Transaction, services: Mapping[str, Account], now: Instant) -> Flow:
    counts: Counter[str] = Counter()
    for line in tx.ledger.lines():
        if line.signal == "traces":
            counts[line.outcome] += line.count
    everything = total(
        balance for account in services.values() for balance in account.balances.values() if balance.emitted is not None
    )
    return Flow(
        at=now,
        stored=counts["stored"],
        quarantined=counts["quarantined"],
        emitted=everything.emitted or 0,
        dropped=everything.dropped,
    )


def _is_closed(stated: Stated, account: Account, now: Instant) -> bool:
    """Whether nothing more is to come of a sender: it ended, or others of its service speak and it does not."""
    sender = stated.statement.sender
    quiet_s = seconds_between(stated.told_at, now)
    if sender.startswith(SETTLED) or quiet_s < FOLD_AFTER_S:
        return False
    if quiet_s >= WRITE_OFF_S:
        return True
    others = [each for each in account.stated if not each.statement.sender.startswith(SETTLED)]
    succeeded = any(each.told_at > after(now, -SILENT_S_MIN) for each in others)
    own = [balance for (name, _), balance in account.balances.items() if name == sender]
    settled = not any((balance.waiting or 0) + (balance.unexplained or 0) for balance in own)
    return settled and (stated.statement.ended or succeeded)


def _folded(tx: Transaction, service: str, stated: Stated, now: Instant) -> None:
    """Fold one sender, unless somebody else is at it."""
    into = SETTLED + digest_id("service", service)
    newest, arrived = tx.senders.stated(SENDERS_MAX), tx.senders.arrived()
    sums = next((each.statement for each in newest if each.statement.sender == into), None)
    sender = stated.statement.sender
    if stated not in newest:
        return
    own = {lane: balance for (name, lane), balance in balances(newest, arrived).items() if name == sender}
    here = {lane: arrived.get((sender, lane), NOTHING) for lane in own}
    empty = Statement(sender=into, service=service, number=0, ended=True)
    if tx.senders.state(folded(sums or empty, stated, own, here), None, now):
        tx.senders.move(sender, into)
