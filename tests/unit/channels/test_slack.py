import json
from typing import Any

import pytest

from outproof.channels.slack.blocks import mrkdwn
from outproof.channels.slack.config import SlackConfig
from outproof.channels.slack.send import Slack
from outproof.core.errors import Transient
from outproof.egress.http import Reply
from outproof.respond.delivery import Outcome
from outproof.respond.notification import NoticeKind, Notification
from tests.unit.channels.schemas import SLACK_WEBHOOK, expect_valid
from tests.unit.channels.wire import HOSTILE, NOTICE, SITE, Wire, a_notification, hostile, the_longest
from tests.unit.respond.findings import NOON

CONFIG = SlackConfig("chat", "https://hooks.slack.com/services/T/B/x")


def sent(notification: Notification) -> dict[str, Any]:
    wire = Wire()
    Slack(CONFIG, wire, SITE).send(NOTICE, notification, NOON)
    payload: dict[str, Any] = json.loads(wire.sent[-1][1])
    return payload


def texts(payload: dict[str, Any]) -> list[dict[str, Any]]:
    found = []
    for block in payload["blocks"]:
        found += [part for part in (block.get("text"), *block.get("fields", ()), *block.get("elements", ())) if part]
    return found


def test_a_message_has_a_heading_facts_the_first_check_and_a_link() -> None:
    payload = sent(a_notification(runbook="https://runbooks.example/a?b=1&c=2"))
    shown = [part["text"] for part in texts(payload)]
    assert shown[0] == "P0 · Unsupported delivery claim reached customer response."
    assert "What: unsafe_claim_served 2/6" in shown
    assert "First check: Compare serving-gate template with tracking-answerer-v1." in shown
    assert any("request req_205" in text for text in shown)
    incident = f"{SITE}/incidents/{a_notification().incident_id}"
    assert shown[-1] == (
        f"<{incident}|Open the incident> · <{incident}#handoff|Handoff> · "
        "<https://runbooks.example/a?b=1&amp;c=2|Runbook>"
    )
    assert payload["text"].splitlines()[:2] == [
        "P0 · Unsupported delivery claim reached customer response.",
        "What: unsafe_claim_served 2/6",
    ]


@pytest.mark.parametrize("text", HOSTILE)
def test_text_from_outside_can_neither_ping_nor_link(text: str) -> None:
    payload = sent(hostile(text))
    expect_valid(payload, SLACK_WEBHOOK)
    for part in texts(payload):
        if part["type"] == "mrkdwn":
            assert "evil" not in part["text"]
            assert part["text"].count("<") == part["text"].count("|Open the incident>") + part["text"].count(
                "|Handoff>"
            )
    shown = payload["text"].rsplit("\n", 1)[0]
    assert "<" not in shown.replace("&lt;", "")
    assert "://" not in shown
    for mention in ("@channel", "@here", "@everyone"):
        assert mention not in shown.lower()
    assert payload["unfurl_links"] is False


def test_a_runbook_cannot_close_its_own_link() -> None:
    payload = sent(a_notification(runbook="https://r.example/|x> <!channel>"))
    assert "<!channel>" not in texts(payload)[-1]["text"]


def test_entities_are_escaped_once() -> None:
    assert mrkdwn("a < b & c > d &amp;") == "a &lt; b &amp; c &gt; d &amp;amp;"


@pytest.mark.parametrize("kind", NoticeKind)
def test_the_longest_message_of_each_kind_keeps_within_every_limit_of_slack(kind: NoticeKind) -> None:
    for notification in (a_notification(kind), the_longest(kind)):
        payload = sent(notification)
        expect_valid(payload, SLACK_WEBHOOK)
        assert sum(len(part["text"]) for part in texts(payload)) + len(payload["text"]) < 13_000


def test_what_is_over_asks_whether_it_was_worth_a_page() -> None:
    last = texts(sent(a_notification(NoticeKind.RESOLVED)))[-1]["text"]
    assert "?mark=acted_on|Acted on>" in last
    assert "?mark=noise|Noise>" in last


def test_slack_is_tested_without_a_message() -> None:
    wire = Wire(Reply(400, {}, b"no_text"))
    done = Slack(CONFIG, wire, SITE).send(NOTICE, a_notification(NoticeKind.CANARY), NOON)
    assert (done.outcome, len(wire.requests)) == (Outcome.ACCEPTED, 1)
    assert wire.requests[0].body == {"text": ""}


@pytest.mark.parametrize(
    ("replies", "outcome"),
    [
        ([Reply(404, {}, b"no_service"), Reply(404, {}, b"no_service")], Outcome.PERMANENT),
        ([Reply(400, {}, b'{"id":"no text"}'), Reply(200, {}, b"ok")], Outcome.ACCEPTED),
        ([Transient("away"), Transient("away")], Outcome.TRANSIENT),
    ],
)
def test_what_does_not_answer_a_test_as_slack_does_is_tested_in_words(replies: list[Any], outcome: Outcome) -> None:
    wire = Wire(*replies)
    done = Slack(CONFIG, wire, SITE).send(NOTICE, a_notification(NoticeKind.CANARY, title="of chat"), NOON)
    assert done.outcome is outcome
    assert wire.requests[-1].body["blocks"][0]["text"]["text"] == "Test · of chat"


def test_a_chat_that_only_takes_slacks_format_is_tested_once_a_day() -> None:
    assert CONFIG.manners.canary_s == 900
    assert SlackConfig("chat", "https://mattermost.example/hooks/x").manners.canary_s == 86_400


def test_a_url_that_is_none_is_refused_at_the_start() -> None:
    with pytest.raises(ValueError, match="the URL of channel chat: expected an http or https URL"):
        SlackConfig("chat", "hooks.example.com/T/B/x")


def test_a_configuration_never_shows_its_url() -> None:
    assert repr(SlackConfig("chat", "https://hooks.example.com/T/B/x")) == "SlackConfig(name='chat')"
