from dataclasses import replace

import pytest

from outproof.core.errors import Mistakes
from outproof.decide.declared_policy import DeclaredExemplars, policy
from outproof.decide.lint import lint
from outproof.decide.policy import NoData, PolicyKind
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
    assert an_invariant().version != an_invariant(labels={"team": "checkout"}).version


def test_a_version_says_only_what_was_said_so_that_a_field_to_come_changes_no_version() -> None:
    assert (
        an_invariant().version
        == an_invariant(labels={}, group=None, by=None).version
        == ("pol_xw3dhcbatxdhqb6aw6ohn7j3cf")
    )


@pytest.mark.parametrize(
    ("declared", "field", "problem"),
    [
        (replace(UNSAFE, owner=None), "owner", "expected owner"),
        (replace(UNSAFE, owner="  "), "owner", "expected owner"),
        (replace(UNSAFE, first_check=None), "first_check", "expected first_check"),
        (replace(UNSAFE, name="a|b"), "name", "expected name in at most 100 letters"),
        (replace(UNSAFE, group="two words"), "group", "expected group in at most 100 letters"),
        (replace(UNSAFE, for_s=60), "for", "expected no for on an invariant"),
        (replace(UNSAFE, min_answers=5), "min_answers", "expected no min_answers on an invariant"),
        (replace(UNSAFE, recover="answers > 1"), "recover", "expected no recover on an invariant"),
        (replace(UNSAFE, window_s=0), "window", "expected window between 1s and 7d, got 0s"),
        (replace(UNSAFE, channels=()), "channels", "expected channels to name at least one channel"),
        (replace(UNSAFE, runbook="javascript:alert(1)"), "runbook", "expected runbook to be an http(s) URL"),
        (replace(UNSAFE, labels={"team-a": "x"}), "labels.team-a", "expected a label's name in letters, digits and _"),
        (replace(UNSAFE, labels={"severity": "x"}), "labels.severity", "which every alert of it has anyway"),
        (replace(UNSAFE, labels={"x": "y" * 301}), "labels.x", "in at most 300 characters, got 301"),
        (replace(UNSAFE, labels={f"l{n}": "" for n in range(33)}), "labels", "expected at most 32 labels, got 33"),
        (replace(UNSAFE, exemplars=DeclaredExemplars(limit=0)), "exemplars.limit", "from 1 to 20, got 0"),
        (replace(UNSAFE, exemplars=DeclaredExemplars(where="rout")), "exemplars.where", 'did you mean "route"?'),
        (replace(UNSAFE, invariant="ttft_p95 > 1s"), "invariant", 'unknown fact of an answer "ttft_p95"'),
        (replace(UNSAFE, when="answers > 1"), "", "expected either `invariant`"),
        (replace(UNSAFE, invariant=None), "", "got none of them"),
        (replace(SLOW, window_s=None), "window", "expected window: over how long the measure is taken"),
        (replace(SLOW, min_answers=None), "min_answers", "expected min_answers"),
        (replace(SLOW, min_answers=0), "min_answers", "expected min_answers to be 1 or more, got 0"),
        (replace(SLOW, no_data=None), "no_data", "expected no_data: what an empty window means"),
        (replace(SLOW, for_s=-1), "for", "expected for to be 0s or longer"),
        (replace(SLOW, recover="ttft_p59 < 1s"), "recover", 'unknown measure "ttft_p59"'),
    ],
)
def test_a_policy_that_would_page_without_an_answer_does_not_load(declared: object, field: str, problem: str) -> None:
    with pytest.raises(Mistakes) as error:
        policy(declared)  # type: ignore[arg-type]  # a table of declarations
    assert problem in str(error.value)
    assert field in {mistake.field for mistake in error.value.mistakes}


def test_all_problems_are_told_at_once() -> None:
    with pytest.raises(Mistakes) as error:
        policy(replace(SLOW, when="ttft > 1s", owner=None, first_check=None, no_data=None, recover="x > 1"))
    assert {mistake.field for mistake in error.value.mistakes} == {"when", "recover", "owner", "first_check", "no_data"}


def test_lint_names_measures_that_an_invariant_cannot_speak_of() -> None:
    mixed = replace(an_invariant(), condition=a_threshold().condition, no_data=NoData.KEEP)
    assert list(map(str, lint(mixed))) == ["expected invariant to speak of facts of an answer, got ttft_p95"]
