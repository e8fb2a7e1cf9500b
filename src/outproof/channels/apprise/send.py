"""Sends a notification by Apprise: a notice in; its text to one receiver out.

Apprise says yes or no and nothing else, so that is all there is on record.
"""

from __future__ import annotations

import logging
from concurrent.futures import Future, ThreadPoolExecutor
from importlib import import_module
from typing import Any, Protocol

from outproof.channels.apprise.config import AppriseConfig
from outproof.channels.links import links
from outproof.channels.neutral import unlinked
from outproof.channels.template import rendered, template
from outproof.contract.severity import Severity
from outproof.core.errors import Permanent
from outproof.core.ids import NoticeId
from outproof.core.time import Instant
from outproof.respond.delivery import Outcome, Sent
from outproof.respond.notification import NoticeKind, Notification, heading, lines

SEND_S_MAX = 40.0
"""So long one attempt may take, whatever the plugin does: shorter than a claim holds, so that nobody sends it too."""

_SENDERS = 8
"""Attempts at once. Of those that hang for longer than they may, there are never more than these."""

_TYPE = {Severity.CRITICAL: "failure", Severity.WARNING: "warning", Severity.INFO: "info"}


class Receivers(Protocol):
    """What is used of Apprise's `Apprise`."""

    def notify(self, body: str, title: str, *, notify_type: str, body_format: str) -> bool | None: ...


class Apprise:
    """`ports.Channel` for the receiver of one channel."""

    def __init__(self, receivers: Receivers, site_url: str, *, send_s_max: float = SEND_S_MAX) -> None:
        self._receivers = receivers
        self._send_s_max = send_s_max
        self._senders = ThreadPoolExecutor(_SENDERS, thread_name_prefix="apprise")
        self._site_url = site_url.rstrip("/")
        self._message = template("apprise")

    def send(self, notice: NoticeId, notification: Notification, now: Instant) -> Sent:  # noqa: ARG002 - it knows no ids
        said = unlinked("\n".join(f"{line.label}: {line.value}" for line in lines(notification)))
        led_to = "\n".join(f"{link.label}: {link.url}" for link in links(notification, self._site_url))
        body = rendered(self._message, {"lines": said, "links": led_to})
        title = unlinked(heading(notification))
        is_over = notification.kind is NoticeKind.RESOLVED
        kind = "success" if is_over else "info" if _is_quiet(notification) else _TYPE[notification.severity]
        sending: Future[bool | None] = self._senders.submit(
            self._receivers.notify, body, title, notify_type=kind, body_format="text"
        )
        try:
            took_it = sending.result(self._send_s_max)
        except TimeoutError:
            if sending.done():
                raise  # it is the plugin that says so
            sending.cancel()
            detail = f"Apprise gave no answer in {self._send_s_max:g} s"
            return Sent(outcome=Outcome.TRANSIENT, detail=detail)
        if took_it:
            return Sent(outcome=Outcome.ACCEPTED, detail="Apprise says that the receiver took it")
        return Sent(outcome=Outcome.TRANSIENT, detail="Apprise says that the receiver did not take it, and not why")


def apprise(config: AppriseConfig, site_url: str) -> Apprise:
    """The channel that files declare.

    Raises:
        Permanent: Apprise is not installed, it does not know the URL, or the URL leads to several receivers.
    """
    try:
        library: Any = import_module("apprise")
    except ImportError as error:
        raise Permanent(
            f"channel {config.name}: expected Apprise, which is not installed: install outproof[apprise]"
        ) from error
    logging.getLogger("apprise").disabled = True  # it writes URLs, which hold secrets, into the log
    receivers = library.Apprise()
    if not receivers.add(config.urls[0]):
        raise Permanent(f"channel {config.name}: expected a URL that Apprise knows, got another one")
    if len(receivers) != 1:
        raise Permanent(
            f"channel {config.name}: expected the URL of one receiver, got {len(receivers)} in one text: declare a "
            f"channel for each"
        )
    return Apprise(receivers, site_url)


def _is_quiet(notification: Notification) -> bool:
    return notification.kind in (NoticeKind.CANARY, NoticeKind.ACKNOWLEDGED)
