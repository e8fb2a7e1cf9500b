import pytest
from hypothesis import given
from hypothesis import strategies as st

from outproof.core.ids import NoticeId
from outproof.core.time import seconds_between
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
def test_a_notice_is_tried_at_least_eight_times_over_more_than_a_day(notice: str) -> None:
    waits = [wait_s(NoticeId(notice), attempt) for attempt in range(1, 100)]
    known = [wait for wait in waits if wait is not None]
    assert len(known) + 1 == 9
    assert sum(known) > 24 * 3_600
    for wait, at_least in zip(known, WAITS_S, strict=True):
        assert at_least <= wait <= at_least * (1 + JITTER_RATIO_MAX)


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
    new, again_at = settled(NoticeId("msg_1"), attempt, Sent(outcome=outcome, detail=""), NOON)
    assert new is state
    assert (again_at is not None) == (state is DeliveryState.RETRYING)


@pytest.mark.parametrize(("asked_s", "at_least_s"), [(None, 5), (1, 5), (90, 90), (1e9, RETRY_AFTER_S_MAX)])
def test_a_receiver_may_ask_for_more_time_but_not_for_ever(asked_s: float | None, at_least_s: float) -> None:
    sent = Sent(outcome=Outcome.TRANSIENT, detail="", retry_after_s=asked_s)
    _, again_at = settled(NoticeId("msg_1"), 1, sent, NOON)
    assert again_at is not None
    assert at_least_s <= seconds_between(NOON, again_at) <= at_least_s * 1.2
