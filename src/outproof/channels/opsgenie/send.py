"""Sends a notification to an Opsgenie-compatible receiver: a notice in; an alert, its acknowledgement or its end out.

The incident is the alias: whatever is sent twice is one alert there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import quote

import msgspec

from outproof.channels.links import links
from outproof.channels.opsgenie.config import OpsgenieConfig
from outproof.channels.status import attempt
from outproof.channels.template import rendered, template
from outproof.contract.severity import Severity
from outproof.core.ids import NoticeId
from outproof.core.time import Instant
from outproof.egress.http import GuardedClient
from outproof.respond.delivery import Outcome, Sent
from outproof.respond.notification import NoticeKind, Notification, heading, lines, plain

# Limits of the alert API, as its documentation states them.
ALIAS_CHARS_MAX = 512
MESSAGE_CHARS_MAX = 130
DESCRIPTION_CHARS_MAX = 15_000
DETAILS_CHARS_MAX = 8_000
ENTITY_CHARS_MAX = 512
USER_CHARS_MAX = 100
NOTE_CHARS_MAX = 25_000

# 422: the alert is invalid and will be again. 401 and 403: the key is, and somebody must mend it.
PERMANENT = frozenset({400, 401, 403, 404, 405, 413, 422})

_PRIORITY = {Severity.CRITICAL: "P1", Severity.WARNING: "P3", Severity.INFO: "P5"}
_SOURCE = "outproof"
_AGAIN = frozenset({NoticeKind.UPDATED, NoticeKind.ESCALATED})
"""An alert that is there already is only counted up, so what became of it is said apart."""

_Call = tuple[str, str, dict[str, object]]


class Opsgenie:
    """`ports.Channel` for one API integration."""

    def __init__(self, config: OpsgenieConfig, client: GuardedClient, site_url: str) -> None:
        self._alerts_url = f"{config.url.rstrip('/')}/v2/alerts"
        self._key = config.key
        self._teams = config.teams
        self._client = client
        self._site_url = site_url.rstrip("/")
        self._message = template("opsgenie")

    def send(self, notice: NoticeId, notification: Notification, now: Instant) -> Sent:
        """Make the calls that a notice needs, one after the other; each may be made twice without harm."""
        *before, last = self._calls(notice, notification)
        for call in before:
            sent = self._called(*call, now)
            if sent.outcome is not Outcome.ACCEPTED:
                return sent
        sent = self._called(*last, now)
        if sent.outcome is not Outcome.ACCEPTED:
            return sent
        return replace(sent, detail=f"{sent.detail}: queued there; what becomes of it the receiver does not say")

    def _calls(self, notice: NoticeId, notification: Notification) -> Iterator[_Call]:
        said: dict[str, object] = {"source": _SOURCE, "note": plain(heading(notification), NOTE_CHARS_MAX)}
        if notification.by is not None:
            said["user"] = plain(notification.by, USER_CHARS_MAX)
        match notification.kind:
            case NoticeKind.CANARY:  # the end of an alert that never was: taken, and nobody is told
                yield "POST", self._of(f"test-{notice}", "close"), {"source": _SOURCE}
            case NoticeKind.ACKNOWLEDGED:
                yield "POST", self._of(notification.incident_id, "acknowledge"), said
            case NoticeKind.RESOLVED:
                yield "POST", self._of(notification.incident_id, "close"), said
            case _:
                yield "POST", self._alerts_url, self._alert(notification)
        if notification.kind in _AGAIN:
            priority: dict[str, object] = {"priority": _PRIORITY[notification.severity]}
            yield "PUT", self._of(notification.incident_id, "priority"), priority
            yield "POST", self._of(notification.incident_id, "notes"), said

    def _of(self, alias: str, what: str) -> str:
        return f"{self._alerts_url}/{quote(alias[:ALIAS_CHARS_MAX], safe='')}/{what}?identifierType=alias"

    def _alert(self, notification: Notification) -> dict[str, object]:
        led_to = links(notification, self._site_url)
        said = lines(notification)
        description = rendered(
            self._message,
            {
                "lines": "\n".join(f"{line.label}: {line.value}" for line in said),
                "links": "\n".join(f"{link.label}: {link.url}" for link in led_to),
            },
        )
        return {
            "message": plain(heading(notification), MESSAGE_CHARS_MAX),
            "alias": notification.incident_id[:ALIAS_CHARS_MAX],
            "description": description[:DESCRIPTION_CHARS_MAX],
            "responders": [{"type": "team", "name": team} for team in self._teams],
            "tags": [notification.severity.value, notification.finding_kind.value],
            "details": _details(notification),
            "entity": plain(notification.subject, ENTITY_CHARS_MAX),
            "source": _SOURCE,
            "priority": _PRIORITY[notification.severity],
        }

    def _called(self, method: str, url: str, body: dict[str, object], now: Instant) -> Sent:
        headers = {
            "authorization": f"GenieKey {self._key}",
            "content-type": "application/json",
            "user-agent": "outproof",
        }
        content = msgspec.json.encode(body)
        return attempt(lambda: self._client.request(method, url, headers, content), permanent=PERMANENT, now=now)


def _details(notification: Notification) -> dict[str, str]:
    """The labels, as many as fit."""
    fitting, left = {}, DETAILS_CHARS_MAX
    for name, value in notification.labels.items():
        name, value = plain(name, 60), plain(value, 120)
        left -= len(name) + len(value)
        if left >= 0:
            fitting[name] = value
    return fitting
