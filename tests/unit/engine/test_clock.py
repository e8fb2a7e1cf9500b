import pytest
from hypothesis import given
from hypothesis import strategies as st

from outproof.core.time import NANOS_PER_S, seconds_between
from outproof.engine.clock import SteadyClock, boot_ns
from tests.builders import START


class Host:
    """A host whose clocks a test moves."""

    def __init__(self) -> None:
        self.wall = int(START)
        self.boot = 10 * NANOS_PER_S
        self.interrupted_ns = 0
        self.clock = SteadyClock(lambda: self.wall, self._boot)

    def _boot(self) -> int:
        self.boot += self.interrupted_ns
        return self.boot

    def run(self, seconds: float, wall_s: float | None = None) -> float:
        """Let so much time pass, and on the wall clock perhaps another amount; returns server time since the start."""
        self.boot += round(seconds * NANOS_PER_S)
        self.wall += round((seconds if wall_s is None else wall_s) * NANOS_PER_S)
        return seconds_between(START, self.clock.now())


def test_time_begins_at_the_wall_and_goes_on_with_the_boot_clock() -> None:
    host = Host()
    assert host.run(0) == 0
    assert host.run(60) == 60
    assert host.clock.wall_ahead_s() is None


@pytest.mark.parametrize("jump_s", [7_200.0, -7_200.0, 315_576_000.0, 2.5, -2.5])
def test_a_wall_that_jumps_moves_no_time_and_is_under_suspicion(jump_s: float) -> None:
    host = Host()
    assert host.run(1, 1 + jump_s) == 1
    assert host.run(3_600) == 3_601
    assert host.clock.wall_ahead_s() == pytest.approx(jump_s)


def test_suspicion_ends_when_the_wall_comes_back() -> None:
    host = Host()
    host.run(1, 7_201)
    host.run(1, -7_199)
    assert host.clock.wall_ahead_s() is None


def test_a_wall_that_comes_nearly_back_stays_under_suspicion() -> None:
    host = Host()
    host.run(1, 4)
    host.run(1, -0.5)
    assert host.clock.wall_ahead_s() == pytest.approx(1.5)


def test_a_wall_that_is_slewed_is_followed_half_a_millisecond_per_second() -> None:
    host = Host()
    host.run(1, 2.5)
    assert host.run(1_000) == pytest.approx(1_001 + 0.5005, abs=1e-6)
    assert host.run(5_000) == pytest.approx(6_001 + 1.5, abs=1e-6)
    host = Host()
    assert host.run(1_000, 999.5) == pytest.approx(999.5, abs=1e-6)


def test_time_goes_on_while_the_host_sleeps() -> None:
    host = Host()
    assert host.run(600) == 600


def test_two_looks_that_lie_apart_compare_nothing() -> None:
    host = Host()
    host.interrupted_ns = 3 * NANOS_PER_S  # between the look at the wall and the look at the boot clock
    host.clock.now()
    host.interrupted_ns = 0
    host.wall += 6 * NANOS_PER_S
    assert host.clock.wall_ahead_s() is None


@given(st.lists(st.tuples(st.floats(0, 5_000), st.floats(-10_000, 10_000)), max_size=20))
def test_time_never_runs_backwards_and_never_faster_than_it_may(steps: list[tuple[float, float]]) -> None:
    host = Host()
    was = 0.0
    for seconds, wall_s in steps:
        now = host.run(seconds, wall_s)
        assert now >= was
        assert now - was == pytest.approx(seconds, rel=0.000_501, abs=1e-6)
        was = now


def test_the_boot_clock_of_this_host_goes_on() -> None:
    assert boot_ns() <= boot_ns()
