"""Sends a notification as mail: a notice in; one mail handed to a relay, in the thread of its incident, out.

A relay that took a mail has not delivered it, and the record says so. Plain text only: there is no markup to break.
"""

from __future__ import annotations

from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from outproof.channels.email.config import EmailConfig
from outproof.channels.links import links
from outproof.channels.template import rendered, template
from outproof.contract.severity import Severity
from outproof.core.errors import Permanent, Transient
from outproof.core.ids import NoticeId, digest_id
from outproof.core.time import NANOS_PER_S, Instant
from outproof.egress.smtp import GuardedRelay, Handed
from outproof.respond.delivery import Outcome, Sent
from outproof.respond.notification import NoticeKind, Notification, heading, lines, plain

SUBJECT_CHARS_MAX = 160

_IMPORTANCE = {Severity.CRITICAL: "high", Severity.WARNING: "normal", Severity.INFO: "low"}


class Email:
    """`ports.Channel` for the people of one channel."""

    def __init__(self, config: EmailConfig, relay: GuardedRelay, site_url: str) -> None:
        self._config = config
        self._relay = relay
        self._site_url = site_url.rstrip("/")
        self._message = template("email")

    def send(self, notice: NoticeId, notification: Notification, now: Instant) -> Sent:
        """Hand the mail over. A test only asks the relay whether it would take one for these people."""
        is_test = notification.kind is NoticeKind.CANARY
        mail = None if is_test else self._mail(notice, notification, now).as_bytes(policy=SMTP)
        try:
            handed = self._relay.hand_over(self._config.sender, self._config.recipients, mail)
        except Transient as error:
            return Sent(outcome=Outcome.TRANSIENT, detail=str(error))
        except Permanent as error:
            return Sent(outcome=Outcome.PERMANENT, detail=str(error))
        what = "the relay would take mail; none was sent" if is_test else "handed to the relay"
        return Sent(outcome=Outcome.ACCEPTED, status_code=handed.code, detail=what + _refused(handed))

    def _mail(self, notice: NoticeId, notification: Notification, now: Instant) -> EmailMessage:
        said = lines(notification)
        led_to = links(notification, self._site_url)
        mail = EmailMessage(policy=SMTP)
        mail["From"] = f"Outproof <{self._config.sender}>"
        mail["To"] = ", ".join(self._config.recipients)
        mail["Date"] = format_datetime(datetime.fromtimestamp(now / NANOS_PER_S, UTC))
        self._put_into_thread(mail, notice, notification)
        mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's automatic answer comes back
        mail["Precedence"] = "bulk"
        mail["X-Auto-Response-Suppress"] = "All"
        mail["Importance"] = _IMPORTANCE[notification.severity]
        mail["X-Outproof-Incident"] = notification.incident_id
        mail["X-Outproof-Severity"] = notification.severity.value
        mail["X-Outproof-Notice"] = notification.kind.value
        text = rendered(
            self._message,
            {
                "heading": heading(notification),
                "lines": "\n".join(f"{line.label}: {line.value}" for line in said),
                "links": "\n".join(f"{link.label}: {link.url}" for link in led_to),
            },
        )
        mail.set_content(text, cte="quoted-printable")
        return mail

    def _put_into_thread(self, mail: EmailMessage, notice: NoticeId, notification: Notification) -> None:
        """All mails of an incident refer to the first, whose id and subject follow from the incident.

        A retry has the id of the first attempt, so that a mail that was taken twice is shown once.
        """
        domain = self._config.sender.rpartition("@")[2]
        first = f"<{digest_id('mail', notification.incident_id, self._config.name)}@{domain}>"
        subject = plain(f"[Outproof] {notification.title}", SUBJECT_CHARS_MAX)
        if notification.kind is NoticeKind.OPENED:
            mail["Subject"], mail["Message-ID"] = subject, first
            return
        mail["Subject"], mail["Message-ID"] = f"Re: {subject}", f"<{notice}@{domain}>"
        mail["In-Reply-To"] = mail["References"] = first


def _refused(handed: Handed) -> str:
    if not handed.refused:
        return ""
    said = ", ".join(f"{address} ({code})" for address, code in handed.refused)
    return f", but not for {said}"
