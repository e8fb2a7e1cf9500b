from dataclasses import replace
from itertools import product

import pytest

from outproof.core.time import Instant, after
from outproof.decide.alert import (
    LOUD,
    UNKNOWN,
    AlertState,
    Cause,
    Change,
    Data,
    Memory,
    Sight,
    ended,
    first_memory,
    step,
)
from outproof.decide.policy import NoData, Policy
from tests.unit.decide.policies import a_threshold, an_absence

NOON = Instant(1_800_000_000_000_000_000)
INACTIVE, PENDING, FIRING, RESOLVING = AlertState
BREACHED, RECOVERED, BETWEEN, SPARSE, NO_DATA, GONE = Sight
FIRED, RESOLVED = Change
BLIND = Cause.NO_DATA


def a_memory(
    state: AlertState,
    *,
    since_s: float,
    silent_s: float | None = None,
    few_s: float | None = None,
    watched_s: float | None = None,
    cause: Cause | None = None,
) -> Memory:
    """What was remembered `since_s` seconds ago, without data for `silent_s` or with too few answers for `few_s`.

    It was watched for `watched_s` without anything being seen.
    """

    def ago(seconds: float | None) -> Instant | None:
        return None if seconds is None else after(NOON, -seconds)

    if state in LOUD and cause is None:
        cause = Cause.BREACH
    blind = Data.NONE if few_s is None else Data.SPARSE
    blind_since = ago(silent_s if few_s is None else few_s)
    return Memory(
        state=state,
        since=after(NOON, -since_s),
        cause=cause,
        data=Data.WHOLE if blind_since is None else blind,
        data_since=blind_since,
        blind_since=blind_since,
        watched_since=ago(watched_s),
    )


SLOW = a_threshold()  # window 5m, for 10m, no_data keep
SHORT = a_threshold(for_s=60.0)
AT_ONCE = a_threshold(for_s=0.0)
TELL = a_threshold(no_data=NoData.INCIDENT)
TELL_AT_ONCE = a_threshold(no_data=NoData.INCIDENT, for_s=0.0)
FORGET = a_threshold(no_data=NoData.OK)

TABLE: list[tuple[str, Policy, Memory, Sight, AlertState, Change | None]] = [
    ("a breach waits", SLOW, a_memory(INACTIVE, since_s=9), BREACHED, PENDING, None),
    ("without for it fires", AT_ONCE, a_memory(INACTIVE, since_s=9), BREACHED, FIRING, FIRED),
    ("nothing is nothing", SLOW, a_memory(INACTIVE, since_s=9), RECOVERED, INACTIVE, None),
    ("between is nothing", SLOW, a_memory(INACTIVE, since_s=9), BETWEEN, INACTIVE, None),
    ("few is nothing", SLOW, a_memory(INACTIVE, since_s=9), SPARSE, INACTIVE, None),
    ("gone is nothing", SLOW, a_memory(INACTIVE, since_s=9), GONE, INACTIVE, None),
    ("a second too early", SLOW, a_memory(PENDING, since_s=599), BREACHED, PENDING, None),
    ("it lasted", SLOW, a_memory(PENDING, since_s=600), BREACHED, FIRING, FIRED),
    ("it passed", SLOW, a_memory(PENDING, since_s=700), RECOVERED, INACTIVE, None),
    ("it sank below", SLOW, a_memory(PENDING, since_s=700), BETWEEN, INACTIVE, None),
    ("it went away", SLOW, a_memory(PENDING, since_s=700), GONE, INACTIVE, None),
    ("few do not fire", SLOW, a_memory(PENDING, since_s=700), SPARSE, PENDING, None),
    ("none does not fire", SLOW, a_memory(PENDING, since_s=700), NO_DATA, PENDING, None),
    ("few, but not for long", SLOW, a_memory(PENDING, since_s=700, few_s=299), SPARSE, PENDING, None),
    ("few for a window", SLOW, a_memory(PENDING, since_s=700, few_s=300), SPARSE, INACTIVE, None),
    ("few for its time", SHORT, a_memory(PENDING, since_s=70, few_s=60), SPARSE, INACTIVE, None),
    ("none for a window", SLOW, a_memory(PENDING, since_s=700, silent_s=300), NO_DATA, INACTIVE, None),
    ("it goes on", SLOW, a_memory(FIRING, since_s=9), BREACHED, FIRING, None),
    ("it is over", SLOW, a_memory(FIRING, since_s=9), RECOVERED, INACTIVE, RESOLVED),
    ("it is going to be", SLOW, a_memory(FIRING, since_s=9), BETWEEN, RESOLVING, None),
    ("its segment is gone", SLOW, a_memory(FIRING, since_s=9), GONE, INACTIVE, RESOLVED),
    ("few do not resolve", SLOW, a_memory(FIRING, since_s=9), SPARSE, FIRING, None),
    ("few for less than a window", SLOW, a_memory(FIRING, since_s=999, few_s=299), SPARSE, FIRING, None),
    ("too few to tell", SLOW, a_memory(FIRING, since_s=999, few_s=300), SPARSE, RESOLVING, None),
    ("too few, and still", SLOW, a_memory(RESOLVING, since_s=999, few_s=999), SPARSE, RESOLVING, None),
    ("too few is fine", FORGET, a_memory(FIRING, since_s=999, few_s=300), SPARSE, INACTIVE, RESOLVED),
    ("too few ends it", FORGET, a_memory(RESOLVING, since_s=999, few_s=300), SPARSE, INACTIVE, RESOLVED),
    ("too few is not fine yet", FORGET, a_memory(FIRING, since_s=999, few_s=299), SPARSE, FIRING, None),
    ("few, then none", FORGET, a_memory(FIRING, since_s=999, few_s=30), NO_DATA, INACTIVE, RESOLVED),
    ("none does not resolve", SLOW, a_memory(FIRING, since_s=9_999, silent_s=9_999), NO_DATA, FIRING, None),
    ("it is back", SLOW, a_memory(RESOLVING, since_s=9), BREACHED, FIRING, None),
    ("not yet over", SLOW, a_memory(RESOLVING, since_s=9_999), BETWEEN, RESOLVING, None),
    ("at last over", SLOW, a_memory(RESOLVING, since_s=9), RECOVERED, INACTIVE, RESOLVED),
    ("over, as gone", SLOW, a_memory(RESOLVING, since_s=9), GONE, INACTIVE, RESOLVED),
    ("few say nothing", SLOW, a_memory(RESOLVING, since_s=9), SPARSE, RESOLVING, None),
    ("silence is kept", SLOW, a_memory(INACTIVE, since_s=9_999, silent_s=9_999), NO_DATA, INACTIVE, None),
    ("a window is empty", TELL, a_memory(INACTIVE, since_s=9_999), NO_DATA, FIRING, FIRED),
    ("nobody watched before", TELL, a_memory(INACTIVE, since_s=299, watched_s=299), NO_DATA, INACTIVE, None),
    ("a whole silent window", TELL, a_memory(INACTIVE, since_s=300, watched_s=300), NO_DATA, FIRING, FIRED),
    ("silence while pending", TELL, a_memory(PENDING, since_s=400, silent_s=300), NO_DATA, FIRING, FIRED),
    ("silence while firing", TELL, a_memory(FIRING, since_s=400, silent_s=300), NO_DATA, FIRING, None),
    ("silence while resolving", TELL, a_memory(RESOLVING, since_s=400, silent_s=300), NO_DATA, RESOLVING, None),
    ("silence goes on", TELL, a_memory(FIRING, since_s=9, silent_s=309, cause=BLIND), NO_DATA, FIRING, None),
    ("seen and good", TELL, a_memory(FIRING, since_s=9, silent_s=309, cause=BLIND), RECOVERED, INACTIVE, RESOLVED),
    ("seen, but few", TELL, a_memory(FIRING, since_s=9, silent_s=309, cause=BLIND), SPARSE, INACTIVE, RESOLVED),
    ("seen and bad", TELL_AT_ONCE, a_memory(FIRING, since_s=9, silent_s=309, cause=BLIND), BREACHED, FIRING, FIRED),
    ("seen, may be bad", TELL, a_memory(FIRING, since_s=9, silent_s=309, cause=BLIND), BREACHED, PENDING, RESOLVED),
    ("silence is fine", FORGET, a_memory(FIRING, since_s=400, silent_s=300), NO_DATA, INACTIVE, RESOLVED),
    ("silence ends it", FORGET, a_memory(RESOLVING, since_s=400, silent_s=300), NO_DATA, INACTIVE, RESOLVED),
    ("not fine yet", FORGET, a_memory(FIRING, since_s=400, watched_s=299), NO_DATA, FIRING, None),
    ("silence ends waiting", FORGET, a_memory(PENDING, since_s=400, silent_s=300), NO_DATA, INACTIVE, None),
]


@pytest.mark.parametrize(("name", "policy", "memory", "sight", "state", "change"), TABLE, ids=[row[0] for row in TABLE])
def test_an_alert_moves_as_the_table_says(
    name: str, policy: Policy, memory: Memory, sight: Sight, state: AlertState, change: Change | None
) -> None:
    new, changed = step(memory, sight, policy, NOON)
    assert (new.state, changed) == (state, change)
    assert (new.cause is None) == (new.state not in LOUD)
    assert new.since == (NOON if (state, change) != (memory.state, None) else memory.since)
    assert (new.fired_at == NOON) == (change is FIRED)
    assert new.reason != memory.reason or state is memory.state


def test_every_state_and_every_sight_stand_in_the_table() -> None:
    told = {(memory.state, sight) for _, _, memory, sight, _, _ in TABLE}
    assert told == set(product(AlertState, Sight))


def test_the_same_look_twice_changes_nothing_more() -> None:
    for partial in (False, True):
        for _, policy, memory, sight, _, _ in TABLE:
            once, _ = step(memory, sight, policy, NOON, partial=partial)
            twice, change = step(once, sight, policy, NOON, partial=partial)
            assert (twice, change) == (once, None)


def test_a_breach_out_of_silence_fires_for_the_breach() -> None:
    blind = a_memory(FIRING, since_s=9, silent_s=309, cause=BLIND)
    assert step(blind, BREACHED, TELL_AT_ONCE, NOON)[0].cause is Cause.BREACH


def test_a_breach_on_partial_data_fires_and_says_so_until_it_is_over() -> None:
    fired, change = step(a_memory(PENDING, since_s=600), BREACHED, SLOW, NOON, partial=True)
    assert (change, fired.partial, fired.data) == (FIRED, True, Data.PARTIAL)
    assert fired.reason.endswith("raised on partial data")
    over, _ = step(fired, RECOVERED, SLOW, after(NOON, 10))
    assert (over.partial, over.data) == (False, Data.WHOLE)


@pytest.mark.parametrize("sight", [RECOVERED, GONE])
def test_nothing_is_over_while_data_is_partial(sight: Sight) -> None:
    held, change = step(a_memory(FIRING, since_s=900), sight, SLOW, NOON, partial=True)
    assert (held.state, change) == (RESOLVING, None)
    assert "may not have arrived" in held.reason
    assert step(held, sight, SLOW, after(NOON, 10))[1] is RESOLVED


def test_silence_is_no_incident_while_data_is_partial() -> None:
    silent = a_memory(INACTIVE, since_s=9_999, silent_s=9_999)
    waiting, change = step(silent, NO_DATA, TELL, NOON, partial=True)
    assert (waiting.state, waiting.data, change) == (INACTIVE, Data.PARTIAL, None)
    began, _ = step(waiting, NO_DATA, TELL, after(NOON, 10))
    assert step(began, NO_DATA, TELL, after(NOON, 309))[1] is None
    assert step(began, NO_DATA, TELL, after(NOON, 310))[1] is FIRED


def test_what_nobody_looked_at_for_a_while_must_last_anew() -> None:
    pending, _ = step(a_memory(INACTIVE, since_s=9), BREACHED, SLOW, NOON)
    soon, _ = step(pending, BREACHED, SLOW, after(NOON, 180))
    assert soon.since == NOON
    late, change = step(soon, BREACHED, SLOW, after(NOON, 601))
    assert (late.state, late.since, change) == (PENDING, after(NOON, 601), None)


def test_a_breach_looked_at_each_minute_lasts() -> None:
    memory, change = step(a_memory(INACTIVE, since_s=9), BREACHED, SHORT, NOON)
    memory, change = step(memory, BREACHED, SHORT, after(NOON, 60))
    assert change is FIRED
    assert memory.looked_at is None  # it is kept while it is pending only


def test_stray_answers_between_empty_windows_are_one_time_without_enough() -> None:
    memory = a_memory(FIRING, since_s=999)
    for second in range(0, 310, 10):
        sight = SPARSE if second % 60 == 0 else NO_DATA
        memory, _ = step(memory, sight, SLOW, after(NOON, second))
    assert (memory.state, memory.blind_since) == (RESOLVING, NOON)


def test_a_breach_that_nobody_can_see_any_more_says_so_until_it_is_seen_again() -> None:
    blind, change = step(a_memory(FIRING, since_s=999), NO_DATA, TELL, NOON)
    assert (blind.state, blind.cause, change) == (FIRING, Cause.BREACH, None)
    assert blind.reason == f"no data for 5 min: {UNKNOWN}"
    seen, _ = step(blind, BREACHED, TELL, after(NOON, 10))
    assert (seen.state, UNKNOWN in seen.reason) == (FIRING, False)


def test_silence_is_told_when_the_window_is_empty_and_not_a_window_later() -> None:
    memory = first_memory(NOON)
    memory, _ = step(memory, RECOVERED, TELL, NOON)
    assert step(memory, NO_DATA, TELL, after(NOON, 10))[1] is FIRED


def test_that_too_few_came_is_not_told_of_partial_data() -> None:
    policy = an_absence()
    watched = first_memory(after(NOON, -policy.span_s))
    assert step(watched, BREACHED, policy, NOON, partial=True)[1] is None
    assert step(watched, BREACHED, policy, NOON)[1] is FIRED


def test_that_too_few_came_is_told_when_a_whole_window_was_watched() -> None:
    policy = an_absence()
    began = first_memory(NOON)
    assert step(began, BREACHED, policy, after(NOON, policy.span_s - 1)) == (began, None)
    assert step(began, BREACHED, policy, after(NOON, policy.span_s))[1] is FIRED
    assert step(replace(began, watched_since=None), BREACHED, policy, NOON)[1] is FIRED


def test_an_alert_remembers_which_incident_it_fired_into() -> None:
    grouped = a_threshold(group="latency", for_s=0.0)
    fired, _ = step(first_memory(NOON), BREACHED, grouped, NOON)
    moved = replace(grouped, group=None)
    assert step(fired, RECOVERED, moved, NOON)[0].incident_key == grouped.incident_key


def test_what_nobody_looks_at_any_more_is_ended_with_its_reason() -> None:
    over = ended(a_memory(FIRING, since_s=9), "its policy is gone", NOON)
    assert (over.state, over.cause, over.reason, over.since) == (INACTIVE, None, "its policy is gone", NOON)
