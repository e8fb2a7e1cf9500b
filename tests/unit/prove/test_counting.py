"""Counts of a run against the equation that its promise declares, and what is said to be unexplained."""

import pytest

from outproof.contract.evidence import FactValue
from outproof.contract.promise import CountRule, Promise, Requirement
from outproof.contract.run import Claim, Counts, Observer, Stage
from outproof.prove.counting import objection, unexplained
from outproof.prove.facts import facts
from outproof.prove.outcome import Cause, Outcome, Verdict, outcome
from outproof.prove.run_state import RunState, fold
from tests.builders import a_promise, at, closed, counts, opened, proved

DUPLICATES = "input = valid + invalid + duplicates"


def judged(reported: Counts, evidence: dict[str, FactValue], rule: CountRule) -> tuple[RunState, Outcome]:
    validated = Requirement(observer=Observer.JOB, counts=rule)
    promise: Promise = a_promise({Stage.VALIDATED: validated}, evidence=("duplicates",))
    said = closed(20, Claim.SUCCESS, counts=reported, evidence=evidence)
    state = fold([opened(0), proved(Stage.VALIDATED, 10), said])
    return state, outcome(state, promise, at(30))


def fact(state: RunState, concluded: Outcome) -> object:
    return next(each.value for each in facts(state, concluded) if each.key == "unexplained_count")


def test_what_the_declared_equation_explains_is_not_unexplained() -> None:
    state, concluded = judged(
        counts(input=100, valid=90, invalid=0), {"duplicates": 10}, CountRule(equation=DUPLICATES)
    )
    assert (concluded.verdict, concluded.unexplained, fact(state, concluded)) == (Verdict.KEPT, 0, 0)


def test_what_the_declared_equation_leaves_over_is_the_unexplained_number_everywhere() -> None:
    state, concluded = judged(counts(input=100, valid=90, invalid=0), {"duplicates": 7}, CountRule(equation=DUPLICATES))
    assert (concluded.cause, concluded.unexplained, fact(state, concluded)) == (Cause.CONSERVATION, 3, 3)
    assert "3 items are unexplained" in concluded.reason


def test_items_that_the_equation_does_not_name_explain_nothing() -> None:
    rule = CountRule(equation="input = valid + invalid")
    _, concluded = judged(counts(input=10, valid=8, invalid=0, skipped=2), {}, rule)
    assert (concluded.verdict, concluded.unexplained) == (Verdict.BROKEN, 2)


def test_a_tolerated_remainder_counts_as_invalid_items_of_the_ratio() -> None:
    rule = CountRule(equation=DUPLICATES, max_unexplained=5, max_invalid_ratio=0.02)
    reported = counts(input=100, valid=90, invalid=0)
    accepted, refused = (objection(reported, rule, evidence={"duplicates": each}) for each in (8, 7))
    assert accepted is None
    assert refused is not None
    assert "(3 of 100 are unexplained)" in refused.text


@pytest.mark.parametrize(
    ("rule", "reported", "expected"),
    [
        (CountRule(), counts(input=10, valid=7, invalid=1), 2),
        (CountRule(), counts(input=10, invalid=1), None),
        (CountRule(), counts(valid=7, invalid=1), None),
        (CountRule(equation=DUPLICATES), counts(input=10, invalid=1), None),
        (CountRule(equation="input = skipped + lost"), counts(input=10, skipped=4), 6),
    ],
)
def test_nothing_is_unexplained_while_the_counts_do_not_tell(
    rule: CountRule, reported: Counts, expected: int | None
) -> None:
    assert unexplained(reported, rule) == expected
