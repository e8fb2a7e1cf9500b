import pytest
from hypothesis import given
from hypothesis import strategies as st

from outproof.core.ids import NoticeId
from outproof.core.time import after, seconds_between
from outproof.respond.delivery import (
    JITTER_RATIO_MAX,
    RETRY_AFTER_S_MAX,
    WAITS_S,
    DeliveryState,
    Outcome,
    Sent,
    settled,
    wait_s,
)
from tests.unit.respond.findings import NOON

AWAY = Sent(outcome=Outcome.TRANSIENT, detail="503 Service Unavailable", status_code=503)


@given(st.text())
def test_a_notice_is_tried_at_least_eight_times_over_at_least_a_day_and_every_hour_of_it(notice: str) -> None:
    now, attempt = NOON, 1
    state, again_at = settled(NoticeId(notice), attempt, AWAY, now, queued_at=NOON)
    while again_at is not None:
        wait, at_least = seconds_between(now, again_at), WAITS_S[min(attempt, len(WAITS_S)) - 1]
        assert at_least - 1e-6 <= wait <= at_least * (1 + JITTER_RATIO_MAX) <= 2 * 3_600
        now, attempt = again_at, attempt + 1
        state, again_at = settled(NoticeId(notice), attempt, AWAY, now, queued_at=NOON)
    assert state is DeliveryState.FAILED
    assert attempt >= 9
    assert 86_400 <= seconds_between(NOON, now) <= 86_400 + 2 * 3_600


def test_waits_differ_between_notices_and_not_between_replays() -> None:
    waits = {wait_s(NoticeId(f"msg_{n}"), 3) for n in range(100)}
    assert len(waits) > 90
    assert wait_s(NoticeId("msg_1"), 3) == wait_s(NoticeId("msg_1"), 3)


@pytest.mark.parametrize(
    ("outcome", "attempt", "state"),
    [
        (Outcome.ACCEPTED, 1, DeliveryState.ACCEPTED),
        (Outcome.PERMANENT, 1, DeliveryState.FAILED),
        (Outcome.TRANSIENT, 1, DeliveryState.RETRYING),
        (Outcome.TRANSIENT, 8, DeliveryState.RETRYING),
        (Outcome.TRANSIENT, 9, DeliveryState.FAILED),
    ],
)
def test_an_attempt_settles_a_notice(outcome: Outcome, attempt: int, state: DeliveryState) -> None:
    a_day_ago = after(NOON, -86_400)
    new, again_at = settled(NoticeId("msg_1"), attempt, Sent(outcome=outcome, detail=""), NOON, queued_at=a_day_ago)
    assert new is state
    assert (again_at is not None) == (state is DeliveryState.RETRYING)


@pytest.mark.parametrize(("asked_s", "at_least_s"), [(None, 5), (1, 5), (90, 90), (1e9, RETRY_AFTER_S_MAX)])
def test_a_receiver_may_ask_for_more_time_but_not_for_ever(asked_s: float | None, at_least_s: float) -> None:
    sent = Sent(outcome=Outcome.TRANSIENT, detail="", retry_after_s=asked_s)
    _, again_at = settled(NoticeId("msg_1"), 1, sent, NOON, queued_at=NOON)
    assert again_at is not None
    assert at_least_s <= seconds_between(NOON, again_at) <= at_least_s * 1.2


def test_attempts_that_came_early_do_not_use_up_the_day() -> None:
    state, _ = settled(NoticeId("msg_1"), 400, AWAY, after(NOON, 86_399), queued_at=NOON)
    assert state is DeliveryState.RETRYING


def test_what_nobody_tried_for_a_day_is_still_tried_often_enough() -> None:
    states = [settled(NoticeId("msg_1"), number, AWAY, after(NOON, 90_000), queued_at=NOON)[0] for number in (1, 8, 9)]
    assert states == [DeliveryState.RETRYING, DeliveryState.RETRYING, DeliveryState.FAILED]
