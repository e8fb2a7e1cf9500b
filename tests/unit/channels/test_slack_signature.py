import hmac
import json
from hashlib import sha256
from urllib.parse import urlencode

import pytest

from outproof.channels.slack.pressed import Pressed, pressed
from outproof.channels.slack.signature import is_slacks
from outproof.core.errors import Permanent
from outproof.core.ids import IncidentId
from outproof.core.time import Instant, instant_from_rfc3339

# The example of Slack's documentation, "Verifying requests from Slack".
SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
BODY = (
    b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar"
    b"&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com"
    b"%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc8"
    b"87a14d10d2c447fce8b6703c"
)
SIGNED_AT = 1_531_420_618
HEADERS = {
    "x-slack-request-timestamp": str(SIGNED_AT),
    "x-slack-signature": "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
}


def at(seconds: int) -> Instant:
    return Instant((SIGNED_AT + seconds) * 10**9)


def test_the_published_example_is_slacks() -> None:
    assert is_slacks(HEADERS, BODY, [SECRET], at(0))


def test_of_several_apps_any_may_have_signed() -> None:
    assert is_slacks(HEADERS, BODY, ["another", SECRET], at(0))
    assert not is_slacks(HEADERS, BODY, ["another"], at(0))
    assert not is_slacks(HEADERS, BODY, [], at(0))


@pytest.mark.parametrize(
    ("seconds", "believed"), [(300, True), (-300, True), (301, False), (-301, False), (86_400, False)]
)
def test_what_is_older_than_five_minutes_may_be_a_replay(seconds: int, believed: bool) -> None:
    assert is_slacks(HEADERS, BODY, [SECRET], at(seconds)) is believed


@pytest.mark.parametrize(
    "changes",
    [
        {"x-slack-signature": ""},
        {"x-slack-signature": "v0="},
        {"x-slack-signature": HEADERS["x-slack-signature"].upper()},
        {"x-slack-signature": HEADERS["x-slack-signature"].removeprefix("v0=")},
        {"x-slack-signature": "é"},
        {"x-slack-request-timestamp": ""},
        {"x-slack-request-timestamp": str(SIGNED_AT + 1)},
        {"x-slack-request-timestamp": f"-{SIGNED_AT}"},
        {"x-slack-request-timestamp": "١٥٣١٤٢٠٦١٨"},
        {"x-slack-request-timestamp": "9" * 400},
    ],
)
def test_what_was_altered_is_not_slacks(changes: dict[str, str]) -> None:
    assert not is_slacks({**HEADERS, **changes}, BODY, [SECRET], at(0))
    assert not is_slacks(HEADERS, BODY + b"x", [SECRET], at(0))


def test_a_signature_is_that_of_the_bytes() -> None:
    body, now = b"payload=%7B%7D", instant_from_rfc3339("2026-11-21T03:00:00Z")
    timestamp = str(now // 10**9)
    signature = hmac.new(b"k", b"v0:" + timestamp.encode() + b":" + body, sha256).hexdigest()
    headers = {"x-slack-request-timestamp": timestamp, "x-slack-signature": f"v0={signature}"}
    assert is_slacks(headers, body, ["k"], now)


def a_form(**payload: object) -> bytes:
    said = {"type": "block_actions", "user": {"id": "U1", "username": "ana"}, "actions": [], **payload}
    return urlencode({"payload": json.dumps(said)}).encode()


def test_the_button_names_the_incident_and_who_pressed_it() -> None:
    action = {"action_id": "acknowledge", "value": "inc_1", "type": "button"}
    assert pressed(a_form(actions=[action])) == Pressed(IncidentId("inc_1"), "ana (Slack)")
    assert pressed(a_form(actions=[action], user={"id": "U1"})) == Pressed(IncidentId("inc_1"), "U1 (Slack)")


@pytest.mark.parametrize("action", [{"action_id": "open-0", "value": "inc_1"}, {"action_id": "acknowledge"}, {}])
def test_another_button_takes_nothing(action: dict[str, str]) -> None:
    assert pressed(a_form(actions=[action])) is None
    assert pressed(a_form()) is None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"payload",
        b"payload=",
        b"payload=%7B",
        b"payload=[]",
        b"payload=%7B%22type%22%3A1%7D",
        b"payload={}&payload={}",
        b"other=1",
        b"\xff\xfe",
        b"a=1&" * 50,
    ],
)
def test_what_slack_does_not_send_is_refused(body: bytes) -> None:
    with pytest.raises(Permanent, match="expected what Slack sends"):
        pressed(body)
