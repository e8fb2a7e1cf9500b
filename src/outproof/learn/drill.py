"""A drill from its beginning to its verdict: what was done, what was expected of the product, and what it did."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from outproof.contract.drill import Drilled, Fault
from outproof.core.ids import IncidentId, ProjectId, RunId, digest_id, run_id
from outproof.core.time import Instant

STEPS_MAX = 100


class DrillState(StrEnum):
    RUNNING = "running"
    PASSED = "passed"
    FAILED = "failed"


class Move(StrEnum):
    """What a drill does next."""

    BREAKING = "breaking"
    NOTICING = "noticing"
    REPAIRING = "repairing"
    RECOVERING = "recovering"
    OVER = "over"


class Evaluator(StrEnum):
    """Who noticed what a drill broke: the part of the product that a passed drill vouches for."""

    RECEIVE = "receive"
    SETTLE = "settle"
    SCHEDULE = "schedule"
    PROBE = "probe"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that must be so, and what was."""

    name: str
    expected: str
    seen: str
    passed: bool


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that a drill did or saw, for people."""

    at: Instant
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Drill:
    """One drill. `version` is that of its promise; `broken_at` and `repaired_at` are when its signals were in.

    `move_at` is when the move at hand began. `evaluators` are who must notice. `generation` grows with every change.
    """

    promise: str
    version: str
    drilled: Drilled
    by: str
    started_at: Instant
    move_at: Instant
    state: DrillState = DrillState.RUNNING
    move: Move = Move.BREAKING
    broken_at: Instant | None = None
    repaired_at: Instant | None = None
    finished_at: Instant | None = None
    run_id: RunId | None = None
    incident_id: IncidentId | None = None
    seconds_to_incident: float | None = None
    steps: tuple[Step, ...] = ()
    checks: tuple[Check, ...] = ()
    evaluators: tuple[Evaluator, ...] = ()
    generation: int = 1

    @property
    def id(self) -> str:
        return self.drilled.id

    @property
    def fault(self) -> Fault:
        return self.drilled.fault

    @property
    def key(self) -> str:
        """The key of its incident."""
        return f"drill:{self.id}"

    @property
    def repaired(self) -> bool:
        """Whether its run was mended, so that everything is there to be seen."""
        return self.repaired_at is not None

    def with_step(self, at: Instant, text: str) -> Drill:
        """The drill with one more thing told. The newest of too many are left out: how it began explains more."""
        if len(self.steps) >= STEPS_MAX:
            return self
        return replace(self, steps=(*self.steps, Step(at, text)))

    def into(self, move: Move, at: Instant) -> Drill:
        """The drill as its next move begins."""
        return replace(self, move=move, move_at=at)

    def over(self, at: Instant) -> Drill:
        """The drill as its checks conclude it. One without a check proved nothing, so it has not passed."""
        passed = bool(self.checks) and all(check.passed for check in self.checks)
        state = DrillState.PASSED if passed else DrillState.FAILED
        failed = [check.name for check in self.checks if not check.passed]
        text = "passed" if passed else f"failed: {', '.join(failed) or 'nothing could be checked'}"
        return replace(self.with_step(at, text).into(Move.OVER, at), state=state, finished_at=at)

    def failed(self, at: Instant, name: str, expected: str, seen: str) -> Drill:
        """The drill as it ends when it cannot go on."""
        check = Check(name=name, expected=expected, seen=seen, passed=False)
        return replace(self, checks=(*self.checks, check)).over(at)


def drill_id(project: ProjectId, promise: str, fault: Fault, at: Instant) -> str:
    """The id of the drill that begins at an instant."""
    return digest_id("drl", project, promise, fault, str(at))


def drilled_run(project: ProjectId, promise: str, drill: str) -> RunId:
    """The made-up run of a drill; its external id is the drill's."""
    return run_id(project, promise, drill)
