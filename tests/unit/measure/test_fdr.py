from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom
from statsmodels.stats.multitest import multipletests

from outproof.measure.fdr import at_least, at_most, discoveries

VECTOR = """0.001 0.008 0.039 0.041 0.042 0.06 0.074 0.205 0.212 0.216 0.222 0.251 0.269 0.275 0.34 0.341 0.384 0.569
0.594 0.696 0.762 0.94 0.942 0.975 0.986"""


def test_the_published_vector_has_its_six_discoveries() -> None:
    p_values = {number: float(text) for number, text in enumerate(VECTOR.split())}
    assert discoveries(p_values, 0.25) == frozenset(range(6))


def test_nothing_tested_is_nothing_found() -> None:
    assert discoveries({}, 0.05) == frozenset()


@given(st.lists(st.floats(0, 1), min_size=1, max_size=40), st.floats(0.001, 0.5))
def test_discoveries_are_those_of_statsmodels(p_values: list[float], ratio: float) -> None:
    rejected = multipletests(p_values, alpha=ratio, method="fdr_bh")[0]
    assert discoveries(dict(enumerate(p_values)), ratio) == frozenset(n for n, is_one in enumerate(rejected) if is_one)


@given(st.integers(0, 3_000), st.integers(1, 3_000), st.floats(0.001, 0.999))
def test_the_tails_are_those_of_scipy(count: int, of: int, ratio: float) -> None:
    count = min(count, of)
    assert at_least(count, of, ratio) == pytest.approx(binom.sf(count - 1, of, ratio), rel=1e-6, abs=1e-12)
    assert at_most(count, of, ratio) == pytest.approx(binom.cdf(count, of, ratio), rel=1e-6, abs=1e-12)


def test_the_worked_tail_and_one_of_a_million() -> None:
    assert at_least(3, 100, 0.01) == pytest.approx(0.0794, abs=1e-4)
    assert at_least(10_500, 1_000_000, 0.01) == pytest.approx(binom.sf(10_499, 1_000_000, 0.01), rel=1e-6)


def test_counts_of_a_sample_need_not_be_whole() -> None:
    chances = [at_least(count, 50.5, 0.05) for count in (2.5, 3.0, 3.5, 4.25)]
    assert all(earlier > later for earlier, later in pairwise(chances))


@pytest.mark.parametrize(("ratio", "least", "most"), [(0.0, 0.0, 1.0), (1.0, 1.0, 0.0)])
def test_a_limit_at_the_end_of_its_scale_has_a_tail_too(ratio: float, least: float, most: float) -> None:
    assert at_least(3, 10, ratio) == least
    assert at_most(3, 10, ratio) == most
