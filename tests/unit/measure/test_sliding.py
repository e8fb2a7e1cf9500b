"""Windows that slide: whatever comes when, a window holds what a recount would."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from outproof.measure.percentiles import bins_of
from outproof.measure.sliding import IN_TIME, Minutely, Reach, Sliding, SlidingTimes, Times, sketch

Row = tuple[int, int, int]
"""A minute, the look that could first see it, how many."""

ROWS = st.lists(
    st.tuples(st.integers(0, 30), st.integers(0, 12), st.integers(1, 9)).map(
        lambda row: (row[0], IN_TIME if row[1] < 2 else row[0] + row[1], row[2])
    ),
    max_size=40,
)
REACH = st.builds(Reach, span=st.integers(1, 12), back=st.integers(0, 8))


def minutely(rows: list[Row]) -> Minutely:
    table = np.array(rows, dtype=np.int64).reshape(len(rows), 3)
    return Minutely(table[:, 0], table[:, 1], table[:, 2:])


def recounted(rows: list[Row], reach: Reach, look: int, *, then: bool) -> int:
    last = look - reach.back
    inside = [row for row in rows if last - reach.span <= row[0] < last]
    return sum(count for minute, came, count in inside if not then or max(came, minute + 1) <= look)


@settings(max_examples=60, deadline=None)
@given(ROWS, REACH, st.booleans())
def test_a_slid_window_holds_what_a_recount_would(rows: list[Row], reach: Reach, then: bool) -> None:
    sliding = Sliding(minutely(rows), reach, then=then)
    for look in range(60):
        sliding.move(look)
        assert int(sliding.sums[0]) == recounted(rows, reach, look, then=then)


@settings(max_examples=30, deadline=None)
@given(ROWS, REACH)
def test_a_look_that_sees_the_same_says_so(rows: list[Row], reach: Reach) -> None:
    sliding = Sliding(minutely(rows), reach, then=True)
    before = 0
    for look in range(60):
        has_moved = sliding.move(look)
        after = int(sliding.sums[0])
        assert has_moved or after == before
        before = after


@settings(max_examples=30, deadline=None)
@given(ROWS, REACH, st.booleans())
def test_times_slide_as_counts_do(rows: list[Row], reach: Reach, then: bool) -> None:
    times = Times()
    for minute, came, count in rows:
        bins = np.unique(bins_of(np.array([count * 100.0])))
        times.add(minute, came, bins, np.array([count]))
    sliding = SlidingTimes(times, reach, then=then)
    for look in range(60):
        sliding.move(look)
        found = sketch([(1.0, sliding.weights)])
        assert (0 if found is None else found.n) == recounted(rows, reach, look, then=then)


def test_a_sketch_of_two_samplings_weighs_each_value_by_what_it_stands_for() -> None:
    times = Times()
    times.add(0, IN_TIME, bins_of(np.array([100.0])), np.array([1]))
    few = SlidingTimes(times, Reach(5, 0), then=True)
    few.move(1)
    found = sketch([(1.0, few.weights), (0.01, few.weights)])
    assert found is not None
    assert sum(found.weights.values()) == 101
    assert found.n == 101**2 / (1 + 100**2)


def test_what_was_wrongly_in_time_can_be_taken_out_again() -> None:
    rows = minutely([(3, IN_TIME, 5), (3, IN_TIME, -2), (3, 7, 2)])
    then, now = (Sliding(rows, Reach(6, 0), then=is_then) for is_then in (True, False))
    for look, seen in ((4, 3), (6, 3), (7, 5), (9, 5), (10, 0)):
        then.move(look)
        now.move(look)
        assert int(then.sums[0]) == seen
        assert int(now.sums[0]) == (5 if look < 10 else 0)
