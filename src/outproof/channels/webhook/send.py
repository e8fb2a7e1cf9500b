"""Sends a notification as a signed webhook: a notice in, one request with `webhook-*` headers out."""

from __future__ import annotations

import msgspec

from outproof.channels.links import incident_url
from outproof.channels.status import attempt
from outproof.channels.template import rendered, template
from outproof.channels.webhook.config import WebhookConfig
from outproof.core.ids import NoticeId
from outproof.core.time import NANOS_PER_S, Instant, rfc3339
from outproof.egress.http import GuardedClient
from outproof.egress.signing import signatures, signing_key
from outproof.respond.delivery import Sent
from outproof.respond.notification import NoticeKind, Notification, heading, lines, plain

BODY_BYTES_MAX = 20_000

# The same bytes will be refused again. 401, 403 and 404 are not here: a receiver that is being set up or redeployed
# answers so for a while, and a page that comes late is better than one that never comes.
PERMANENT = frozenset({400, 405, 406, 410, 411, 413, 414, 415, 422})

_TEXT_CHARS_MAX = 200
_LABELS_MAX = 20


class Webhook:
    """`ports.Channel` for one receiver."""

    def __init__(self, config: WebhookConfig, client: GuardedClient, site_url: str) -> None:
        self._url = config.url
        self._keys = [signing_key(secret) for secret in config.secrets]
        self._client = client
        self._site_url = site_url.rstrip("/")
        self._message = template("webhook")

    def send(self, notice: NoticeId, notification: Notification, now: Instant) -> Sent:
        content = self._test(notification) if notification.kind is NoticeKind.CANARY else self._body(notification)
        timestamp = now // NANOS_PER_S
        headers = {
            "content-type": "application/json",
            "user-agent": "outproof",
            "webhook-id": notice,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": signatures(self._keys, notice, timestamp, content),
        }
        return attempt(lambda: self._client.request("POST", self._url, headers, content), permanent=PERMANENT, now=now)

    def _test(self, notification: Notification) -> bytes:
        """A payload of no incident, under a type of its own: nothing that opens tickets takes it for one."""
        data = {"text": heading(notification), "url": self._site_url}
        return msgspec.json.encode({"type": "channel.tested", "timestamp": rfc3339(notification.at), "data": data})

    def _body(self, notification: Notification) -> bytes:
        """The payload; the same bytes on every attempt."""
        said = lines(notification)
        link = incident_url(notification.incident_id, self._site_url)
        text = rendered(
            self._message,
            {
                "heading": heading(notification),
                "lines": "\n".join(f"{line.label}: {line.value}" for line in said),
                "link": link,
            },
        )
        data = {
            "incident_id": notification.incident_id,
            "generation": notification.generation,
            "url": link,
            "severity": notification.severity,
            "kind": notification.finding_kind,
            "title": plain(notification.title, _TEXT_CHARS_MAX),
            "headline": _short(notification.headline),
            "subject": _short(notification.subject),
            "owner": _short(notification.owner),
            "policy": _short(notification.policy),
            "promise": _short(notification.promise),
            "labels": {
                plain(name, 60): _short(value) for name, value in list(notification.labels.items())[:_LABELS_MAX]
            },
            "by": _short(notification.by),
            "because": _short(notification.because),
            "first_check": _short(notification.first_check),
            "opened_at": rfc3339(notification.opened_at),
            "occurrences": notification.occurrences,
            "exemplar": _exemplar(notification),
            "evidence": [
                {"key": plain(fact.key, 60), "value": _short(fact.value) if isinstance(fact.value, str) else fact.value}
                for fact in notification.facts[:20]
            ],
            "stages": [{"stage": report.stage, "state": report.state} for report in notification.stages],
            "retry_safety": _retry(notification),
            "boundary": None if notification.briefing is None else _short(notification.briefing.boundary),
            "text": text,
        }
        body = {"type": f"incident.{notification.kind}", "timestamp": rfc3339(notification.at), "data": data}
        content = msgspec.json.encode(body)
        if len(content) > BODY_BYTES_MAX:  # many long facts in a script of four bytes a letter: the page has them all
            content = msgspec.json.encode(
                {**body, "data": {**data, "evidence": [], "labels": {}, "text": heading(notification)}}
            )
        return content


def _retry(notification: Notification) -> dict[str, str | int | None] | None:
    briefing = notification.briefing
    if briefing is None:
        return None
    return {
        "verdict": briefing.retry,
        "reason": _short(briefing.retry_reason),
        "check_first": _short(briefing.check_first),
        "item_count": briefing.retry_items,
    }


def _exemplar(notification: Notification) -> dict[str, str | None] | None:
    exemplar = notification.exemplar
    if exemplar is None:
        return None
    return {
        "request_id": _short(exemplar.request_id),
        "trace_id": exemplar.trace_id,
        "template_id": _short(exemplar.template_id),
        "evidence_version": _short(exemplar.evidence_version),
        "first_failed_stage": _short(exemplar.first_failed_stage),
    }


def _short(text: str | None) -> str | None:
    return None if text is None else plain(text, _TEXT_CHARS_MAX)
