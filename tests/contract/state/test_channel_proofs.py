"""What the outbox knows beside the notices themselves: whether channels can be reached, threads, and how all stand."""

from dataclasses import replace

from outproof.contract.severity import Severity
from outproof.core.ids import IncidentId, NoticeId
from outproof.core.time import Instant, after
from outproof.engine.canary import queue_test
from outproof.engine.record import record
from outproof.ports import Transaction
from outproof.respond.delivery import Attempt, Claimed, DeliveryState, Outcome, Proof, Sending, Sent, settled
from outproof.respond.incident import IncidentState
from outproof.respond.notification import Notice, NoticeKind
from outproof.respond.route import Routes
from outproof.store.state.state import SqlState
from tests.contract.state.opened import NOON, PROJECT
from tests.unit.respond.findings import a_finding

ROUTES = Routes(default=("pager",))
LATER = after(NOON, 60)


def see(tx: Transaction, now: Instant = NOON, **changes: object) -> IncidentId:
    incident = record(tx, a_finding(**changes), project=PROJECT, routes=ROUTES, now=now)
    assert incident is not None
    return incident


def attempt(tx: Transaction, outcome: Outcome, now: Instant, *, receipt: str | None = None) -> Claimed:
    [claimed] = tx.outbox.claim("pager", now, after(now, 60), 1)
    said = Sent(outcome=outcome, detail=f"said {outcome}", receipt=receipt)
    number = claimed.attempts + 1
    made = Attempt(number=number, at=now, outcome=outcome, detail=said.detail, duration_s=0.1, receipt=receipt)
    state, next_at = settled(claimed.id, number, said, now, queued_at=claimed.queued_at)
    assert tx.outbox.attempted(claimed, made, state, next_at)
    return claimed


def test_what_is_accepted_proves_a_channel_and_what_fails_is_known_until_something_is_accepted(state: SqlState) -> None:
    with state.begin() as tx:
        tx.outbox.expect_proof("pager", NOON)
        tx.outbox.expect_proof("pager", LATER)
        assert tx.outbox.proofs() == {"pager": Proof(channel="pager", since=NOON)}
        see(tx)
        attempt(tx, Outcome.TRANSIENT, NOON)
        failing = Proof(channel="pager", since=NOON, failed_at=NOON, failed_detail="said transient")
        assert tx.outbox.proofs()["pager"] == failing
        attempt(tx, Outcome.ACCEPTED, LATER)
        proven = Proof(channel="pager", since=NOON, accepted_at=LATER, accepted_kind=NoticeKind.OPENED)
        assert tx.outbox.proofs()["pager"] == proven
        see(tx, LATER, key="other")
        attempt(tx, Outcome.PERMANENT, LATER)
        refused = replace(proven, failed_at=LATER, failed_detail="said permanent", refused=True)
        assert tx.outbox.proofs()["pager"] == refused
        assert tx.outbox.deliveries(see(tx, LATER, key="third")) != []
        attempt(tx, Outcome.ACCEPTED, after(LATER, 1))
        assert tx.outbox.proofs()["pager"] == replace(proven, accepted_at=after(LATER, 1))


def test_channels_that_nobody_declared_prove_nothing(state: SqlState) -> None:
    with state.begin() as tx:
        see(tx)
        attempt(tx, Outcome.ACCEPTED, NOON)
        assert tx.outbox.proofs() == {}


def test_a_test_goes_through_the_outbox_once_and_no_list_of_incidents_shows_it(state: SqlState) -> None:
    with state.begin() as tx:
        tx.outbox.expect_proof("pager", NOON)
        assert queue_test(tx, "pager", project=PROJECT, now=NOON)
        claimed = attempt(tx, Outcome.ACCEPTED, NOON)
        assert claimed.notification.kind is NoticeKind.CANARY
        proof = tx.outbox.proofs()["pager"]
        assert (proof.accepted_kind, proof.tested_at) == (NoticeKind.CANARY, NOON)
        assert tx.incidents.newest(list(IncidentState), 10) == []


def test_a_test_that_is_still_on_its_way_gives_way_to_the_next(state: SqlState) -> None:
    with state.begin() as tx:
        assert queue_test(tx, "pager", project=PROJECT, now=NOON)
        attempt(tx, Outcome.TRANSIENT, NOON)
        assert queue_test(tx, "pager", project=PROJECT, now=LATER)
        claimed = attempt(tx, Outcome.ACCEPTED, LATER)
        states = [delivery.state for delivery in tx.outbox.deliveries(claimed.incident_id)]
        assert states == [DeliveryState.SUPERSEDED, DeliveryState.ACCEPTED]


def test_old_tests_are_forgotten_and_what_is_on_its_way_is_not(state: SqlState) -> None:
    days = 86_400.0
    with state.begin() as tx:
        queue_test(tx, "pager", project=PROJECT, now=NOON)
        test = attempt(tx, Outcome.ACCEPTED, NOON).incident_id
        see(tx)
        queue_test(tx, "pager", project=PROJECT, now=after(NOON, 3 * days))
        assert [delivery.kind for delivery in tx.outbox.deliveries(test)] == [NoticeKind.CANARY]
        tx.outbox.forget(test, after(NOON, 9 * days))
        assert len(tx.outbox.deliveries(test)) == 1, "it is still on its way"
        assert [claimed.notification.kind for claimed in tx.outbox.claim("pager", after(NOON, 3 * days), NOON, 9)] == [
            NoticeKind.OPENED,
            NoticeKind.CANARY,
        ]


def test_later_messages_of_an_incident_know_what_the_receiver_called_the_first(state: SqlState) -> None:
    with state.begin() as tx:
        see(tx, severity=Severity.WARNING)
        assert attempt(tx, Outcome.ACCEPTED, NOON, receipt="ts-1").notification.thread is None
        see(tx, LATER)
        assert attempt(tx, Outcome.ACCEPTED, LATER, receipt="ts-2").notification.thread == "ts-1"
        over = see(tx, after(LATER, 1), firing=False)
        assert attempt(tx, Outcome.ACCEPTED, after(LATER, 1)).notification.thread == "ts-1"
        receipts = [delivery.attempts[0].receipt for delivery in tx.outbox.deliveries(over)]
        assert receipts == ["ts-1", "ts-2", None]


def test_how_the_notices_of_incidents_stand_is_known_for_many_at_once(state: SqlState) -> None:
    with state.begin() as tx:
        one, two = see(tx), see(tx, key="other")
        attempt(tx, Outcome.PERMANENT, NOON)
        stands = tx.outbox.sendings([one, two, IncidentId("inc_none")])
        found = sorted(sending.state for sendings in stands.values() for sending in sendings)
        assert found == [DeliveryState.FAILED, DeliveryState.QUEUED]
        assert set(stands) == {one, two}
        assert {sending.generation for sending in stands[one]} == {1}
        assert isinstance(stands[two][0], Sending)
        see(tx, LATER, firing=False)
        assert tx.outbox.sendings([one])[one] == [Sending("pager", 2, DeliveryState.QUEUED)], "the newest is enough"


def test_a_reminder_that_was_not_sent_gives_way_to_what_comes_after_it(state: SqlState) -> None:
    with state.begin() as tx:
        see(tx)
        opened = attempt(tx, Outcome.ACCEPTED, NOON).notification
        for generation in (2, 3):
            reminder = replace(opened, kind=NoticeKind.REMINDED, generation=generation)
            tx.outbox.put([Notice(NoticeId(f"msg_{generation}"), "pager", reminder)], NOON)
        claimed = tx.outbox.claim("pager", LATER, after(LATER, 60), 9)
        assert [each.notification.generation for each in claimed] == [3]
