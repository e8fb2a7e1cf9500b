"""How a notice gets through: its attempts in; what becomes of it and when to try again, out.

At least once, with the same id each time: "accepted" is written after the receiver said so, never before.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

from outproof.core.ids import IncidentId, NoticeId
from outproof.core.time import Instant, after
from outproof.respond.notification import NoticeKind, Notification

WAITS_S = (5.0, 30.0, 120.0, 600.0, 1_800.0, 7_200.0, 21_600.0, 57_600.0)
"""Waits after the first, second, … failed attempt: nine attempts over 24 h 42 min, so a receiver may be away a day."""

JITTER_RATIO_MAX = 0.2
RETRY_AFTER_S_MAX = 21_600.0


class Outcome(StrEnum):
    """What a receiver said to one attempt."""

    ACCEPTED = "accepted"
    TRANSIENT = "transient"
    PERMANENT = "permanent"


class DeliveryState(StrEnum):
    QUEUED = "queued"
    RETRYING = "retrying"
    ACCEPTED = "accepted"
    FAILED = "failed"
    SUPERSEDED = "superseded"  # a newer notice of the incident says it all


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What a channel says of one attempt. `detail` is ours or a status: never a receiver's body, never a secret."""

    outcome: Outcome
    detail: str
    status_code: int | None = None
    retry_after_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One attempt on record; `number` counts from 1."""

    number: int
    at: Instant
    outcome: Outcome
    detail: str
    duration_s: float
    status_code: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A notice one sender has for itself until its claim runs out. `attempts` is how many were made before."""

    id: NoticeId
    incident_id: IncidentId
    channel: str
    attempts: int
    notification: Notification


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A notice and all attempts to deliver it."""

    id: NoticeId
    channel: str
    kind: NoticeKind
    state: DeliveryState
    next_attempt_at: Instant | None
    attempts: tuple[Attempt, ...]


def wait_s(notice: NoticeId, attempt: int) -> float | None:
    """Seconds to wait after that failed attempt; None: it was the last.

    Up to a fifth is added, drawn from the id: notices that failed together don't come back together, and a replay
    waits alike.
    """
    if attempt > len(WAITS_S):
        return None
    draw = int.from_bytes(sha256(f"{notice}.{attempt}".encode()).digest()[:8], "big") / 2**64
    return WAITS_S[attempt - 1] * (1 + JITTER_RATIO_MAX * draw)


def settled(notice: NoticeId, attempt: int, sent: Sent, now: Instant) -> tuple[DeliveryState, Instant | None]:
    """What becomes of a notice after an attempt, and when it is tried again."""
    if sent.outcome is Outcome.ACCEPTED:
        return DeliveryState.ACCEPTED, None
    wait = wait_s(notice, attempt)
    if sent.outcome is Outcome.PERMANENT or wait is None:
        return DeliveryState.FAILED, None
    asked_s = min(sent.retry_after_s or 0.0, RETRY_AFTER_S_MAX)
    return DeliveryState.RETRYING, after(now, max(wait, asked_s))
