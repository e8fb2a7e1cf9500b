"""When the next drill is due, and when missing ones are an incident."""

from dataclasses import replace

import pytest

from outproof.contract.drill import Drilled, DrillRule, Fault
from outproof.core.time import Instant, after
from outproof.learn.drill import Check, Drill, DrillState
from outproof.learn.drill_due import AGAIN_AFTER_S, FIRST_AFTER_S, GRACE_S, drill_overdue, is_overdue, next_drill_at
from tests.builders import START, a_promise, at

WEEK_S = 604_800.0
WEEKLY = DrillRule(every_s=WEEK_S)
BAD = Check(name="one incident", expected="exactly one", seen="none", passed=False)


def a_drill(state: DrillState, started_at: Instant = START) -> Drill:
    drilled = Drilled(id="drl_1", fault=Fault.LATE, within_s=30.0)
    made = Drill(promise="p", version="v", drilled=drilled, by="x", started_at=started_at, move_at=started_at)
    return replace(made, state=state, checks=(BAD,) if state is DrillState.FAILED else ())


@pytest.mark.parametrize(
    ("rule", "last", "wanted"),
    [
        (DrillRule(), None, None),
        (WEEKLY, None, at(FIRST_AFTER_S)),
        (WEEKLY, a_drill(DrillState.RUNNING), None),
        (WEEKLY, a_drill(DrillState.PASSED), at(WEEK_S)),
        (WEEKLY, a_drill(DrillState.FAILED), at(AGAIN_AFTER_S)),
        (DrillRule(every_s=600.0), a_drill(DrillState.FAILED), at(600)),
    ],
)
def test_the_next_drill_is_due_as_the_rule_says_and_sooner_after_a_failure(
    rule: DrillRule, last: Drill | None, wanted: Instant | None
) -> None:
    assert next_drill_at(rule, last, START) == wanted


LIMIT = at(WEEK_S + GRACE_S)


@pytest.mark.parametrize(
    ("rule", "last", "passed_at", "now", "overdue"),
    [
        (None, a_drill(DrillState.FAILED), None, LIMIT, False),
        (DrillRule(), a_drill(DrillState.FAILED), None, LIMIT, False),
        (WEEKLY, None, None, after(LIMIT, -1), False),
        (WEEKLY, None, None, LIMIT, True),
        (WEEKLY, a_drill(DrillState.PASSED), START, after(LIMIT, -1), False),
        (WEEKLY, a_drill(DrillState.PASSED), START, LIMIT, True),
        (WEEKLY, a_drill(DrillState.FAILED), START, at(1), True),
        (WEEKLY, a_drill(DrillState.RUNNING), START, at(1), False),
    ],
)
def test_drills_are_overdue_when_none_passed_for_too_long_or_the_last_one_failed(
    rule: DrillRule | None, last: Drill | None, passed_at: Instant | None, now: Instant, overdue: bool
) -> None:
    assert is_overdue(rule, last, passed_at, START, now) is overdue


def test_the_incident_says_which_check_failed_and_what_to_run() -> None:
    promise = a_promise()
    found = drill_overdue(promise, a_drill(DrillState.FAILED), None, at(1), firing=True)
    assert found.key == "drill-overdue:nightly-digests"
    assert found.reason == (
        "drill drl_1 (late) failed: one incident: expected exactly one, saw none; no drill has ever passed"
    )
    assert found.first_check == "Run `outproof drill nightly-digests` and see which check fails."
    late = drill_overdue(promise, a_drill(DrillState.PASSED), START, at(WEEK_S), firing=True)
    assert late.title == "nightly-digests: its drill is overdue"
    assert late.reason.startswith("the last drill passed 7 d ago")
