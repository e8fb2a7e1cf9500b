"""What a sample says of all traffic: the published vectors, and intervals that cover as often as they say."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outproof.measure.estimates import CERTAIN_PPM, Part, effective, interval, ratio, scaled, share, total
from outproof.measure.interval import wilson
from outproof.measure.tally import Counted, Share, Tally

ROUNDS = 2_000
SIX = (Part(2, 3), Part(0, 3, 50_000))
"""y = 1, 0, 0, 1, 0, 0 with probabilities 1, 1, .05, 1, .05, .05."""
TRAP = (Part(30, 40, all_rows=40), Part(0, 500, 50_000, all_rows=10_000))


def test_horvitz_thompson_and_hajek_give_the_published_vector() -> None:
    found = share(SIX)
    assert found is not None
    assert total(SIX).value == 2
    assert sum(part.weight * part.of for part in SIX) == 63
    assert found.value == pytest.approx(0.0317460, abs=1e-7)
    assert found.se == pytest.approx(0.0170138, abs=1e-7)
    assert effective(SIX) == pytest.approx(3.29925, abs=1e-5)


def test_a_stratified_sample_gives_the_published_rate_where_the_plain_mean_says_six_percent() -> None:
    parts = (Part(30, 40, all_rows=40), Part(4, 500, 50_000, all_rows=10_000))
    found = share(parts)
    assert found is not None
    assert found.value == pytest.approx(0.010956, abs=1e-6)
    assert found.se == pytest.approx(0.00387, abs=1e-5)
    assert pytest.approx(0.0630, abs=1e-4) == 34 / 540


def test_none_found_among_a_few_kept_is_not_taken_for_none_at_all() -> None:
    found = total(TRAP)
    assert (found.value, found.se) == (30, 0)
    assert found.interval[0] == 30
    assert found.interval[1] - 30 == pytest.approx(76, rel=0.03)  # of 10,000 by the upper end of Wilson's, 0.00762
    of_all = share(TRAP)
    assert of_all is not None
    assert of_all.interval[1] > 0.0099


def test_where_everything_was_kept_the_interval_is_that_of_wilson_and_the_window_is_certain() -> None:
    whole = (Part(3, 1_000),)
    assert interval(whole) == pytest.approx(wilson(3, 1_000))
    found = share(whole)
    assert found is not None
    assert (found.se, found.interval) == (0, (0.003, 0.003))
    assert total(whole).interval == (3, 3)


def test_a_sample_of_nothing_says_nothing() -> None:
    assert ratio(()) is None
    assert share(()) is None
    assert interval(()) is None
    assert effective(()) is None


@pytest.mark.parametrize("ppm", [0, -1, 1_000_001])
def test_what_could_not_have_been_kept_is_refused(ppm: int) -> None:
    with pytest.raises(ValueError, match="expected a probability above 0"):
        Part(1, 1, ppm)


@given(st.integers(0, 10**15), st.integers(1, CERTAIN_PPM))
def test_a_sum_is_scaled_exactly_and_rounded_once(amount: int, ppm: int) -> None:
    assert abs(scaled(amount, ppm) * ppm - amount * CERTAIN_PPM) * 2 <= ppm
    assert scaled(amount, CERTAIN_PPM) == amount


@given(st.lists(st.tuples(st.integers(0, 500), st.integers(0, 500), st.integers(1, CERTAIN_PPM)), max_size=6))
def test_the_interval_holds_the_estimate_and_stays_within_0_and_1(rows: list[tuple[int, int, int]]) -> None:
    parts = [Part(min(count, of), of, ppm) for count, of, ppm in rows]
    found, bounds = ratio(parts), interval(parts)
    if found is None or bounds is None:
        assert (found, bounds) == (None, None)
        return
    assert 0 <= bounds[0] <= found * (1 + 1e-12)
    assert found * (1 - 1e-12) <= bounds[1] <= 1


def a_tally(*parts: Part) -> Tally:
    return Tally([Counted({"unsafe": p.count, "unsafe_known": p.of, "requests": p.of}, p.ppm, "v1") for p in parts])


def test_a_share_of_a_mixed_sample_is_never_the_plain_mean_of_what_was_kept() -> None:
    tally = a_tally(Part(30, 40), Part(4, 500, 50_000))
    found = tally.share("unsafe", "unsafe_known")
    assert found.ratio == pytest.approx(110 / 10_040)
    assert (found.count, found.of, found.kept) == (110, 10_040, 540)  # for all traffic, and so is their quotient
    assert found.count / found.of == pytest.approx(found.ratio)
    assert found.observations == pytest.approx(effective((Part(0, 40), Part(0, 500, 50_000))))
    assert tally.sample is not None
    assert (tally.sample.kept, dict(tally.sample.probabilities)) == (540, {CERTAIN_PPM: 40, 50_000: 500})
    assert tally.sample.policies == ("v1",)


def test_a_share_of_nothing_is_no_data_and_not_zero() -> None:
    assert (Share(0, 0).ratio, Share(0, 0).interval) == (None, None)
    assert Share(0, 3).ratio == 0
    assert a_tally(Part(0, 0, 50_000)).share("unsafe", "unsafe_known").ratio is None


@pytest.mark.parametrize("knows_sizes", [False, True])
@pytest.mark.parametrize(
    ("flagged", "bad_if_flagged", "bad_otherwise", "ppm"),
    [
        (0.004, 0.75, 0.008, 50_000),
        (0.02, 0.9, 0.002, 50_000),
        (0.05, 0.3, 0.05, 20_000),
        (0.1, 0.2, 0.3, 50_000),
        (0.0, 0.0, 0.02, 50_000),
        (0.5, 0.04, 0.02, 100_000),
    ],
)
def test_intervals_cover_the_truth_in_93_to_97_of_100_samples(
    flagged: float, bad_if_flagged: float, bad_otherwise: float, ppm: int, knows_sizes: bool
) -> None:
    """Everything flagged is kept, and a few per cent of the rest; 20,000 answers a window."""
    draw, rows = np.random.default_rng(7), 20_000
    behind = flagged * bad_if_flagged + (1 - flagged) * bad_otherwise
    of_window = of_rate = of_total = 0
    for _ in range(ROUNDS):
        special = draw.binomial(rows, flagged)
        bad = draw.binomial(special, bad_if_flagged), draw.binomial(rows - special, bad_otherwise)
        kept = draw.binomial(bad[1], ppm / CERTAIN_PPM), draw.binomial(rows - special - bad[1], ppm / CERTAIN_PPM)
        sizes = (int(special), int(rows - special)) if knows_sizes else (None, None)
        parts = (Part(int(bad[0]), int(special), all_rows=sizes[0]), Part(int(kept[0]), int(sum(kept)), ppm, sizes[1]))
        found, bounds = share(parts), interval(parts)
        assert found is not None
        assert bounds is not None
        of_window += found.interval[0] <= sum(bad) / rows <= found.interval[1]
        of_rate += bounds[0] <= behind <= bounds[1]
        all_bad = total(parts).interval
        of_total += all_bad[0] <= sum(bad) <= all_bad[1]
    for covered in (of_window, of_rate, of_total):
        assert 0.93 <= covered / ROUNDS <= 0.97


def test_over_many_samples_the_mean_estimate_is_the_truth_where_the_plain_mean_is_not() -> None:
    draw, rows, bad, flagged = np.random.default_rng(3), 10_000, 200, 100
    estimates, plain = [], []
    for _ in range(ROUNDS):
        kept_bad, kept_good = draw.binomial(bad - flagged, 0.05), draw.binomial(rows - bad, 0.05)
        estimates.append(ratio((Part(flagged, flagged), Part(int(kept_bad), int(kept_bad + kept_good), 50_000))))
        plain.append((flagged + kept_bad) / (flagged + kept_bad + kept_good))
    assert np.mean([each for each in estimates if each is not None]) == pytest.approx(0.02, rel=0.01)
    assert math.isclose(float(np.mean(plain)), 0.176, rel_tol=0.02)
