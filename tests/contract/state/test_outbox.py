from collections.abc import Sequence
from dataclasses import replace

from outproof.contract.severity import Severity
from outproof.core.ids import NoticeId
from outproof.core.time import Instant, after
from outproof.engine.record import record
from outproof.ports import Transaction
from outproof.respond.delivery import (
    HEALTHY_WAIT_S,
    SPREAD_S,
    Attempt,
    Claimed,
    DeliveryState,
    Outcome,
    Sent,
    settled,
)
from outproof.respond.notification import Notice, NoticeKind
from outproof.respond.route import Routes
from outproof.store.state.outbox import REMINDERS_KEPT
from outproof.store.state.state import SqlState
from tests.contract.state.opened import NOON, PROJECT
from tests.unit.respond.findings import a_finding, answer_to, notices

ONE = Routes(default=("pager",))
FAR = after(NOON, 10 * 86_400)
LATER = after(NOON, 1_800)


def see(tx: Transaction, now: Instant, **changes: object) -> None:
    record(tx, a_finding(**changes), project=PROJECT, routes=ONE, now=now)


def claim(
    tx: Transaction, now: Instant, hold_s: float = 60, limit: int = 10, channel: str = "pager"
) -> Sequence[Claimed]:
    return tx.outbox.claim(channel, now, after(now, hold_s), limit)


def fail_for_long(tx: Transaction, channel: str = "pager") -> Instant:
    """Let every try of half an hour fail, so that the next one is another half hour away. Returns when the last was."""
    last = NOON
    for seconds in (0, 10, 60, 240, 1_100):
        last = after(NOON, seconds)
        for claimed in claim(tx, last, limit=1_000, channel=channel):
            assert attempted(tx, claimed, Outcome.TRANSIENT, last)
    return last


def attempted(tx: Transaction, claimed: Claimed, outcome: Outcome, now: Instant) -> bool:
    number = claimed.attempts + 1
    attempt = Attempt(number=number, at=now, outcome=outcome, detail="said", duration_s=0.25, status_code=503)
    state, again_at = settled(
        claimed.id, number, Sent(outcome=outcome, detail="said"), now, queued_at=claimed.queued_at
    )
    return tx.outbox.attempted(claimed, attempt, state, again_at)


def kinds(claimed: Sequence[Claimed]) -> list[str]:
    return [notice.notification.kind.value for notice in claimed]


def test_a_notice_is_claimed_by_one_sender_until_its_claim_runs_out(state: SqlState) -> None:
    with state.begin() as tx:
        see(tx, NOON)
        [mine] = claim(tx, NOON, hold_s=60)
        assert (mine.channel, mine.attempts, mine.notification.headline) == ("pager", 0, "unsafe_claim_served 2/6")
        assert claim(tx, after(NOON, 60)) == []
        [again] = claim(tx, after(NOON, 61))
        assert again == mine


def test_what_a_dead_server_was_sending_is_claimable_at_once_when_its_claims_are_released(state: SqlState) -> None:
    with state.begin() as tx:
        see(tx, NOON)
        [taken] = claim(tx, NOON)
        tx.outbox.release()
        assert claim(tx, NOON) == [taken]
        assert claim(tx, NOON) == []


def test_an_attempt_is_on_record_and_the_next_comes_when_it_is_due(state: SqlState) -> None:
    with state.begin() as tx:
        see(tx, NOON)
        [notice] = claim(tx, NOON)
        assert attempted(tx, notice, Outcome.TRANSIENT, NOON)
        assert claim(tx, after(NOON, 4.9)) == []
        [again] = claim(tx, after(NOON, 7))
        assert again.attempts == 1
        assert attempted(tx, again, Outcome.ACCEPTED, after(NOON, 7))
        assert claim(tx, FAR) == []
        [delivery] = tx.outbox.deliveries(notice.incident_id)
        assert (delivery.id, delivery.state, delivery.next_attempt_at) == (notice.id, DeliveryState.ACCEPTED, None)
        assert [(one.number, one.outcome, one.status_code, one.duration_s) for one in delivery.attempts] == [
            (1, Outcome.TRANSIENT, 503, 0.25),
            (2, Outcome.ACCEPTED, 503, 0.25),
        ]


def test_of_two_senders_of_one_notice_the_first_to_record_wins(state: SqlState) -> None:
    with state.begin() as tx:
        see(tx, NOON)
        [late] = claim(tx, NOON, hold_s=1)
        [first] = claim(tx, after(NOON, 2))
        assert attempted(tx, first, Outcome.ACCEPTED, after(NOON, 3))
        assert not attempted(tx, late, Outcome.TRANSIENT, after(NOON, 4))
        [delivery] = tx.outbox.deliveries(first.incident_id)
        assert (delivery.state, len(delivery.attempts)) == (DeliveryState.ACCEPTED, 1)


def test_the_end_waits_until_the_beginning_was_told(state: SqlState) -> None:
    with state.begin() as tx:
        see(tx, NOON)
        see(tx, after(NOON, 1), firing=False)
        [opened] = claim(tx, after(NOON, 2))
        assert kinds([opened]) == ["opened"]
        assert claim(tx, after(NOON, 2)) == []
        assert attempted(tx, opened, Outcome.ACCEPTED, after(NOON, 60))
        assert kinds(claim(tx, after(NOON, 60))) == ["resolved"]


def test_what_did_not_get_through_is_left_out_when_it_is_over_and_only_the_end_is_told(state: SqlState) -> None:
    with state.begin() as tx:
        see(tx, NOON)
        [opened] = claim(tx, NOON)
        assert attempted(tx, opened, Outcome.TRANSIENT, NOON)
        see(tx, after(NOON, 1), firing=False)
        assert kinds(claim(tx, after(NOON, 1))) == ["resolved"]
        told = [delivery.state for delivery in tx.outbox.deliveries(opened.incident_id)]
        assert told == [DeliveryState.SUPERSEDED, DeliveryState.QUEUED]


def test_what_fails_while_it_becomes_over_gives_way_to_the_end(state: SqlState) -> None:
    with state.begin() as tx:
        see(tx, NOON)
        [opened] = claim(tx, NOON)
        see(tx, after(NOON, 1), firing=False)
        assert attempted(tx, opened, Outcome.TRANSIENT, after(NOON, 2))
        assert kinds(claim(tx, after(NOON, 2))) == ["resolved"]
        assert kinds(claim(tx, FAR)) == ["resolved"], "its claim has run out"


def test_what_waits_for_its_next_try_is_tried_at_once_when_there_is_more_to_say(state: SqlState) -> None:
    with state.begin() as tx:
        see(tx, NOON, severity=Severity.WARNING)
        fail_for_long(tx)
        assert claim(tx, LATER) == []
        see(tx, LATER, severity=Severity.CRITICAL)
        assert kinds(claim(tx, LATER)) == ["opened"]


def test_what_a_receiver_did_not_take_comes_when_it_takes_notices_again_and_not_all_at_once(state: SqlState) -> None:
    with state.begin() as tx:
        for number in range(40):
            see(tx, NOON, key=f"k{number}")
        see(tx, NOON, key="elsewhere", channels=("chat",))
        fail_for_long(tx)
        fail_for_long(tx, "chat")
        see(tx, LATER, key="new")
        [new] = claim(tx, LATER)
        assert attempted(tx, new, Outcome.ACCEPTED, LATER)
        at_once = len(claim(tx, after(LATER, SPREAD_S / 2), limit=100))
        assert 0 < at_once < 40
        assert at_once + len(claim(tx, after(LATER, SPREAD_S), limit=100)) == 40
        assert claim(tx, after(LATER, SPREAD_S), channel="chat") == []


def test_what_a_healthy_receiver_cannot_take_is_not_tried_with_each_notice_that_it_takes(state: SqlState) -> None:
    with state.begin() as tx:
        see(tx, NOON, key="poison")
        last = fail_for_long(tx)
        for seconds, key, comes in ((1.0, "a", 0), (HEALTHY_WAIT_S + 1, "b", 1)):
            now = after(last, seconds)
            see(tx, now, key=key)
            [taken] = claim(tx, now)
            assert attempted(tx, taken, Outcome.ACCEPTED, now)
            assert len(claim(tx, after(now, SPREAD_S))) == comes


def test_of_reminders_only_the_newest_stay_on_record(state: SqlState) -> None:
    with state.begin() as tx:
        see(tx, NOON)
        [opened] = claim(tx, NOON)
        assert attempted(tx, opened, Outcome.ACCEPTED, NOON)
        for generation in range(2, REMINDERS_KEPT + 9):
            reminder = replace(opened.notification, kind=NoticeKind.REMINDED, generation=generation)
            tx.outbox.put([Notice(NoticeId(f"msg_{generation}"), "pager", reminder)], after(NOON, generation))
            [claimed] = claim(tx, after(NOON, generation))
            assert attempted(tx, claimed, Outcome.ACCEPTED, after(NOON, generation))
        kept = [(delivery.kind, len(delivery.attempts)) for delivery in tx.outbox.deliveries(opened.incident_id)]
        assert kept == [(NoticeKind.OPENED, 1), *[(NoticeKind.REMINDED, 1)] * (REMINDERS_KEPT + 1)]


def test_the_end_is_told_even_when_the_beginning_could_not_be(state: SqlState) -> None:
    with state.begin() as tx:
        see(tx, NOON)
        see(tx, after(NOON, 1), firing=False)
        [opened] = claim(tx, after(NOON, 2))
        assert attempted(tx, opened, Outcome.PERMANENT, after(NOON, 2))
        assert kinds(claim(tx, after(NOON, 2))) == ["resolved"]


def test_an_update_nobody_heard_yet_gives_way_to_a_newer_notice(state: SqlState) -> None:
    with state.begin() as tx:
        see(tx, NOON, severity=Severity.INFO)
        [opened] = claim(tx, NOON)
        assert attempted(tx, opened, Outcome.ACCEPTED, NOON)
        see(tx, after(NOON, 1), severity=Severity.WARNING)
        see(tx, after(NOON, 2), severity=Severity.CRITICAL)
        see(tx, after(NOON, 3), firing=False)
        assert kinds(claim(tx, after(NOON, 3))) == ["resolved"]
        assert [delivery.state for delivery in tx.outbox.deliveries(opened.incident_id)] == [
            DeliveryState.ACCEPTED,
            DeliveryState.SUPERSEDED,
            DeliveryState.SUPERSEDED,
            DeliveryState.QUEUED,
        ]


def test_an_update_that_is_being_sent_is_not_taken_back(state: SqlState) -> None:
    with state.begin() as tx:
        see(tx, NOON, severity=Severity.INFO)
        [opened] = claim(tx, NOON)
        assert attempted(tx, opened, Outcome.ACCEPTED, NOON)
        see(tx, after(NOON, 1), severity=Severity.WARNING)
        [update] = claim(tx, after(NOON, 1))
        see(tx, after(NOON, 2), firing=False)
        assert claim(tx, after(NOON, 2)) == []
        assert attempted(tx, update, Outcome.ACCEPTED, after(NOON, 3))
        assert kinds(claim(tx, after(NOON, 3))) == ["resolved"]


def test_incidents_do_not_wait_for_each_other(state: SqlState) -> None:
    with state.begin() as tx:
        for key in ("a", "b", "c"):
            see(tx, NOON, key=key)
        assert len(claim(tx, NOON, limit=2)) == 2
        assert len(claim(tx, NOON, limit=2)) == 1


def test_the_outbox_tells_which_channels_are_due_and_when_the_next_attempt_is(state: SqlState) -> None:
    with state.begin() as tx:
        assert tx.outbox.next_due() is None
        see(tx, NOON)
        see(tx, NOON, key="b", channels=("chat",))
        assert sorted(tx.outbox.due_channels(NOON)) == ["chat", "pager"]
        assert tx.outbox.due_channels(after(NOON, -1)) == []
        assert tx.outbox.next_due() == NOON


def test_the_notices_of_incidents_are_counted_by_state(state: SqlState) -> None:
    with state.begin() as tx:
        see(tx, NOON)
        [notice] = claim(tx, NOON)
        see(tx, after(NOON, 1), firing=False)
        assert attempted(tx, notice, Outcome.PERMANENT, after(NOON, 1))
        assert tx.outbox.counts([notice.incident_id]) == {
            notice.incident_id: {DeliveryState.FAILED: 1, DeliveryState.QUEUED: 1}
        }
        assert tx.outbox.counts([]) == {}


def test_a_notice_that_is_put_twice_is_queued_once(state: SqlState) -> None:
    opened = answer_to(a_finding())
    assert opened.incident is not None
    with state.begin() as tx:
        assert tx.incidents.save(opened.incident, expected=0)
        queued = notices(opened.incident, "pager", "chat")
        tx.outbox.put(queued, NOON)
        tx.outbox.put(queued, after(NOON, 1))
        assert [delivery.channel for delivery in tx.outbox.deliveries(opened.incident.id)] == ["chat", "pager"]
