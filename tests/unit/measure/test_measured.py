from typing import Any

import numpy as np
import pytest

from outproof.decide.names import COVERABLE, MEASURES, covered, lower
from outproof.measure import percentiles
from outproof.measure.cost import cost
from outproof.measure.measured import PLAIN, Counts, counters_of, inner, measured, wants_cost, wants_times
from outproof.measure.rate_book import RateBook
from outproof.measure.tally import Counted, Tally
from outproof.store.events.counters import COUNTERS


def a_tally(ppm: int = 1_000_000, **counts: int) -> Tally:
    return Tally([Counted({**dict.fromkeys(COUNTERS, 0), **counts}, ppm)])


def read(name: str, tally: Tally, **more: Any) -> float | None:
    return measured(Counts(tally=tally, times=more), [name])[name]


def test_every_measure_a_policy_may_name_can_be_read_and_says_which_counters_it_needs() -> None:
    names = [*MEASURES, *map(covered, [*COVERABLE, *map(lower, COVERABLE)])]
    nothing = measured(Counts(tally=Tally([]), times={}), names)
    assert set(nothing) == set(names)
    assert {name for name, value in nothing.items() if value is not None} == {"answers", "calls", "decided"}
    for name in names:
        assert counters_of([name]) <= set(COUNTERS)


def test_without_names_every_measure_that_stands_for_itself_is_read() -> None:
    found = measured(Counts(tally=a_tally(), times={}), [])
    assert tuple(found) == PLAIN
    assert wants_cost([])
    assert wants_times([])


def test_the_ends_of_a_share_are_those_of_its_interval() -> None:
    tally = a_tally(unsafe=2, unsafe_known=6)
    assert read("unsafe_rate", tally) == 2 / 6
    assert read("lower_95(unsafe_rate)", tally) == pytest.approx(0.096771, abs=1e-6)
    assert read("upper_95(unsafe_rate)", tally) == pytest.approx(0.700007, abs=1e-6)
    assert read("observations(unsafe_rate)", tally) == 6


def test_a_sampled_share_rests_on_what_was_kept() -> None:
    tally = a_tally(50_000, unsafe=1, unsafe_known=20)
    assert read("unsafe_rate", tally) == pytest.approx(0.05)
    assert read("observations(unsafe_rate)", tally) == pytest.approx(20)


def test_a_percentile_and_its_ends_are_nearest_ranks() -> None:
    micros = np.arange(1, 101, dtype=np.float64) * 1_000
    found = percentiles.values([(1.0, micros)])
    tally = a_tally(ttft_known=100)
    assert read("ttft_p95", tally, ttft=found) == 0.095
    assert read("lower_95(ttft_p95)", tally, ttft=found) == 0.09
    assert read("upper_95(ttft_p95)", tally, ttft=found) == 0.1
    assert read("ttft_p95", tally) is None


def test_coverage_is_the_share_of_answers_that_say_it() -> None:
    assert read("coverage(route)", a_tally(route_said=19, answers=20)) == 0.95


@pytest.mark.parametrize("name", ["lower_95(answers)", "upper_95(cost)", "median", "lower_95(nothing)"])
def test_what_has_no_interval_or_is_no_measure_is_a_mistake_of_ours(name: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        measured(Counts(tally=a_tally(), times={}), [name])


def test_the_cost_is_there_only_where_it_was_asked_for() -> None:
    assert read("cost", a_tally(calls=1)) is None
    priced = Counts(tally=a_tally(calls=1), times={}, cost=cost([], RateBook()))
    assert measured(priced, ["cost"])["cost"] == priced.cost.estimated_nano_usd if priced.cost else False
    assert not wants_cost(["unsafe_rate", "lower_95(error_rate)"])
    assert not wants_times(["unsafe_rate"])


def test_tokens_per_second_are_of_all_calls_together() -> None:
    assert read("tokens_per_s", a_tally(paced_tokens=50, paced_us=2_000_000)) == 25
    assert read("tokens_per_s", a_tally()) is None


def test_a_sum_that_nobody_said_is_no_data() -> None:
    assert read("output_tokens", a_tally()) is None
    assert read("output_tokens", a_tally(output_sum=7, output_known=1)) == 7


def test_the_measure_inside_an_end_is_named() -> None:
    assert [inner(name) for name in ("lower_95(coverage(route))", "unsafe_rate")] == ["coverage(route)", "unsafe_rate"]
