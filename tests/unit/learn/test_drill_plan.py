"""What each fault does, and which promises can be drilled with it."""

from dataclasses import replace

import pytest

from outproof.contract.drill import Drilled, Fault
from outproof.contract.promise import CountRule, Promise, Requirement
from outproof.contract.run import Observer, Stage
from outproof.contract.schedule import Heartbeat, Schedule
from outproof.core.ids import DEFAULT_PROJECT
from outproof.core.time import Instant
from outproof.decide.finding import FindingKind
from outproof.learn.drill import STEPS_MAX, Drill, Evaluator, drill_id
from outproof.learn.drill_plan import Act, CannotDrill, Plan, faults_of, good_counts, plan, stand_in, wrong_counts
from outproof.prove.counting import known_numbers, objection
from tests.builders import START, a_promise, by_job, by_job_and_probe, counts

SCHEDULED = replace(a_promise(), schedule=Schedule(cron="0 3 * * *"))
DRILL = drill_id(DEFAULT_PROJECT, "nightly-digests", Fault.LATE, START)


def said(planned: Plan) -> list[str]:
    return [
        f"{one.body['stage']}{'' if one.body.get('passed', True) else ' failed'}" if one.act is Act.PROVE else one.act
        for one in planned.breaks
    ]


@pytest.mark.parametrize(
    ("fault", "breaks", "kinds", "stage"),
    [
        (Fault.SKIP_PERSISTENCE, ["open", "validated", "close"], {"unverified", "broken"}, Stage.PERSISTED),
        (Fault.FAIL_VALIDATION, ["open", "validated failed", "close"], {"broken"}, Stage.VALIDATED),
        (
            Fault.FREEZE_SURFACE,
            ["open", "validated", "persisted", "visible", "close"],
            {"broken", "unverified"},
            Stage.VISIBLE,
        ),
        (Fault.NEVER_START, [], {"never_started"}, None),
        (Fault.NEVER_CLOSE, ["open"], {"late"}, Stage.VALIDATED),
        (Fault.LATE, ["open", "validated", "persisted"], {"late"}, Stage.VISIBLE),
        (Fault.WRONG_COUNT, ["open", "validated", "persisted", "visible", "close"], {"conservation"}, Stage.VALIDATED),
        (Fault.DEAD_ROUTE, ["open", "close"], {"failed"}, None),
    ],
)
def test_each_fault_is_what_its_name_says(
    fault: Fault, breaks: list[str], kinds: set[str], stage: Stage | None
) -> None:
    planned = plan(SCHEDULED, fault, DRILL)
    assert (said(planned), {kind.value for kind in planned.kinds}, planned.stage) == (breaks, kinds, stage)
    assert planned.skips_slot is (fault is Fault.NEVER_START)
    assert Evaluator.PROBE in planned.evaluators


def test_every_repair_proves_each_stage_and_closes_the_run() -> None:
    for fault in Fault:
        repairs = plan(SCHEDULED, fault, DRILL).repairs
        stages = [one.body["stage"] for one in repairs if one.act is Act.PROVE]
        assert stages == list(SCHEDULED.proofs)
        assert repairs[-1].act is Act.CLOSE


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({}, FindingKind.LATE),
        ({"max_duration_s": 60.0}, FindingKind.SLOW),
        ({"max_duration_s": 60.0, "stuck_after_s": 60.0}, FindingKind.STUCK),
    ],
)
def test_a_run_that_is_never_closed_meets_the_first_limit_of_its_promise(
    changes: dict[str, float], kind: FindingKind
) -> None:
    promise = replace(SCHEDULED, **changes)  # type: ignore[arg-type] # limits only
    assert plan(promise, Fault.NEVER_CLOSE, DRILL).kinds == (kind,)


@pytest.mark.parametrize(
    ("promise", "impossible"),
    [
        (SCHEDULED, set()),
        (a_promise(), {Fault.NEVER_START}),
        (a_promise(by_job(Stage.PERSISTED)), {Fault.NEVER_START, Fault.FREEZE_SURFACE, Fault.WRONG_COUNT}),
        (
            a_promise(by_job(Stage.GENERATED)),
            {Fault.NEVER_START, Fault.FREEZE_SURFACE, Fault.WRONG_COUNT, Fault.SKIP_PERSISTENCE},
        ),
        (
            Promise(name="poller", outcome="It runs.", owner="growth", heartbeat=Heartbeat(every_s=60.0)),
            set(Fault),
        ),
    ],
)
def test_a_fault_that_nothing_could_notice_is_refused_with_what_is_possible(
    promise: Promise, impossible: set[Fault]
) -> None:
    assert set(faults_of(promise)) == set(Fault) - impossible
    for fault in impossible:
        with pytest.raises(CannotDrill, match=promise.name):
            plan(promise, fault, DRILL)


def test_the_made_up_run_reports_every_fact_that_a_surface_asks_for() -> None:
    url = "https://app.example/{region}/{batch_id}?n={valid}"
    promise = a_promise(by_job_and_probe(url), evidence=["region"])
    assert plan(promise, Fault.LATE, DRILL).evidence == {"batch_id": DRILL, "output_id": DRILL, "region": DRILL}


@pytest.mark.parametrize(
    "rule",
    [
        CountRule(),
        CountRule(max_unexplained=50),
        CountRule(equation="input = valid + invalid + rejected"),
        CountRule(equation="delivered = valid - suppressed"),
        CountRule(equation="valid = input - skipped", max_unexplained=3),
        CountRule(equation="input = valid + rejected - delivered"),
    ],
)
def test_good_counts_are_accepted_and_wrong_ones_are_a_conservation_break(rule: CountRule) -> None:
    proofs = {Stage.VALIDATED: Requirement(counts=rule)}
    promise = a_promise(proofs, evidence=["rejected", "delivered"])
    good, evidence = good_counts(promise)
    wrong = wrong_counts(promise, good)
    for numbers, accepted in ((good, True), (wrong, False)):
        known = {name: number for name, number in numbers.items() if name not in evidence}
        own = {name: numbers[name] for name in evidence}
        found = objection(counts(**known), rule, evidence=own)
        assert (found is None) is accepted, known_numbers(counts(**known), own)
        assert found is None or found.conservation


def a_drill(fault: Fault, *, repaired: bool) -> Drill:
    at = Instant(1) if repaired else None
    drilled = Drilled(id=DRILL, fault=fault, within_s=30.0)
    return Drill(promise="p", version="v", drilled=drilled, by="ann", started_at=START, move_at=START, repaired_at=at)


def test_a_stand_in_shows_what_is_mended_and_what_came_before_the_break_and_else_the_probe_looks_for_real() -> None:
    def shown(fault: Fault, stage: Stage, *, repaired: bool = False) -> bool | None:
        return stand_in(plan(promise, fault, DRILL), a_drill(fault, repaired=repaired), stage)

    surface = by_job_and_probe()[Stage.VISIBLE]
    promise = a_promise({Stage.VALIDATED: Requirement(), Stage.PERSISTED: surface, Stage.VISIBLE: surface})
    assert all(shown(fault, Stage.VISIBLE, repaired=True) for fault in faults_of(promise))
    assert shown(Fault.SKIP_PERSISTENCE, Stage.PERSISTED) is None
    assert shown(Fault.FREEZE_SURFACE, Stage.PERSISTED) is True
    assert shown(Fault.FREEZE_SURFACE, Stage.VISIBLE) is False
    assert shown(Fault.LATE, Stage.PERSISTED) is True
    assert shown(Fault.LATE, Stage.VISIBLE) is None


def test_a_checker_that_must_see_a_stage_is_the_one_who_proves_it() -> None:
    promise = a_promise({Stage.PERSISTED: Requirement(observer=Observer.INDEPENDENT, receipt=True)})
    [proof, _] = plan(promise, Fault.LATE, DRILL).repairs
    assert (proof.body["observer"], proof.body["receipt_id"]) == ("independent", DRILL)


def test_a_validation_that_nobody_requires_can_fail_too_and_is_mended_first() -> None:
    planned = plan(a_promise(by_job(Stage.PERSISTED)), Fault.FAIL_VALIDATION, DRILL)
    assert (said(planned), planned.stage) == (["open", "validated failed", "close"], Stage.VALIDATED)
    assert [one.body.get("stage") for one in planned.repairs] == [Stage.VALIDATED, Stage.PERSISTED, None]


def test_an_equation_that_no_counts_balance_is_refused() -> None:
    proofs = {Stage.VALIDATED: Requirement(counts=CountRule(equation="input = valid + input"))}
    with pytest.raises(CannotDrill, match="no made-up counts balance its equation"):
        plan(a_promise(proofs), Fault.LATE, DRILL)


def test_an_equation_of_something_else_than_valid_items_is_balanced_by_its_other_terms() -> None:
    proofs = {Stage.VALIDATED: Requirement(counts=CountRule(equation="input = skipped + suppressed"))}
    good, _ = good_counts(a_promise(proofs))
    assert (good["input"], good["skipped"] + good["suppressed"]) == (10, 10)


def test_the_steps_of_a_drill_have_an_end() -> None:
    drill = a_drill(Fault.LATE, repaired=False)
    for number in range(STEPS_MAX + 5):
        drill = drill.with_step(START, str(number))
    assert [len(drill.steps), drill.steps[0].text] == [STEPS_MAX, "0"]
