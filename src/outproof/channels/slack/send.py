"""Sends a notification to a Slack incoming webhook: a notice in, one message of blocks out."""

from __future__ import annotations

import msgspec

from outproof.channels.links import links
from outproof.channels.slack.blocks import payload
from outproof.channels.slack.config import SlackConfig
from outproof.channels.status import attempt
from outproof.channels.template import template
from outproof.core.errors import Permanent, Transient
from outproof.core.ids import NoticeId
from outproof.core.time import Instant
from outproof.egress.http import GuardedClient
from outproof.respond.delivery import Outcome, Sent
from outproof.respond.notification import NoticeKind, Notification

# 400: the payload is wrong; 403, 404, 410: the webhook was revoked or its channel is gone. A retry changes neither.
PERMANENT = frozenset({400, 403, 404, 405, 410, 413})

_HEADERS = {"content-type": "application/json; charset=utf-8", "user-agent": "outproof"}
_NOTHING_TO_SAY = b'{"text":""}'
_NO_TEXT = b"no_text"


class Slack:
    """`ports.Channel` for one incoming webhook."""

    def __init__(self, config: SlackConfig, client: GuardedClient, site_url: str) -> None:
        self._url = config.url
        self._client = client
        self._site_url = site_url.rstrip("/")
        self._message = template("slack")

    def send(self, notice: NoticeId, notification: Notification, now: Instant) -> Sent:  # noqa: ARG002 - Slack knows no ids
        if notification.kind is NoticeKind.CANARY and self._is_alive():
            return Sent(outcome=Outcome.ACCEPTED, detail="the webhook is in force; no message was posted")
        content = msgspec.json.encode(payload(notification, self._message, links(notification, self._site_url)))
        return attempt(lambda: self._client.request("POST", self._url, _HEADERS, content), permanent=PERMANENT, now=now)

    def _is_alive(self) -> bool:
        """Whether Slack says that this webhook would post, had we said anything. Other chats that take its format, and
        webhooks that are gone, say something else: then a test in words shows which it is.
        """
        try:
            reply = self._client.request("POST", self._url, _HEADERS, _NOTHING_TO_SAY)
        except (Transient, Permanent):
            return False
        return reply.status == 400 and reply.body.strip() == _NO_TEXT
