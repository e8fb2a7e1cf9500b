"""The routes over REST, and `outproof routes` in front of it: the tree, its proofs, a preview and a test."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import typer
from litestar import Litestar
from litestar.di import Provide
from litestar.testing import TestClient
from typer.testing import CliRunner, Result

from outproof.channels.webhook.config import WebhookConfig
from outproof.cli.routes import routes as routes_verb
from outproof.config.declared import Declared
from outproof.contract.severity import Severity
from outproof.core.ids import DEFAULT_PROJECT, NoticeId
from outproof.core.time import Instant, after
from outproof.decide.matcher import matcher
from outproof.engine.canary import Canaries
from outproof.engine.dispatch import Dispatcher
from outproof.respond.delivery import Outcome, Sent
from outproof.respond.escalation import Step
from outproof.respond.notification import Notification
from outproof.respond.quiet_hours import Hours, QuietHours
from outproof.respond.route import Route, Routes
from outproof.respond.silence import a_silence
from outproof.server import routes
from outproof.server.failures import HANDLERS
from outproof.store.state.state import SqlState
from tests.contract.state.opened import NOON, SetClock, a_state
from tests.integration.sink import Answer, Sink, running, until

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
EU = Route(name="eu", matchers=(matcher('region="eu"'),), escalate=(), repeat_s=600.0)
SHOP = Route(
    name="shop",
    matchers=(matcher('service="shop"'),),
    hours=Hours(from_="06:00", until="18:00"),
    channels=("chat",),
    continue_=True,
    routes=(EU,),
)
DECLARED = Declared(
    channels=tuple(WebhookConfig(name, f"https://{name}.example/", (SECRET,)) for name in ("pager", "chat")),
    routes=Routes(
        default=("chat",),
        by_severity={Severity.CRITICAL: ("pager", "chat")},
        routes=(SHOP,),
        escalate=(Step(after_s=900.0, channels=("pager",)),),
        quiet_hours=(QuietHours(severities=(Severity.INFO,), from_="22:00", until="07:00"),),
    ),
)


class Taking:
    """A channel that takes everything."""

    def send(self, notice: NoticeId, notification: Notification, now: Instant) -> Sent:
        del notice, notification, now
        return Sent(outcome=Outcome.ACCEPTED, detail="200 OK")


class Api:
    def __init__(self, client: TestClient[Litestar], state: SqlState, clock: SetClock) -> None:
        self.client = client
        self.state = state
        self.clock = clock

    def get(self, path: str, status: int = 200) -> Any:
        answer = self.client.get(path)
        assert answer.status_code == status, answer.text
        return answer.json()

    def preview(self, *labels: str, at: str = "") -> Any:
        query = "&".join(f"label={label}" for label in labels)
        return self.get(f"/v1/routes/preview?{query}" + (f"&at={at}" if at else ""))


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Api]:
    clock = SetClock()
    with a_state(tmp_path, DEFAULT_PROJECT) as state:
        given = {"store": state, "clock": clock, "project": DEFAULT_PROJECT, "declared": DECLARED}
        app = Litestar(
            routes.HANDLERS,
            dependencies={name: always(value) for name, value in given.items()},
            exception_handlers=HANDLERS,
            logging_config=None,
        )
        with TestClient(app) as client:
            yield Api(client, state, clock)


def always(value: object) -> Provide:
    return Provide(lambda: value, sync_to_thread=False)


def test_the_tree_is_shown_in_the_order_in_which_it_is_tried_with_what_each_route_has_from_above(api: Api) -> None:
    lines = api.get("/v1/routes")["routes"]
    assert [line["path"] for line in lines] == [["shop"], ["shop", "eu"], ["critical"], ["default"]]
    shop, eu, critical, default = lines
    assert (shop["matchers"], shop["hours"], shop["goes_on"]) == (['service="shop"'], "06:00 to 18:00 UTC", True)
    assert (eu["channels"], eu["escalate"], eu["repeat_s"]) == (["chat"], [], 600.0)
    assert critical["channels"] == ["pager", "chat"]
    assert default["escalate"] == [{"after_s": 900.0, "channels": ["pager"]}]


def test_a_channel_is_proven_by_a_test_that_went_the_way_of_pages_and_a_route_by_its_channels(api: Api) -> None:
    Canaries(api.state, api.clock, DEFAULT_PROJECT, lambda: DECLARED.routes).tick()
    before = {each["channel"]: each for each in api.get("/v1/routes")["channels"]}
    assert {each["state"] for each in before.values()} == {"waiting"}
    answer = api.client.post("/v1/routes/channels/chat/test")
    assert (answer.status_code, answer.json()) == (202, {"channel": "chat", "queued": True})
    dispatcher = Dispatcher(api.state, lambda: {"chat": Taking(), "pager": Taking()}, api.clock)

    def proven() -> bool:
        dispatcher.tick()
        return bool(api.get("/v1/routes")["channels"][1]["state"] == "proven")

    until(proven)
    dispatcher.stop()
    api.clock.forward(60)
    shown = api.get("/v1/routes")
    pager, chat = shown["channels"]
    assert (chat["state"], chat["accepted_kind"], chat["proof_age_s"]) == ("proven", "canary", 60.0)
    assert (pager["state"], pager["proof_age_s"], pager["canary_every_s"]) == ("waiting", None, 900.0)
    by_path = {"/".join(line["path"]): line for line in shown["routes"]}
    assert (by_path["shop"]["state"], by_path["shop"]["proof_age_s"]) == ("proven", 60.0)
    assert (by_path["critical"]["state"], by_path["critical"]["proof_age_s"]) == ("waiting", None)


def test_a_test_of_a_channel_that_nobody_declared_says_which_there_are(api: Api) -> None:
    answer = api.client.post("/v1/routes/channels/sms/test")
    assert answer.status_code == 404
    assert "no channel 'sms' is declared; there are: chat, pager" in answer.text


def test_who_would_be_told_is_known_before_it_happens_with_the_reason(api: Api) -> None:
    found = api.preview("severity=critical", "service=shop", "region=eu")
    assert found["told"] == ["chat"]
    assert [(way["path"], way["why"]) for way in found["ways"]] == [
        ("shop / eu", 'service="shop" and 06:00 to 18:00 UTC and region="eu"')
    ]
    assert api.preview("severity=critical", "service=other")["told"] == ["pager", "chat"]
    assert api.preview("severity=critical", "service=shop", at="2027-01-15T20:00:00Z")["told"] == ["pager", "chat"]


def test_a_preview_says_what_would_hold_it_back(api: Api) -> None:
    night = api.preview("severity=info", at="2027-01-15T23:00:00Z")
    assert (night["told"], night["held_back"]["kind"]) == ([], "quiet_hours")
    assert night["held_back"]["until"] == "2027-01-16T07:00:00.000000Z"
    with api.state.begin() as tx:
        silence = a_silence(
            DEFAULT_PROJECT,
            [matcher('service="shop"')],
            by="ann",
            reason="a known fault",
            starts_at=NOON,
            ends_at=after(NOON, 60),
            now=NOON,
        )
        assert tx.silences.save(silence)
    held = api.preview("severity=critical", "service=shop")
    assert (held["told"], held["held_back"]["reason"]) == ([], "silenced by ann: a known fault")
    assert held["ways"][0]["channels"] == ["chat"]


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("label=service", "expected each label as name=value"),
        (
            "label=service=shop",
            "expected a label severity=critical, severity=warning or severity=info, got only service",
        ),
        ("label=severity=loud", "got 'loud'"),
        ("label=severity=info&at=noon", "expected `at` as a time such as 2026-11-21T03:00:00Z"),
    ],
)
def test_what_cannot_be_previewed_is_refused_with_what_is_expected(api: Api, query: str, message: str) -> None:
    answer = api.client.get(f"/v1/routes/preview?{query}")
    assert answer.status_code == 400
    assert message in answer.text


@pytest.fixture
def sink() -> Iterator[Sink]:
    with running() as sink:
        yield sink


app = typer.Typer()
app.command()(routes_verb)


def run(sink: Sink, path: str, body: Mapping[str, Any], *words: str) -> Result:
    sink.script(path, Answer(200, {"Content-Type": "application/json"}, json.dumps(body).encode()))
    env = {"OUTPROOF_ENDPOINT": sink.url, "OUTPROOF_API_KEY": None, "COLUMNS": "200"}
    return CliRunner().invoke(app, list(words), env=env)


def test_the_terminal_shows_the_tree_and_ends_with_1_where_a_channel_is_dead(api: Api, sink: Sink) -> None:
    answer = api.get("/v1/routes")
    fine = run(sink, "/v1/routes", answer)
    assert fine.exit_code == 0, fine.output
    assert "  eu" in fine.output
    assert "after 15 min pager" in fine.output
    assert "quiet for info: 22:00 to 07:00 UTC" in fine.output
    answer["channels"][0]["state"] = "dead"
    assert run(sink, "/v1/routes", answer).exit_code == 1
    assert json.loads(run(sink, "/v1/routes", answer, "--json").output) == answer


def test_the_terminal_previews_and_tests(api: Api, sink: Sink) -> None:
    shown = run(
        sink,
        "/v1/routes/preview?label=severity%3Dcritical&label=service%3Dshop",
        api.preview("severity=critical", "service=shop"),
        *("-l", "severity=critical", "-l", "service=shop"),
    )
    assert shown.output.startswith("told: chat\n"), shown.output
    tested = run(sink, "/v1/routes/channels/chat/test", {"channel": "chat", "queued": True}, "--test", "chat")
    assert "A test is on its way to chat" in tested.output
