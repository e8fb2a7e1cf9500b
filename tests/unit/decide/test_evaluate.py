from dataclasses import replace
from typing import Any

import pytest

from outproof.core.time import Instant, after
from outproof.decide.alert import SETTLING_S, AlertState, Cause, Change, Data, Memory, Sight, first_memory
from outproof.decide.evaluate import BREACHES, Moved, evaluate, look_at, segment_of
from outproof.decide.policy import NoData, Policy
from outproof.decide.question import SEGMENTS_MAX, Looks, Seen, Span
from outproof.measure.dimension import Dimension
from outproof.measure.measured import Counts
from outproof.measure.measured import measured as measured_of
from outproof.measure.tally import Counted, Tally
from tests.unit.decide.policies import a_burn_rate, a_drift, a_threshold, an_absence, an_invariant

NOON = Instant(1_800_000_000_000_000_000)
Measured = dict[str, Any]


def looks(policy: Policy, *windows: dict[str | None, Measured], partial: bool = False) -> Looks:
    """What each of the policy's windows shows, by segment, in the order in which it asks."""
    assert len(windows) == len(policy.asks)
    return {
        ask: {
            segment: Seen(span=Span(after(NOON, -ask.span_s), NOON), measured=measured, partial=partial)
            for segment, measured in own.items()
        }
        for ask, own in zip(policy.asks, windows, strict=True)
    }


def sight(policy: Policy, *windows: Measured, memory: Memory | None = None) -> Sight | None:
    """The sight of a policy that is not cut; None where nothing moved."""
    remembered = memory or replace(first_memory(NOON), data=Data.PARTIAL)
    shown: list[dict[str | None, Measured]] = [{None: each} for each in windows]
    moved = evaluate(policy, looks(policy, *shown), {policy.key: remembered}, NOON)
    return moved[0].sight if moved else None


def measured(**values: Any) -> Measured:
    return {"answers": 100, "calls": 100, "decided": 100, "ttft_p95": 0.4, **values}


@pytest.mark.parametrize(
    ("values", "seen"),
    [
        (measured(ttft_p95=0.501), Sight.BREACHED),
        (measured(ttft_p95=0.5), Sight.RECOVERED),
        (measured(ttft_p95=None), Sight.NO_DATA),
        (measured(calls=19, ttft_p95=0.501), Sight.SPARSE),
        (measured(calls=20, ttft_p95=0.501), Sight.BREACHED),
        (measured(calls=0), Sight.NO_DATA),
        ({}, Sight.NO_DATA),
        (measured(answers=0, ttft_p95=0.501), Sight.BREACHED),  # a service of model calls alone has a latency too
    ],
)
def test_a_window_is_seen_through_its_limit_and_its_sample(values: Measured, seen: Sight) -> None:
    assert sight(a_threshold(), values) is seen


@pytest.mark.parametrize(
    ("ttft_s", "seen"),
    [(0.501, Sight.BREACHED), (0.45, Sight.BETWEEN), (0.4, Sight.BETWEEN), (0.39, Sight.RECOVERED)],
)
def test_recovery_may_ask_for_more_than_the_end_of_the_breach(ttft_s: float, seen: Sight) -> None:
    assert sight(a_threshold(recover="ttft_p95 < 400ms"), measured(ttft_p95=ttft_s)) is seen


@pytest.mark.parametrize(
    ("values", "breach_s", "seen"),
    [
        ({BREACHES: 1}, None, Sight.BREACHED),
        ({BREACHES: 0}, None, Sight.NO_DATA),
        ({BREACHES: 0, "answers": 0, "decided": 0}, None, Sight.NO_DATA),
        ({BREACHES: 0, "answers": 5, "decided": 0}, None, Sight.SPARSE),
        ({BREACHES: 0, "answers": 5, "decided": 1}, None, Sight.RECOVERED),
        ({BREACHES: 0, "answers": 5, "decided": 5}, 899.0, Sight.BETWEEN),
        ({BREACHES: 0, "answers": 5, "decided": 5}, 900.0, Sight.RECOVERED),
    ],
)
def test_an_invariant_is_over_after_a_full_window_with_an_answer_and_without_a_breach(
    values: Measured, breach_s: float | None, seen: Sight
) -> None:
    broken_at = None if breach_s is None else after(NOON, -breach_s)
    memory = replace(first_memory(NOON), breach_at=broken_at, data=Data.PARTIAL)
    assert sight(an_invariant(), values, memory=memory) is seen


BAD, GOOD, FEW, NONE = measured(ttft_p95=0.9), measured(), measured(calls=3), measured(calls=0)


@pytest.mark.parametrize(
    ("windows", "seen"),
    [
        ((BAD, BAD, GOOD), Sight.BREACHED),
        ((GOOD, BAD, BAD), Sight.BREACHED),
        ((BAD, GOOD, GOOD), Sight.BETWEEN),
        ((GOOD, BAD, GOOD), Sight.RECOVERED),
        ((GOOD, GOOD, GOOD), Sight.RECOVERED),
        ((BAD, FEW, GOOD), Sight.SPARSE),
        ((NONE, FEW, NONE), Sight.NO_DATA),
        ((FEW, NONE, NONE), Sight.SPARSE),
        ((GOOD, NONE, NONE), Sight.RECOVERED),
    ],
)
def test_n_of_m_windows_that_follow_each_other_make_a_breach(windows: tuple[Measured, ...], seen: Sight) -> None:
    assert sight(a_threshold(n_of_m="2 of 3", for_s=0), *windows) is seen


@pytest.mark.parametrize(
    ("now", "before", "seen"),
    [
        (measured(ttft_p95=0.66), measured(ttft_p95=0.5), Sight.BREACHED),
        (measured(ttft_p95=0.64), measured(ttft_p95=0.5), Sight.RECOVERED),
        (measured(ttft_p95=0.1), measured(ttft_p95=0.5), Sight.RECOVERED),  # that it got better is no drift
        (measured(ttft_p95=0.9), measured(calls=19, ttft_p95=0.5), Sight.SPARSE),
        (measured(ttft_p95=0.9), {}, Sight.SPARSE),
        (measured(ttft_p95=0.9), measured(ttft_p95=0.0), Sight.SPARSE),
        (measured(calls=0), measured(), Sight.NO_DATA),
    ],
)
def test_a_drift_needs_enough_on_both_sides_to_say_anything(now: Measured, before: Measured, seen: Sight) -> None:
    assert sight(a_drift(), now, before) is seen


def test_a_budget_that_burns_too_fast_over_both_windows_is_a_breach() -> None:
    policy = a_burn_rate()  # 3 d and 6 h at 1, 1 d and 2 h at 3; budget 0.1 %
    spans = [ask.span_s for ask in policy.asks]
    rates = {259_200.0: 0.0005, 86_400.0: 0.0035, 21_600.0: 0.0005, 7_200.0: 0.0035}
    windows = [measured(error_rate=rates[span_s]) for span_s in spans]
    assert sight(policy, *windows) is Sight.BREACHED
    calm = [measured(error_rate=rates[span_s] if span_s != 7_200.0 else 0.002) for span_s in spans]
    assert sight(policy, *calm) is Sight.RECOVERED


def test_absence_is_judged_where_nothing_came() -> None:
    assert sight(an_absence(), {}) is Sight.BREACHED
    assert sight(an_absence(), {"answers": 1}) is Sight.RECOVERED


CUT = a_threshold(when="error_rate > 5%", by=Dimension.DEPLOY, for_s=0, min_answers=50, fdr="5%")


def calls(errors: int, of: int) -> Measured:
    return {"answers": of, "calls": of, "error_rate": errors / of, "observations(error_rate)": of}


def judged(
    policy: Policy, segments: dict[str | None, Measured], *memories: Moved, partial: bool = False
) -> list[Moved]:
    known = {each.key: each.memory for each in memories}
    return list(evaluate(policy, looks(policy, segments, partial=partial), known, NOON))


def test_each_segment_has_an_alert_of_its_own_and_healthy_ones_need_no_memory() -> None:
    (moved,) = judged(CUT, {"v1": calls(1, 500), "v2": calls(90, 500), None: calls(0, 9)})
    assert (moved.segment, moved.change, moved.memory.state) == ("v2", Change.FIRED, AlertState.FIRING)
    assert moved.key == "policy:slow-first-token|deploy=v2"
    assert segment_of(CUT, moved.key) == ("v2",)


def test_of_many_segments_only_those_that_a_test_singles_out_breach() -> None:
    chance: dict[str | None, Measured] = {
        f"v{n}": calls(7, 100) for n in range(50)
    }  # 7 % over a limit of 5 %: so many are by chance
    assert judged(CUT, {**chance}) == []
    (moved,) = judged(CUT, {**chance, "bad": calls(25, 100)})
    assert moved.segment == "bad"


def test_a_segment_that_the_test_no_longer_singles_out_is_neither_breached_nor_over() -> None:
    (fired,) = judged(CUT, {"v1": calls(20, 100)})
    (moved,) = judged(CUT, {"v1": calls(7, 100)}, fired)
    assert (moved.sight, moved.memory.state) == (Sight.BETWEEN, AlertState.RESOLVING)


def test_a_segment_that_is_no_longer_served_is_over_while_others_are() -> None:
    (fired,) = judged(CUT, {"v1": calls(0, 100), "v2": calls(20, 100)})
    (moved,) = judged(CUT, {"v1": calls(0, 100)}, fired)
    assert (moved.change, moved.sight) == (Change.RESOLVED, Sight.GONE)


def test_a_segment_is_not_over_when_nothing_of_any_is_seen() -> None:
    (fired,) = judged(CUT, {"v2": calls(20, 100)})
    assert all(moved.change is None for moved in judged(CUT, {}, fired))


def test_a_segment_is_not_over_when_it_may_be_among_those_that_are_left_out() -> None:
    (fired,) = judged(CUT, {"v2": calls(20, 100)})
    many: dict[str | None, Measured] = {f"busy-{n}": calls(0, 100) for n in range(SEGMENTS_MAX)}
    assert all(moved.change is None for moved in judged(CUT, many, fired))


def test_silence_of_all_segments_together_is_one_incident_and_of_one_is_none() -> None:
    policy = a_threshold(by=Dimension.DEPLOY, no_data=NoData.INCIDENT)
    (began,) = evaluate(policy, looks(policy, {}), {}, NOON)
    later = after(NOON, policy.silent_after_s)
    (moved,) = evaluate(policy, looks(policy, {}), {began.key: began.memory}, later)
    assert (moved.key, moved.whole, moved.change, moved.memory.cause) == (
        policy.key,
        True,
        Change.FIRED,
        Cause.NO_DATA,
    )
    (back,) = evaluate(policy, looks(policy, {"v1": measured()}), {moved.key: moved.memory}, after(later, 10))
    assert (back.whole, back.change) == (True, Change.RESOLVED)
    (watched,) = evaluate(policy, looks(policy, {"v1": measured()}), {}, NOON)  # it is known that it is watched
    assert (watched.whole, watched.change, watched.memory.watched_since) == (True, None, None)
    (empty,) = evaluate(policy, looks(policy, {}), {watched.key: watched.memory}, NOON)
    assert empty.change is None  # it may only be late
    (silent,) = evaluate(policy, looks(policy, {}), {watched.key: empty.memory}, after(NOON, SETTLING_S))
    assert silent.change is Change.FIRED
    (held,) = evaluate(policy, looks(policy, {}), {watched.key: empty.memory}, after(NOON, SETTLING_S), held=True)
    assert (held.change, held.memory.data) == (None, Data.PARTIAL)
    quiet = a_threshold(by=Dimension.DEPLOY, no_data=NoData.KEEP)
    assert evaluate(quiet, looks(quiet, {"v1": measured()}), {}, NOON) == ()


def test_a_segment_without_data_is_no_silence_of_its_own() -> None:
    policy = a_threshold(by=Dimension.DEPLOY, no_data=NoData.INCIDENT, for_s=0)
    seen = looks(policy, {"v1": measured(ttft_p95=None), "v2": measured()})
    known = {policy.alert_key("v1"): Memory(state=AlertState.INACTIVE, since=NOON)}
    assert all(moved.change is None for moved in evaluate(policy, seen, known, NOON))


def test_next_to_nothing_is_no_data_of_the_whole_and_says_nothing_of_a_small_segment() -> None:
    stray = measured(calls=2, answers=2, ttft_p95=0.9)
    assert sight(a_threshold(), stray) is Sight.NO_DATA
    assert sight(a_threshold(), measured(calls=3, ttft_p95=0.9)) is Sight.SPARSE
    assert sight(a_threshold(min_answers=1), measured(calls=1, ttft_p95=0.9)) is Sight.BREACHED
    cut = a_threshold(by=Dimension.DEPLOY, no_data=NoData.INCIDENT, for_s=0)
    whole = Memory(state=AlertState.INACTIVE, since=NOON, data=Data.NONE, blind_since=after(NOON, -SETTLING_S))
    many: dict[str | None, Measured] = {f"v{n}": {**stray} for n in range(9)}
    (seen,) = evaluate(cut, looks(cut, many), {cut.key: whole}, NOON)
    assert (seen.whole, seen.change, seen.memory.data) == (True, None, Data.WHOLE)
    (moved,) = evaluate(cut, looks(cut, {"v1": stray}), {cut.key: whole}, NOON)
    assert (moved.whole, moved.change) == (True, Change.FIRED)


def test_a_burn_rate_of_which_too_little_came_is_no_silence() -> None:
    policy = a_burn_rate(min_answers=50)  # 3 d and 6 h, 1 d and 2 h: silence is a day without anything
    by_span = {259_200.0: 400, 86_400.0: 30, 21_600.0: 9, 7_200.0: 2}

    def seen(day: int) -> Sight | None:
        samples = {**by_span, 86_400.0: day}
        rates = {259_200.0: 0.0, 86_400.0: 0.5, 21_600.0: 0.5, 7_200.0: 0.5}
        windows = [
            {"calls": samples[span_s], "answers": samples[span_s], "error_rate": rates[span_s]}
            for span_s in (ask.span_s for ask in policy.asks)
        ]
        return sight(policy, *windows)

    assert (seen(30), seen(0)) == (Sight.SPARSE, Sight.NO_DATA)


SERIES = a_threshold(when="error_rate > 5%", by=Dimension.DEPLOY, for_s=0, min_answers=50, n_of_m="2 of 3")


def test_a_segment_that_the_newest_window_lacks_is_judged_by_the_older_ones() -> None:
    bad, good = calls(90, 500), calls(0, 500)
    seen = looks(SERIES, {"v1": good}, {"v1": good, "v2": bad}, {"v1": good, "v2": bad})
    (fired,) = evaluate(SERIES, seen, {}, NOON)
    assert (fired.segment, fired.change) == ("v2", Change.FIRED)
    one_left = looks(SERIES, {"v1": good}, {"v1": good}, {"v1": good, "v2": bad})
    (moved,) = evaluate(SERIES, one_left, {fired.key: fired.memory}, NOON)
    assert (moved.sight, moved.memory.state) == (Sight.SPARSE, AlertState.FIRING)
    gone: list[dict[str | None, Measured]] = [{"v1": good}] * 3
    (over,) = evaluate(SERIES, looks(SERIES, *gone), {fired.key: fired.memory}, NOON)
    assert (over.sight, over.change) == (Sight.GONE, Change.RESOLVED)


def test_a_silent_newest_window_is_silence_also_of_n_of_m() -> None:
    policy = a_threshold(n_of_m="2 of 3", for_s=0)
    assert sight(policy, NONE, GOOD, GOOD) is Sight.NO_DATA
    assert sight(policy, NONE, BAD, BAD) is Sight.BREACHED


def test_the_lower_end_of_a_rate_is_tested_by_the_rate_that_is_read_with_it() -> None:
    policy = a_threshold(when="lower_95(unsafe_rate) > 1%", by=Dimension.TEMPLATE, for_s=0, window_s=60)
    (ask,) = policy.asks

    def counted(unsafe: int, of: int) -> Measured:
        counted = {"requests": of, "answers": of, "unsafe": unsafe, "unsafe_known": of, "calls": of}
        return dict(measured_of(Counts(tally=Tally([Counted(counted, 1_000_000, "p")]), times={}), ask.measures))

    (fired,) = judged(policy, {"bad-v2": counted(30, 30), "good": counted(0, 30)})
    assert (fired.segment, fired.change) == ("bad-v2", Change.FIRED)


def test_the_same_look_judged_twice_moves_nothing_twice() -> None:
    policy = a_threshold(for_s=0)
    seen = looks(policy, {None: measured(ttft_p95=0.9)})
    (first,) = evaluate(policy, seen, {}, NOON)
    (again,) = evaluate(policy, seen, {first.key: first.memory}, NOON)
    assert (again.is_changed, again.change, again.memory) == (False, None, first.memory)


def test_a_breach_of_partial_data_is_told_as_such() -> None:
    (moved,) = judged(CUT, {"v2": calls(90, 500)}, partial=True)
    assert moved.memory.partial


def test_windows_are_looked_at_on_a_grid_and_long_ones_less_often() -> None:
    late = after(NOON, 59.9)
    assert look_at(a_threshold(), late) == after(NOON, 50)
    assert look_at(a_threshold(window_s=3_601), late) == NOON


@pytest.mark.parametrize(
    ("policy", "key", "segment"),
    [
        (CUT, "policy:slow-first-token|deploy=a=b", ("a=b",)),
        (CUT, "policy:slow-first-token|deploy", (None,)),
        (CUT, "policy:slow-first-token", None),
        (CUT, "policy:slow-first-token|model=x", None),
        (a_threshold(), "policy:slow-first-token", (None,)),
        (a_threshold(), "policy:slow-first-token|deploy=x", None),
    ],
)
def test_the_segment_of_an_alert_is_read_off_its_key(policy: Policy, key: str, segment: tuple[str] | None) -> None:
    assert segment_of(policy, key) == segment
