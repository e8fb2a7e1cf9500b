from hypothesis import given
from hypothesis import strategies as st

from outproof.core.time import Instant
from outproof.prove.holds import NO_HOLDS, Downtime, Holds
from tests.builders import at

HOUR = Downtime(at(3_600), at(7_200), at(7_260))


def test_without_downtimes_every_deadline_counts_as_it_is() -> None:
    assert NO_HOLDS.adjusted(at(5)) == at(5)


def test_a_deadline_inside_a_downtime_counts_when_we_look_again() -> None:
    holds = Holds.of([HOUR])
    assert holds.adjusted(at(3_600)) == at(7_260)
    assert holds.adjusted(at(5_000)) == at(7_260)
    assert holds.adjusted(at(7_200)) == at(7_260)


def test_a_deadline_just_after_it_waits_too_because_what_was_sent_meanwhile_still_arrives() -> None:
    assert Holds.of([HOUR]).adjusted(at(7_210)) == at(7_260)


def test_deadlines_before_and_after_it_are_not_held() -> None:
    holds = Holds.of([HOUR])
    assert holds.adjusted(at(3_599)) == at(3_599)
    assert holds.adjusted(at(7_260)) == at(7_260)
    assert holds.adjusted(at(9_000)) == at(9_000)


def test_going_down_again_before_looking_again_holds_a_deadline_further() -> None:
    again = Downtime(at(7_230), at(8_000), at(8_060))
    for order in ([HOUR, again], [again, HOUR]):
        assert Holds.of(order).adjusted(at(4_000)) == at(8_060)


@st.composite
def downtimes(draw: st.DrawFn) -> Downtime:
    start = draw(st.integers(0, 100))
    end = start + draw(st.integers(0, 40))
    return Downtime(Instant(start), Instant(end), Instant(end + draw(st.integers(0, 20))))


@given(st.lists(downtimes(), max_size=6), st.integers(0, 200), st.integers(0, 200))
def test_no_deadline_moves_forward_in_time_none_overtakes_another_and_none_is_held_twice(
    those: list[Downtime], one: int, other: int
) -> None:
    holds = Holds.of(those)
    early, late = sorted((Instant(one), Instant(other)))
    assert holds.adjusted(early) >= early
    assert holds.adjusted(early) <= holds.adjusted(late)
    assert holds.adjusted(holds.adjusted(early)) == holds.adjusted(early)
