import json
from dataclasses import replace
from typing import Any

import pytest

from outproof.channels.slack.config import SlackConfig
from outproof.channels.slack.send import BLOCKS_MAX, FIELDS_PER_SECTION_MAX, Slack, mrkdwn
from outproof.contract.evidence import Fact
from outproof.core.ids import NoticeId
from outproof.respond.notification import NoticeKind, Notification
from tests.unit.channels.test_webhook import Wire, a_notification
from tests.unit.respond.findings import NOON


def sent(notification: Notification) -> dict[str, Any]:
    wire = Wire()
    Slack(SlackConfig("chat", "https://hooks.example.com/T/B/x"), wire, "https://o.example").send(
        NoticeId("msg_1"), notification, NOON
    )
    payload: dict[str, Any] = json.loads(wire.sent[0][1])
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
    assert "|Open the incident> · <https://runbooks.example/a?b=1&amp;c=2|Runbook>" in shown[-1]
    assert payload["text"].splitlines()[:2] == [
        "P0 · Unsupported delivery claim reached customer response.",
        "What: unsafe_claim_served 2/6",
    ]


HOSTILE = [
    "<!channel>",
    "<!here|here>",
    "<@U123>",
    "<https://evil.example|your bank>",
    "@channel",
    "@here",
    "@Everyone",
    "https://evil.example/login",
    "&lt;!channel&gt;",
    "*bold* _it_ ~no~ `code`",
    "a\n> quoted",
    "\u202egro.live",
]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_text_from_outside_can_neither_ping_nor_link(hostile: str) -> None:
    payload = sent(a_notification(title=hostile, headline=hostile, first_check=hostile, reason=hostile))
    for part in texts(payload):
        if part["type"] == "mrkdwn":
            assert "evil" not in part["text"]
            assert part["text"].count("<") == part["text"].count("|Open the incident>") == 1
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


def test_the_longest_message_keeps_within_every_limit_of_slack() -> None:
    long = "\u6f22" * 9_000
    facts = tuple(Fact(f"k{n}", f"{n}{long}", long) for n in range(300))
    payload = sent(replace(a_notification(title=long, first_check=long, reason=long, evidence=facts), subject=long))
    assert len(payload["blocks"]) <= BLOCKS_MAX
    assert len(payload["blocks"][0]["text"]["text"]) <= 150
    for block in payload["blocks"]:
        assert len(block.get("fields", ())) <= FIELDS_PER_SECTION_MAX
    assert sum(len(part["text"]) for part in texts(payload)) + len(payload["text"]) < 13_000


def test_every_kind_of_notice_can_be_said() -> None:
    for kind in NoticeKind:
        assert sent(replace(a_notification(), kind=kind))["blocks"]


def test_a_url_that_is_none_is_refused_at_the_start() -> None:
    with pytest.raises(ValueError, match="the URL of channel chat: expected an http or https URL"):
        SlackConfig("chat", "hooks.example.com/T/B/x")


def test_a_configuration_never_shows_its_url() -> None:
    assert repr(SlackConfig("chat", "https://hooks.example.com/T/B/x")) == "SlackConfig(name='chat')"
