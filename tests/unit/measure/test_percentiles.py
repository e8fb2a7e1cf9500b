"""Percentiles by nearest rank, exact and from sketches; numpy and scipy as oracles."""

import math
from collections.abc import Sequence
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from outproof.measure.percentiles import (
    GAMMA,
    SKETCH_ERROR_RATIO,
    Sketch,
    SketchSum,
    Values,
    bin_value,
    bins_of,
    interval,
    rank,
    ranks,
    values,
)

SIX = (172, 181, 188, 205, 218, 240)
SHARES = (0.01, 0.07, 0.29, 0.5, 0.57, 0.9, 0.95, 0.99)
micros = st.lists(st.integers(0, 10**12), min_size=1, max_size=300)


def array(numbers: Sequence[float]) -> np.ndarray:
    return np.array(numbers, dtype=np.float64)


def exact(numbers: Sequence[float], probability: float = 1.0) -> Values:
    found = values([(probability, array(numbers))])
    assert found is not None
    return found


def sketch(numbers: Sequence[float], probability: float = 1.0) -> Sketch:
    added = SketchSum()
    added.add_values(probability, array(numbers))
    found = added.sketch()
    assert found is not None
    return found


def test_the_95th_of_six_is_the_largest_and_not_an_interpolation() -> None:
    assert exact(SIX).at(0.95) == 240
    assert exact(SIX).at(0.5) == 188
    assert np.percentile(SIX, 95) == 234.5
    # A sketch with a rank of q·(n-1) rounded down would say 219.23, the 218 bucket. Ours ranks as the values do.
    assert sketch(SIX).at(0.95) == pytest.approx(240, rel=SKETCH_ERROR_RATIO)


@pytest.mark.parametrize("share", SHARES)
def test_the_nearest_rank_holds_at_every_size(share: float) -> None:
    for n in range(1, 500):
        numbers = np.arange(1, n + 1)
        wanted = max(1, -(-round(share * 100) * n // 100))
        assert rank(share, n) == wanted
        assert exact(numbers.tolist()).at(share) == wanted
        assert np.percentile(numbers, share * 100, method="inverted_cdf") in (wanted, wanted + 1)  # floats in numpy


def test_no_value_has_no_percentile() -> None:
    assert values([(1.0, array([]))]) is None
    assert SketchSum().sketch() is None


@given(micros, st.sampled_from(SHARES))
def test_a_sketch_is_within_its_error_of_the_nearest_rank(numbers: list[int], share: float) -> None:
    wanted = exact(numbers).at(share)
    assert abs(sketch(numbers).at(share) - wanted) <= SKETCH_ERROR_RATIO * wanted * (1 + 1e-9)


@given(st.lists(micros, min_size=1, max_size=5), st.randoms(use_true_random=False))
def test_sketches_add_up_to_that_of_all_values_in_any_order(parts: list[list[int]], random: Random) -> None:
    whole = sketch([number for part in parts for number in part])
    random.shuffle(parts)
    added = SketchSum()
    for part in parts:
        one = sketch(part)
        added.add(1.0, list(one.weights), [int(count) for count in one.weights.values()])
    together = added.sketch()
    assert together is not None
    assert dict(together.weights) == dict(whole.weights)
    assert together.n == pytest.approx(whole.n)


def test_the_bins_are_those_of_the_published_scale() -> None:
    assert pytest.approx(1.020202, abs=1e-6) == GAMMA
    spanned = bins_of(array([1_000, 1_000 * 10**6]))  # 1 ms to 1000 s, in microseconds
    assert 688 <= spanned[1] - spanned[0] + 1 <= 692
    assert bin_value(int(bins_of(array([0]))[0])) == 0


def test_values_of_a_sample_count_by_what_they_stand_for() -> None:
    """All ten slow calls were kept, and one in twenty of the others: p95 of all traffic is not slow."""
    slow, quick = array([9_000] * 10), array([100] * 50)
    found = values([(1.0, slow), (0.05, quick)])
    assert found is not None
    assert found.at(0.95) == 100
    assert exact([*slow, *quick]).at(0.95) == 9_000  # what a plain percentile would say
    assert found.at(0.995) == 9_000
    assert found.n == pytest.approx((10 + 1_000) ** 2 / (10 + 50 * 400))
    added = SketchSum()
    added.add_values(1.0, slow)
    added.add_values(0.05, quick)
    rough = added.sketch()
    assert rough is not None
    assert rough.at(0.95) == pytest.approx(100, rel=0.01)
    assert rough.n == pytest.approx(found.n)


@pytest.mark.parametrize(("n", "low", "high"), [(59, 52, 60), (100, 90, 100), (500, 465, 485)])
def test_the_ranks_around_p95_are_the_published_ones(n: int, low: int, high: int) -> None:
    assert ranks(0.95, n) == (low, high)


@pytest.mark.parametrize("share", [0.5, 0.9, 0.95, 0.99])
@pytest.mark.parametrize("n", [1, 2, 10, 58, 59, 60, 1_000, 20_000])
def test_the_ranks_agree_with_scipy(share: float, n: int) -> None:
    assert ranks(share, n) == (binom.ppf(0.025, n, share), binom.ppf(0.975, n, share) + 1)


def test_the_ranks_of_very_many_values_are_nearly_those_of_scipy() -> None:
    n = 300_000
    low, high = ranks(0.95, n)
    assert abs(low - binom.ppf(0.025, n, 0.95)) <= 2
    assert abs(high - binom.ppf(0.975, n, 0.95) - 1) <= 2


def test_below_59_values_p95_has_no_upper_end_and_the_largest_exceeds_it_with_the_published_chance() -> None:
    assert interval(exact(range(1, 59)), 0.95)[1] is None
    assert interval(exact(range(1, 101)), 0.95) == (90, 100)
    assert pytest.approx(0.9515, abs=1e-4) == 1 - 0.95**59


def test_the_interval_of_a_percentile_covers_it_in_95_of_100_windows() -> None:
    draw, truth, rounds = np.random.default_rng(5), math.exp(1.6448536), 2_000
    covered = 0
    for _ in range(rounds):
        low, high = interval(exact(np.exp(draw.standard_normal(300)).tolist()), 0.95)
        covered += (low or 0) <= truth <= (high or math.inf)
    assert 0.93 <= covered / rounds <= 0.97
