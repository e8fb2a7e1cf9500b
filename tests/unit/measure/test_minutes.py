"""A window is covered once: by minutes that are rolled up, and by ranges around them."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from outproof.core.time import Instant
from outproof.measure.minutes import MINUTE_NS, RANGES_MAX, Cover, cover, minute_of, minute_start

BASE = 29_000_000


def instants(found: Cover, sealed: set[int]) -> list[tuple[int, int]]:
    """Every stretch that is read, in order."""
    stretches = list(found.ranges)
    if found.rolled:
        taken = range(found.rolled.first, found.rolled.last)
        stretches += [(minute_start(n), minute_start(n + 1)) for n in taken if n in sealed and n not in found.left_out]
    return sorted(stretches)


@given(
    st.integers(0, 40 * MINUTE_NS),
    st.integers(1, 40 * MINUTE_NS),
    st.sets(st.integers(BASE - 5, BASE + 85)),
    st.integers(1, RANGES_MAX),
)
def test_every_instant_of_a_window_is_read_once(since: int, length: int, sealed: set[int], ranges_max: int) -> None:
    start = Instant(BASE * MINUTE_NS + since)
    end = Instant(start + length)
    found = cover(start, end, sorted(sealed), ranges_max=ranges_max)
    read = instants(found, sealed)
    assert read[0][0] == start
    assert read[-1][1] == end
    assert all(before[1] == after[0] for before, after in itertools.pairwise(read))
    assert len(found.ranges) <= max(1, ranges_max)


def test_a_window_of_whole_sealed_minutes_reads_no_answers() -> None:
    found = cover(minute_start(5), minute_start(9), [4, 5, 6, 7, 8, 9])
    assert found.ranges == ()
    assert found.rolled is not None
    assert (found.rolled.first, found.rolled.last, found.left_out) == (5, 9, ())


def test_without_sealed_minutes_everything_is_read_from_answers() -> None:
    start, end = Instant(10), Instant(10 + MINUTE_NS * 3)
    assert cover(start, end, ()) == Cover(ranges=((start, end),))
    assert cover(start, end, [minute_of(end)]) == Cover(ranges=((start, end),))


def test_many_gaps_are_joined_where_they_are_nearest() -> None:
    sealed = [n for n in range(100) if n not in (10, 12, 50, 80)]
    found = cover(minute_start(0), minute_start(100), sealed, ranges_max=3)
    assert found.left_out == (11,)
    assert found.ranges[0] == (minute_start(10), minute_start(13))
