from dataclasses import replace

import pytest

from outproof.core.errors import Transient
from outproof.core.ids import ProjectId
from outproof.core.time import after
from outproof.prove.pulses import Pulse, PulseState
from outproof.store.state.state import SqlState
from tests.contract.state.opened import NOON, Home, a_state

PULSE = Pulse(promise="worker", since=NOON, stale_at=after(NOON, 60))
FULL = replace(
    PULSE,
    promise="feed",
    state=PulseState.FRESH,
    newest_at=after(NOON, 5),
    stale_at=after(NOON, 30),
    look_at=after(NOON, 10),
    looks=3,
    detail="saw status 200 at https://a.example/",
)


def test_a_pulse_comes_back_as_it_was_saved(state: SqlState) -> None:
    with state.begin() as tx:
        for pulse in (PULSE, FULL):
            tx.pulses.save(pulse)
    with state.look() as tx:
        assert (tx.pulses.load("worker"), tx.pulses.load("feed"), tx.pulses.load("other")) == (PULSE, FULL, None)
        assert tx.pulses.every() == {"worker": PULSE, "feed": FULL}


def test_a_pulse_is_changed_only_from_what_was_read(state: SqlState) -> None:
    with state.begin() as tx:
        tx.pulses.save(PULSE)
        tx.pulses.save(replace(PULSE, newest_at=NOON, generation=2))
    for late in (PULSE, replace(PULSE, generation=2), replace(PULSE, generation=4)):
        with pytest.raises(Transient, match="changed by somebody else"), state.begin() as tx:
            tx.pulses.save(late)
    with state.look() as tx:
        assert tx.pulses.load("worker") == replace(PULSE, newest_at=NOON, generation=2)


def test_pulses_that_are_due_are_found_the_longest_due_first(state: SqlState) -> None:
    with state.begin() as tx:
        for pulse in (PULSE, FULL, replace(PULSE, promise="off", state=PulseState.PAUSED, stale_at=None)):
            tx.pulses.save(pulse)
    with state.look() as tx:
        assert tx.pulses.stale(after(NOON, 59), 10) == []
        assert [pulse.promise for pulse in tx.pulses.stale(after(NOON, 60), 10)] == ["worker"]
        assert [pulse.promise for pulse in tx.pulses.stale(after(NOON, 90), 10)] == ["feed", "worker"]
        assert [pulse.promise for pulse in tx.pulses.stale(after(NOON, 90), 1)] == ["feed"]
        assert tx.pulses.unseen(after(NOON, 9), 10) == []
        assert [pulse.promise for pulse in tx.pulses.unseen(after(NOON, 10), 10)] == ["feed"]


def test_pulses_of_another_project_are_not_seen(home: Home, state: SqlState) -> None:
    with state.begin() as tx:
        tx.pulses.save(PULSE)
    with a_state(home, ProjectId("other")) as other, other.begin() as tx:
        assert (tx.pulses.load("worker"), tx.pulses.every()) == (None, {})
        assert tx.pulses.stale(after(NOON, 100), 10) == []
        tx.pulses.save(replace(PULSE, since=after(NOON, 1)))
    with state.look() as tx:
        assert tx.pulses.load("worker") == PULSE
