"""The button under a message in Slack, from the bytes that Slack sends to who has the incident."""

import hmac
import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from litestar import Litestar
from litestar.di import Provide
from litestar.testing import TestClient

from outproof.channels.slack.config import SlackAppConfig
from outproof.config.declared import Declared
from outproof.core.ids import IncidentId
from outproof.core.keys import Scope
from outproof.engine.record import record
from outproof.respond.audit import Verb
from outproof.respond.incident import Incident
from outproof.respond.route import Routes
from outproof.server import slack
from outproof.server.access import Access, Refused, Request
from outproof.server.failures import HANDLERS as FAILURES
from outproof.store.state.state import SqlState
from tests.contract.state.opened import NOON, PROJECT, SetClock, a_state
from tests.integration.incident_desk import always
from tests.unit.respond.findings import a_finding

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
ROUTES = Routes(default=("chat",))


class Desk:
    """The endpoint over a real store in which one incident is open."""

    def __init__(self, state: SqlState, *, signing_secret: str | None = SECRET) -> None:
        self.state = state
        app = SlackAppConfig(name="chat", token="xoxb-1", channel="#on-call", signing_secret=signing_secret)
        given: dict[str, Any] = {
            "store": state,
            "clock": SetClock(),
            "project": PROJECT,
            "declared": Declared(routes=ROUTES, channels=(app,)),
        }
        self.client = TestClient(
            Litestar(
                slack.HANDLERS,
                dependencies={name: Provide(always(value), sync_to_thread=False) for name, value in given.items()},
                exception_handlers=FAILURES,
                logging_config=None,
            )
        )
        with state.begin() as tx:
            incident = record(tx, a_finding(), project=PROJECT, routes=ROUTES, now=NOON)
        assert incident is not None
        self.incident = incident

    def press(self, body: bytes, *, secret: str = SECRET, age_s: int = 0) -> int:
        timestamp = str(NOON // 10**9 - age_s)
        signature = hmac.new(secret.encode(), b"v0:" + timestamp.encode() + b":" + body, sha256).hexdigest()
        headers = {
            "content-type": "application/x-www-form-urlencoded",
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": f"v0={signature}",
        }
        return int(self.client.post("/v1/slack/actions", content=body, headers=headers).status_code)

    def now(self) -> Incident:
        with self.state.look() as tx:
            incident = tx.incidents.load(self.incident)
        assert incident is not None
        return incident


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with a_state(tmp_path) as state:
        desk = Desk(state)
        with desk.client:
            yield desk


def a_press(incident: str, by: str = "ana", action: str = "acknowledge") -> bytes:
    payload = {
        "type": "block_actions",
        "user": {"id": "U1", "username": by},
        "actions": [{"action_id": action, "value": incident}],
        "message": {"text": "x" * 20_000},
    }
    return urlencode({"payload": json.dumps(payload)}).encode()


def test_who_presses_the_button_has_the_incident(desk: Desk) -> None:
    assert desk.press(a_press(desk.incident)) == 200
    assert (desk.now().state, desk.now().acknowledged_by) == ("acknowledged", "ana (Slack)")
    with desk.state.look() as tx:
        [entry] = tx.audit.newest(10)
    assert (entry.actor, entry.verb) == ("ana (Slack)", Verb.INCIDENT_ACKNOWLEDGED)


def test_the_first_stays_on_record_whoever_presses_later_and_however_often(desk: Desk) -> None:
    for by in ("ana", "ben", "ana"):
        assert desk.press(a_press(desk.incident, by)) == 200
    assert desk.now().acknowledged_by == "ana (Slack)"


def test_a_button_that_leads_to_a_page_changes_nothing(desk: Desk) -> None:
    assert desk.press(a_press(desk.incident, action="open-0")) == 200
    assert desk.now().state == "open"


def test_what_slack_did_not_sign_changes_nothing(desk: Desk) -> None:
    body = a_press(desk.incident)
    assert desk.press(body, secret="another") == 401
    assert desk.press(body, age_s=301) == 401
    assert desk.client.post("/v1/slack/actions", content=body).status_code == 401
    assert desk.now().state == "open"


def test_without_a_secret_nothing_is_believed(tmp_path: Path) -> None:
    with a_state(tmp_path) as state:
        desk = Desk(state, signing_secret=None)
        with desk.client:
            assert desk.press(a_press(desk.incident), secret="") == 401
            assert desk.press(a_press(desk.incident), secret="not-set") == 401


@pytest.mark.parametrize(("body", "status"), [(b"payload=%7B", 400), (b"", 400), (b"x=1" + b"&y=2" * 100_000, 413)])
def test_what_is_signed_and_is_no_press_is_refused(desk: Desk, body: bytes, status: int) -> None:
    assert desk.press(body) == status


def test_an_incident_that_nobody_knows_is_not_found(desk: Desk) -> None:
    assert desk.press(a_press(IncidentId("inc_unknown"))) == 404


def test_slack_needs_no_key_of_ours_and_a_page_of_another_site_is_refused() -> None:
    access = Access(lambda _: Scope.INGEST)
    access.check(Request("POST", "/v1/slack/actions", {"host": "outproof.example"}))
    with pytest.raises(Refused):
        access.check(
            Request("POST", "/v1/slack/actions", {"host": "outproof.example", "origin": "https://evil.example"})
        )
    with pytest.raises(Refused):
        access.check(Request("POST", "/v1/slack/actions/more", {"host": "outproof.example"}))
