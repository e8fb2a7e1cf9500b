"""Sends a notification as a PagerDuty event: a notice in; a trigger, an acknowledgement or a resolution out.

The incident is the key: whatever is sent twice, or again after a crash, is one alert there.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from outproof.channels.links import links
from outproof.channels.pagerduty.config import PagerDutyConfig
from outproof.channels.status import attempt
from outproof.channels.template import rendered, template
from outproof.contract.severity import Severity
from outproof.core.ids import NoticeId
from outproof.core.time import Instant, rfc3339
from outproof.egress.http import GuardedClient
from outproof.respond.delivery import Sent
from outproof.respond.notification import Line, NoticeKind, Notification, heading, lines, plain

# PagerDuty's limits, as its documentation states them.
EVENT_BYTES_MAX = 512_000
DEDUP_KEY_CHARS_MAX = 255
SUMMARY_CHARS_MAX = 1_024
SOURCE_CHARS_MAX = 255

# 400: the event is invalid and will be again. 429 and everything else may pass.
PERMANENT = frozenset({400, 404, 405, 413})

_SEVERITY = {Severity.CRITICAL: "critical", Severity.WARNING: "warning", Severity.INFO: "info"}
_ACTION = {NoticeKind.ACKNOWLEDGED: "acknowledge", NoticeKind.RESOLVED: "resolve", NoticeKind.CANARY: "resolve"}


class PagerDuty:
    """`ports.Channel` for one service."""

    def __init__(self, config: PagerDutyConfig, client: GuardedClient, site_url: str) -> None:
        self._url = f"{config.events_url}/v2/enqueue"
        self._routing_key = config.routing_key
        self._client = client
        self._site_url = site_url.rstrip("/")
        self._message = template("pagerduty")

    def send(self, notice: NoticeId, notification: Notification, now: Instant) -> Sent:
        content = self._event(notice, notification)
        headers = {"content-type": "application/json", "user-agent": "outproof"}
        return attempt(lambda: self._client.request("POST", self._url, headers, content), permanent=PERMANENT, now=now)

    def _event(self, notice: NoticeId, notification: Notification) -> bytes:
        """The event. A test resolves an alert that was never triggered: PagerDuty takes it, and nobody is woken."""
        action = _ACTION.get(notification.kind, "trigger")
        is_test = notification.kind is NoticeKind.CANARY
        event: dict[str, object] = {
            "routing_key": self._routing_key,
            "event_action": action,
            "dedup_key": (f"test-{notice}" if is_test else notification.incident_id)[:DEDUP_KEY_CHARS_MAX],
        }
        if action != "trigger":
            return msgspec.json.encode(event)
        payload = self._payload(notification)
        led_to = links(notification, self._site_url)
        event |= {
            "client": "Outproof",
            "client_url": led_to[0].url,
            "links": [{"href": link.url, "text": link.label} for link in led_to],
            "payload": payload,
        }
        content = msgspec.json.encode(event)
        if len(content) > EVENT_BYTES_MAX:  # the page of the incident has them all
            content = msgspec.json.encode({**event, "payload": {**payload, "custom_details": {}}})
        return content

    def _payload(self, notification: Notification) -> dict[str, object]:
        said = lines(notification)
        first = said[0].value if said else ""
        summary = rendered(self._message, {"heading": heading(notification), "first": first})
        return {
            "summary": plain(summary, SUMMARY_CHARS_MAX),
            "source": plain(notification.subject, SOURCE_CHARS_MAX) or "outproof",
            "severity": _SEVERITY[notification.severity],
            "timestamp": rfc3339(notification.at),
            "component": plain(notification.subject, SOURCE_CHARS_MAX),
            "group": plain(notification.owner, SOURCE_CHARS_MAX),
            "class": notification.finding_kind.value,
            "custom_details": details(said, notification.labels),
        }


def details(said: tuple[Line, ...], labels: Mapping[str, str]) -> dict[str, str]:
    """What was said, by its label, and the labels; of several lines of one label the last."""
    return {f"label {plain(name, 60)}": plain(value, 120) for name, value in labels.items()} | {
        line.label: line.value for line in said
    }
