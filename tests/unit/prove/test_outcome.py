import pytest

from outproof.contract.promise import CountRule, Requirement
from outproof.contract.run import Claim, Observer, Signal, Stage
from outproof.core.time import Instant
from outproof.prove.outcome import Outcome, Verdict, outcome
from outproof.prove.run_state import fold
from outproof.prove.stage_report import StageState
from tests.builders import a_promise, at, by_job, by_job_and_probe, closed, counts, opened, proved, seen

GENERATED, VALIDATED, PERSISTED, VISIBLE = Stage


def judged(*signals: Signal, seconds: float, **promise: object) -> Outcome:
    return outcome(fold(signals), a_promise(**promise), at(seconds))  # type: ignore[arg-type]  # the builder's own fields


JOB_DONE = (opened(0), proved(VALIDATED, 1), proved(PERSISTED, 2))
DONE = (*JOB_DONE, closed(3))
SEEN, UNSEEN = seen(VISIBLE, 3), seen(VISIBLE, 4, passed=False)
INVALID, NOTHING_MADE = proved(VALIDATED, 0.5, passed=False), proved(GENERATED, 1, passed=False)
FAILED = closed(4, Claim.FAILURE)


@pytest.mark.parametrize(
    ("name", "signals", "seconds", "verdict", "first_stage"),
    [
        ("just opened", (opened(0),), 1, Verdict.PENDING, VALIDATED),
        ("opened, never closed", (opened(0),), 3_600, Verdict.OVERDUE, VALIDATED),
        ("opened, a moment before it is due", (opened(0),), 3_599, Verdict.PENDING, VALIDATED),
        ("all seen, not closed", (*JOB_DONE, SEEN), 4, Verdict.KEPT, None),
        ("all seen, closed", (*JOB_DONE, SEEN, closed(4)), 5, Verdict.KEPT, None),
        ("all seen late, after it was due", (*JOB_DONE, seen(VISIBLE, 4_000)), 4_001, Verdict.KEPT, None),
        ("closed, still waiting for our probe", DONE, 12.9, Verdict.PENDING, VISIBLE),
        ("closed, nobody could look", DONE, 13, Verdict.UNVERIFIED, VISIBLE),
        ("closed, a look in vain so far", (*DONE, UNSEEN), 5, Verdict.PENDING, VISIBLE),
        ("closed, not seen in time", (*DONE, UNSEEN), 14, Verdict.BROKEN, VISIBLE),
        ("closed, then seen late", (*DONE, UNSEEN, seen(VISIBLE, 99)), 99, Verdict.KEPT, None),
        ("closed, could not look", (*DONE, seen(VISIBLE, 4, passed=None)), 14, Verdict.UNVERIFIED, VISIBLE),
        ("success with nothing proven", (opened(0), closed(1)), 1, Verdict.UNVERIFIED, VALIDATED),
        ("close without open", (closed(1),), 2, Verdict.UNVERIFIED, VALIDATED),
        ("the job's word for what we must see", (*DONE, proved(VISIBLE, 3)), 20, Verdict.UNVERIFIED, VISIBLE),
        ("the job saw it fail", (opened(0), INVALID), 2, Verdict.BROKEN, VALIDATED),
        ("failed, then tried again", (*JOB_DONE, INVALID, SEEN), 4, Verdict.KEPT, None),
        ("failed where nobody asked", (*JOB_DONE, SEEN, NOTHING_MADE), 4, Verdict.BROKEN, GENERATED),
        ("all seen, but the job says failure", (*JOB_DONE, SEEN, FAILED), 5, Verdict.BROKEN, None),
        ("failure, then success", (*JOB_DONE, SEEN, FAILED, closed(5)), 6, Verdict.BROKEN, None),
        ("success, then failure", (*DONE, SEEN, FAILED), 6, Verdict.BROKEN, None),
        ("failure, a new try, success", (*JOB_DONE, SEEN, FAILED, opened(5), closed(6)), 7, Verdict.KEPT, None),
        ("failure, a new try, no end yet", (*JOB_DONE, SEEN, FAILED, opened(5)), 6, Verdict.BROKEN, None),
        ("persistence skipped, exit 0", (*JOB_DONE[:2], closed(2), UNSEEN), 20, Verdict.BROKEN, PERSISTED),
    ],
    ids=lambda value: value if isinstance(value, str) and " " in value else "",
)
def test_the_verdict_follows_from_the_proofs(
    name: str, signals: tuple[Signal, ...], seconds: float, verdict: Verdict, first_stage: Stage | None
) -> None:
    concluded = judged(*signals, seconds=seconds)
    assert (concluded.verdict, concluded.first_stage) == (verdict, first_stage), concluded.reason


def test_an_undeclared_promise_is_unverified_and_says_so() -> None:
    concluded = outcome(fold([opened(0), closed(1)]), None, at(2))
    assert concluded.verdict is Verdict.UNVERIFIED
    assert concluded.reason.startswith("promise not declared")
    assert (concluded.settle_at, concluded.look_at) == (None, None)


def test_both_contradicting_claims_are_told() -> None:
    reason = judged(*JOB_DONE, closed(4, Claim.FAILURE, error_type="TimeoutError"), closed(5), seconds=6).reason
    assert reason.startswith("the job reported failure (TimeoutError); it reported success too, and the worse counts")


def test_a_missing_stage_is_told_with_what_the_probe_last_saw() -> None:
    looks = (seen(VISIBLE, 4, passed=None, detail="could not look: refused"),)
    concluded = judged(*JOB_DONE, closed(3), *looks, seconds=14)
    assert concluded.reason == "the job reported success, but visible is not proven (could not look: refused)"


def test_a_job_does_not_overrule_what_was_seen_from_outside() -> None:
    signals = (*JOB_DONE, proved(PERSISTED, 3, passed=False, observer=Observer.INDEPENDENT), proved(PERSISTED, 4))
    assert judged(*signals, seconds=5).first_stage is PERSISTED
    repaired = (*signals, proved(PERSISTED, 6, observer=Observer.INDEPENDENT), seen(VISIBLE, 7))
    assert judged(*repaired, seconds=8).verdict is Verdict.KEPT


def test_an_independent_checker_satisfies_what_a_job_may_prove_and_not_what_a_probe_must() -> None:
    by = Observer.INDEPENDENT
    told = (opened(0), *(proved(stage, 1, observer=by) for stage in (VALIDATED, PERSISTED, VISIBLE)), closed(2))
    reports = {report.stage: report.state for report in judged(*told, seconds=20).stages}
    assert reports[PERSISTED] is StageState.PASSED
    assert reports[VISIBLE] is StageState.MISSING


@pytest.mark.parametrize(
    ("told", "rule", "verdict"),
    [
        (counts(input=10, valid=10), None, Verdict.KEPT),
        (counts(input=10, valid=7, invalid=3), None, Verdict.BROKEN),
        (counts(input=10, valid=7), None, Verdict.BROKEN),
        (counts(input=10, valid=7, skipped=2, suppressed=1), None, Verdict.KEPT),
        (counts(input=1000, valid=980, invalid=20), CountRule(max_invalid_ratio=0.02), Verdict.KEPT),
        (counts(input=1000, valid=979, invalid=21), CountRule(max_invalid_ratio=0.02), Verdict.BROKEN),
        (counts(valid=98, invalid=2), CountRule(max_invalid_ratio=0.02), Verdict.KEPT),
        (counts(input=10, valid=12), CountRule(max_invalid_ratio=1.0), Verdict.BROKEN),
        (counts(input=0, valid=0), None, Verdict.BROKEN),
        (counts(input=0, valid=0), CountRule(zero_is_ok=True), Verdict.KEPT),
        (counts(), None, Verdict.KEPT),
        (counts(), CountRule(), Verdict.UNVERIFIED),
        (counts(valid=5), CountRule(), Verdict.UNVERIFIED),
    ],
)
def test_counts_decide_over_a_validation(told: object, rule: CountRule | None, verdict: Verdict) -> None:
    signals = (opened(0), proved(VALIDATED, 1, counts=told), closed(2))
    assert judged(*signals, seconds=3, proofs={VALIDATED: Requirement(counts=rule)}).verdict is verdict


def test_an_expired_proof_no_longer_counts() -> None:
    proofs = {VALIDATED: Requirement(expires_s=100)}
    signals = (opened(0), proved(VALIDATED, 1), closed(2))
    kept = judged(*signals, seconds=3, proofs=proofs)
    assert (kept.verdict, kept.settle_at) == (Verdict.KEPT, at(101))
    expired = judged(*signals, seconds=101, proofs=proofs)
    assert (expired.verdict, expired.settle_at) == (Verdict.UNVERIFIED, None)


def test_a_proof_that_outlives_the_watch_is_left_as_it_was() -> None:
    proofs = {VALIDATED: Requirement(expires_s=100)}
    concluded = judged(opened(0), proved(VALIDATED, 1), closed(2), seconds=9_999, proofs=proofs, watch_s=50)
    assert (concluded.verdict, concluded.settle_at) == (Verdict.KEPT, None)


def test_a_probe_renews_its_proof_before_it_expires_and_one_bad_look_is_no_verdict() -> None:
    proofs = by_job_and_probe(expires_s=100)
    kept = (*JOB_DONE, closed(3), seen(VISIBLE, 4))
    assert judged(*kept, seconds=5, proofs=proofs).look_at == at(94)
    blinked = (*kept, seen(VISIBLE, 94, passed=False))
    first = judged(*blinked, seconds=95, proofs=proofs)
    assert (first.verdict, first.settle_at, first.look_at) == (Verdict.PENDING, at(104), at(95))
    assert judged(*blinked, seconds=104, proofs=proofs).verdict is Verdict.BROKEN
    assert judged(*blinked, seen(VISIBLE, 100), seconds=104, proofs=proofs).verdict is Verdict.KEPT


@pytest.mark.parametrize(
    ("signals", "seconds", "look_at"),
    [
        ((opened(0),), 1, None),
        ((opened(0),), 3_600, at(3_600)),
        ((opened(0), proved(VISIBLE, 1)), 2, at(2)),
        (JOB_DONE, 3, at(3)),
        ((*JOB_DONE, closed(3)), 4, at(4)),
        ((opened(0), closed(3, Claim.FAILURE)), 4, None),
        ((*JOB_DONE, closed(3), seen(VISIBLE, 4, passed=False)), 14, at(14)),
        ((*JOB_DONE, closed(3), seen(VISIBLE, 4, passed=False)), 86_403, None),
        ((*JOB_DONE, closed(3), seen(VISIBLE, 4)), 5, None),
    ],
)
def test_the_probe_looks_from_when_there_may_be_something_to_see_until_the_watch_ends(
    signals: tuple[Signal, ...], seconds: float, look_at: Instant | None
) -> None:
    assert judged(*signals, seconds=seconds).look_at == look_at


def test_yesterdays_output_proves_nothing_about_this_run() -> None:
    proofs = by_job(VALIDATED, VISIBLE)
    mine = opened(0, evidence={"output_id": "out-today"})
    stale = proved(VISIBLE, 2, observer=Observer.INDEPENDENT, output_id="out-yesterday")
    concluded = judged(mine, proved(VALIDATED, 1), stale, closed(3), seconds=4, proofs=proofs)
    assert (concluded.verdict, concluded.first_stage) == (Verdict.BROKEN, VISIBLE)
    assert "expected output out-today of this run, the independent saw output out-yesterday" in concluded.reason
    fresh = proved(VISIBLE, 5, observer=Observer.INDEPENDENT, output_id="out-today")
    assert judged(mine, proved(VALIDATED, 1), stale, fresh, closed(3), seconds=6, proofs=proofs).verdict is Verdict.KEPT


def test_a_claimed_time_orders_proofs_only_where_it_is_credible() -> None:
    spooled = proved(VALIDATED, 500, passed=False, claimed_at=at(1))
    assert spooled.at == at(1)
    assert proved(VALIDATED, 500, claimed_at=at(10_000)).at == at(800)
    assert proved(VALIDATED, 100_000, claimed_at=at(0)).at == at(13_600)
