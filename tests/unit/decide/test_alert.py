from dataclasses import replace
from typing import Any

import pytest

from outproof.core.time import Instant, after
from outproof.decide.alert import (
    AlertState,
    Cause,
    Change,
    Memory,
    Sight,
    first_memory,
    invariant_sight,
    step,
    threshold_sight,
)
from outproof.decide.policy import NoData, Policy
from tests.unit.decide.policies import a_threshold, an_invariant

NOON = Instant(1_800_000_000_000_000_000)
INACTIVE, PENDING, FIRING = AlertState.INACTIVE, AlertState.PENDING, AlertState.FIRING
BREACHED, RECOVERED, BETWEEN, SPARSE, NO_DATA = Sight


def a_memory(state: AlertState, *, since_s: float, data_s: float = 0.0, cause: Cause | None = None) -> Memory:
    """What was remembered `since_s` seconds ago, with data last seen `data_s` seconds ago."""
    if state is FIRING and cause is None:
        cause = Cause.BREACH
    return Memory(state=state, since=after(NOON, -since_s), data_at=after(NOON, -data_s), cause=cause)


SLOW = a_threshold()  # window 5m, for 10m, no_data keep
AT_ONCE = a_threshold(for_s=0.0)
TELL = a_threshold(no_data=NoData.INCIDENT)
TELL_AT_ONCE = a_threshold(no_data=NoData.INCIDENT, for_s=0.0)
FORGET = a_threshold(no_data=NoData.OK)
BLIND = Cause.NO_DATA

TABLE: list[tuple[str, Policy, Memory, Sight, AlertState, Change | None]] = [
    ("a breach waits", SLOW, a_memory(INACTIVE, since_s=9), BREACHED, PENDING, None),
    ("without for it fires", AT_ONCE, a_memory(INACTIVE, since_s=9), BREACHED, FIRING, Change.FIRED),
    ("nothing is nothing", SLOW, a_memory(INACTIVE, since_s=9), RECOVERED, INACTIVE, None),
    ("between is nothing", SLOW, a_memory(INACTIVE, since_s=9), BETWEEN, INACTIVE, None),
    ("few is nothing", SLOW, a_memory(INACTIVE, since_s=9), SPARSE, INACTIVE, None),
    ("a second too early", SLOW, a_memory(PENDING, since_s=599), BREACHED, PENDING, None),
    ("it lasted", SLOW, a_memory(PENDING, since_s=600), BREACHED, FIRING, Change.FIRED),
    ("it passed", SLOW, a_memory(PENDING, since_s=700), RECOVERED, INACTIVE, None),
    ("it sank below", SLOW, a_memory(PENDING, since_s=700), BETWEEN, INACTIVE, None),
    ("few do not fire", SLOW, a_memory(PENDING, since_s=700), SPARSE, PENDING, None),
    ("none does not fire", SLOW, a_memory(PENDING, since_s=700), NO_DATA, PENDING, None),
    ("it goes on", SLOW, a_memory(FIRING, since_s=9), BREACHED, FIRING, None),
    ("it is over", SLOW, a_memory(FIRING, since_s=9), RECOVERED, INACTIVE, Change.RESOLVED),
    ("between goes on", SLOW, a_memory(FIRING, since_s=9), BETWEEN, FIRING, None),
    ("few do not resolve", SLOW, a_memory(FIRING, since_s=9), SPARSE, FIRING, None),
    ("none does not resolve", SLOW, a_memory(FIRING, since_s=9_999, data_s=9_999), NO_DATA, FIRING, None),
    ("silence is kept", SLOW, a_memory(INACTIVE, since_s=9_999, data_s=9_999), NO_DATA, INACTIVE, None),
    ("a short silence", TELL, a_memory(INACTIVE, since_s=9_999, data_s=299), NO_DATA, INACTIVE, None),
    ("a whole silent window", TELL, a_memory(INACTIVE, since_s=9_999, data_s=300), NO_DATA, FIRING, Change.FIRED),
    ("silence while pending", TELL, a_memory(PENDING, since_s=400, data_s=300), NO_DATA, FIRING, Change.FIRED),
    ("silence while firing", TELL, a_memory(FIRING, since_s=400, data_s=300), NO_DATA, FIRING, None),
    ("silence goes on", TELL, a_memory(FIRING, since_s=9, data_s=309, cause=BLIND), NO_DATA, FIRING, None),
    ("seen and good", TELL, a_memory(FIRING, since_s=9, data_s=309, cause=BLIND), RECOVERED, INACTIVE, Change.RESOLVED),
    ("seen, but few", TELL, a_memory(FIRING, since_s=9, data_s=309, cause=BLIND), SPARSE, INACTIVE, Change.RESOLVED),
    (
        "seen and bad",
        TELL_AT_ONCE,
        a_memory(FIRING, since_s=9, data_s=309, cause=BLIND),
        BREACHED,
        FIRING,
        Change.FIRED,
    ),
    (
        "seen, may be bad",
        TELL,
        a_memory(FIRING, since_s=9, data_s=309, cause=BLIND),
        BREACHED,
        PENDING,
        Change.RESOLVED,
    ),
    ("silence is fine", FORGET, a_memory(FIRING, since_s=400, data_s=300), NO_DATA, INACTIVE, Change.RESOLVED),
    ("not fine yet", FORGET, a_memory(FIRING, since_s=400, data_s=299), NO_DATA, FIRING, None),
    ("silence ends waiting", FORGET, a_memory(PENDING, since_s=400, data_s=300), NO_DATA, INACTIVE, None),
]


@pytest.mark.parametrize(("name", "policy", "memory", "sight", "state", "change"), TABLE, ids=[row[0] for row in TABLE])
def test_an_alert_moves_as_the_table_says(
    name: str, policy: Policy, memory: Memory, sight: Sight, state: AlertState, change: Change | None
) -> None:
    new, changed = step(memory, sight, policy, NOON)
    assert (new.state, changed) == (state, change)
    assert (new.cause is None) == (new.state is not FIRING)
    assert new.since == (NOON if (state, change) != (memory.state, None) else memory.since)
    assert new.data_at == (memory.data_at if sight is NO_DATA else NOON)


def test_the_same_look_twice_changes_nothing_more() -> None:
    for _, policy, memory, sight, _, _ in TABLE:
        once, _ = step(memory, sight, policy, NOON)
        twice, change = step(once, sight, policy, NOON)
        assert (twice, change) == (once, None)


def test_a_breach_out_of_silence_fires_for_the_breach() -> None:
    blind = a_memory(FIRING, since_s=9, data_s=309, cause=BLIND)
    assert step(blind, BREACHED, TELL_AT_ONCE, NOON)[0].cause is Cause.BREACH


def measured(**values: Any) -> dict[str, Any]:
    return {"answers": 100, "calls": 100, "decided": 100, "ttft_p95": 0.4, **values}


@pytest.mark.parametrize(
    ("values", "sight"),
    [
        (measured(ttft_p95=0.501), BREACHED),
        (measured(ttft_p95=0.5), RECOVERED),
        (measured(ttft_p95=None), NO_DATA),
        (measured(calls=19, ttft_p95=0.501), SPARSE),
        (measured(calls=20, ttft_p95=0.501), BREACHED),
        (measured(calls=0), NO_DATA),
        ({}, NO_DATA),
        (measured(answers=0, ttft_p95=0.501), BREACHED),  # a service of model calls alone has a latency too
    ],
)
def test_a_window_is_seen_through_its_limit_and_its_sample(values: dict[str, Any], sight: Sight) -> None:
    assert threshold_sight(SLOW, values) is sight


@pytest.mark.parametrize(("ttft_s", "sight"), [(0.501, BREACHED), (0.45, BETWEEN), (0.4, BETWEEN), (0.39, RECOVERED)])
def test_recovery_may_ask_for_more_than_the_end_of_the_breach(ttft_s: float, sight: Sight) -> None:
    policy = a_threshold(recover="ttft_p95 < 400ms")
    assert threshold_sight(policy, measured(ttft_p95=ttft_s)) is sight


def test_a_rate_of_answers_is_sampled_by_answers_and_not_by_calls() -> None:
    policy = a_threshold(when="abstention_rate > 50%")
    assert threshold_sight(policy, measured(answers=19, abstention_rate=0.9)) is SPARSE
    assert threshold_sight(policy, measured(calls=1, abstention_rate=0.9)) is BREACHED


@pytest.mark.parametrize(
    ("breaches", "values", "breach_s", "sight"),
    [
        (1, {}, None, BREACHED),
        (0, {}, None, NO_DATA),
        (0, {"answers": 0, "decided": 0}, None, NO_DATA),
        (0, {"answers": 5, "decided": 0}, None, SPARSE),
        (0, {"answers": 5, "decided": 1}, None, RECOVERED),
        (0, {"answers": 5, "decided": 5}, 899.0, BETWEEN),
        (0, {"answers": 5, "decided": 5}, 900.0, RECOVERED),
    ],
)
def test_an_invariant_is_over_after_a_full_window_with_an_answer_and_without_a_breach(
    breaches: int, values: dict[str, Any], breach_s: float | None, sight: Sight
) -> None:
    memory = replace(first_memory(NOON), breach_at=None if breach_s is None else after(NOON, -breach_s))
    assert invariant_sight(an_invariant(), memory, breaches=breaches, measured=values, now=NOON) is sight
