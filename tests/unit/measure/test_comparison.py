"""A week against the one before: what differs, what cannot be told apart, what says too little."""

import numpy as np
import pytest

from outproof.core.time import Instant, after
from outproof.measure.comparison import Change, Comparison, Direction, comparison
from outproof.measure.cost import Cost
from outproof.measure.estimates import Part
from outproof.measure.percentiles import values
from outproof.measure.tally import Counted, Share, Tally
from outproof.measure.window import Beside, Settling, Window, window
from outproof.store.events.counters import COUNTERS

NOW = Instant(1_795_220_000 * 10**9)


def a_window(*, unsafe: int = 0, answers: int = 0, ttft_ms: tuple[float, ...] = (), settled: bool = True) -> Window:
    counts = dict.fromkeys(COUNTERS, 0)
    counts |= {"answers": answers, "unsafe_known": answers, "unsafe": unsafe, "ttft_known": len(ttft_ms)}
    times = values([(1.0, np.array(ttft_ms) * 1_000)])
    beside = Beside(failure_stages={}, quarantined={}, ttft=times, duration=None, cost=Cost(None, ()))
    end = after(NOW, 3_600)
    return window(NOW, end, {}, Tally([Counted(counts)]), beside, Settling(until=end if settled else NOW))


def of(found: Comparison, measure: str) -> Change:
    return next(change for change in found.changes if change.measure == measure)


def test_a_rate_that_differs_beyond_chance_is_higher_or_lower() -> None:
    more, fewer = a_window(unsafe=56, answers=70), a_window(unsafe=48, answers=80)
    change = of(comparison(more, fewer), "unsafe_rate")
    assert change.direction is Direction.HIGHER
    assert change.interval == pytest.approx((0.0524, 0.3339), abs=5e-5)
    assert change.relative == pytest.approx(0.8 / 0.6 - 1)
    assert of(comparison(fewer, more), "unsafe_rate").direction is Direction.LOWER


def test_a_difference_that_chance_explains_is_not_called_one() -> None:
    """30 % more of a 2 % rate among 200 answers is about one event."""
    change = of(comparison(a_window(unsafe=5, answers=200), a_window(unsafe=4, answers=200)), "unsafe_rate")
    assert change.direction is Direction.SAME
    assert change.relative == pytest.approx(0.25)


@pytest.mark.parametrize(("answers", "before"), [(0, 100), (100, 0), (29, 100), (100, 29)])
def test_too_little_on_either_side_is_insufficient_data(answers: int, before: int) -> None:
    change = of(comparison(a_window(answers=answers), a_window(answers=before)), "unsafe_rate")
    assert (change.direction, change.interval) == (Direction.INSUFFICIENT, None)


def test_a_sample_is_held_against_the_minimum_by_what_it_is_worth() -> None:
    worth_10 = Share(0, 400, (Part(0, 10, 25_000),))
    assert worth_10.observations == pytest.approx(10)


def test_a_percentile_is_judged_by_its_interval_and_below_59_values_not_at_all() -> None:
    draw = np.random.default_rng(2)
    slow, quick = (tuple(draw.normal(mean, 10, 300)) for mean in (300, 200))
    assert of(comparison(a_window(ttft_ms=slow), a_window(ttft_ms=quick)), "ttft_p95").direction is Direction.HIGHER
    few = a_window(ttft_ms=slow[:58])
    assert of(comparison(few, a_window(ttft_ms=quick)), "ttft_p95").direction is Direction.INSUFFICIENT


def test_a_total_is_shown_and_not_judged() -> None:
    change = of(comparison(a_window(answers=200), a_window(answers=100)), "answers")
    assert (change.now, change.before, change.relative, change.direction) == (200, 100, 1.0, None)


def test_a_comparison_is_partial_when_one_side_is_and_says_how_many_changes_chance_makes() -> None:
    whole, partial = a_window(unsafe=1, answers=100), a_window(unsafe=1, answers=100, settled=False)
    assert not comparison(whole, whole).partial
    assert comparison(whole, partial).partial
    judged = [change for change in comparison(whole, whole).changes if change.interval is not None]
    assert comparison(whole, whole).expected_by_chance == pytest.approx(0.05 * len(judged))


def test_two_windows_of_the_same_traffic_seem_to_differ_in_about_one_of_twenty() -> None:
    draw, rounds, different = np.random.default_rng(4), 1_500, 0
    for _ in range(rounds):
        one, two = (a_window(unsafe=int(draw.binomial(400, 0.1)), answers=400) for _ in range(2))
        different += of(comparison(one, two), "unsafe_rate").direction is not Direction.SAME
    assert 0.02 <= different / rounds <= 0.07
