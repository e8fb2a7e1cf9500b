"""A page that is there whatever is asked for, with the time passed in: a drill finds that it proves nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from outproof.config.declared import Declared
from outproof.contract.drill import DrillRule, Fault
from outproof.contract.promise import Requirement
from outproof.contract.run import Observer, Stage
from outproof.contract.surface import Freshness, HttpSurface
from outproof.engine.drill import begin
from outproof.learn.drill import DrillState
from outproof.scenario.world import PROJECT, Setting, a_world
from tests.builders import NIGHTLY, START, a_promise, at

PAGE = HttpSurface(url="https://app.example/digests")
PROMISE = replace(
    a_promise({Stage.VISIBLE: Requirement(observer=Observer.PROBE, http=PAGE)}), drill=DrillRule(within_s=5.0)
)


@pytest.mark.parametrize(
    ("is_there", "state", "seen"), [(True, DrillState.FAILED, "none"), (False, DrillState.PASSED, "1")]
)
def test_a_proof_that_passes_for_what_was_never_made_fails_the_drill(
    is_there: bool, state: DrillState, seen: str, tmp_path: Path
) -> None:
    with a_world(tmp_path, Setting(declared=Declared(), promises={NIGHTLY: PROMISE}, start=START)) as world:
        if is_there:
            world.surfaces.newest["page"] = (Freshness(http=PAGE, max_age_s=3_600.0), START)
        with world.state.begin() as tx:
            drill = begin(tx, PROMISE, Fault.SKIP_PERSISTENCE, "ann", world.terms(), project=PROJECT, now=START).id
        world.advance(at(60))
        with world.state.look() as tx:
            over = tx.drills.load(drill)
    assert over is not None
    assert (over.state, over.checks[0].name, over.checks[0].seen) == (state, "one incident", seen)
