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

WAITS_S = (5.0, 30.0, 120.0, 600.0, 1_800.0, 3_600.0)
"""Waits after the first, second, … failed attempt; then the last one again and again: after an outage of many hours
nobody waits for hours more."""

TRIED_FOR_S = 86_400.0
TRIES_MIN = 9
"""A notice is given up after so long and so many attempts: a receiver may be away a day, and so may we."""

HEALTHY_WAIT_S = 300.0
"""A receiver that takes other notices is tried again with one that it did not take, once it was left alone so long."""

SPREAD_S = 10.0
"""What waits for a receiver comes within this time of its return, not all at once."""

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
    """What a channel says of one attempt. `detail` is ours or a status: never a receiver's body, never a secret.

    `receipt` is what the receiver calls the message it took, where later ones can be put to it.
    """

    outcome: Outcome
    detail: str
    status_code: int | None = None
    retry_after_s: float | None = None
    receipt: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One attempt on record; `number` counts from 1."""

    number: int
    at: Instant
    outcome: Outcome
    detail: str
    duration_s: float
    status_code: int | None = None
    receipt: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A notice one sender has for itself until its claim runs out. `attempts` is how many were made before."""

    id: NoticeId
    incident_id: IncidentId
    channel: str
    attempts: int
    queued_at: Instant
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


@dataclass(frozen=True, slots=True)
class Sending:
    """How a notice stands that one channel is told of one generation of an incident."""

    channel: str
    generation: int
    state: DeliveryState


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What is known of whether a channel can be reached.

    `since` is when it was first declared. `accepted_at` is the newest acceptance, `accepted_kind` of what. `failed_at`
    is the newest attempt that was not accepted since, `failed_detail` what was said; `refused`: for good. `tested_at`
    is when it was last sent a canary.
    """

    channel: str
    since: Instant
    accepted_at: Instant | None = None
    accepted_kind: NoticeKind | None = None
    failed_at: Instant | None = None
    failed_detail: str | None = None
    refused: bool = False
    tested_at: Instant | None = None


def wait_s(notice: NoticeId, attempt: int) -> float:
    """Seconds to wait after that failed attempt.

    Up to a fifth is added, drawn from the id: notices that failed together don't come back together, and a replay
    waits alike.
    """
    draw = int.from_bytes(sha256(f"{notice}.{attempt}".encode()).digest()[:8], "big") / 2**64
    return WAITS_S[min(attempt, len(WAITS_S)) - 1] * (1 + JITTER_RATIO_MAX * draw)


def settled(
    notice: NoticeId, attempt: int, sent: Sent, now: Instant, *, queued_at: Instant
) -> tuple[DeliveryState, Instant | None]:
    """What becomes of a notice after an attempt, and when it is tried again."""
    if sent.outcome is Outcome.ACCEPTED:
        return DeliveryState.ACCEPTED, None
    is_last = attempt >= TRIES_MIN and now >= after(queued_at, TRIED_FOR_S)
    if sent.outcome is Outcome.PERMANENT or is_last:
        return DeliveryState.FAILED, None
    asked_s = min(sent.retry_after_s or 0.0, RETRY_AFTER_S_MAX)
    return DeliveryState.RETRYING, after(now, max(wait_s(notice, attempt), asked_s))
