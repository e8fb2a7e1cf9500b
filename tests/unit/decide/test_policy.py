from dataclasses import replace

import pytest

from outproof.decide.declared_policy import DeclaredExemplars, policy
from outproof.decide.policy import NoData, PolicyKind, lint
from tests.unit.decide.policies import SLOW, UNSAFE, a_threshold, an_invariant


def test_an_invariant_and_a_threshold_load_as_written() -> None:
    invariant, threshold = an_invariant(), a_threshold()
    assert (invariant.kind, invariant.span_s, invariant.key) == (
        PolicyKind.INVARIANT,
        900.0,
        "policy:delivery-grounding-slo-v1",
    )
    assert (threshold.kind, threshold.span_s, str(threshold.condition)) == (
        PolicyKind.THRESHOLD,
        300.0,
        "ttft_p95 > 500ms",
    )
    assert lint(invariant) == lint(threshold) == []


def test_a_changed_policy_has_another_version_and_an_unchanged_one_the_same() -> None:
    assert an_invariant().version == an_invariant().version
    assert an_invariant().version != an_invariant(owner="somebody else").version


@pytest.mark.parametrize(
    ("declared", "problem"),
    [
        (replace(UNSAFE, owner=None), "expected owner"),
        (replace(UNSAFE, owner="  "), "expected owner"),
        (replace(UNSAFE, first_check=None), "expected first_check"),
        (replace(UNSAFE, for_s=60), "expected no for on an invariant"),
        (replace(UNSAFE, min_answers=5), "expected no min_answers on an invariant"),
        (replace(UNSAFE, recover="answers > 1"), "expected no recover on an invariant"),
        (replace(UNSAFE, window_s=0), "expected window between 1s and 7d, got 0s"),
        (replace(UNSAFE, channels=()), "expected channels to name at least one channel"),
        (replace(UNSAFE, runbook="javascript:alert(1)"), "expected runbook to be an http(s) URL"),
        (replace(UNSAFE, exemplars=DeclaredExemplars(limit=0)), "expected exemplars.limit from 1 to 20, got 0"),
        (replace(UNSAFE, exemplars=DeclaredExemplars(where="rout")), 'did you mean "route"?'),
        (replace(UNSAFE, invariant="ttft_p95 > 1s"), 'invariant, column 1: unknown fact of an answer "ttft_p95"'),
        (replace(UNSAFE, when="answers > 1"), "expected either `invariant`"),
        (replace(UNSAFE, invariant=None), "got neither"),
        (replace(SLOW, window_s=None), "expected window: over how long the measure is taken"),
        (replace(SLOW, min_answers=None), "expected min_answers"),
        (replace(SLOW, min_answers=0), "expected min_answers to be 1 or more, got 0"),
        (replace(SLOW, no_data=None), "expected no_data: what an empty window means"),
        (replace(SLOW, for_s=-1), "expected for to be 0s or longer"),
        (replace(SLOW, recover="ttft_p59 < 1s"), 'recover, column 1: unknown measure "ttft_p59"'),
    ],
)
def test_a_policy_that_would_page_without_an_answer_does_not_load(declared: object, problem: str) -> None:
    with pytest.raises(ValueError) as error:
        policy(declared)  # type: ignore[arg-type]  # a table of declarations
    assert problem in str(error.value)


def test_all_problems_are_told_at_once() -> None:
    with pytest.raises(ValueError) as error:
        policy(replace(SLOW, owner=None, first_check=None, window_s=None, no_data=None))
    for field in ("owner", "first_check", "window", "no_data"):
        assert f"expected {field}" in str(error.value)


def test_lint_names_measures_that_an_invariant_cannot_speak_of() -> None:
    mixed = replace(an_invariant(), condition=a_threshold().condition, no_data=NoData.KEEP)
    assert lint(mixed) == ["expected invariant to speak of facts of an answer, got ttft_p95"]
