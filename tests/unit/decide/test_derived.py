from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from outproof.core.time import Instant
from outproof.decide.declared_policy import DeclaredBurnRate, DeclaredBurnWindow, policy
from outproof.decide.derived import change, derived
from outproof.decide.expression import holds
from outproof.decide.policy import Policy
from outproof.decide.question import Looks, Measured, Seen, Span
from outproof.measure.dimension import Dimension
from tests.unit.decide.policies import SLOW, a_threshold

NOW = Instant(1_800_000_000_000_000_000)


def seen(span_s: float = 300, *, partial: bool = False, revision: int = 0, **measured: Any) -> Seen:
    span = Span(Instant(NOW - round(span_s * 1e9)), NOW)
    return Seen(span=span, measured=measured, partial=partial, revision=revision)


def looks(found: Policy, *windows: Seen | Mapping[str | None, Seen]) -> Looks:
    """What the policy's windows show, in the order it asks for them."""
    whole: list[Mapping[str | None, Seen]] = [
        {None: window} if isinstance(window, Seen) else window for window in windows
    ]
    return dict(zip(found.asks, whole, strict=True))


def a_burn_rate(of: str = "error_rate", **changes: Any) -> Policy:
    windows = (DeclaredBurnWindow(long_s=3_600, short_s=300, burn=14.4),)
    burn_rate = DeclaredBurnRate(of=of, objective="99%", windows=windows)
    declared = replace(SLOW, when=None, window_s=None, for_s=0.0, burn_rate=burn_rate)
    return policy(replace(declared, **changes))


def a_drift(drift: str, **changes: Any) -> Policy:
    return policy(replace(SLOW, when=None, drift=drift, **changes))


def measured(found: Policy, *windows: Seen) -> Measured:
    return derived(found, looks(found, *windows))[None].measured


def test_a_threshold_sees_its_window_as_it_is() -> None:
    window = seen(ttft_p95=0.4, calls=30)
    assert derived(a_threshold(), looks(a_threshold(), window)) == {None: window}


def test_a_burn_rate_is_the_share_of_bad_over_the_budget_in_both_windows() -> None:
    found = a_burn_rate()
    values = measured(found, seen(3_600, error_rate=0.2, calls=500), seen(300, error_rate=0.15, calls=40))
    assert values["burn_rate(1h)"] == pytest.approx(20)
    assert values["burn_rate(5m)"] == pytest.approx(15)
    assert holds(found.condition, values) is True
    over = measured(found, seen(3_600, error_rate=0.2, calls=500), seen(300, error_rate=0.0, calls=40))
    assert holds(found.condition, over) is False


def test_a_long_window_with_too_few_calls_says_nothing_and_an_empty_short_one_neither() -> None:
    found = a_burn_rate(min_answers=50)
    few = measured(found, seen(3_600, error_rate=0.5, calls=49), seen(300, error_rate=0.5, calls=4))
    assert few["burn_rate(1h)"] is None
    assert holds(found.condition, few) is None
    silent = measured(found, seen(3_600, error_rate=0.5, calls=50), seen(300, error_rate=None, calls=0))
    assert holds(found.condition, silent) is None


def test_the_interval_is_held_against_the_long_window_and_not_against_the_short() -> None:
    found = a_burn_rate("lower_95(error_rate)")
    whole: dict[str, Any] = {"lower_95(error_rate)": 0.15, "error_rate": 0.4, "calls": 100}
    newest: dict[str, Any] = {"lower_95(error_rate)": 0.0, "error_rate": 0.3, "calls": 5}
    long, short = seen(3_600, **whole), seen(300, **newest)
    values = measured(found, long, short)
    assert values["lower_95(burn_rate(1h))"] == pytest.approx(15)
    assert values["burn_rate(5m)"] == pytest.approx(30)
    assert holds(found.condition, values) is True


def test_a_segment_that_is_new_has_no_baseline_and_one_that_was_has_its_own() -> None:
    found = a_drift("rise(ttft_p95) > 30%", by=Dimension.TEMPLATE)
    now: dict[str | None, Seen] = {"v1": seen(ttft_p95=0.7, calls=100), "v2": seen(ttft_p95=0.7, calls=100)}
    shown = derived(found, looks(found, now, {"v1": seen(ttft_p95=0.5, calls=90), "v0": seen(ttft_p95=0.1)}))
    assert shown.keys() == {"v1", "v2"}
    assert shown["v1"].measured["rise(ttft_p95)"] == pytest.approx(0.4)
    assert shown["v2"].measured["rise(ttft_p95)"] is None


def test_a_change_is_partial_and_revised_when_either_window_is() -> None:
    found = a_drift("fall(tokens_per_s) > 10%", recover="fall(tokens_per_s) < 5% and rise(answers) > 1%")
    shown = derived(
        found,
        looks(found, seen(tokens_per_s=45, revision=2), seen(tokens_per_s=60, answers=0, partial=True, revision=3)),
    )
    assert (shown[None].partial, shown[None].revision) == (True, 5)
    assert shown[None].measured["fall(tokens_per_s)"] == 0.25
    assert shown[None].measured["rise(answers)"] is None


@pytest.mark.parametrize(
    ("name", "now", "before", "expected"),
    [
        ("rise(unsafe_rate)", {"unsafe_rate": 0.03}, {"unsafe_rate": 0.02}, 0.5),
        ("rise(unsafe_rate)", {"unsafe_rate": 0.01}, {"unsafe_rate": 0.02}, -0.5),
        ("fall(unsafe_rate)", {"unsafe_rate": 0.01}, {"unsafe_rate": 0.02}, 0.5),
        ("rise(unsafe_rate)", {"unsafe_rate": 0.01}, {"unsafe_rate": 0.0}, None),
        ("rise(unsafe_rate)", {"unsafe_rate": None}, {"unsafe_rate": 0.1}, None),
        ("lower_95(rise(unsafe_rate))", {"lower_95(unsafe_rate)": 0.06}, {"upper_95(unsafe_rate)": 0.04}, 0.5),
        ("lower_95(fall(unsafe_rate))", {"upper_95(unsafe_rate)": 0.02}, {"lower_95(unsafe_rate)": 0.04}, 0.5),
    ],
)
def test_a_change_is_a_share_of_what_was_there(
    name: str, now: Measured, before: Measured, expected: float | None
) -> None:
    found = change(name, now, before)
    assert found == (None if expected is None else pytest.approx(expected))


def test_nothing_at_all_counts_as_nothing_where_that_is_the_question() -> None:
    found = policy(replace(SLOW, when=None, absence="answers < 10", min_answers=None, no_data=None))
    assert holds(found.condition, measured(found, seen(answers=None))) is True
    assert holds(found.condition, measured(found, seen())) is True
    assert holds(found.condition, measured(found, seen(answers=10))) is False
