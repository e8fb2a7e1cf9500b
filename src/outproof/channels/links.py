"""Where a message leads: a notification and our site in; labelled addresses out, of http and https only."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from outproof.core.ids import IncidentId
from outproof.respond.notification import NoticeKind, Notification

URL_CHARS_MAX = 2_000


@dataclass(frozen=True, slots=True)
class Link:
    """A label of ours, and an address of our site or of the operator's files: never of what is monitored."""

    label: str
    url: str


def links(notification: Notification, site_url: str) -> tuple[Link, ...]:
    """What a reader may open, the incident first. A test leads to our site, where the state of channels is shown.

    Opening one changes nothing: a chat that looks at addresses by itself must not acknowledge.
    """
    if notification.kind is NoticeKind.CANARY:
        return (Link("Open Outproof", site_url),)
    incident = incident_url(notification.incident_id, site_url)
    opened = Link("Open the incident", incident)
    if notification.kind is NoticeKind.RESOLVED:
        return (opened, Link("Acted on", f"{incident}?mark=acted_on"), Link("Noise", f"{incident}?mark=noise"))
    runbook = web_url(notification.runbook)
    known = (Link("Handoff", f"{incident}#handoff"), Link("Runbook", runbook) if runbook else None)
    return (opened, *(link for link in known if link is not None))


def incident_url(incident: IncidentId, site_url: str) -> str:
    """The page of an incident."""
    return f"{site_url}/incidents/{quote(incident)}"


def web_url(text: str | None) -> str | None:
    """An address that can stand in any markup; None when the text is none of the web."""
    if text is None or not text.startswith(("https://", "http://")):
        return None
    url = quote(text, safe=":/?#@!$&()*+,;=%~-._")
    return url if len(url) <= URL_CHARS_MAX else None
