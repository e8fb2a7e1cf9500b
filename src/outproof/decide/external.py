"""Alerts of another monitor into findings of ours: a group of them is one incident, which lasts until all are over."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from outproof.contract.evidence import Fact
from outproof.contract.severity import Severity
from outproof.core.ids import digest_id
from outproof.core.time import Instant, rfc3339
from outproof.decide.finding import About, Finding, FindingKind, Subject, SubjectType
from outproof.decide.matcher import Labels
from outproof.scrub.text import preview

LABELS_MAX = 40
LABEL_CHARS_MAX = 100
VALUE_CHARS_MAX = 200
SENTENCE_CHARS_MAX = 300
URL_CHARS_MAX = 1_000
NAMED_BY_MAX = 4
"""Labels that tell an alert from the others of its group, in its name."""

_LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_CRITICAL = frozenset("critical page emergency fatal p0 sev0 sev1".split())
_INFO = frozenset("info none debug notice low p2".split())
_SUBJECTS = ("service", "job", "namespace", "instance")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalAlert:
    """One alert as another monitor tells of it. `since` and the fingerprint of its labels make it this one."""

    group: str
    group_labels: Labels
    fingerprint: str
    labels: Labels
    annotations: Mapping[str, str]
    since: Instant
    firing: bool
    source: str
    monitor: str
    url: str = ""


def finding(alert: ExternalAlert, now: Instant) -> Finding:
    """What the alert says, without anything that may not be kept: its texts come from outside."""
    labels = _labels(alert.labels)
    name = labels.get("alertname", alert.fingerprint[:VALUE_CHARS_MAX])
    notes = alert.annotations
    summary = _sentence(notes, "summary", "title") or f"{name} fires"
    runbook = notes.get("runbook_url", "")
    return Finding(
        key=f"external:{digest_id('grp', alert.monitor, alert.group)}",
        kind=FindingKind.EXTERNAL,
        firing=alert.firing,
        severity=_severity(labels),
        title=summary,
        reason=_reason(alert, name, now),
        subject=Subject(SubjectType.SERVICE, next((labels[each] for each in _SUBJECTS if labels.get(each)), name)),
        owner=labels.get("owner") or labels.get("team") or alert.source,
        headline=name,
        first_check=_sentence(notes, "first_check", "action") or _where_to_look(alert),
        runbook=runbook[:URL_CHARS_MAX] if runbook.startswith(("https://", "http://")) else None,
        evidence=_evidence(alert, name),
        about=_about(alert, name, labels, now),
        labels=labels,
    )


def _about(alert: ExternalAlert, name: str, labels: Labels, now: Instant) -> About:
    own = {key: value for key, value in labels.items() if key != "alertname" and key not in alert.group_labels}
    told_apart = [f"{key}={value}" for key, value in sorted(own.items())][:NAMED_BY_MAX]
    return About(
        id=f"{alert.fingerprint[:LABEL_CHARS_MAX]}@{alert.since}",
        at=min(alert.since, now),
        name=" ".join((name, *told_apart)),
        makes_up=False,
    )


def _labels(labels: Labels) -> dict[str, str]:
    known = [key for key in sorted(labels) if _LABEL.fullmatch(key) and len(key) <= LABEL_CHARS_MAX]
    return {key: str(preview(labels[key], chars_max=VALUE_CHARS_MAX)) for key in known[:LABELS_MAX]}


def _severity(labels: Labels) -> Severity:
    """What fires and does not say how bad it is, is a warning."""
    said = labels.get("severity", "").lower()
    if said in _CRITICAL:
        return Severity.CRITICAL
    return Severity.INFO if said in _INFO else Severity.WARNING


def _sentence(notes: Mapping[str, str], *names: str) -> str | None:
    said = next((text for name in names if (text := notes.get(name, "").strip())), None)
    return None if said is None else str(preview(said, chars_max=SENTENCE_CHARS_MAX))


def _reason(alert: ExternalAlert, name: str, now: Instant) -> str:
    if not alert.firing:
        return f"{alert.source} says that {name} is over"
    said = _sentence(alert.annotations, "description", "message", "summary")
    return f"{alert.source}: {said}" if said else f"{alert.source} says that {name} fires since {_since(alert, now)}"


def _since(alert: ExternalAlert, now: Instant) -> str:
    return rfc3339(min(alert.since, now))


def _where_to_look(alert: ExternalAlert) -> str:
    return "Open the alert where it was raised." if _url(alert) else f"Look the alert up in {alert.source}."


def _url(alert: ExternalAlert) -> str | None:
    return alert.url[:URL_CHARS_MAX] if alert.url.startswith(("https://", "http://")) else None


def _evidence(alert: ExternalAlert, name: str) -> tuple[Fact, ...]:
    return (
        Fact("alert", "Alert", name),
        Fact("monitor", "Raised by", alert.source),
        Fact("alert_url", "Where it was raised", _url(alert)),
    )
