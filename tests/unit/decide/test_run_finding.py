import pytest

from outproof.contract.evidence import Fact
from outproof.contract.run import Claim, Signal, Stage
from outproof.decide.finding import FindingKind, SubjectType
from outproof.decide.promise import finding
from outproof.prove.outcome import outcome
from outproof.prove.run_state import fold
from tests.builders import RUN, a_promise, at, closed, counts, opened, proved, seen

NAMED = opened(0, evidence={"batch_id": "b-17", "model": "m-1", "prompt_version": "v3", "region": "eu"})
TALLY = counts(input=1000, valid=980, invalid=0, skipped=20)
SAVED = (NAMED, proved(Stage.VALIDATED, 1, counts=TALLY), proved(Stage.PERSISTED, 2, output_id="out-1"))


def found(*signals: Signal, seconds: float) -> object:
    state, promise = fold(signals), a_promise()
    return finding(state, outcome(state, promise, at(seconds)), promise)


UNSEEN = seen(Stage.VISIBLE, 4, passed=False)
INVALID = proved(Stage.VALIDATED, 1, passed=False)
FAILED = closed(4, Claim.FAILURE)


@pytest.mark.parametrize(
    ("signals", "seconds", "kind", "title", "headline"),
    [
        ((*SAVED, closed(3), UNSEEN), 20, "broken", "output of batch b-17 is not visible", "visible failed"),
        ((*SAVED, closed(3)), 20, "unverified", "output of batch b-17 is not proven visible", "visible missing"),
        ((opened(0),), 3_600, "late", "output of run b-17 is overdue: not proven validated", "validated missing"),
        ((NAMED, INVALID), 2, "broken", "output of batch b-17 did not pass validation", "validated failed"),
        ((*SAVED, seen(Stage.VISIBLE, 3), FAILED), 5, "failed", "batch b-17 failed", None),
    ],
)
def test_the_title_says_what_a_reader_does_not_have(
    signals: tuple[Signal, ...], seconds: float, kind: str, title: str, headline: str | None
) -> None:
    state, promise = fold(signals), a_promise()
    told = finding(state, outcome(state, promise, at(seconds)), promise)
    assert told is not None
    assert (told.kind, told.firing, told.title, told.headline) == (
        FindingKind(kind),
        True,
        f"nightly-digests: {title}",
        headline,
    )
    assert (told.key, told.run_id, told.subject.type, told.owner) == (f"run:{RUN}", RUN, SubjectType.PROMISE, "growth")
    assert (told.first_check, told.runbook) == (promise.first_check, promise.runbook)


def test_a_pending_run_is_no_finding_and_a_kept_one_is_over() -> None:
    assert found(*SAVED, seconds=3) is None
    state, promise = fold([*SAVED, seen(Stage.VISIBLE, 3), closed(4)]), a_promise()
    told = finding(state, outcome(state, promise, at(5)), promise)
    assert told is not None
    assert (told.firing, told.title) == (False, "nightly-digests: batch b-17 is proven")


def test_evidence_stands_in_the_order_a_responder_asks_and_shows_what_nobody_said() -> None:
    state, promise = fold([*SAVED, closed(3)]), a_promise(evidence=["region"])
    told = finding(state, outcome(state, promise, at(20)), promise)
    assert told is not None
    assert told.evidence == (
        Fact("batch_id", "Batch id", "b-17"),
        Fact("model", "Model", "m-1"),
        Fact("prompt_version", "Prompt version", "v3"),
        Fact("input_count", "Input items", 1000),
        Fact("valid_count", "Valid items", 980),
        Fact("invalid_count", "Invalid items", 0),
        Fact("skipped_count", "Skipped items", 20),
        Fact("suppressed_count", "Suppressed items", None),
        Fact("unexplained_count", "Unexplained items", 0),
        Fact("validation_result", "Validation result", "passed"),
        Fact("output_id", "Output id", "out-1"),
        Fact("deploy_sha", "Deploy SHA", None),
        Fact("duration_s", "Duration", 3.0),
        Fact("region", "Region", "eu"),
    )
