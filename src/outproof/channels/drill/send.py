"""Notices of drills in; an acceptance or a refusal out, without anybody being told."""

from __future__ import annotations

from collections.abc import Mapping

from outproof.contract.drill import DEAD_ROUTE, LOOPBACK
from outproof.core.ids import NoticeId
from outproof.core.time import Instant
from outproof.ports import Channel
from outproof.respond.delivery import Outcome, Sent
from outproof.respond.notification import Notification


class Loopback:
    """Takes every notice and tells nobody: the outbox, the claim, the sending and the record are real."""

    def send(self, notice: NoticeId, notification: Notification, now: Instant) -> Sent:
        del notice, notification, now
        return Sent(outcome=Outcome.ACCEPTED, detail="taken by the built-in receiver of drills; nobody was told")


class DeadRoute:
    """Refuses every notice, as a receiver does that was taken away."""

    def send(self, notice: NoticeId, notification: Notification, now: Instant) -> Sent:
        del notice, notification, now
        return Sent(outcome=Outcome.PERMANENT, detail="refused on purpose: this is the dead route of a drill")


BUILT_IN: Mapping[str, Channel] = {LOOPBACK: Loopback(), DEAD_ROUTE: DeadRoute()}
"""There beside the declared channels, whose names hold no colon."""
