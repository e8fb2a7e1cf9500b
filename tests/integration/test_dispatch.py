import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import msgspec
import pytest

from outproof.channels.slack.config import SlackConfig
from outproof.channels.slack.send import Slack
from outproof.channels.webhook.config import WebhookConfig
from outproof.channels.webhook.send import Webhook
from outproof.contract.severity import Severity
from outproof.core.ids import IncidentId, NoticeId
from outproof.core.time import Instant
from outproof.egress.http import GuardedClient
from outproof.engine.dispatch import CLAIM_S, UNKNOWN_S, Dispatcher
from outproof.engine.record import record
from outproof.ports import Channel
from outproof.respond.delivery import SPREAD_S, Delivery, DeliveryState, Outcome, Sent
from outproof.respond.incident import EntryKind
from outproof.respond.notification import Notification
from outproof.respond.route import Routes
from outproof.store.state.state import SqlState
from tests.contract.state.opened import PROJECT, SetClock, a_state
from tests.integration.sink import Answer, Received, Sink, running, until
from tests.unit.respond.findings import a_finding

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
SITE = "https://outproof.example"
PATIENCE_S = 600.0
"""What hangs is let go at the end of its test; until then no receiver is slow only because the machine is."""


@pytest.fixture
def sink() -> Iterator[Sink]:
    with running() as sink:
        yield sink


@pytest.fixture
def desk(tmp_path: Path, sink: Sink) -> Iterator["Desk"]:
    with a_state(tmp_path) as state:
        desk = Desk(state, sink)
        yield desk
        sink.let_go()
        desk.dispatcher.stop()


class Desk:
    """A dispatcher with two channels that lead to the sink, on a real store."""

    def __init__(self, state: SqlState, sink: Sink) -> None:
        self.state = state
        self.sink = sink
        self.clock = SetClock()
        client = GuardedClient(["127.0.0.0/8"], PATIENCE_S, 1_024)
        self.channels: dict[str, Channel] = {
            "pager": Webhook(WebhookConfig("pager", f"{sink.url}/pager", (SECRET,)), client, SITE),
            "chat": Slack(SlackConfig("chat", f"{sink.url}/chat"), client, SITE),
        }
        self.woken = threading.Event()
        self.dispatcher = self.a_dispatcher(self.channels)

    def a_dispatcher(self, channels: Mapping[str, Channel]) -> Dispatcher:
        return Dispatcher(self.state, lambda: channels, self.clock, self.woken.set)

    def see(self, *channels: str, **changes: object) -> IncidentId:
        routes = Routes(default=channels)
        with self.state.begin() as tx:
            incident = record(tx, a_finding(**changes), project=PROJECT, routes=routes, now=self.clock.at)
        assert incident is not None
        return incident

    def deliveries(self, incident: IncidentId) -> list[Delivery]:
        with self.state.begin() as tx:
            return list(tx.outbox.deliveries(incident))

    def tick_until(self, condition: Callable[[], bool]) -> None:
        def met() -> bool:
            self.dispatcher.tick()
            return condition()

        until(met)

    def attempts(self, incident: IncidentId) -> int:
        return sum(len(delivery.attempts) for delivery in self.deliveries(incident))


def ids(received: list[Received]) -> list[str]:
    return [one.headers["webhook-id"] for one in received]


def kinds(received: list[Received]) -> list[str]:
    return [msgspec.json.decode(one.body)["type"] for one in received]


def test_a_page_reaches_every_channel_and_is_on_record_and_in_the_timeline(desk: Desk) -> None:
    incident = desk.see("pager", "chat")
    desk.tick_until(lambda: desk.attempts(incident) == 2)
    deliveries = desk.deliveries(incident)
    assert {delivery.state for delivery in deliveries} == {DeliveryState.ACCEPTED}
    assert {delivery.attempts[0].status_code for delivery in deliveries} == {200}
    assert len(desk.sink.bodies("/pager")) == len(desk.sink.bodies("/chat")) == 1
    assert ids(desk.sink.bodies("/pager")) == [next(one.id for one in deliveries if one.channel == "pager")]
    with desk.state.begin() as tx:
        told = [entry.text for entry in tx.incidents.timeline(incident) if entry.kind is EntryKind.NOTIFIED]
    assert sorted(told) == ["chat accepted the notice that it opened", "pager accepted the notice that it opened"]
    assert desk.woken.is_set()


@pytest.mark.parametrize("first", [Answer(500), Answer(429), Answer(drop=True)])
def test_a_receiver_that_fails_is_tried_again_with_the_same_id_and_body(desk: Desk, first: Answer) -> None:
    desk.sink.script("/pager", first)
    incident = desk.see("pager")
    desk.tick_until(lambda: desk.attempts(incident) == 1)
    assert desk.deliveries(incident)[0].state is DeliveryState.RETRYING
    desk.dispatcher.tick()
    assert len(desk.sink.bodies("/pager")) == 1
    desk.clock.forward(7)
    desk.tick_until(lambda: desk.attempts(incident) == 2)
    one, two = desk.sink.bodies("/pager")
    assert one.headers["webhook-id"] == two.headers["webhook-id"]
    assert one.body == two.body
    assert int(two.headers["webhook-timestamp"]) == int(one.headers["webhook-timestamp"]) + 7
    assert desk.deliveries(incident)[0].state is DeliveryState.ACCEPTED


def test_a_receiver_that_does_not_answer_in_time_is_tried_again(desk: Desk) -> None:
    desk.sink.script("/silent", Answer(hang_s=PATIENCE_S))
    impatient = GuardedClient(["127.0.0.0/8"], 0.5, 1_024)
    silent = Webhook(WebhookConfig("pager", f"{desk.sink.url}/silent", (SECRET,)), impatient, SITE)
    incident = desk.see("pager")
    first = desk.a_dispatcher({"pager": silent})
    first.tick()
    first.stop()
    [delivery] = desk.deliveries(incident)
    assert delivery.state is DeliveryState.RETRYING
    assert "did not answer within 0.5 s" in delivery.attempts[0].detail
    desk.clock.forward(7)
    desk.tick_until(lambda: desk.attempts(incident) == 2)
    assert desk.deliveries(incident)[0].state is DeliveryState.ACCEPTED
    assert ids(desk.sink.bodies("/pager")) == [delivery.id]


def test_a_receiver_that_asks_for_time_gets_it(desk: Desk) -> None:
    desk.sink.script("/pager", Answer(503, {"Retry-After": "300"}))
    incident = desk.see("pager")
    desk.tick_until(lambda: desk.attempts(incident) == 1)
    desk.clock.forward(299)
    desk.dispatcher.tick()
    assert len(desk.sink.bodies("/pager")) == 1
    desk.clock.forward(1)
    desk.tick_until(lambda: desk.attempts(incident) == 2)


@pytest.mark.parametrize(
    ("answer", "detail"),
    [
        (Answer(410), "410 Gone"),
        (Answer(302, {"Location": "/elsewhere"}), "302 Found: redirects are not followed"),
    ],
)
def test_a_receiver_that_says_never_is_not_tried_again_and_it_shows(desk: Desk, answer: Answer, detail: str) -> None:
    desk.sink.script("/pager", answer)
    incident = desk.see("pager")
    desk.tick_until(lambda: desk.attempts(incident) == 1)
    desk.clock.forward(86_400)
    desk.dispatcher.tick()
    [delivery] = desk.deliveries(incident)
    assert (delivery.state, delivery.next_attempt_at) == (DeliveryState.FAILED, None)
    assert delivery.attempts[0].detail.startswith(detail)
    assert [received.path for received in desk.sink.received] == ["/pager"]
    with desk.state.begin() as tx:
        assert any("was not told" in entry.text for entry in tx.incidents.timeline(incident))


def test_after_the_last_try_a_notice_is_failed_and_a_day_has_passed(desk: Desk) -> None:
    desk.sink.script("/pager", *[Answer(500)] * 100)
    incident = desk.see("pager")
    began = desk.clock.at

    def failed() -> bool:
        [delivery] = desk.deliveries(incident)
        if delivery.next_attempt_at is not None:
            desk.clock.at = delivery.next_attempt_at
        return delivery.state is DeliveryState.FAILED

    desk.tick_until(failed)
    [delivery] = desk.deliveries(incident)
    assert delivery.state is DeliveryState.FAILED
    assert len(delivery.attempts) >= 9
    assert desk.clock.at - began > 24 * 3_600 * 10**9
    assert len(set(ids(desk.sink.bodies("/pager")))) == 1


class CrashesAfterTheAnswer:
    """A channel whose process dies between the receiver's answer and our record."""

    def __init__(self, inner: Channel) -> None:
        self._inner = inner

    def send(self, notice: NoticeId, notification: Notification, now: Instant) -> Sent:
        self._inner.send(notice, notification, now)
        raise SystemExit("killed")


def test_a_crash_after_the_answer_sends_again_with_the_same_id(desk: Desk) -> None:
    incident = desk.see("pager")
    dying = desk.a_dispatcher({"pager": CrashesAfterTheAnswer(desk.channels["pager"])})
    dying.tick()
    dying.stop()
    assert desk.attempts(incident) == 0
    desk.dispatcher.tick()
    assert len(desk.sink.bodies("/pager")) == 1
    desk.clock.forward(CLAIM_S + 1)
    desk.tick_until(lambda: desk.attempts(incident) == 1)
    assert len(set(ids(desk.sink.bodies("/pager")))) == 1
    assert len(desk.sink.bodies("/pager")) == 2


def test_a_stop_right_after_the_claim_waits_for_the_sender_that_is_only_starting(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = partial(ThreadPoolExecutor, initializer=time.sleep, initargs=(0.1,))
    monkeypatch.setattr("outproof.engine.dispatch.ThreadPoolExecutor", slow)
    incident = desk.see("pager")
    desk.dispatcher.tick()
    desk.dispatcher.stop()
    assert [delivery.state for delivery in desk.deliveries(incident)] == [DeliveryState.ACCEPTED]


class Breaks:
    """A channel whose own code fails, with words that nobody may see."""

    def send(self, notice: NoticeId, notification: Notification, now: Instant) -> Sent:
        del notice, notification, now
        raise LookupError(SECRET)


def test_what_goes_wrong_in_a_sender_is_on_record_as_an_attempt_and_told_by_the_next_tick(desk: Desk) -> None:
    incident = desk.see("pager")
    broken = desk.a_dispatcher({"pager": Breaks()})
    broken.tick()
    broken.stop()
    [delivery] = desk.deliveries(incident)
    assert delivery.state is DeliveryState.RETRYING
    assert delivery.attempts[0].detail == "the channel's own code failed with LookupError: see the server's log"
    with pytest.raises(LookupError):
        broken.tick()
    broken.tick()
    desk.clock.forward(7)
    desk.tick_until(lambda: desk.deliveries(incident)[0].state is DeliveryState.ACCEPTED)


def test_a_slow_channel_does_not_hold_up_another(desk: Desk) -> None:
    desk.sink.script("/chat", *[Answer(hang_s=PATIENCE_S)] * 20)
    slow = [desk.see("chat", key=f"slow-{number}") for number in range(20)]
    desk.dispatcher.tick()
    incident = desk.see("pager", key="urgent")
    desk.tick_until(lambda: desk.attempts(incident) == 1)
    assert [desk.attempts(each) for each in slow] == [0] * 20


def test_notices_of_one_incident_arrive_in_order_whatever_fails(desk: Desk) -> None:
    desk.sink.script("/pager", Answer(500), Answer(200), Answer(500), Answer(200), Answer(500))
    incident = desk.see("pager", severity=Severity.WARNING)
    desk.clock.forward(1)
    desk.see("pager", severity=Severity.CRITICAL)
    for number in range(1, 5):
        desk.tick_until(lambda: desk.attempts(incident) == number)  # noqa: B023 - called at once
        desk.clock.forward(7)  # so long that the next try is due, and not so long that a claim lapses under its sender
    assert {one.state for one in desk.deliveries(incident)} == {DeliveryState.ACCEPTED}
    assert kinds(desk.sink.bodies("/pager")) == ["incident.opened"] * 2 + ["incident.updated"] * 2


def test_two_dispatchers_send_each_notice_once(desk: Desk) -> None:
    incidents = [desk.see("pager", key=f"k{number}") for number in range(20)]
    other = desk.a_dispatcher(desk.channels)

    def done() -> bool:
        other.tick()
        return all(desk.attempts(incident) == 1 for incident in incidents)

    desk.tick_until(done)
    other.stop()
    assert len(ids(desk.sink.bodies("/pager"))) == len(set(ids(desk.sink.bodies("/pager")))) == 20


def test_a_channel_nobody_configured_is_tried_again_and_says_what_to_do(desk: Desk) -> None:
    incident = desk.see("nobody")
    desk.clock.forward(UNKNOWN_S)
    desk.dispatcher.tick()
    [delivery] = desk.deliveries(incident)
    assert (delivery.state, delivery.attempts[0].outcome) == (DeliveryState.RETRYING, Outcome.TRANSIENT)
    assert "no channel named nobody is configured" in delivery.attempts[0].detail


def test_a_server_with_older_files_leaves_a_new_channel_to_those_that_know_it(desk: Desk) -> None:
    incident = desk.see("pager")
    older = desk.a_dispatcher({"chat": desk.channels["chat"]})
    for _ in range(3):
        older.tick()
        desk.clock.forward(UNKNOWN_S / 4)
    assert desk.attempts(incident) == 0
    desk.tick_until(lambda: desk.attempts(incident) == 1)
    assert desk.deliveries(incident)[0].state is DeliveryState.ACCEPTED


def test_after_an_outage_of_hours_what_waits_arrives_within_seconds_of_the_first_that_does(desk: Desk) -> None:
    desk.sink.script("/pager", *[Answer(503)] * 100)
    over, stays = desk.see("pager", key="over"), desk.see("pager", key="stays")
    for number, seconds in enumerate((0, 7, 40, 150, 730, 2_200), 1):
        desk.clock.forward(seconds)
        desk.tick_until(lambda: desk.attempts(over) == desk.attempts(stays) == number)  # noqa: B023 - called at once
    desk.clock.forward(1_000)
    desk.sink.script("/pager")
    desk.see("pager", key="over", firing=False)
    desk.tick_until(lambda: desk.deliveries(over)[-1].state is DeliveryState.ACCEPTED)
    assert [one.state for one in desk.deliveries(over)] == [DeliveryState.SUPERSEDED, DeliveryState.ACCEPTED]
    desk.clock.forward(SPREAD_S)
    desk.tick_until(lambda: desk.deliveries(stays)[0].state is DeliveryState.ACCEPTED)


def test_a_receiver_inside_that_nobody_allowed_is_not_connected_to(desk: Desk) -> None:
    client = GuardedClient([], 2.0, 1_024)
    inside = Webhook(WebhookConfig("pager", f"{desk.sink.url}/pager", (SECRET,)), client, SITE)
    incident = desk.see("pager")
    guarded = desk.a_dispatcher({"pager": inside})
    guarded.tick()
    guarded.stop()
    [delivery] = desk.deliveries(incident)
    assert delivery.state is DeliveryState.FAILED
    assert "loopback" in delivery.attempts[0].detail
    assert "egress: {allow: [127.0.0.1]}" in delivery.attempts[0].detail
    assert desk.sink.connections == 0


def test_no_secret_and_no_answer_is_ever_on_record(desk: Desk) -> None:
    desk.sink.script("/chat", Answer(500, body=b"inside secret"))
    incident = desk.see("chat", "pager")
    desk.tick_until(lambda: desk.attempts(incident) == 2)
    shown = repr(desk.deliveries(incident))
    for secret in (SECRET, "inside secret", "/chat'", desk.sink.url):
        assert secret not in shown
