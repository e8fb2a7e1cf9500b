"""A hundred channels, one of which hangs: what the others wait for, beside what they wait for when none does."""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.figures import Figures, nearest_rank
from outproof.contract.severity import Severity
from outproof.core.ids import DEFAULT_PROJECT, NoticeId
from outproof.core.time import Instant
from outproof.decide.finding import Finding, FindingKind, Subject, SubjectType
from outproof.engine.clock import SteadyClock
from outproof.engine.dispatch import Dispatcher
from outproof.engine.record import record
from outproof.respond.delivery import Outcome, Sent
from outproof.respond.notification import Notification
from outproof.respond.route import Routes
from outproof.store.state.database import open_engine
from outproof.store.state.state import SqlState

CHANNELS = 100
INCIDENTS = 20


class Receiver:
    """A channel that takes everything and notes when; or one that never answers until it is let go."""

    def __init__(self, let_go: threading.Event | None = None) -> None:
        self._let_go = let_go
        self.taken_s: list[float] = []

    def send(self, notice: NoticeId, notification: Notification, now: Instant) -> Sent:
        del notice, notification, now
        if self._let_go is not None:
            self._let_go.wait()
        self.taken_s.append(time.perf_counter())
        return Sent(outcome=Outcome.ACCEPTED, detail="taken")


def measure(runs: int = 5) -> Figures:
    """Both in turn, so that a machine that changes its speed changes both."""
    figures = Figures("isolation", {"channels": CHANNELS, "incidents": INCIDENTS})
    for _ in range(runs):
        alone = nearest_rank(others_told_ms(hanging=False), 0.99)
        beside = nearest_rank(others_told_ms(hanging=True), 0.99)
        figures.add(
            others_told_ms_p99=alone,
            others_told_beside_one_that_hangs_ms_p99=beside,
            others_told_p99_ratio=beside / alone,
        )
    return figures


def others_told_ms(*, hanging: bool) -> Sequence[float]:
    """From the opening of the incidents until each of the other channels had each notice."""
    let_go = threading.Event()
    names = tuple(f"channel-{number}" for number in range(CHANNELS))
    receivers = {name: Receiver(let_go if hanging and name == names[0] else None) for name in names}
    with tempfile.TemporaryDirectory(prefix="outproof-bench-") as folder:
        engine = open_engine(f"sqlite:///{Path(folder) / 'state.db'}")
        state = SqlState(engine, DEFAULT_PROJECT, lambda _: None)
        clock = SteadyClock()
        dispatcher = Dispatcher(state, lambda: receivers, clock)
        routes = Routes(default=names)
        began_s = time.perf_counter()
        for number in range(INCIDENTS):
            with state.begin() as tx:
                record(tx, _finding(number), project=DEFAULT_PROJECT, routes=routes, now=clock.now())
        others = [receivers[name] for name in names[1:]]
        while any(len(other.taken_s) < INCIDENTS for other in others):
            dispatcher.tick()
        let_go.set()
        dispatcher.stop()
        engine.dispose()
    return [(taken_s - began_s) * 1e3 for other in others for taken_s in other.taken_s]


def _finding(number: int) -> Finding:
    return Finding(
        key=f"policy:{number}",
        kind=FindingKind.INVARIANT,
        firing=True,
        severity=Severity.CRITICAL,
        title="Nothing is wrong: this is a benchmark.",
        reason="it broke",
        subject=Subject(SubjectType.SERVICE, f"service-{number}"),
        owner="benchmark",
        headline="unsafe_claim_served 2/6",
        first_check="Nothing is wrong: this is a benchmark.",
    )
