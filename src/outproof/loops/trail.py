"""The tool calls of one run of an agent, the newest of them: steps go in as they come; whether it stalls, out."""

from __future__ import annotations

from bisect import insort

from outproof.loops.limits import STANDARD, Limits
from outproof.loops.stall import Stall, found
from outproof.loops.step import ToolStep
from outproof.loops.turn import turns

STEPS_MAX = 64
"""Older steps are forgotten: a loop shows in its newest turns."""


class Trail:
    """What one run did with its tools. Steps may come late and out of order. Not for several threads at once."""

    def __init__(self, limits: Limits = STANDARD) -> None:
        self._limits = limits
        self._steps: list[ToolStep] = []

    def __len__(self) -> int:
        return len(self._steps)

    def add(self, step: ToolStep) -> None:
        """Remember a step; the oldest is forgotten where there are too many."""
        insort(self._steps, step, key=lambda each: each.started_at)
        if len(self._steps) > STEPS_MAX:
            del self._steps[0]

    def stall(self) -> Stall | None:
        """How its newest turns go round in circles; None: they do not."""
        return found(turns(self._steps, self._limits), self._limits)
