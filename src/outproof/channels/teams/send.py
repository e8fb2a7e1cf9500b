"""Sends a notification to a Teams workflow: a notice in, one Adaptive Card out.

Whatever comes from outside stands in text runs, which Teams does not read as Markdown: they can neither link nor
mention. The workflow takes the card and posts it later; whether it could, it does not say.
"""

from __future__ import annotations

from dataclasses import replace

import msgspec

from outproof.channels.links import Link, links
from outproof.channels.neutral import unlinked
from outproof.channels.status import attempt
from outproof.channels.teams.config import TeamsConfig
from outproof.channels.template import rendered, template
from outproof.contract.severity import Severity
from outproof.core.ids import NoticeId
from outproof.core.time import Instant
from outproof.egress.http import GuardedClient
from outproof.respond.delivery import Outcome, Sent
from outproof.respond.notification import Line, NoticeKind, Notification, heading, lines

CARD_BYTES_MAX = 28_000  # Microsoft's documentation: about 28 KB for a message
ACTIONS_MAX = 6  # what a card shows of its actions
SCHEMA = "http://adaptivecards.io/schemas/adaptive-card.json"

# 404, 410: the flow was deleted or made anew; 400: it takes no such card. 401 and 403: its signature is not in force.
PERMANENT = frozenset({400, 401, 403, 404, 405, 410, 413})

_COLOR = {Severity.CRITICAL: "Attention", Severity.WARNING: "Warning", Severity.INFO: "Accent"}


class Teams:
    """`ports.Channel` for one workflow."""

    def __init__(self, config: TeamsConfig, client: GuardedClient, site_url: str) -> None:
        self._url = config.url
        self._client = client
        self._site_url = site_url.rstrip("/")
        self._message = template("teams")

    def send(self, notice: NoticeId, notification: Notification, now: Instant) -> Sent:  # noqa: ARG002 - Teams knows no ids
        content = self._card(notification)
        headers = {"content-type": "application/json", "user-agent": "outproof"}
        sent = attempt(lambda: self._client.request("POST", self._url, headers, content), permanent=PERMANENT, now=now)
        if sent.outcome is not Outcome.ACCEPTED:
            return sent
        return replace(sent, detail=f"{sent.detail}: queued by the workflow, which does not say whether it was posted")

    def _card(self, notification: Notification) -> bytes:
        """The card with as many lines as fit; the page of the incident has them all."""
        said = lines(notification)
        while len(content := msgspec.json.encode(self._message_of(notification, said))) > CARD_BYTES_MAX and said:
            said = said[: len(said) // 2]
        return content

    def _message_of(self, notification: Notification, said: tuple[Line, ...]) -> dict[str, object]:
        first = said[0] if said else Line("", "")
        summary = rendered(self._message, {"heading": heading(notification), "first": f"{first.label}: {first.value}"})
        title = _run(heading(notification)) | {"weight": "Bolder", "size": "Medium", "color": _color(notification)}
        card = {
            "$schema": SCHEMA,
            "type": "AdaptiveCard",
            "version": "1.2",
            "fallbackText": unlinked(summary),
            "body": [_block([title]), *(_line(line) for line in said)],
            "actions": [_action(link) for link in links(notification, self._site_url)[:ACTIONS_MAX]],
            "msteams": {"width": "full"},
        }
        attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
        return {"type": "message", "attachments": [attachment]}


def _color(notification: Notification) -> str:
    if notification.kind is NoticeKind.RESOLVED:
        return "Good"
    return "Default" if notification.kind is NoticeKind.CANARY else _COLOR[notification.severity]


def _line(line: Line) -> dict[str, object]:
    return _block([_run(f"{line.label}: ") | {"weight": "Bolder"}, _run(line.value)])


def _block(inlines: list[dict[str, object]]) -> dict[str, object]:
    return {"type": "RichTextBlock", "inlines": inlines}


def _run(text: str) -> dict[str, object]:
    return {"type": "TextRun", "text": unlinked(text)}


def _action(link: Link) -> dict[str, object]:
    return {"type": "Action.OpenUrl", "title": link.label, "url": link.url}
