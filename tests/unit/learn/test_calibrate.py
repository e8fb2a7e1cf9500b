"""Where a limit should lie: an ordinary history and breaks in; limits with their false alarms out."""

import pytest

from outproof.core.errors import Permanent
from outproof.decide.expression import Compare
from outproof.decide.policy import Policy
from outproof.learn.backtest import Labelled, Labels, Replay, prediction
from outproof.learn.calibrate import (
    VALUES_MAX,
    Baseline,
    Limit,
    Ordinary,
    candidates,
    lacking,
    limit,
    movable,
    proposed,
    with_limit,
)
from outproof.learn.history import History, Lookout
from outproof.learn.rates import rate
from tests.unit.decide.policies import a_threshold, an_invariant
from tests.unit.learn.histories import START, Minutes, a_history, minute

UNSAFE = {"when": "unsafe_rate > 10%", "window_s": 300.0, "for_s": 0.0, "min_answers": 20}


def noisy(last: int) -> Minutes:
    """Two of a hundred are unsafe, and every fifty minutes eight are, for five minutes."""
    return {each: (100, 8 if each % 50 < 5 else 2) for each in range(last)}


def ordinary(policy: Policy, history: History, labels: Labels, last: int) -> Baseline:
    found, lookout = Ordinary(policy, labels), Lookout(history, policy.asks, then=True)
    for number in range(1, last + 1):
        found.step(lookout.looks(minute(number)), minute(number))
    return found.baseline


def a_baseline(*shares: tuple[float, float]) -> Baseline:
    return Baseline(looks=1, without_data=0, during_breaks=0, shares=shares)


def test_the_ordinary_leaves_out_what_was_broken() -> None:
    policy = a_threshold(**UNSAFE)
    labels = Labels(broken=(Labelled("a", minute(0), minute(10)), Labelled("b", minute(48), minute(62))))
    found = ordinary(policy, a_history(noisy(90)), labels, 90)
    assert dict(found.shares)[1.0] == 0.02
    assert found.during_breaks == 9 + 14
    everything = ordinary(policy, a_history(noisy(90)), Labels(), 90)
    assert dict(everything.shares)[1.0] == 0.08


def test_the_ordinary_of_a_least_is_read_from_the_other_side() -> None:
    policy = a_threshold(when="answers < 5", window_s=60.0, min_answers=1)
    found = ordinary(policy, a_history({0: (10, 0), 1: (20, 0), 2: (30, 0)}), Labels(), 3)
    assert found.shares[0] == (0.5, 20.0)
    assert found.shares[-1] == (1.0, 10.0)


def test_looks_with_too_little_to_judge_are_no_part_of_the_ordinary() -> None:
    found = ordinary(a_threshold(**UNSAFE), a_history({0: (10, 10)}), Labels(), 5)
    assert (found.shares, found.without_data) == ((), 5)


def test_of_very_many_values_every_second_is_taken() -> None:
    policy = a_threshold(when="answers > 1", window_s=60.0, min_answers=1)
    collecting = Ordinary(policy, Labels())
    lookout = Lookout(a_history({0: (1, 0)}), policy.asks, then=True)
    looks = lookout.looks(minute(1))
    for _ in range(VALUES_MAX + 10):
        collecting.step(looks, minute(1))
    assert collecting.baseline.shares[0] == (0.5, 1.0)
    assert len(collecting._values) < VALUES_MAX


@pytest.mark.parametrize(
    ("when", "shares", "limits"),
    [
        ("unsafe_rate > 10%", ((0.5, 0.0201), (1.0, 0.08)), [0.021, 0.08, 0.088, 0.1, 0.12, 0.16, 0.24]),
        ("supported_serve_rate < 90%", ((0.5, 0.97), (1.0, 0.8)), [0.97, 0.9, 0.8, 0.72, 0.64, 0.53, 0.4, 0.26]),
        ("ttft_p95 > 500ms", ((1.0, 0.4837),), [0.49, 0.5, 0.54, 0.61, 0.73, 0.97, 1.5]),
        ("calls < 3", ((1.0, 7.0),), [7, 6, 5, 4, 3, 2]),
        ("cost > $1", (), [1_000_000_000]),
    ],
)
def test_limits_are_tried_from_the_most_sensitive_to_the_least(
    when: str, shares: tuple[tuple[float, float], ...], limits: list[float]
) -> None:
    assert candidates(a_threshold(when=when), a_baseline(*shares)) == limits


def test_a_share_is_never_limited_beyond_all() -> None:
    assert max(candidates(a_threshold(**UNSAFE), a_baseline((1.0, 0.9)))) <= 1.0


def test_a_new_limit_stands_in_the_first_comparison_and_recover_keeps_its_distance() -> None:
    policy = a_threshold(when="unsafe_rate > 10% and answers > 50", recover="unsafe_rate < 5%")
    moved = with_limit(policy, 0.2)
    assert str(moved.condition) == "unsafe_rate > 20% and answers > 50"
    assert isinstance(moved.recover, Compare)
    assert moved.recover.limit == pytest.approx(0.1)
    other = with_limit(a_threshold(when="not unsafe_rate < 10% or answers > 5", recover="answers < 2"), 0.2)
    assert (str(other.condition), str(other.recover)) == ("not unsafe_rate < 20% or answers > 5", "answers < 2")


def test_a_new_limit_is_a_new_version() -> None:
    policy = a_threshold(**UNSAFE)
    assert with_limit(policy, 0.1) == policy
    assert with_limit(policy, 0.2).version != policy.version


@pytest.mark.parametrize(
    ("policy", "said"),
    [
        (an_invariant(), "is an invariant"),
        (a_threshold(when="answers == 5"), "expected a condition that begins with a limit"),
    ],
)
def test_what_has_no_limit_is_not_calibrated(policy: Policy, said: str) -> None:
    with pytest.raises(Permanent, match=said):
        movable(policy)


def tried(policy: Policy, value: float, history: History, labels: Labels, last: int) -> Limit:
    replay, lookout = Replay(with_limit(policy, value)), Lookout(history, policy.asks, then=True)
    for number in range(1, last + 1):
        replay.step(lookout.looks(minute(number)), minute(number))
    return limit(replay.policy, prediction(replay.pages, labels, START, minute(last)), is_current=False)


def test_each_limit_says_what_it_would_have_done() -> None:
    policy = a_threshold(**UNSAFE)
    history = a_history({**noisy(200), **dict.fromkeys(range(120, 130), (100, 40))})
    labels = Labels(broken=(Labelled("a", minute(120), minute(130)),))
    low, high = (tried(policy, value, history, labels, 200) for value in (0.05, 0.1))
    assert (low.text, low.caught, low.false_alarms.count) == ("unsafe_rate > 5%", 1, 4)
    assert (high.caught, high.false_alarms.count, high.missed, high.median_detect_s) == (1, 0, 0, 120.0)


def test_the_most_sensitive_limit_that_keeps_to_what_is_allowed_is_proposed() -> None:
    def a_limit(text: str, false: int) -> Limit:
        found = rate(false, START, minute(7 * 24 * 60))
        return Limit(
            text=text,
            value=0.0,
            is_current=False,
            alarms=found,
            false_alarms=found,
            caught=0,
            missed=None,
            median_detect_s=None,
        )

    limits = [a_limit("a", 9), a_limit("b", 2), a_limit("c", 1), a_limit("d", 0)]
    assert proposed(limits, 1.0) == "c"
    assert proposed(limits[:2], 1.0) is None


@pytest.mark.parametrize(
    ("allowed", "days", "ordinary", "missing"),
    [
        (1.0, 7.0, 1_000, None),
        (
            1.0,
            8 / 1_440,
            8,
            "with 1 a week allowed, false alarms are estimated from at least 7 d of history, and there are 8 min",
        ),
        (1.0, 7.0, 999, "at least 1,000 looks at enough data while nothing was broken, and there are 999 of 10,000"),
        (0.25, 27.9, 5_000, "with 0.25 a week allowed, false alarms are estimated from at least 28 d of history"),
        (0.0, 28.0, 5_000, None),  # four weeks are enough
        (100.0, 0.9, 1_200, "at least 1 d of history, and there are 21 h 36 min"),
    ],
)
def test_a_limit_is_proposed_from_enough_history_only(
    allowed: float, days: float, ordinary: int, missing: str | None
) -> None:
    baseline = Baseline(looks=10_000, without_data=10_000 - ordinary, during_breaks=0, shares=())
    found = lacking(baseline, allowed, START, minute(round(days * 1_440)))
    assert (missing in found) if missing is not None and found is not None else (found == missing)


def test_the_ordinary_is_told_with_units() -> None:
    found = ordinary(a_threshold(**UNSAFE), a_history(noisy(90)), Labels(), 90)
    assert found.texts[-1] == "8%"
    assert len(found.texts) == len(found.shares)
