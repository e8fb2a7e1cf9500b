"""Alertmanager's webhook: a message about a group of alerts in; an incident of ours, opened, changed or ended, out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from litestar import post
from litestar.exceptions import ValidationException
from litestar.params import JSONBody

from outproof.core.time import Instant, instant_from_rfc3339
from outproof.decide.external import ExternalAlert, finding
from outproof.engine.record import record_all
from outproof.scrub.text import preview
from outproof.server.given import Clock, Project, Store, Terms

ALERTS_MAX = 1_000
"""Alerts of one message that are looked at; the group has its incident anyway, and Alertmanager sends it again."""

SOURCE_CHARS_MAX = 100
RAISED_BY, OURSELVES = "raised_by", "outproof"
"""The label that our own alerts carry in an Alertmanager."""

_VERSION = "4"
_LEDGER = "alertmanager"


# The fields of both have the names that they have on the wire.
@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One alert: `fingerprint` and `startsAt` make it this one. An `endsAt` that has passed ends it."""

    status: Literal["firing", "resolved"]
    labels: dict[str, str]
    startsAt: str
    fingerprint: str
    endsAt: str = ""
    annotations: dict[str, str] = field(default_factory=dict)
    generatorURL: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What Alertmanager sends of one group. What is not named here is not needed."""

    version: str
    groupKey: str
    receiver: str
    alerts: list[Alert]
    groupLabels: dict[str, str] = field(default_factory=dict)
    externalURL: str = ""
    truncatedAlerts: int = 0


@dataclass(frozen=True, slots=True)
class Taken:
    """The message is on disk. `incident` is the one that the group is part of; null: nothing is broken, nor was."""

    firing: int
    resolved: int
    incident: str | None


@post("/v1/alertmanager", status_code=200, sync_to_thread=True)
def receive(data: JSONBody[Message], store: Store, clock: Clock, project: Project, terms: Terms) -> Taken:
    """Take what an Alertmanager says of a group of alerts: one incident, which lasts until all of them are over.

    The same message again changes nothing, from whichever of several Alertmanagers it comes. What Outproof itself told
    an Alertmanager is left out: it has its incident here already.
    """
    if data.version != _VERSION:
        raise ValidationException(f"expected version {_VERSION} of the webhook's payload, got {data.version!r}")
    now = clock.now()
    own = sum(alert.labels.get(RAISED_BY) == OURSELVES for alert in data.alerts)
    looked_at = [number for number, alert in enumerate(data.alerts) if alert.labels.get(RAISED_BY) != OURSELVES]
    alerts = [_alert(data, number, now) for number in looked_at[:ALERTS_MAX]]
    with store.begin() as tx:
        findings = [finding(each, now) for each in alerts]
        incidents = record_all(tx, findings, project=project, routes=terms.routes, now=now)
        tx.ledger.add(_LEDGER, "stored", "", len(alerts))
        tx.ledger.add(_LEDGER, "dropped", "own_alert", own)
        tx.ledger.add(_LEDGER, "dropped", "too_many", len(looked_at) - len(alerts))
    firing = sum(alert.firing for alert in alerts)
    return Taken(firing, len(alerts) - firing, next(iter(incidents.values()), None))


def _alert(message: Message, number: int, now: Instant) -> ExternalAlert:
    alert = message.alerts[number]
    since = _instant(alert.startsAt, f"alerts[{number}].startsAt")
    until = _instant(alert.endsAt, f"alerts[{number}].endsAt") if alert.endsAt else Instant(0)
    source = str(preview(message.receiver, chars_max=SOURCE_CHARS_MAX)) or "receiver"
    return ExternalAlert(
        group=message.groupKey,
        group_labels=message.groupLabels,
        fingerprint=alert.fingerprint,
        labels=alert.labels,
        annotations=alert.annotations,
        since=since,
        firing=alert.status == "firing" and not 0 < until <= now,
        source=f"Alertmanager ({source})",
        monitor=message.receiver,
        url=alert.generatorURL,
    )


def _instant(text: str, path: str) -> Instant:
    try:
        return instant_from_rfc3339(text)
    except ValueError as error:
        raise ValidationException(f"{path}: {error}") from error


HANDLERS = [receive]
