import json
from dataclasses import replace
from typing import Any

import pytest

from outproof.channels.slack.app import SlackApp
from outproof.channels.slack.config import SlackAppConfig
from outproof.egress.http import Reply
from outproof.respond.delivery import Outcome, Sent
from outproof.respond.notification import NoticeKind, Notification
from tests.unit.channels.schemas import SLACK_POST, SLACK_SCHEDULE, SLACK_UPDATE, expect_valid
from tests.unit.channels.wire import HOSTILE, NOTICE, SITE, Wire, a_notification, hostile, the_longest
from tests.unit.respond.findings import NOON

CONFIG = SlackAppConfig(name="chat", token="xoxb-1", channel="#on-call", signing_secret="s3cret")


def said(**answer: Any) -> Reply:
    return Reply(200, {}, json.dumps({"ok": True, "channel": "C012AB3CD", "ts": "17.02", **answer}).encode())


def refused(error: str) -> Reply:
    return said(ok=False, error=error)


def sent(notification: Notification, *replies: Reply, config: SlackAppConfig = CONFIG) -> tuple[Sent, Wire]:
    wire = Wire(*(replies or (said(),)))
    return SlackApp(config, wire, SITE).send(NOTICE, notification, NOON), wire


def in_thread(kind: NoticeKind) -> Notification:
    return replace(a_notification(kind), thread="C012AB3CD/17.02")


def methods(wire: Wire) -> list[str]:
    return [request.url.rpartition("/")[2] for request in wire.requests]


def buttons(body: Any) -> list[Any]:
    return [element for block in body["blocks"] if block["type"] == "actions" for element in block["elements"]]


def test_what_opens_is_a_message_with_a_button_that_takes_it_and_its_receipt_is_kept() -> None:
    done, wire = sent(a_notification())
    assert (done.outcome, done.receipt) == (Outcome.ACCEPTED, "C012AB3CD/17.02")
    [request] = wire.requests
    assert request.url == "https://slack.com/api/chat.postMessage"
    assert request.headers["authorization"] == "Bearer xoxb-1"
    take, *rest = buttons(request.body)
    assert (take["action_id"], take["value"]) == ("acknowledge", a_notification().incident_id)
    assert [button["text"]["text"] for button in rest] == ["Open the incident", "Handoff"]
    assert all(button["url"].startswith(f"{SITE}/incidents/") for button in rest)


def test_what_follows_is_put_below_and_the_message_is_brought_up_to_date() -> None:
    done, wire = sent(in_thread(NoticeKind.RESOLVED))
    assert (done.outcome, methods(wire)) == (Outcome.ACCEPTED, ["chat.postMessage", "chat.update"])
    below, first = (request.body for request in wire.requests)
    assert (below["thread_ts"], below["reply_broadcast"]) == ("17.02", True)
    assert (first["ts"], first["channel"]) == ("17.02", "C012AB3CD")
    assert first["blocks"][0]["text"]["text"].startswith("Resolved · ")
    assert "acknowledge" not in [button["action_id"] for button in buttons(first)]


def test_that_somebody_took_it_is_said_in_the_thread_alone() -> None:
    below = sent(in_thread(NoticeKind.ACKNOWLEDGED))[1].requests[0].body
    assert "reply_broadcast" not in below
    assert "acknowledge" not in [button["action_id"] for button in buttons(below)]


def test_a_first_message_that_cannot_be_brought_up_to_date_fails_no_page() -> None:
    done, _ = sent(in_thread(NoticeKind.UPDATED), said(), refused("message_not_found"))
    assert done.outcome is Outcome.ACCEPTED
    assert "the first message still says what it said" in done.detail


def test_when_the_first_message_was_deleted_the_next_is_the_first() -> None:
    done, wire = sent(in_thread(NoticeKind.ESCALATED), refused("thread_not_found"), said(ts="18.00"))
    assert (done.outcome, done.receipt) == (Outcome.ACCEPTED, "C012AB3CD/18.00")
    assert "thread_ts" not in wire.requests[1].body


@pytest.mark.parametrize("kind", NoticeKind)
def test_every_call_is_one_that_slack_accepts(kind: NoticeKind) -> None:
    schemas = {"chat.postMessage": SLACK_POST, "chat.update": SLACK_UPDATE, "chat.scheduleMessage": SLACK_SCHEDULE}
    longest = replace(the_longest(kind), thread="C012AB3CD/17.02")
    for notification in (a_notification(kind), in_thread(kind), the_longest(kind), longest):
        for request in sent(notification)[1].requests:
            if (method := request.url.rpartition("/")[2]) in schemas:
                expect_valid(request.body, schemas[method])


@pytest.mark.parametrize("text", HOSTILE)
def test_text_from_outside_is_in_no_button_and_pings_nobody(text: str) -> None:
    body = sent(hostile(text))[1].requests[0].body
    expect_valid(body, SLACK_POST)
    assert "evil" not in json.dumps(buttons(body))
    assert {block["type"] for block in body["blocks"]} <= {"header", "section", "actions"}
    assert "mrkdwn" not in json.dumps(body["blocks"])


@pytest.mark.parametrize(
    ("reply", "outcome", "detail"),
    [
        (refused("channel_not_found"), "permanent", "chat.postMessage: channel_not_found"),
        (refused("token_revoked"), "permanent", "chat.postMessage: token_revoked"),
        (refused("internal_error"), "transient", "chat.postMessage: internal_error"),
        (refused("a text of theirs"), "transient", "chat.postMessage: an answer that is not known"),
        (Reply(200, {}, b"<html>"), "transient", "chat.postMessage: an answer that is not known"),
        (Reply(200, {}, b"[]"), "transient", "chat.postMessage: an answer that is not known"),
        (Reply(429, {"retry-after": "30"}, b""), "transient", "429 Too Many Requests"),
        (Reply(500, {}, b""), "transient", "500 Internal Server Error"),
    ],
)
def test_what_slack_says_with_status_200_counts(reply: Reply, outcome: str, detail: str) -> None:
    done, _ = sent(a_notification(), reply)
    assert (done.outcome, done.detail) == (outcome, detail)


@pytest.mark.parametrize("ts", [17.02, None, "1/7", "1" * 80])
def test_a_receipt_that_cannot_be_one_is_not_kept(ts: object) -> None:
    done, _ = sent(a_notification(), said(ts=ts))
    assert (done.outcome, done.receipt) == (Outcome.ACCEPTED, None)


def test_a_test_is_scheduled_and_taken_back_so_that_nobody_sees_it() -> None:
    done, wire = sent(a_notification(NoticeKind.CANARY), said(scheduled_message_id="Q1"), said())
    assert (done.outcome, done.detail) == (Outcome.ACCEPTED, "a message could be posted; none was")
    assert methods(wire) == ["chat.scheduleMessage", "chat.deleteScheduledMessage"]
    first, second = (request.body for request in wire.requests)
    assert first["post_at"] == NOON // 10**9 + 3_600
    assert second == {"channel": "C012AB3CD", "scheduled_message_id": "Q1"}


def test_a_channel_that_the_app_is_not_in_is_found_by_a_test() -> None:
    done, _ = sent(a_notification(NoticeKind.CANARY), refused("not_in_channel"))
    assert (done.outcome, done.detail) == (Outcome.PERMANENT, "chat.scheduleMessage: not_in_channel")


def test_without_a_signing_secret_there_are_links_and_no_buttons() -> None:
    body = sent(a_notification(), config=replace(CONFIG, signing_secret=None))[1].requests[0].body
    assert buttons(body) == []
    assert body["blocks"][-1]["elements"][0]["text"].count("|") == 2


@pytest.mark.parametrize("channel", ["", "on-call", "#", "#on call", "c012", "<!channel>"])
def test_what_is_no_channel_is_refused(channel: str) -> None:
    with pytest.raises(ValueError, match="expected the id of a channel"):
        replace(CONFIG, channel=channel)


def test_secrets_are_never_shown() -> None:
    assert "xoxb" not in repr(CONFIG)
    assert "s3cret" not in repr(CONFIG)
