"""An incident in Slack from its first message to its end, through the outbox."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from outproof.channels.slack.app import SlackApp
from outproof.channels.slack.config import SlackAppConfig
from outproof.core.ids import IncidentId
from outproof.egress.http import GuardedClient
from outproof.engine.dispatch import Dispatcher
from outproof.engine.record import put_on_record, record
from outproof.respond.delivery import DeliveryState
from outproof.respond.incident import acknowledge
from outproof.respond.route import Routes
from outproof.store.state.state import SqlState
from tests.contract.state.opened import PROJECT, SetClock, a_state
from tests.integration.sink import Answer, running, until
from tests.unit.channels.wire import SITE
from tests.unit.respond.findings import a_finding


def delivered(state: SqlState, dispatcher: Dispatcher, incident: IncidentId, count: int) -> Callable[[], bool]:
    def met() -> bool:
        dispatcher.tick()
        with state.look() as tx:
            states = [delivery.state for delivery in tx.outbox.deliveries(incident)]
        return states.count(DeliveryState.ACCEPTED) == count

    return met


def test_what_follows_is_put_below_the_first_message(tmp_path: Path) -> None:
    with a_state(tmp_path) as state, running() as sink:
        config = SlackAppConfig(name="chat", token="t", channel="#on-call", signing_secret="s", url=sink.url)
        routes, clock = Routes(default=("chat",), manners={"chat": config.manners}), SetClock()
        channel = SlackApp(config, GuardedClient(["127.0.0.1"], 60, 4_096), SITE)
        dispatcher = Dispatcher(state, lambda: {"chat": channel}, clock)
        for method in ("chat.postMessage", "chat.update"):
            answer = Answer(body=json.dumps({"ok": True, "channel": "C012AB3CD", "ts": "17.02"}).encode())
            sink.script(f"/{method}", *[answer] * 3)

        with state.begin() as tx:
            incident = record(tx, a_finding(), project=PROJECT, routes=routes, now=clock.at)
        assert incident is not None
        until(delivered(state, dispatcher, incident, 1))
        clock.forward(60)
        with state.begin() as tx:
            current = tx.incidents.load(incident)
            assert current is not None
            assert put_on_record(
                tx, acknowledge(current, "ana (Slack)", clock.at), project=PROJECT, routes=routes, now=clock.at
            )
        until(delivered(state, dispatcher, incident, 2))
        clock.forward(60)
        with state.begin() as tx:
            record(tx, a_finding(firing=False, reason="it holds"), project=PROJECT, routes=routes, now=clock.at)
        until(delivered(state, dispatcher, incident, 3))
        dispatcher.stop()

        posts: list[Any] = [json.loads(received.body) for received in sink.bodies("/chat.postMessage")]
        updates: list[Any] = [json.loads(received.body) for received in sink.bodies("/chat.update")]
    assert [(post["channel"], post.get("thread_ts")) for post in posts] == [
        ("#on-call", None),
        ("C012AB3CD", "17.02"),
        ("C012AB3CD", "17.02"),
    ]
    assert [post["blocks"][0]["text"]["text"].partition(" ·")[0] for post in posts] == [
        "P0",
        "P0 acknowledged",
        "Resolved",
    ]
    assert {update["ts"] for update in updates} == {"17.02"}
    assert "By: ana (Slack)" in json.dumps(updates[0], ensure_ascii=False)
