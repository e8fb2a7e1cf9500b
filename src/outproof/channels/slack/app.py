"""Sends a notification as a Slack app: a notice in; a message with buttons, and a thread below it, out.

What opens an incident is a message of its own. What follows is put below it, and the message is brought up to date, so
that who scrolls by sees how it stands.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import msgspec

from outproof.channels.links import Link, links
from outproof.channels.slack.blocks import payload
from outproof.channels.slack.config import SlackAppConfig
from outproof.channels.status import attempt
from outproof.channels.template import template
from outproof.core.ids import NoticeId
from outproof.core.time import NANOS_PER_S, Instant
from outproof.egress.http import GuardedClient, Reply
from outproof.respond.delivery import Outcome, Sent
from outproof.respond.notification import NoticeKind, Notification

ACKNOWLEDGE = "acknowledge"
"""The `action_id` of the one button that acts; the others lead to our site."""

BUTTON_CHARS_MAX = 75
URL_CHARS_MAX = 3_000
REPLY_BYTES_MAX = 65_536  # Slack sends the whole message back

PERMANENT = frozenset({400, 404, 405, 413})

# What Slack answers with status 200 and `"ok": false`. The first set is mended by somebody, the second by waiting.
_MUST_BE_MENDED = frozenset(
    "account_inactive channel_not_found invalid_arguments invalid_auth invalid_blocks is_archived missing_scope "
    "msg_blocks_too_long msg_too_long no_permission no_text not_authed not_in_channel restricted_action "
    "token_expired token_revoked team_access_not_granted ekm_access_denied".split(" ")
)
_PASSES = frozenset(
    "accesslimited fatal_error internal_error rate_limited ratelimited request_timeout service_unavailable".split(" ")
)
_ALOUD = frozenset({NoticeKind.UPDATED, NoticeKind.ESCALATED, NoticeKind.REOPENED, NoticeKind.RESOLVED})
"""What is shown in the channel as well as in the thread."""

_TEST_WAITS_S = 3_600
_OPEN = frozenset({NoticeKind.OPENED, NoticeKind.UPDATED, NoticeKind.ESCALATED, NoticeKind.REOPENED})


class SlackApp:
    """`ports.Channel` for one channel that an app may write to."""

    def __init__(self, config: SlackAppConfig, client: GuardedClient, site_url: str) -> None:
        self._config = config
        self._client = client
        self._site_url = site_url.rstrip("/")
        self._message = template("slack")

    def send(self, notice: NoticeId, notification: Notification, now: Instant) -> Sent:  # noqa: ARG002 - Slack knows no ids
        if notification.kind is NoticeKind.CANARY:
            return self._tested(notification, now)
        channel, _, thread = (notification.thread or "").partition("/")
        if not thread:
            return self._posted(notification, now)
        below = {**self._payload(notification, channel), "thread_ts": thread}
        if notification.kind in _ALOUD:
            below["reply_broadcast"] = True
        sent, said = self._called("chat.postMessage", below, now)
        if said.get("error") == "thread_not_found":  # somebody deleted the message: then this is the first
            return self._posted(notification, now)
        if sent.outcome is not Outcome.ACCEPTED:
            return sent
        first, _ = self._called("chat.update", {**self._payload(notification, channel), "ts": thread}, now)
        if first.outcome is Outcome.ACCEPTED:
            return sent
        return replace(sent, detail=f"{sent.detail}; the first message still says what it said: {first.detail}")

    def _posted(self, notification: Notification, now: Instant) -> Sent:
        sent, said = self._called("chat.postMessage", self._payload(notification, self._config.channel), now)
        return replace(sent, receipt=_receipt(said)) if sent.outcome is Outcome.ACCEPTED else sent

    def _payload(self, notification: Notification, channel: str) -> dict[str, object]:
        led_to = links(notification, self._site_url)
        return {"channel": channel, **payload(notification, self._message, led_to, self._buttons(notification, led_to))}

    def _buttons(self, notification: Notification, led_to: tuple[Link, ...]) -> list[object]:
        """One that takes the incident, where Slack can tell us so and nobody has; the rest lead to our site."""
        if self._config.signing_secret is None:
            return []  # without an address that Slack reaches, it would show a warning next to any button
        buttons: list[object] = []
        if notification.kind in _OPEN:
            buttons.append(
                {
                    "type": "button",
                    "action_id": ACKNOWLEDGE,
                    "style": "primary",
                    "text": _label("Acknowledge"),
                    "value": notification.incident_id,
                }
            )
        buttons += [
            {"type": "button", "action_id": f"open-{number}", "text": _label(link.label), "url": link.url}
            for number, link in enumerate(led_to)
            if len(link.url) <= URL_CHARS_MAX
        ]
        return buttons

    def _tested(self, notification: Notification, now: Instant) -> Sent:
        """Have a message scheduled and take it back: all that posting needs is proven, and nobody sees anything."""
        later = {"channel": self._config.channel, "post_at": now // NANOS_PER_S + _TEST_WAITS_S}
        content = {**payload(notification, self._message, links(notification, self._site_url)), **later}
        sent, said = self._called("chat.scheduleMessage", content, now)
        if sent.outcome is not Outcome.ACCEPTED:
            return sent
        scheduled = {"channel": said.get("channel"), "scheduled_message_id": said.get("scheduled_message_id")}
        gone, _ = self._called("chat.deleteScheduledMessage", scheduled, now)
        if gone.outcome is Outcome.ACCEPTED:
            return replace(sent, detail="a message could be posted; none was")
        return replace(sent, detail=f"a message could be posted; a test will be, in an hour: {gone.detail}")

    def _called(self, method: str, content: Mapping[str, object], now: Instant) -> tuple[Sent, dict[str, Any]]:
        """What came of a call, and what Slack said; empty where that is no JSON object."""
        headers = {
            "authorization": f"Bearer {self._config.token}",
            "content-type": "application/json; charset=utf-8",
            "user-agent": "outproof",
        }
        body = msgspec.json.encode(content)
        said: dict[str, Any] = {}

        def request() -> Reply:
            reply = self._client.request("POST", f"{self._config.url}/{method}", headers, body)
            if reply.status == 200:
                said.update(_said(reply))
            return reply

        sent = attempt(request, permanent=PERMANENT, now=now)
        if sent.outcome is Outcome.ACCEPTED and said.get("ok") is not True:
            return _refused(method, said.get("error"), sent), said
        return sent, said


def _said(reply: Reply) -> dict[str, Any]:
    try:
        said = msgspec.json.decode(reply.body)
    except msgspec.DecodeError:
        return {}
    return said if isinstance(said, dict) else {}


def _refused(method: str, error: object, sent: Sent) -> Sent:
    """A refusal that came with status 200. Only words that we know are repeated."""
    if error in _MUST_BE_MENDED:
        return replace(sent, outcome=Outcome.PERMANENT, detail=f"{method}: {error}")
    known = error if error in _PASSES else "an answer that is not known"
    return replace(sent, outcome=Outcome.TRANSIENT, detail=f"{method}: {known}")


def _receipt(said: Mapping[str, Any]) -> str | None:
    channel, ts = said.get("channel"), said.get("ts")
    if not isinstance(channel, str) or not isinstance(ts, str) or len(channel) + len(ts) > 60 or "/" in channel + ts:
        return None
    return f"{channel}/{ts}"


def _label(text: str) -> dict[str, object]:
    return {"type": "plain_text", "text": text[:BUTTON_CHARS_MAX], "emoji": False}
