"""Sends a notification to a Discord webhook: a notice in, one message with an embed out.

It waits until Discord has stored the message: without that, one that is not stored gives no error. Every sign of
Markdown in what comes from outside is shown as it is, and nobody can be mentioned.
"""

from __future__ import annotations

from dataclasses import replace

import msgspec

from outproof.channels.discord.config import DiscordConfig
from outproof.channels.links import Link, links
from outproof.channels.neutral import unlinked, unmarked
from outproof.channels.status import attempt
from outproof.channels.template import rendered, template
from outproof.contract.severity import Severity
from outproof.core.ids import NoticeId
from outproof.core.time import Instant, rfc3339
from outproof.egress.http import GuardedClient
from outproof.respond.delivery import Outcome, Sent
from outproof.respond.notification import NoticeKind, Notification, heading, lines, plain

# Discord's limits, in UTF-16 units as its clients count them. Over all embeds of a message 6,000 hold: we send one.
CONTENT_UNITS_MAX = 2_000
DESCRIPTION_UNITS_MAX = 4_096

# 404: the webhook was deleted; 401 and 403: it is not in force; 400: the message is wrong.
PERMANENT = frozenset({400, 401, 403, 404, 405, 413})

_SILENT = 1 << 12  # SUPPRESS_NOTIFICATIONS: shown, and no device makes a sound
_RED, _ORANGE, _BLUE, _GREEN, _GREY = 0xC62828, 0xEF6C00, 0x1565C0, 0x2E7D32, 0x616161
_COLOR = {Severity.CRITICAL: _RED, Severity.WARNING: _ORANGE, Severity.INFO: _BLUE}
_COLOR_OF_KIND = {NoticeKind.RESOLVED: _GREEN, NoticeKind.CANARY: _GREY}


class Discord:
    """`ports.Channel` for one webhook."""

    def __init__(self, config: DiscordConfig, client: GuardedClient, site_url: str) -> None:
        self._webhook_url = config.url
        thread = f"&thread_id={config.thread_id}" if config.thread_id else ""
        self._url = f"{config.url}?wait=true{thread}"
        self._client = client
        self._site_url = site_url.rstrip("/")
        self._message = template("discord")

    def send(self, notice: NoticeId, notification: Notification, now: Instant) -> Sent:  # noqa: ARG002 - Discord knows no ids
        headers = {"content-type": "application/json", "user-agent": "outproof"}
        if notification.kind is NoticeKind.CANARY:
            return self._looked_up(headers, now)
        content = msgspec.json.encode(self._payload(notification))
        sent = attempt(lambda: self._client.request("POST", self._url, headers, content), permanent=PERMANENT, now=now)
        if sent.outcome is Outcome.ACCEPTED and sent.status_code != 200:
            return replace(sent, detail=f"{sent.detail}: taken, but Discord does not say that it is stored")
        return sent

    def _looked_up(self, headers: dict[str, str], now: Instant) -> Sent:
        """Ask for the webhook itself: whether it is in force is known, and nothing is posted."""
        sent = attempt(lambda: self._client.request("GET", self._webhook_url, headers), permanent=PERMANENT, now=now)
        if sent.outcome is not Outcome.ACCEPTED:
            return sent
        return replace(sent, detail="the webhook is in force; no message was posted")

    def _payload(self, notification: Notification) -> dict[str, object]:
        led_to = links(notification, self._site_url)
        said = "\n".join(f"**{unmarked(line.label)}:** {unmarked(line.value)}" for line in lines(notification))
        linked = " · ".join(_link(link) for link in led_to)
        first = rendered(self._message, {"heading": unmarked(heading(notification))})
        embed = {
            "description": f"{cut(said, DESCRIPTION_UNITS_MAX - units(linked) - 2)}\n\n{linked}".strip(),
            "color": _COLOR_OF_KIND.get(notification.kind, _COLOR[notification.severity]),
            "timestamp": rfc3339(notification.at),
            "footer": {"text": unlinked(plain(notification.owner, 200))},
        }
        payload: dict[str, object] = {
            "content": cut(first, CONTENT_UNITS_MAX),
            "embeds": [embed],
            "allowed_mentions": {"parse": []},
        }
        if notification.kind in (NoticeKind.REMINDED, NoticeKind.ACKNOWLEDGED):
            payload["flags"] = _SILENT
        return payload


def units(text: str) -> int:
    """The length of a text in UTF-16 units."""
    return len(text.encode("utf-16-le")) // 2


def cut(text: str, units_max: int) -> str:
    """The text, or as many of its whole lines as fit: a line cut in half could end inside an escaped sign."""
    if units(text) <= units_max:
        return text
    kept: list[str] = []
    left = units_max - 1
    for line in text.split("\n"):
        left -= units(line) + 1
        if left < 0:
            break
        kept.append(line)
    return "\n".join([*kept, "…"])


def _link(link: Link) -> str:
    return f"[{link.label}]({link.url.replace('(', '%28').replace(')', '%29')})"
