"""Sends a notification to Alertmanager: a notice in; one alert, firing or over, at every peer out.

The labels are the alert's identity there. It fires until it is told that it is over, or until it was not told again
for four times as long as it should have been: then we are gone, and so is what we know.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import urlsplit

import msgspec

from outproof.channels.alertmanager.config import AlertmanagerConfig
from outproof.channels.links import links, web_url
from outproof.channels.status import attempt
from outproof.channels.template import rendered, template
from outproof.core.ids import NoticeId
from outproof.core.time import Instant, after, rfc3339
from outproof.egress.http import GuardedClient
from outproof.respond.delivery import Outcome, Sent
from outproof.respond.notification import NoticeKind, Notification, heading, lines, plain

PEER_TIMEOUT_S = 8.0
"""Five peers that hang one after the other take less than the minute for which a notice is one sender's own."""

FORGETS_AFTER = 4
"""Repeats, as Prometheus has it: three may be lost."""

VALUE_CHARS_MAX = 200
ANNOTATION_CHARS_MAX = 4_000
TEST_NAME = "OutproofTest"
OURS = {"raised_by": "outproof"}
"""What every alert of ours carries, so that an Alertmanager that tells us of its alerts does not tell us of our own."""

PERMANENT = frozenset({400, 404, 405, 413, 422})


class Alertmanager:
    """`ports.Channel` for one cluster."""

    def __init__(self, config: AlertmanagerConfig, client: GuardedClient, site_url: str) -> None:
        self._urls = tuple(f"{url.rstrip('/')}/api/v2/alerts" for url in config.urls)
        self._token = config.token
        self._repeat_s = config.repeat_s
        self._client = client
        self._site_url = site_url.rstrip("/")
        self._message = template("alertmanager")

    def send(self, notice: NoticeId, notification: Notification, now: Instant) -> Sent:  # noqa: ARG002 - labels are its ids
        content = msgspec.json.encode([self._alert(notification, now)])
        headers = {"content-type": "application/json", "user-agent": "outproof"}
        if self._token is not None:
            headers["authorization"] = f"Bearer {self._token}"
        answers = [(urlsplit(url).netloc, self._told(url, headers, content, now)) for url in self._urls]
        return _together(answers, is_over=notification.kind is NoticeKind.RESOLVED)

    def _told(self, url: str, headers: Mapping[str, str], content: bytes, now: Instant) -> Sent:
        return attempt(lambda: self._client.request("POST", url, headers, content), permanent=PERMANENT, now=now)

    def _alert(self, notification: Notification, now: Instant) -> dict[str, object]:
        """A test is an alert that is over before anybody was told of it: Alertmanager takes it and tells nobody."""
        ends_at = after(now, FORGETS_AFTER * self._repeat_s)
        if notification.kind in (NoticeKind.RESOLVED, NoticeKind.CANARY):
            ends_at = max(notification.at, notification.opened_at)
        led_to = links(notification, self._site_url)
        said = "\n".join(f"{line.label}: {line.value}" for line in lines(notification))
        annotations = {
            "summary": heading(notification),
            "description": rendered(self._message, {"lines": said})[:ANNOTATION_CHARS_MAX],
            "runbook_url": web_url(notification.runbook),
            "incident": notification.incident_id,
            "kind": notification.finding_kind.value,
        }
        return {
            "labels": _labels(notification),
            "annotations": {name: text for name, text in annotations.items() if text},
            "startsAt": rfc3339(min(notification.opened_at, ends_at)),
            "endsAt": rfc3339(ends_at),
            "generatorURL": led_to[0].url,
        }


def _labels(notification: Notification) -> dict[str, str]:
    """What the finding is known by, under names that every version of Alertmanager takes. No id is among them.

    Nor is the kind of the break, which may change while it lasts: what was late fails.
    """
    if notification.kind is NoticeKind.CANARY:
        return {"alertname": TEST_NAME, "severity": "none", **OURS}
    named = notification.policy or notification.promise or notification.finding_kind.value
    lasting = {name: value for name, value in notification.labels.items() if name != "kind"}
    labels = {**lasting, "alertname": named, "severity": notification.severity.value, **OURS}
    written = {re.sub(r"[^a-zA-Z0-9_]", "_", name): plain(value, VALUE_CHARS_MAX) for name, value in labels.items()}
    return {name if not name[:1].isdigit() else f"_{name}": value for name, value in written.items() if name and value}


def _together(answers: list[tuple[str, Sent]], *, is_over: bool) -> Sent:
    """What came of it over all peers. One that knows is enough: it notifies, and the next repeat tells the others.

    That it is over is not repeated, and a peer that does not know it would notify again: then all must take it.
    """
    failed = [sent for _, sent in answers if sent.outcome is not Outcome.ACCEPTED]
    taken = [sent for _, sent in answers if sent.outcome is Outcome.ACCEPTED]
    if not failed:
        return taken[0]
    why = "; ".join(f"{peer}: {sent.detail}" for peer, sent in answers if sent.outcome is not Outcome.ACCEPTED)
    if taken and not is_over:
        return replace(taken[0], detail=f"{len(taken)} of {len(answers)} peers know; {why}")
    transient = [sent for sent in failed if sent.outcome is Outcome.TRANSIENT]
    return replace((transient or failed)[0], detail=why)
