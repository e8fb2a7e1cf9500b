"""A run as it is kept beside its signals: the last verdict, and when to look at it again."""

from __future__ import annotations

from dataclasses import dataclass

from outproof.contract.drill import Drilled
from outproof.contract.run import Stage
from outproof.core.ids import RunId
from outproof.core.time import Instant
from outproof.prove.outcome import Cause, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class FoldedRun:
    """What was last concluded from a run's signals.

    `settle_at` is when time alone may change the verdict, `look_at` when our probe looks next, after `looks` in a row
    that did not see what was promised. `generation` grows with every change. `slot_at` is the instant at which a
    schedule expected it; None: nobody did. `drill` marks a run that is broken on purpose.
    """

    id: RunId
    promise: str
    external_id: str
    verdict: Verdict
    first_stage: Stage | None
    reason: str
    started_at: Instant
    opened_at: Instant | None
    closed_at: Instant | None
    due_at: Instant | None
    settle_at: Instant | None
    look_at: Instant | None
    looks: int
    generation: int
    cause: Cause | None = None
    slot_at: Instant | None = None
    drill: Drilled | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictChange:
    """One change of a run's verdict. `old` None: the first one."""

    at: Instant
    old: Verdict | None
    new: Verdict
    reason: str
