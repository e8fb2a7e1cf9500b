"""Whether a channel can be reached: what is known of its deliveries and the rule in; a verdict with its reason out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from outproof.core.time import Instant, after, duration_text, rfc3339, seconds_between
from outproof.respond.delivery import Proof
from outproof.respond.route import Canary


class ReachState(StrEnum):
    """How sure it is that a channel can be reached, the surest first."""

    PROVEN = "proven"
    WAITING = "waiting"  # nothing was accepted yet, and there is time left
    FAILING = "failing"  # the newest attempts failed, and are made again
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class Reach:
    """A verdict, and the sentence that says why. It stays the same while nothing happens."""

    state: ReachState
    reason: str


def reach(proof: Proof, canary: Canary | None, now: Instant) -> Reach:
    """Whether a channel can be reached. Without a canary silence means nothing, and only a refusal makes it dead."""
    proof_s = None if canary is None else canary.proof_s
    accepted = f"accepted at {_said(proof.accepted_at)}" if proof.accepted_at is not None else "accepted nothing yet"
    if proof.refused:
        return Reach(ReachState.DEAD, f"it refused a notice at {_said(proof.failed_at)}: {proof.failed_detail}")
    if proof_s is not None and now >= after(_newest(proof.accepted_at, proof.since), proof_s):
        last = f"; the last attempt: {proof.failed_detail}" if proof.failed_detail else ""
        return Reach(ReachState.DEAD, f"it {accepted}, and nothing in {duration_text(proof_s)} since{last}")
    if proof.failed_at is not None:
        failed = f"failed at {_said(proof.failed_at)}: {proof.failed_detail}"
        return Reach(ReachState.FAILING, f"it {accepted}, and {failed}")
    if proof.accepted_at is None:
        return Reach(ReachState.WAITING, f"it {accepted}, and was sent nothing")
    return Reach(ReachState.PROVEN, f"it {accepted}")


def canary_due(proof: Proof, canary: Canary | None, now: Instant) -> bool:
    """Whether a test is to be sent: nothing was accepted and no test was sent for so long."""
    if canary is None or canary.every_s is None:
        return False
    return now >= after(_newest(proof.accepted_at, proof.tested_at, proof.since), canary.every_s)


def proof_age_s(proof: Proof, now: Instant) -> float | None:
    """Seconds since something was accepted; None: nothing ever was."""
    return None if proof.accepted_at is None else max(0.0, seconds_between(proof.accepted_at, now))


def _newest(*instants: Instant | None) -> Instant:
    return max(instant for instant in instants if instant is not None)


def _said(instant: Instant | None) -> str:
    return "no known time" if instant is None else f"{rfc3339(instant)[:16].replace('T', ' ')} UTC"
