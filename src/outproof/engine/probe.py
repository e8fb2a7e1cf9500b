"""Looks at the surfaces of runs that are due for it, and writes down what was seen as proofs of our own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace

from outproof.contract.promise import Promise
from outproof.contract.run import Observer, Proof, Signal, SignalKind, Stage
from outproof.core.ids import ProjectId, RunId, SignalId, digest_id
from outproof.core.time import Instant, after
from outproof.engine.looking import AT_ONE_PLACE_MAX, LOOK_S_MAX, Looking
from outproof.engine.settle import Occasion, Terms, settle
from outproof.engine.stand_in import with_stand_in
from outproof.engine.suspects import Suspects
from outproof.ports import Clock, Probe, State, Transaction
from outproof.prove.folded_run import FoldedRun
from outproof.prove.known_facts import known_facts
from outproof.prove.look import Look
from outproof.prove.outcome import outcome
from outproof.prove.run_state import RunState, fold
from outproof.prove.stage_report import StageReport, StageState
from outproof.prove.surface_reading import Sight, sight

RUNS_PER_TICK_MAX = 64
CLAIM_S = 60.0
"""How long a claimed run is left to the prober that took it: longer than any look lasts."""

Sights = Mapping[str, Sight | Look]


class Prober:
    """Looks from outside, where the reader is. It goes on after a bad verdict: late output ends the incident.

    A tick waits `patience_s` for the looks that are under way; what takes longer is written down by a later one.
    """

    def __init__(
        self,
        state: State,
        clock: Clock,
        probe: Probe,
        project: ProjectId,
        terms: Callable[[], Terms],
        *,
        patience_s: float = LOOK_S_MAX,
    ) -> None:
        self._state = state
        self._clock = clock
        self._project = project
        self._terms = terms
        self._patience_s = patience_s
        self._looking: Looking[FoldedRun] = Looking(probe)
        self._suspects: Suspects[RunId] = Suspects()

    def tick(self) -> bool:
        """Claim runs that are due, look at their surfaces outside of any transaction, settle each. True: maybe more."""
        claimed = self._claim()
        for run, looks in self._looking.finished(self._patience_s):
            self._write(run, looks)
        return claimed > 0

    def stop(self) -> None:
        """Look no more. What was claimed and not written down is looked at again later, by whoever comes."""
        self._looking.stop()

    def _claim(self) -> int:
        """Take runs to look at, put off for everybody else while we do. Returns how many."""
        now, terms, room = self._clock.now(), self._terms(), self._looking.room()
        if room <= 0:
            return 0
        places, left_out = self._looking.places(), self._suspects.left_out(now)
        wanted = min(room, RUNS_PER_TICK_MAX)
        with self._state.look() as tx:
            found = tx.runs.unseen(now, wanted + len(left_out), leaving_out=_held_up(places, terms))
        due = [run_id for run_id in found if run_id not in left_out][:wanted]
        if not due:
            return 0
        with self._suspects.trying(), self._state.begin() as tx:
            tasks = [_claimed(tx, run_id, terms, places, now) for run_id in self._suspects.each(due)]
        begun = [task for task in tasks if task is not None]
        for run, sights in begun:
            self._looking.begin(run, sights)
        return len(begun)

    def _write(self, run: FoldedRun, looks: Mapping[str, Look]) -> None:
        """Store what is new, and settle. The same bad sight again is no news: a page that stays away is one proof."""
        now, terms = self._clock.now(), self._terms()
        with self._state.begin() as tx:
            last = _last_looks(tx.runs.signals(run.id))
            for stage, look in looks.items():
                if look.passed or last.get(Stage(stage)) != (look.passed, look.detail):
                    tx.runs.receive(_signal(run, Stage(stage), look, now))
            settle(tx, run.id, Occasion.LOOK, terms, project=self._project, now=now)


def _held_up(places: Counter[str], terms: Terms) -> Collection[str]:
    """The promises that look where enough of us look already."""
    full = {place for place, looks in places.items() if looks >= AT_ONE_PLACE_MAX}
    if not full:
        return ()
    return [
        name
        for name, promise in terms.promises.items()
        if any(each.surface is not None and each.surface.place in full for each in promise.proofs.values())
    ]


def _claimed(
    tx: Transaction, run_id: RunId, terms: Terms, places: Counter[str], now: Instant
) -> tuple[FoldedRun, Sights] | None:
    """A run and what to look at, taken. None: somebody else has it, its place is full, or nobody declared it."""
    run = tx.runs.load(run_id)
    if run is None or run.look_at is None or run.look_at > now:
        return None
    promise = terms.of(run.promise, run.drill)
    if promise is None:
        tx.runs.save(replace(run, look_at=None, generation=run.generation + 1), None)
        return None
    sights = with_stand_in(tx, run, terms, _sights(fold(tx.runs.signals(run_id)), promise, now))
    wanted = [seen.place for seen in sights.values() if not isinstance(seen, Look)]
    if any(places[place] >= AT_ONE_PLACE_MAX for place in wanted):
        return None
    places.update(wanted)
    claimed = replace(run, look_at=after(now, CLAIM_S), generation=run.generation + 1)
    tx.runs.save(claimed, None)
    return claimed, sights


def _sights(state: RunState, promise: Promise, now: Instant) -> Sights:
    """What to look at: each stage with a surface that is not proven, or whose proof is about to expire."""
    known = known_facts(state, promise.allowed_evidence)
    reports = {report.stage: report for report in outcome(state, promise, now).stages}
    return {
        stage: sight(required.surface, known)
        for stage, required in promise.proofs.items()
        if required.surface is not None and not _is_proven_for_long(reports[stage], promise, now)
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
            measured=dict(look.measured) or None,
        ),
    )
