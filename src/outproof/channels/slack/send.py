"""Sends a notification to a Slack incoming webhook: a notice in, one message of blocks out.

Whatever comes from outside stands in `plain_text`, which Slack does not parse: it can neither ping nor link.
"""

from __future__ import annotations

import re
from urllib.parse import quote

import msgspec

from outproof.channels.slack.config import SlackConfig
from outproof.channels.status import attempt
from outproof.channels.template import rendered, template
from outproof.core.ids import NoticeId
from outproof.core.time import Instant
from outproof.egress.http import GuardedClient
from outproof.respond.delivery import Sent
from outproof.respond.notification import Line, NoticeKind, Notification, heading, lines, plain

TIMEOUT_S = 15.0
REPLY_BYTES_MAX = 1_024

# Slack's limits as its own SDK checks them; the whole message is cut off near 13,200 characters (field reports).
HEADER_CHARS_MAX = 150
SECTION_CHARS_MAX = 3_000
FIELDS_PER_SECTION_MAX = 10
FIELD_CHARS_MAX = 2_000
BLOCKS_MAX = 50

# 400: the payload is wrong; 403, 404, 410: the webhook was revoked or its channel is gone. A retry changes neither.
PERMANENT = frozenset({400, 403, 404, 405, 410, 413})

_WIDE = frozenset({"First check", "Retry", "Known", "Example", "Stages", "Why"})
"""Lines too long for a column of two."""


class Slack:
    """`ports.Channel` for one incoming webhook."""

    def __init__(self, config: SlackConfig, client: GuardedClient, site_url: str) -> None:
        self._url = config.url
        self._client = client
        self._site_url = site_url.rstrip("/")
        self._message = template("slack")

    def send(self, notice: NoticeId, notification: Notification, now: Instant) -> Sent:  # noqa: ARG002 - Slack knows no ids
        content = msgspec.json.encode(self._payload(notification))
        headers = {"content-type": "application/json; charset=utf-8", "user-agent": "outproof"}
        return attempt(lambda: self._client.request("POST", self._url, headers, content), permanent=PERMANENT, now=now)

    def _payload(self, notification: Notification) -> dict[str, object]:
        said = lines(notification)
        link = f"{self._site_url}/incidents/{quote(notification.incident_id)}"
        first = said[0] if said else Line("", "")
        text = rendered(
            self._message,
            {"heading": mrkdwn(heading(notification)), "line": mrkdwn(f"{first.label}: {first.value}"), "link": link},
        )
        narrow = [line for line in said if line.label not in _WIDE]
        wide = [line for line in said if line.label in _WIDE]
        blocks: list[dict[str, object]] = [{"type": "header", "text": _plain(heading(notification), HEADER_CHARS_MAX)}]
        blocks += [
            {"type": "section", "fields": [_field(line) for line in narrow[start : start + FIELDS_PER_SECTION_MAX]]}
            for start in range(0, len(narrow), FIELDS_PER_SECTION_MAX)
        ]
        blocks += [
            {"type": "section", "text": _plain(f"{line.label}: {line.value}", SECTION_CHARS_MAX)} for line in wide
        ]
        blocks.append({"type": "context", "elements": [{"type": "mrkdwn", "text": self._links(notification, link)}]})
        return {"text": text, "blocks": blocks[:BLOCKS_MAX], "unfurl_links": False, "unfurl_media": False}

    def _links(self, notification: Notification, link: str) -> str:
        """The incident's page and the runbook: URLs of ours and of the operator's files, not of what was monitored."""
        parts = [f"<{link}|Open the incident>"]
        runbook = notification.runbook
        if runbook is not None and notification.kind is not NoticeKind.RESOLVED:
            parts.append(f"<{quote(runbook, safe=':/?#@!$&()*+,;=%~-._')}|Runbook>".replace("&", "&amp;"))
        return " · ".join(parts)


def mrkdwn(text: str) -> str:
    """Text that Slack's markup shows as it is: entities escaped, mentions and bare links broken."""
    escaped = plain(text, SECTION_CHARS_MAX).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    unmentioned = re.sub(r"@(?=here|channel|everyone)", "@\u200b", escaped, flags=re.IGNORECASE)
    return unmentioned.replace("://", ":\u200b//")


def _plain(text: str, chars_max: int) -> dict[str, object]:
    return {"type": "plain_text", "text": plain(text, chars_max), "emoji": False}


def _field(line: Line) -> dict[str, object]:
    return _plain(f"{line.label}: {line.value}", FIELD_CHARS_MAX)
