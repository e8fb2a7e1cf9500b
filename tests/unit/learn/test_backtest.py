"""What a policy would have done: a history and what is known to be broken in; pages, hits and false alarms out."""

from collections.abc import Iterator

import pytest
from scipy import stats

from outproof.core.time import Instant, after
from outproof.decide.policy import NoData, Policy
from outproof.learn.backtest import (
    PAGES_SHOWN_MAX,
    Labelled,
    Labels,
    PredictedPage,
    Replay,
    Worth,
    late_data,
    prediction,
)
from outproof.learn.history import History, Key, Lookout
from outproof.learn.rates import WEEK_S, poisson_upper, rate
from outproof.measure.dimension import Dimension
from outproof.measure.estimates import CERTAIN_PPM
from tests.unit.decide.policies import a_threshold, an_invariant
from tests.unit.learn.histories import NAMES, START, Minutes, a_history, minute, strand

UNSAFE = {"when": "unsafe_rate > 10%", "window_s": 300.0, "for_s": 0.0, "min_answers": 20, "no_data": NoData.KEEP}


def quiet(first: int, last: int) -> Minutes:
    return dict.fromkeys(range(first, last), (10, 0))


def bad(first: int, last: int, unsafe: int = 5) -> Minutes:
    return dict.fromkeys(range(first, last), (10, unsafe))


def replayed(policy: Policy, history: History, last: int, *, then: bool = False) -> Replay:
    replay, lookout = Replay(policy), Lookout(history, policy.asks, then=then)
    for number in range(1, last + 1):
        replay.step(lookout.looks(minute(number)), minute(number))
    return replay


def spans(replay: Replay) -> list[tuple[float, float | None]]:
    """Each page's beginning and end, in minutes after the start."""

    def minutes(at: Instant | None) -> float | None:
        return None if at is None else (at - START) / 60e9

    return [(minutes(page.at) or 0.0, minutes(page.ended_at)) for page in replay.pages]


def test_a_policy_pages_in_history_when_it_would_have_live() -> None:
    history = a_history({**quiet(0, 20), **bad(20, 30), **quiet(30, 60)})
    # two bad minutes of five are 20 %, one is 10 %, which is not beyond it: as live, window by window
    assert spans(replayed(a_threshold(**UNSAFE), history, 60)) == [(22, 34)]


def test_for_and_a_page_that_stays_open_are_replayed_too() -> None:
    history = a_history({**quiet(0, 20), **bad(20, 60)})
    policy = a_threshold(**{**UNSAFE, "for_s": 600.0})
    assert spans(replayed(policy, history, 60)) == [(32, None)]


def test_what_came_late_is_not_seen_then() -> None:
    minutes = {**quiet(0, 20), **bad(20, 30), **quiet(30, 60)}
    late = a_history(minutes, lambda each: each + 4 if 20 <= each < 30 else 0)
    policy = a_threshold(**UNSAFE)
    assert spans(replayed(policy, late, 60)) == [(22, 34)]
    assert spans(replayed(policy, late, 60, then=True)) == [(24, 34)]  # of the bad minutes one is there, and of all two


def test_the_alerts_of_all_segments_are_one_page() -> None:
    strands = {
        Key("de"): strand({**quiet(0, 20), **bad(20, 30), **quiet(30, 60)}),
        Key("fr"): strand({**quiet(0, 28), **bad(28, 40), **quiet(40, 60)}),
    }
    history = History(names=NAMES, strands=strands)
    policy = a_threshold(**UNSAFE, by=Dimension.SEGMENT)
    replay = replayed(policy, history, 60)
    assert spans(replay) == [(22, 44)]
    assert replay.pages[0].segments == ("de", "fr")


def test_an_invariant_pages_on_its_first_breach_and_ends_a_window_after_its_last() -> None:
    history = a_history({**quiet(0, 20), **bad(20, 23, unsafe=1), **quiet(23, 60)})
    assert spans(replayed(an_invariant(window_s=600.0), history, 60)) == [(21, 33)]


def test_sampled_rows_count_as_often_as_they_stand_for() -> None:
    rare = dict.fromkeys(range(60), (1, 1))
    whole = dict.fromkeys(range(60), (10, 0))
    history = History(names=NAMES, strands={Key(None): strand(rare), Key(None, CERTAIN_PPM // 10): strand(whole)})
    policy = a_threshold(**{**UNSAFE, "when": "unsafe_rate > 2%"})
    assert spans(replayed(policy, history, 60)) == []  # 1 of 101, not 1 of 11


def test_looks_that_saw_nothing_are_counted() -> None:
    replay = replayed(a_threshold(**UNSAFE), a_history(quiet(0, 10)), 30)
    assert (replay.looks, replay.without_data) == (30, 16)


def pages() -> Iterator[PredictedPage]:
    for first, last in ((10, 20), (40, 50), (70, None)):
        yield PredictedPage(at=minute(first), ended_at=None if last is None else minute(last), reason="unsafe")


def labelled(name: str, first: int, last: int) -> Labelled:
    return Labelled(name, minute(first), minute(last))


def test_pages_are_held_against_what_was_broken() -> None:
    labels = Labels(broken=(labelled("a", 8, 15), labelled("b", 25, 30)), quiet=(labelled("c", 41, 45),))
    found = prediction(list(pages()), labels, START, minute(100))
    assert [page.worth for page in found.pages] == [Worth.CAUGHT, Worth.FALSE, Worth.UNLABELLED]
    assert found.pages[0].caught == ("a",)
    assert (found.caught, found.unlabelled, found.missed, found.median_detect_s) == (1, 1, 1, 120.0)
    assert [each.detect_s for each in found.detected] == [120.0, None]
    assert found.false_alarms is not None
    assert (found.false_alarms.count, found.unexplained.count, found.rate.count) == (1, 2, 3)


def test_where_all_breaks_are_known_every_other_page_is_false() -> None:
    found = prediction(list(pages()), Labels(is_complete=True), START, minute(100))
    assert found.false_alarms is not None
    assert (found.false_alarms.count, found.missed) == (3, 0)


def test_without_labels_nobody_knows_what_was_false() -> None:
    found = prediction(list(pages()), Labels(), START, minute(100))
    assert (found.false_alarms, found.missed, found.unlabelled) == (None, None, 3)


def test_a_page_that_was_open_before_it_broke_detects_it_at_once() -> None:
    found = prediction(list(pages()), Labels(broken=(labelled("a", 12, 15),)), START, minute(100))
    assert found.median_detect_s == 0.0


def test_a_break_before_the_history_is_not_missed() -> None:
    found = prediction([], Labels(broken=(labelled("a", -20, -10),)), START, minute(100))
    assert found.detected == ()


def test_a_break_that_began_before_the_history_is_caught_or_missed_in_it_and_no_measure_of_how_soon() -> None:
    found = prediction(
        list(pages()), Labels(broken=(labelled("a", -20, 15), labelled("b", 38, 45))), START, minute(100)
    )
    assert [(each.broken.name, each.detect_s) for each in found.detected] == [("a", 600.0), ("b", 120.0)]
    assert (found.caught, found.missed, found.median_detect_s) == (2, 0, 120.0)


def test_of_many_pages_the_newest_are_shown_and_all_are_counted() -> None:
    many = [PredictedPage(at=minute(n), ended_at=minute(n + 1), reason="r") for n in range(PAGES_SHOWN_MAX + 50)]
    found = prediction(many, Labels(), START, minute(1_000))
    assert found.rate.count == len(many)
    assert found.pages[-1].at == many[-1].at
    assert len(found.pages) == PAGES_SHOWN_MAX


def test_late_data_takes_pages_back_brings_others_and_delays_the_rest() -> None:
    def page(first: int, last: int) -> PredictedPage:
        return PredictedPage(at=minute(first), ended_at=minute(last), reason="r")

    found = late_data([page(10, 20), page(43, 50)], [page(40, 50), page(70, 80)], 0.9)
    assert (found.taken_back, found.brought, found.median_delay_s, found.known_ratio) == (1, 1, 180.0, 0.9)


@pytest.mark.parametrize("count", [0, 1, 3, 20, 400])
def test_the_upper_bound_of_a_count_is_the_exact_one(count: int) -> None:
    assert poisson_upper(count) == pytest.approx(stats.chi2.ppf(0.95, 2 * count + 2) / 2, rel=1e-9)


def test_none_in_four_weeks_is_not_never() -> None:
    found = rate(0, START, after(START, 4 * WEEK_S))
    assert (found.per_week, round(found.upper_per_week, 2)) == (0.0, 0.75)
