"""Proportions: the published vectors, and statsmodels as the oracle."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from outproof.measure.interval import difference, wilson


@pytest.mark.parametrize(
    ("count", "of", "low", "high"),
    [(0, 10, 0, 0.277533), (2, 6, 0.096771, 0.700007), (0, 300, 0, 0.0126430), (3, 1000, 0.00102078, 0.00878301)],
)
def test_wilson_gives_the_published_vectors(count: int, of: int, low: float, high: float) -> None:
    assert wilson(count, of) == pytest.approx((low, high), abs=1e-6)


@given(st.integers(0, 5_000), st.integers(1, 5_000))
def test_wilson_agrees_with_statsmodels(count: int, of: int) -> None:
    count = min(count, of)
    assert wilson(count, of) == pytest.approx(proportion_confint(count, of, method="wilson"), abs=1e-9)


def test_nothing_bad_among_few_does_not_rule_out_one_percent_and_among_381_does() -> None:
    for of, rules_out in ((380, False), (381, True)):
        interval = wilson(0, of)
        assert interval is not None
        assert (interval[1] < 0.01) is rules_out


def test_without_observations_there_is_no_interval() -> None:
    assert wilson(0, 0) is None


def newcombe(count: int, of: int, other: int, other_of: int) -> tuple[float, float]:
    one, two = wilson(count, of), wilson(other, other_of)
    assert one is not None
    assert two is not None
    return difference(count / of, one, other / other_of, two)


def test_the_difference_of_two_proportions_gives_the_published_vector() -> None:
    assert newcombe(56, 70, 48, 80) == pytest.approx((0.0524, 0.3339), abs=5e-5)


@given(st.integers(0, 300), st.integers(1, 300), st.integers(0, 300), st.integers(1, 300))
def test_the_difference_agrees_with_statsmodels(count: int, of: int, other: int, other_of: int) -> None:
    count, other = min(count, of), min(other, other_of)
    oracle = confint_proportions_2indep(count, of, other, other_of, method="newcomb", compare="diff")
    assert newcombe(count, of, other, other_of) == pytest.approx(oracle, abs=1e-9)
