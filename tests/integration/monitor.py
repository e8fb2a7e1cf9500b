"""A monitor on a host whose clocks a test moves: the real engine on a real database, started and stopped at will."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from outproof.contract.promise import Promise
from outproof.contract.run import Signal, Stage
from outproof.core.ids import DEFAULT_PROJECT
from outproof.core.time import NANOS_PER_S
from outproof.decide.finding import FindingKind
from outproof.decide.monitoring import Monitoring
from outproof.engine.clock import SteadyClock
from outproof.engine.settle import Occasion, Settler, Terms, settle
from outproof.engine.watch import Watch
from outproof.respond.incident import Incident, IncidentState
from outproof.respond.route import Routes
from outproof.store.state.state import SqlState
from tests.builders import START, another_run, closed, opened, proved
from tests.contract.state.opened import engine_of

ROUTES = Routes(("ops",))
STAGES = (Stage.VALIDATED, Stage.PERSISTED)
STEP_S = 4.0
"""Between two ticks of virtual time: less than what counts as downtime."""
OURS = (FindingKind.MONITOR_DOWN, FindingKind.CLOCK_SUSPECT)


class Monitor:
    """Everything that judges. `start` is a new process: it knows only what the database and the host's clocks say."""

    def __init__(self, folder: Path, promise: Promise) -> None:
        self._engine = engine_of(folder)
        self.state = SqlState(self._engine, DEFAULT_PROJECT, lambda _: None)
        self.promise = promise
        self.monitoring = Monitoring()
        self.wall = int(START)
        self.boot = 17 * NANOS_PER_S
        self.start()

    def close(self) -> None:
        self._engine.dispose()

    def start(self) -> None:
        self.clock = SteadyClock(lambda: self.wall, lambda: self.boot)
        self.watch = Watch(self.state, self.clock, DEFAULT_PROJECT, lambda: replace(ROUTES, monitoring=self.monitoring))
        self.settler = Settler(self.state, self.clock, DEFAULT_PROJECT, self.terms)
        self.watch.begin()

    def terms(self) -> Terms:
        return Terms({self.promise.name: self.promise}, ROUTES, self.watch.holds())

    def pass_unseen(self, seconds: float, *, wall_s: float | None = None) -> None:
        """Let time pass without a tick; on the wall clock perhaps another amount."""
        self.boot += round(seconds * NANOS_PER_S)
        self.wall += round((seconds if wall_s is None else wall_s) * NANOS_PER_S)

    def run(self, seconds: float) -> None:
        """Let time pass, and tick all the while. The settler goes first: it must not depend on the watch's turn."""
        left_s = seconds
        while left_s > 0:
            self.pass_unseen(min(STEP_S, left_s))
            left_s -= STEP_S
            self.tick()

    def tick(self) -> None:
        while self.settler.tick():
            pass
        self.watch.tick()

    def open(self, names: Iterable[str]) -> None:
        """Runs that are opened now."""
        self._tell((name, opened(id=f"open-{name}")) for name in names)

    def prove(self, names: Sequence[str]) -> None:
        """Have everything proven now, and the runs closed."""
        for stage in STAGES:
            self._tell((name, proved(stage, 0, id=f"{stage}-{name}")) for name in names)
        self._tell((name, closed(0, id=f"close-{name}")) for name in names)

    def _tell(self, said: Iterable[tuple[str, Signal]]) -> None:
        now, terms = self.clock.now(), self.terms()
        with self.state.begin() as tx:
            for name, signal in said:
                proof = None if signal.proof is None else replace(signal.proof, at=now)
                run = another_run(name)
                tx.runs.receive(replace(signal, run_id=run, external_id=name, received_at=now, proof=proof))
                settle(tx, run, Occasion.SIGNAL, terms, project=DEFAULT_PROJECT, now=now)

    def pages(self) -> list[Incident]:
        """Incidents about promises."""
        return [incident for incident in self._incidents() if incident.finding.kind not in OURS]

    def notices(self) -> list[Incident]:
        """Incidents about the monitor itself."""
        return [incident for incident in self._incidents() if incident.finding.kind in OURS]

    def _incidents(self) -> list[Incident]:
        with self.state.look() as tx:
            return list(tx.incidents.newest(list(IncidentState), 1_000))
