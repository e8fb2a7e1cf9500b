"""What our probe is shown of a drilled run in place of its surface, where the drill says so; else it looks for real."""

from __future__ import annotations

from collections.abc import Mapping

from outproof.contract.run import Stage
from outproof.engine.settle import Terms
from outproof.learn.drill_plan import CannotDrill, plan, stand_in
from outproof.ports import Transaction
from outproof.prove.folded_run import FoldedRun
from outproof.prove.look import Look
from outproof.prove.surface_reading import Sight

SHOWN = "the stand-in of a drill"


def with_stand_in(
    tx: Transaction, run: FoldedRun, terms: Terms, sights: Mapping[str, Sight | Look]
) -> Mapping[str, Sight | Look]:
    """What to look at, with the looks in it that a drill answers itself. Nothing stands in for a real run."""
    drill = None if run.drill is None else tx.drills.load(run.drill.id)
    promise = terms.promises.get(run.promise)
    if drill is None or promise is None:
        return sights
    try:
        planned = plan(promise, drill.fault, drill.id)
    except CannotDrill:
        return sights  # the promise was changed meanwhile; the drill says so itself
    shown = {stage: stand_in(planned, drill, Stage(stage)) for stage in sights}
    return {
        stage: seen if (passed := shown[stage]) is None else _look(drill.id, passed=passed)
        for stage, seen in sights.items()
    }


def _look(drill: str, *, passed: bool) -> Look:
    if passed:
        return Look(passed=True, shown=SHOWN, detail=f"saw output {drill} at {SHOWN}")
    return Look(passed=False, shown=SHOWN, detail=f"expected output {drill}, the surface still shows {drill}-older")
