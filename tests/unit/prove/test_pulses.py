from dataclasses import replace

import pytest

from outproof.contract.promise import Promise
from outproof.contract.schedule import Heartbeat
from outproof.contract.surface import FileSurface, Freshness, HttpSurface, SqlSurface
from outproof.core.time import Instant, after
from outproof.prove.holds import Downtime, Holds
from outproof.prove.look import Look
from outproof.prove.pulses import Pulse, PulseState, aged, beaten, begun, looked, paused, redeclared
from tests.builders import at

BEATING = Promise(name="worker", outcome="It works.", owner="ops", heartbeat=Heartbeat(every_s=60.0, grace_s=10.0))
FRESH = Promise(
    name="feed",
    outcome="The feed is fresh.",
    owner="ops",
    freshness=Freshness(max_age_s=600.0, every_s=30.0, file=FileSurface(url="/out/feed.json")),
)


def seen(newest_at: Instant | None, *, passed: bool | None = True) -> Look:
    return Look(passed=passed, detail="saw it", newest_at=newest_at)


def test_a_heart_that_never_beats_is_stale_in_time() -> None:
    pulse = begun(BEATING, at(0))
    assert (pulse.state, pulse.stale_at) == (PulseState.WAITING, at(70))
    assert aged(pulse, BEATING, at(69.9)) == pulse
    stale = aged(pulse, BEATING, at(70))
    assert (stale.state, stale.stale_at) == (PulseState.STALE, None)


def test_a_beat_puts_the_deadline_off_and_ends_staleness() -> None:
    pulse = aged(beaten(begun(BEATING, at(0)), BEATING, at(50)), BEATING, at(120))
    assert pulse.state is PulseState.STALE
    again = beaten(pulse, BEATING, at(200))
    assert (again.state, again.newest_at, again.stale_at) == (PulseState.FRESH, at(200), at(270))


def test_beats_in_any_order_amount_to_the_newest() -> None:
    first = begun(BEATING, at(0))
    for order in ((5, 40, 20), (40, 20, 5), (20, 5, 40)):
        pulse = first
        for seconds in order:
            pulse = beaten(pulse, BEATING, at(seconds))
        assert (pulse.newest_at, pulse.stale_at) == (at(40), at(110))


def test_a_deadline_in_our_own_absence_waits_until_we_look_again() -> None:
    holds = Holds.of([Downtime(at(30), at(100), at(160))])
    pulse = begun(BEATING, at(0))
    held = aged(pulse, BEATING, at(101), holds)
    assert (held.state, held.stale_at) == (PulseState.WAITING, at(160))
    assert aged(held, BEATING, at(160), holds).state is PulseState.STALE
    assert beaten(begun(BEATING, at(0)), BEATING, at(20), holds).stale_at == at(160)


def test_what_is_paused_expects_nothing_and_begins_anew() -> None:
    pulse = beaten(begun(BEATING, at(0)), BEATING, at(10))
    off = redeclared(pulse, replace(BEATING, paused=True), at(20))
    assert (off.state, off.stale_at) == (PulseState.PAUSED, None)
    assert aged(off, BEATING, at(10_000)) == off
    assert beaten(off, BEATING, at(500)).state is PulseState.PAUSED
    on = redeclared(off, BEATING, at(1_000))
    assert (on.state, on.since, on.stale_at) == (PulseState.WAITING, at(1_000), at(1_070))


def test_a_restart_changes_nothing() -> None:
    for pulse in (
        begun(BEATING, at(0)),
        beaten(begun(BEATING, at(0)), BEATING, at(5)),
        aged(begun(BEATING, at(0)), BEATING, at(80)),
    ):
        assert redeclared(pulse, BEATING, at(81)) == pulse


def test_a_restart_looks_at_once_because_who_looked_before_may_be_gone() -> None:
    for newest_at in (at(0), at(-700)):
        looking = looked(begun(FRESH, at(0)), FRESH, seen(newest_at), at(1))
        assert redeclared(looking, FRESH, at(2)) == replace(looking, look_at=at(2))


def test_a_surface_is_looked_at_once_more_at_the_moment_when_it_would_be_stale() -> None:
    pulse = looked(begun(FRESH, at(0)), FRESH, seen(at(0)), at(590))
    assert (pulse.stale_at, pulse.look_at) == (at(600), at(600))
    assert aged(pulse, FRESH, at(600)) == pulse
    renewed = looked(pulse, FRESH, seen(at(595)), at(601))
    assert (renewed.state, renewed.stale_at) == (PulseState.FRESH, at(1_195))
    assert looked(pulse, FRESH, seen(at(0)), at(601)).state is PulseState.STALE
    unclear = looked(pulse, FRESH, seen(None, passed=None), at(601))
    assert (unclear.state, unclear.look_at) == (PulseState.STALE, at(602))


def test_a_surface_that_nobody_comes_back_from_is_stale_without_a_look() -> None:
    pulse = looked(begun(FRESH, at(0)), FRESH, seen(at(0)), at(590))
    assert aged(pulse, FRESH, at(659)).state is PulseState.FRESH
    assert aged(pulse, FRESH, at(660)).state is PulseState.STALE


def test_a_surface_that_could_not_be_seen_while_we_were_away_waits_until_we_look_again() -> None:
    holds = Holds.of([Downtime(at(500), at(700), at(760))])
    pulse = looked(begun(FRESH, at(0)), FRESH, seen(at(0)), at(1))
    unclear = looked(pulse, FRESH, seen(None, passed=None), at(701), holds)
    assert (unclear.state, unclear.stale_at) == (PulseState.FRESH, at(760))


def test_a_longer_limit_counts_from_the_last_sign_of_life() -> None:
    pulse = beaten(begun(BEATING, at(0)), BEATING, at(5))
    patient = replace(BEATING, heartbeat=Heartbeat(every_s=600.0, grace_s=0.0))
    assert redeclared(pulse, patient, at(20)).stale_at == at(605)


def test_a_promise_that_turns_from_a_heartbeat_into_a_surface_is_looked_at() -> None:
    turned = redeclared(begun(BEATING, at(0)), FRESH, at(5))
    assert (turned.look_at, turned.stale_at) == (at(5), at(605))
    assert redeclared(turned, BEATING, at(6)).look_at is None


def test_a_fresh_look_is_fresh_until_the_output_is_too_old() -> None:
    pulse = looked(begun(FRESH, at(0)), FRESH, seen(at(-100)), at(1))
    assert (pulse.state, pulse.newest_at, pulse.stale_at, pulse.look_at) == (
        PulseState.FRESH,
        at(-100),
        at(500),
        at(31),
    )


def test_an_output_that_is_too_old_when_first_seen_is_stale_at_once() -> None:
    pulse = looked(begun(FRESH, at(0)), FRESH, seen(at(-600)), at(1))
    assert (pulse.state, pulse.stale_at, pulse.look_at) == (PulseState.STALE, None, at(31))


def test_output_that_vanished_is_not_fresh() -> None:
    pulse = looked(begun(FRESH, at(0)), FRESH, seen(at(0)), at(1))
    assert looked(pulse, FRESH, seen(at(-700)), at(31)).state is PulseState.STALE


@pytest.mark.parametrize(
    "look", [seen(None), seen(at(0), passed=None), seen(at(0), passed=False), seen(at(302)), seen(None, passed=None)]
)
def test_a_look_that_does_not_tell_changes_nothing_but_when_we_look_again(look: Look) -> None:
    pulse = looked(begun(FRESH, at(0)), FRESH, look, at(1))
    assert (pulse.state, pulse.newest_at, pulse.stale_at, pulse.looks) == (PulseState.WAITING, None, at(600), 1)
    waits = []
    for _ in range(7):
        now = pulse.look_at
        assert now is not None
        pulse = looked(pulse, FRESH, replace(look, passed=None), now)
        assert pulse.look_at is not None
        waits.append((pulse.look_at - now) / 1e9)
    assert waits == [2, 4, 8, 16, 30, 30, 30]


def test_a_time_that_is_a_little_ahead_is_now() -> None:
    assert looked(begun(FRESH, at(0)), FRESH, seen(at(60)), at(1)).newest_at == at(1)


def test_a_look_at_what_was_paused_meanwhile_counts_for_nothing() -> None:
    off = paused(begun(FRESH, at(0)))
    assert looked(off, FRESH, seen(at(0)), at(1)) == off


@pytest.mark.parametrize(
    "fields",
    [
        {"http": HttpSurface(url="https://a.example/{batch_id}")},
        {"http": HttpSurface(url="https://a.example/", newer_than_open=True)},
        {"sql": SqlSurface(dsn_env="DB", query="select max(at) from a where b = :batch_id")},
        {"file": FileSurface(url="/a", max_age_s=5.0)},
        {"file": FileSurface(url="/a"), "every_s": 0.5},
        {},
    ],
)
def test_freshness_without_a_run_takes_no_facts_of_one(fields: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="expected"):
        Freshness(max_age_s=60.0, **fields)  # type: ignore[arg-type]  # each case its own


def test_a_pulse_counts_its_limit_in_whole_instants() -> None:
    assert begun(BEATING, at(0)) == Pulse(promise="worker", since=at(0), stale_at=after(at(0), 70.0))
