"""Breaking a promise on purpose: which fault, how soon the incident must be there, and who is told of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

LOOPBACK = "drill:loopback"
"""The built-in channel that drills tell where none is declared: the way to it is real, and nobody is at its end."""

DEAD_ROUTE = "drill:dead-route"
"""The built-in channel that refuses everything, for the drill of a dead route."""


class Fault(StrEnum):
    """What a drill breaks."""

    SKIP_PERSISTENCE = "skip-persistence"
    FAIL_VALIDATION = "fail-validation"
    FREEZE_SURFACE = "freeze-surface"
    NEVER_START = "never-start"
    NEVER_CLOSE = "never-close"
    LATE = "late"
    WRONG_COUNT = "wrong-count"
    DEAD_ROUTE = "dead-route"


@dataclass(frozen=True, slots=True, kw_only=True)
class DrillRule:
    """How a promise is drilled. A drill that has not passed for `every_s` is overdue, which is an incident of its own.

    `within_s` is how soon the incident must be there. `channels` are told of drilled incidents, and no person is unless
    they are named here.
    """

    every_s: float | None = None
    fault: Fault = Fault.SKIP_PERSISTENCE
    within_s: float = 30.0
    channels: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.within_s <= 0 or (self.every_s is not None and self.every_s < 60):
            raise ValueError("expected `within` longer than nothing, and `every` of a minute or more")


@dataclass(frozen=True, slots=True, kw_only=True)
class Drilled:
    """What marks a run, a slot or an incident as broken on purpose. `channels` are told instead of anybody's route."""

    id: str
    fault: Fault
    within_s: float
    channels: tuple[str, ...] = ()
