from dataclasses import replace
from typing import Any

import pytest

from outproof.config.loading import policy_of
from outproof.config.rendering import body
from outproof.contract.severity import Severity
from outproof.core.errors import Mistakes
from outproof.decide.declared_policy import (
    DeclaredBaseline,
    DeclaredBurnRate,
    DeclaredBurnWindow,
    DeclaredPolicy,
    policy,
)
from outproof.decide.policy import Baseline, NOfM, Policy, PolicyKind
from outproof.decide.question import Ask
from outproof.measure.dimension import Dimension
from tests.unit.decide.policies import SLOW, a_threshold, an_invariant

BURNING = replace(
    SLOW, when=None, window_s=None, for_s=0.0, burn_rate=DeclaredBurnRate(of="error_rate", objective="99.9%")
)
DRIFTING = replace(SLOW, when=None, drift="rise(ttft_p95) > 30%")
ABSENT = replace(SLOW, when=None, absence="answers", min_answers=None, no_data=None)
COVERED = replace(SLOW, when=None, coverage="route >= 95% and upper_95(template_id) >= 90%")
KEPT = replace(SLOW, promise="nightly-digests", when="kept_rate < 99%", window_s=28 * 86_400.0, for_s=0.0)


def made(declared: DeclaredPolicy, **changes: Any) -> Policy:
    return policy(replace(declared, **changes))


def mistakes(declared: DeclaredPolicy, **changes: Any) -> dict[str, str]:
    with pytest.raises(Mistakes) as error:
        made(declared, **changes)
    return {mistake.field: mistake.message for mistake in error.value.mistakes}


def spans(found: Policy) -> list[tuple[float, float]]:
    return [(ask.span_s, ask.back_s) for ask in found.asks]


@pytest.mark.parametrize(
    ("declared", "kind", "condition"),
    [
        (DRIFTING, PolicyKind.DRIFT, "rise(ttft_p95) > 30%"),
        (ABSENT, PolicyKind.ABSENCE, "answers < 1"),
        (replace(ABSENT, absence="calls < 100"), PolicyKind.ABSENCE, "calls < 100"),
        (COVERED, PolicyKind.COVERAGE, "coverage(route) < 95% or upper_95(coverage(template_id)) < 90%"),
        (KEPT, PolicyKind.PROMISE, "kept_rate < 99%"),
        (
            BURNING,
            PolicyKind.BURN_RATE,
            "burn_rate(1d) > 3 and burn_rate(2h) > 3 or burn_rate(3d) > 1 and burn_rate(6h) > 1",
        ),
        (
            replace(
                BURNING,
                severity=Severity.CRITICAL,
                burn_rate=DeclaredBurnRate(of="lower_95( error_rate )", objective="0.999"),
            ),
            PolicyKind.BURN_RATE,
            "lower_95(burn_rate(1h)) > 14.4 and burn_rate(5m) > 14.4"
            " or lower_95(burn_rate(6h)) > 6 and burn_rate(30m) > 6",
        ),
    ],
)
def test_the_key_that_is_written_says_what_is_a_breach(
    declared: DeclaredPolicy, kind: PolicyKind, condition: str
) -> None:
    found = policy(declared)
    assert (found.kind, str(found.condition)) == (kind, condition)


def test_a_policy_asks_for_the_windows_of_its_kind_and_for_the_measures_it_speaks_of() -> None:
    assert spans(a_threshold()) == [(300, 0)]
    assert spans(made(BURNING)) == [(259_200, 0), (86_400, 0), (21_600, 0), (7_200, 0)]
    assert spans(made(DRIFTING)) == [(300, 0), (300, 604_800)]
    assert spans(a_threshold(for_s=0, n_of_m="3 of 5")) == [(300, 0), (300, 300), (300, 600), (300, 900), (300, 1_200)]
    assert made(DRIFTING, drift="lower_95(fall(unsafe_rate)) > 0% and ttft_p95 > 1s").asks[0].measures == {
        "answers",
        "lower_95(unsafe_rate)",
        "upper_95(unsafe_rate)",
        "ttft_p95",
    }
    assert made(KEPT).asks == (
        Ask(promise="nightly-digests", span_s=2_419_200, measures=frozenset({"runs", "kept_rate"})),
    )


def test_a_segmented_threshold_on_a_rate_controls_false_discoveries_and_asks_for_what_the_test_needs() -> None:
    found = a_threshold(when="unsafe_rate > 1%", by=Dimension.TEMPLATE)
    assert found.fdr_ratio == 0.05
    assert found.asks[0].by is Dimension.TEMPLATE
    assert found.asks[0].measures == {"answers", "unsafe_rate", "observations(unsafe_rate)"}
    assert a_threshold(by=Dimension.TEMPLATE).fdr_ratio is None  # a percentile is not tested
    assert a_threshold(when="unsafe_rate > 1%", by=Dimension.TEMPLATE, fdr="0.2").fdr_ratio == 0.2


def test_segments_have_alerts_of_their_own_and_one_incident_that_a_group_may_share() -> None:
    cut = a_threshold(by=Dimension.TEMPLATE)
    assert cut.alert_key("v2") == "policy:slow-first-token|template_id=v2"
    assert cut.alert_key(None) == "policy:slow-first-token|template_id"
    assert cut.alert_key("") == "policy:slow-first-token|template_id="
    assert a_threshold().alert_key(None) == a_threshold().incident_key == "policy:slow-first-token"
    grouped = a_threshold(group="checkout", over={Dimension.SERVICE: "shop", Dimension.CASE: None})
    assert grouped.incident_key == "group:checkout:shop"
    assert made(KEPT, group="digests").incident_key == "group:digests:nightly-digests"


def test_what_a_policy_is_over_is_sorted_so_that_equal_windows_are_asked_for_once() -> None:
    one = a_threshold(over={Dimension.SERVICE: "shop", Dimension.CASE: None})
    other = a_threshold(over={Dimension.CASE: None, Dimension.SERVICE: "shop"})
    assert one.asks == other.asks
    assert one.service == "shop"


def test_a_policy_is_judged_on_what_its_measures_are_taken_over() -> None:
    assert a_threshold(when="lower_95(unsafe_rate) > 1%").denominator == "answers"
    assert a_threshold(when="upper_95(ttft_p95) > 1s and cost > $1").denominator == "calls"
    assert an_invariant().denominator == "decided"
    assert made(BURNING).denominator == "calls"
    assert made(DRIFTING).denominator == "calls"
    assert made(KEPT).denominator == "runs"


def test_the_budget_of_an_objective_is_exact_and_silence_of_a_burn_rate_is_its_shortest_long_window() -> None:
    found = made(BURNING)
    assert found.burn is not None
    assert found.burn.budget_ratio == 0.001
    assert (found.span_s, found.silent_after_s) == (259_200, 86_400)
    assert made(DRIFTING).baseline == Baseline(604_800, 300)
    assert made(DRIFTING, baseline=DeclaredBaseline(ago_s=86_400, window_s=3_600)).baseline == Baseline(86_400, 3_600)
    assert a_threshold(for_s=0, n_of_m=" 2of3 ").n_of_m == NOfM(2, 3)


@pytest.mark.parametrize(
    ("declared", "changes", "field", "message"),
    [
        (SLOW, {"n_of_m": "3 of 5"}, "n_of_m", "expected either for or n_of_m"),
        (SLOW, {"n_of_m": "three", "for_s": 0}, "n_of_m", "expected n_of_m such as 3 of 5, got 'three'"),
        (SLOW, {"n_of_m": "6 of 5", "for_s": 0}, "n_of_m", "got 6 of 5"),
        (SLOW, {"n_of_m": "2 of 20", "for_s": 0, "window_s": 86_400}, "n_of_m", "together at most 7d"),
        (SLOW, {"baseline": DeclaredBaseline()}, "baseline", "only a drift compares windows"),
        (SLOW, {"fdr": "5%"}, "fdr", "expected fdr with a single comparison of a rate"),
        (SLOW, {"fdr": "5 apples"}, "fdr", "expected fdr as a share such as 5% or 0.05, got '5 apples'"),
        (SLOW, {"when": "unsafe_rate > 1%", "fdr": "5%"}, "fdr", "expected fdr together with by"),
        (
            SLOW,
            {"when": "unsafe_rate > 1%", "fdr": "100%", "by": Dimension.CASE},
            "fdr",
            "expected fdr between 0% and 100%",
        ),
        (
            SLOW,
            {"by": Dimension.SERVICE, "over": {Dimension.SERVICE: "a"}},
            "by",
            "expected by to cut what over leaves whole",
        ),
        (SLOW, {"by": Dimension.CASE, "labels": {"case_id": "x"}}, "labels.case_id", "which every alert of it has"),
        (SLOW, {"when": "rise(ttft_p95) > 1%"}, "when", 'unknown measure "rise(ttft_p95)"'),
        (SLOW, {"window_s": 8 * 86_400}, "window", "expected window between 1s and 7d"),
        (BURNING, {"window_s": 300}, "window", "expected no window on a burn rate"),
        (BURNING, {"burn_rate": DeclaredBurnRate(of="cost", objective="99%")}, "burn_rate.of", "or lower_95(…) of it"),
        (
            BURNING,
            {"burn_rate": DeclaredBurnRate(of="error_rate", objective="100%")},
            "burn_rate.objective",
            "expected burn_rate.objective between 0% and 100%, such as 99.5%, got 1, which is 100%",
        ),
        (
            BURNING,
            {"burn_rate": DeclaredBurnRate(of="error_rate", objective="99.5")},
            "burn_rate.objective",
            "got 99.5, which is 9950%",
        ),
        (
            BURNING,
            {
                "burn_rate": DeclaredBurnRate(
                    of="error_rate",
                    objective="93%",
                    windows=(DeclaredBurnWindow(long_s=3_600, short_s=300, burn=14.4),),
                )
            },
            "burn_rate.windows.0.burn",
            "expected burn below 14.2857, the speed when everything is bad, got 14.4: it could never fire",
        ),
        (
            BURNING,
            {
                "burn_rate": DeclaredBurnRate(
                    of="error_rate", objective="99%", windows=(DeclaredBurnWindow(long_s=300, short_s=300, burn=2),)
                )
            },
            "burn_rate.windows.0",
            "expected a short window, and a longer one of at most 7d",
        ),
        (
            BURNING,
            {"burn_rate": DeclaredBurnRate(of="error_rate", objective="99%", windows=())},
            "burn_rate.windows",
            "expected at least one window",
        ),
        (DRIFTING, {"drift": "ttft_p95 > 1s"}, "drift", "expected drift to speak of a change"),
        (DRIFTING, {"baseline": DeclaredBaseline(ago_s=60)}, "baseline.ago", "so that the two do not overlap"),
        (DRIFTING, {"baseline": DeclaredBaseline(ago_s=35 * 86_400)}, "baseline.ago", "begins at most 35d ago"),
        (DRIFTING, {"baseline": DeclaredBaseline(window_s=0)}, "baseline.window", "between 1s and 7d"),
        (ABSENT, {"no_data": "incident"}, "no_data", "expected no no_data on an absence: nothing at all is what it is"),
        (ABSENT, {"by": Dimension.SERVICE}, "by", "write one policy for each"),
        (ABSENT, {"absence": "unsafe_rate > 1%"}, "absence", 'unknown count "unsafe_rate"'),
        (COVERED, {"coverage": "rout > 1%"}, "coverage", 'unknown fact of a decision "rout": did you mean "route"?'),
        (KEPT, {"over": {Dimension.SERVICE: "x"}}, "over", "expected no over on a promise"),
        (KEPT, {"when": None}, "promise", "expected `when` beside `promise`"),
        (KEPT, {"window_s": 93 * 86_400}, "window", "expected window between 1s and 92d"),
        (KEPT, {"when": "unsafe_rate > 1%"}, "when", 'unknown measure of runs "unsafe_rate"'),
    ],
)
def test_what_a_kind_cannot_mean_is_refused_with_its_field_and_the_reason(
    declared: DeclaredPolicy, changes: dict[str, Any], field: str, message: str
) -> None:
    found = mistakes(declared, **changes)
    assert message in found[field]


@pytest.mark.parametrize("declared", [BURNING, DRIFTING, ABSENT, COVERED, KEPT, SLOW])
def test_what_is_stored_of_a_policy_reads_back_as_the_same_version(declared: DeclaredPolicy) -> None:
    full = replace(declared, labels={"team": "a"}, group="g", channels=("ops",), summary="It is slow.")
    found = policy_of(body(full))
    assert found == policy(full)
    assert found is not None
    assert found.version == policy(full).version


def test_recovery_is_written_in_the_words_of_its_kind() -> None:
    assert str(made(COVERED, recover="route >= 99%").recover) == "coverage(route) >= 99%"
    assert str(made(BURNING, recover="burn_rate(2h) < 1").recover) == "burn_rate(2h) < 1"
    assert 'unknown window "burn_rate(1h)"' in mistakes(BURNING, recover="burn_rate(1h) < 1")["recover"]
    assert str(made(DRIFTING, recover="rise(ttft_p95) < 10%").recover) == "rise(ttft_p95) < 10%"
