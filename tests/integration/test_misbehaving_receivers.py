"""Every channel over HTTP against a receiver that misbehaves, from the declared file to what the receiver got."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from outproof.channels.alertmanager.config import AlertmanagerConfig
from outproof.channels.alertmanager.send import Alertmanager
from outproof.channels.discord.config import DiscordConfig
from outproof.channels.discord.send import Discord
from outproof.channels.opsgenie.config import OpsgenieConfig
from outproof.channels.opsgenie.send import Opsgenie
from outproof.channels.pagerduty.config import PagerDutyConfig
from outproof.channels.pagerduty.send import PagerDuty
from outproof.channels.slack.app import SlackApp
from outproof.channels.slack.config import SlackAppConfig, SlackConfig
from outproof.channels.slack.send import Slack
from outproof.channels.teams.config import TeamsConfig
from outproof.channels.teams.send import Teams
from outproof.channels.webhook.config import WebhookConfig
from outproof.channels.webhook.send import Webhook
from outproof.egress.http import GuardedClient
from outproof.ports import Channel
from outproof.respond.delivery import Outcome
from tests.integration.certificates import Authority
from tests.integration.sink import Answer, Received, Sink, running
from tests.unit.channels.wire import NOTICE, SITE, a_notification
from tests.unit.respond.findings import NOON

LOOPBACK = ["127.0.0.0/8"]
TIMEOUT_S = 0.3
PATIENCE_S = 60.0
"""Where the receiver answers: a busy machine takes as long as it takes."""
KEY = "0" * 32
GOOD = Answer(body=b'{"ok":true,"channel":"C1","ts":"1.2"}')


@dataclass(frozen=True)
class Kind:
    """How a channel is made for a receiver, the path it asks for, and what tells its receiver that it is the same."""

    make: Callable[[str, GuardedClient], Channel]
    path: str
    identity: Callable[[Received], Any]


def body(received: Received) -> Any:
    return json.loads(received.body)


KINDS = {
    "webhook": Kind(
        lambda url, client: Webhook(WebhookConfig("x", f"{url}/in", ("whsec_" + "A" * 32,)), client, SITE),
        "/in",
        lambda received: received.headers["webhook-id"],
    ),
    "slack": Kind(lambda url, client: Slack(SlackConfig("x", f"{url}/in"), client, SITE), "/in", body),
    "slack_app": Kind(
        lambda url, client: SlackApp(SlackAppConfig(name="x", token="t", channel="#x", url=url), client, SITE),
        "/chat.postMessage",
        body,
    ),
    "pagerduty": Kind(
        lambda url, client: PagerDuty(PagerDutyConfig(name="x", routing_key=KEY, url=url), client, SITE),
        "/v2/enqueue",
        lambda received: body(received)["dedup_key"],
    ),
    "opsgenie": Kind(
        lambda url, client: Opsgenie(OpsgenieConfig(name="x", key="k", url=url), client, SITE),
        "/v2/alerts",
        lambda received: body(received)["alias"],
    ),
    "teams": Kind(lambda url, client: Teams(TeamsConfig("x", f"{url}/in"), client, SITE), "/in", body),
    "discord": Kind(
        lambda url, client: Discord(DiscordConfig(name="x", url=f"{url}/in"), client, SITE), "/in?wait=true", body
    ),
    "alertmanager": Kind(
        lambda url, client: Alertmanager(AlertmanagerConfig(name="x", urls=(url,)), client, SITE),
        "/api/v2/alerts",
        lambda received: body(received)[0]["labels"],
    ),
}
every_kind = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)


@pytest.fixture(scope="module")
def client() -> GuardedClient:
    return GuardedClient(LOOPBACK, PATIENCE_S, 1_024)


@pytest.fixture
def sink() -> Iterator[Sink]:
    with running() as sink:
        yield sink


@every_kind
@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (Answer(429, {"Retry-After": "30"}), Outcome.TRANSIENT),
        (Answer(drop=True), Outcome.TRANSIENT),
        (Answer(302, {"Location": "http://127.0.0.1:1/secret"}), Outcome.PERMANENT),
        (Answer(413), Outcome.PERMANENT),
    ],
    ids=["busy", "dropped", "redirects", "too large"],
)
def test_each_misbehaviour_is_an_outcome(
    sink: Sink, client: GuardedClient, kind: Kind, answer: Answer, outcome: Outcome
) -> None:
    sink.script(kind.path, answer)
    done = kind.make(sink.url, client).send(NOTICE, a_notification(), NOON)
    assert done.outcome is outcome
    assert [received.path for received in sink.received] == [kind.path]
    assert "secret" not in done.detail


@every_kind
@pytest.mark.parametrize(
    "answer", [Answer(hang_s=PATIENCE_S), Answer(drip_s=0.05, body=b"x" * 1_000)], ids=["hangs", "drips"]
)
def test_who_does_not_come_to_an_end_is_given_up_in_time(sink: Sink, kind: Kind, answer: Answer) -> None:
    sink.script(kind.path, answer)
    done = kind.make(sink.url, GuardedClient(LOOPBACK, TIMEOUT_S, 1_024)).send(NOTICE, a_notification(), NOON)
    assert done.outcome is Outcome.TRANSIENT
    assert f"did not answer within {TIMEOUT_S:g} s" in done.detail
    assert [received.path for received in sink.received] in ([], [kind.path])  # so short a time may end before it left


@every_kind
def test_what_was_taken_and_answered_with_an_error_comes_again_as_the_same(
    sink: Sink, client: GuardedClient, kind: Kind
) -> None:
    sink.script(kind.path, Answer(500), GOOD)
    channel = kind.make(sink.url, client)
    outcomes = [channel.send(NOTICE, a_notification(), NOON).outcome for _ in range(2)]
    assert outcomes == [Outcome.TRANSIENT, Outcome.ACCEPTED]
    first, again = sink.received
    assert kind.identity(first) == kind.identity(again)


@every_kind
def test_a_receiver_inside_that_nobody_allowed_is_not_connected_to(sink: Sink, kind: Kind) -> None:
    before = sink.connections
    done = kind.make(sink.url, GuardedClient([], PATIENCE_S, 1_024)).send(NOTICE, a_notification(), NOON)
    assert done.outcome is Outcome.PERMANENT
    assert sink.connections == before


@pytest.mark.parametrize("expired", [False, True])
def test_a_certificate_that_is_no_longer_valid_gets_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, expired: bool
) -> None:
    authority = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    client = GuardedClient(LOOPBACK, PATIENCE_S, 1_024)
    with running(authority.context(expired=expired)) as secured:
        secured.script(KINDS["slack_app"].path, GOOD)
        for kind in KINDS.values():
            done = kind.make(secured.url, client).send(NOTICE, a_notification(), NOON)
            assert done.outcome is (Outcome.TRANSIENT if expired else Outcome.ACCEPTED)
            assert ("certificate has expired" in done.detail) is expired
        assert len(secured.received) == (0 if expired else len(KINDS))
