"""Looks at the surfaces of runs that are due for it, and writes down what was seen as proofs of our own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace

from outproof.contract.promise import Promise
from outproof.contract.run import Observer, Proof, Signal, SignalKind, Stage
from outproof.core.ids import ProjectId, SignalId, digest_id
from outproof.core.time import Instant, after
from outproof.engine.settle import Occasion, Terms, settle
from outproof.ports import Clock, Probe, State
from outproof.prove.folded_run import FoldedRun
from outproof.prove.outcome import outcome
from outproof.prove.run_state import RunState, fold
from outproof.prove.stage_report import StageReport, StageState
from outproof.prove.surface_reading import Look, Sight, known_facts, sight

LOOKS_AT_ONCE_MAX = 16
RUNS_PER_TICK_MAX = 64
CLAIM_S = 60.0
"""How long a claimed run is left to the prober that took it: four in a row at most, each at most 10 s, and a little."""


@dataclass(frozen=True, slots=True)
class _Claimed:
    """One run to look at: what each open stage should show, or why it cannot be looked at."""

    run: FoldedRun
    sights: Mapping[Stage, Sight | Look]


class Prober:
    """Looks from outside, where the reader is. It goes on after a bad verdict: late output ends the incident."""

    def __init__(
        self,
        state: State,
        clock: Clock,
        probe: Probe,
        project: ProjectId,
        terms: Callable[[], Terms],
    ) -> None:
        self._state = state
        self._clock = clock
        self._probe = probe
        self._project = project
        self._terms = terms

    def tick(self) -> bool:
        """Claim runs that are due, look at their surfaces outside of any transaction, settle each. True: maybe more."""
        tasks = self._claim()
        if not tasks:
            return False
        with ThreadPoolExecutor(max_workers=LOOKS_AT_ONCE_MAX) as pool:
            looking = {pool.submit(self._look, task): task for task in tasks}
            for done in as_completed(looking):
                self._write(looking[done].run, done.result())
        return len(tasks) == RUNS_PER_TICK_MAX

    def _claim(self) -> Sequence[_Claimed]:
        """Runs to look at, put off for everybody else while we do."""
        now, terms = self._clock.now(), self._terms()
        tasks = []
        with self._state.begin() as tx:
            for run_id in tx.runs.unseen(now, RUNS_PER_TICK_MAX):
                run = tx.runs.load(run_id)
                assert run is not None
                promise = terms.of(run.promise, run.drill)
                look_at = None if promise is None else after(now, CLAIM_S)
                claimed = replace(run, look_at=look_at, generation=run.generation + 1)
                tx.runs.save(claimed, None)
                if promise is not None:
                    tasks.append(_Claimed(claimed, _sights(fold(tx.runs.signals(run_id)), promise, now)))
        return tasks

    def _look(self, task: _Claimed) -> Mapping[Stage, Look]:
        return {
            stage: seen if isinstance(seen, Look) else self._probe.look(seen) for stage, seen in task.sights.items()
        }

    def _write(self, run: FoldedRun, looks: Mapping[Stage, Look]) -> None:
        """Store what is new, and settle. The same bad sight again is no news: a page that stays away is one proof."""
        now, terms = self._clock.now(), self._terms()
        with self._state.begin() as tx:
            last = _last_looks(tx.runs.signals(run.id))
            for stage, look in looks.items():
                if look.passed or last.get(stage) != (look.passed, look.detail):
                    tx.runs.receive(_signal(run, stage, look, now))
            settle(tx, run.id, Occasion.LOOK, terms, project=self._project, now=now)


def _sights(state: RunState, promise: Promise, now: Instant) -> dict[Stage, Sight | Look]:
    """What to look at: each stage with a surface that is not proven, or whose proof is about to expire."""
    known = known_facts(state)
    reports = {report.stage: report for report in outcome(state, promise, now).stages}
    return {
        stage: sight(required.http, known, promise.allowed_evidence)
        for stage, required in promise.proofs.items()
        if required.http is not None and not _is_proven_for_long(reports[stage], promise, now)
    }


def _is_proven_for_long(report: StageReport, promise: Promise, now: Instant) -> bool:
    if report.state is not StageState.PASSED:
        return False
    return report.expires_at is None or now < after(report.expires_at, -promise.settle_s)


def _last_looks(signals: Sequence[Signal]) -> Mapping[Stage, tuple[bool | None, str | None]]:
    """What our probe saw last of each stage."""
    return {
        proof.stage: (proof.passed, proof.detail) for proof in fold(signals).proofs if proof.observer is Observer.PROBE
    }


def _signal(run: FoldedRun, stage: Stage, look: Look, now: Instant) -> Signal:
    """A look as a signal. Its id follows from the run's generation, which each claim of a look makes anew."""
    return Signal(
        id=SignalId(digest_id("sig", run.id, stage, str(run.generation))),
        run_id=run.id,
        promise=run.promise,
        external_id=run.external_id,
        kind=SignalKind.PROVED,
        received_at=now,
        proof=Proof(
            stage=stage,
            observer=Observer.PROBE,
            passed=look.passed,
            at=now,
            surface=look.shown,
            detail=look.detail,
        ),
    )
