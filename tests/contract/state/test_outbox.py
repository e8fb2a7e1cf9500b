from collections.abc import Sequence

from outproof.contract.severity import Severity
from outproof.core.time import Instant, after
from outproof.engine.record import record
from outproof.ports import Transaction
from outproof.respond.delivery import Attempt, Claimed, DeliveryState, Outcome, Sent, settled
from outproof.respond.route import Routes
from outproof.store.state.state import SqlState
from tests.contract.state.opened import NOON, PROJECT
from tests.unit.respond.findings import a_finding, answer_to

ONE = Routes(default=("pager",))
FAR = after(NOON, 10 * 86_400)


def see(tx: Transaction, now: Instant, **changes: object) -> None:
    record(tx, a_finding(**changes), project=PROJECT, routes=ONE, now=now)


def claim(tx: Transaction, now: Instant, hold_s: float = 60, limit: int = 10) -> Sequence[Claimed]:
    return tx.outbox.claim("pager", now, after(now, hold_s), limit)


def attempted(tx: Transaction, claimed: Claimed, outcome: Outcome, now: Instant) -> bool:
    number = claimed.attempts + 1
    attempt = Attempt(number=number, at=now, outcome=outcome, detail="said", duration_s=0.25, status_code=503)
    state, again_at = settled(claimed.id, number, Sent(outcome=outcome, detail="said"), now)
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
        assert attempted(tx, opened, Outcome.TRANSIENT, after(NOON, 2))
        assert claim(tx, after(NOON, 3)) == []
        [opened] = claim(tx, after(NOON, 60))
        assert attempted(tx, opened, Outcome.ACCEPTED, after(NOON, 60))
        assert kinds(claim(tx, after(NOON, 60))) == ["resolved"]


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
        tx.outbox.put(opened.notices, NOON)
        tx.outbox.put(opened.notices, after(NOON, 1))
        assert [delivery.channel for delivery in tx.outbox.deliveries(opened.incident.id)] == ["chat", "pager"]
