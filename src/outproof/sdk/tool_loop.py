"""The tool calls of an agent as they happen in; whether to go on, or to stop and have a person look, out."""

from __future__ import annotations

from collections.abc import Iterable
from threading import RLock
from typing import Never, Self

from outproof.core.attributes import GenAi, Work
from outproof.loops.limits import STANDARD, Limits, Polling
from outproof.loops.stall import Advice, Stall, advice
from outproof.loops.step import ToolStep
from outproof.loops.trail import Trail
from outproof.sdk.buffer import Buffer
from outproof.sdk.call import Call, misspelt
from outproof.sdk.context import Here, answer_here
from outproof.sdk.facts import readable
from outproof.sdk.guard import never_raises
from outproof.sdk.steps import Step

_OPERATION, _AGENT, _STEP = GenAi.OPERATION.value, GenAi.AGENT.value, Work.STEP.value


def _no_step(*_: object) -> Step:
    return Step.nowhere("no_step")


class ToolLoop(Call):
    """The loop that drives an agent, as a `with` block: `loop.step(…)` around each call of a tool, then `loop.advice`.

    It only advises. Arguments are compared by a keyed hash, and no text is looked at. Steps may come from several
    threads. Should the SDK itself fail, the advice is to continue.
    """

    __slots__ = ("_answer", "_lock", "_stall", "_trail")

    def __init__(self, buffer: Buffer, name: object, limits: Limits = STANDARD) -> None:
        Call.__init__(self, buffer, name)
        self._watch_for(limits)
        self._answer = answer_here()
        self._facts |= {_OPERATION: "invoke_agent", _AGENT: name, _STEP: name}

    @classmethod
    def nowhere(cls, fault: str) -> Self:
        """One whose facts reach nobody; each is counted under `fault`. It advises all the same."""
        it = super().nowhere(fault)
        it._answer = None
        it._watch_for(STANDARD)
        return it

    def _watch_for(self, limits: Limits) -> None:
        self._lock = RLock()
        self._trail = Trail(limits)
        self._stall: Stall | None = None

    @never_raises(_no_step)
    def step(
        self,
        tool: str | None = None,
        arguments: object = None,
        call_id: str | None = None,
        *more: Never,
        **other: Never,
    ) -> Step:
        """One call of a tool, as a `with` block. Say in it how far the work is: `step.progress(marker)`."""
        if more or other:
            misspelt()
        around = (self._trace, self._span) if self._trace else None
        return Step(self._buffer, None, tool, arguments, call_id, around=around, told=self._add)

    @property
    def advice(self) -> Advice:
        """`continue`, or `stop_and_review` once the agent goes round in circles."""
        return advice(self._stall)

    @property
    def stop_and_review(self) -> bool:
        """Whether to leave the loop and have somebody look."""
        return self.advice is Advice.STOP_AND_REVIEW

    @property
    def reason(self) -> str | None:
        """One sentence that says how it goes round in circles, with the names of tools in it; None: it does not."""
        return None if self._stall is None else self._stall.reason

    def _add(self, step: ToolStep) -> None:
        with self._lock:
            self._trail.add(step)
            self._stall = self._trail.stall()

    def _here(self) -> Here:
        return (self._trace, self._span, self._answer)


def _standard(*_: object) -> Limits:
    return STANDARD


@never_raises(_standard)
def limits_of(
    repeats: object = None,
    rounds: object = None,
    errors: object = None,
    no_progress: object = None,
    polling: Iterable[str] | None = None,
) -> Limits:
    """The limits that were stated, and the usual ones for the rest. Unusable ones are counted as a fault."""
    stated = {"repeats": repeats, "rounds": rounds, "errors": errors, "no_progress": no_progress}
    usable = {name: value for name, value in stated.items() if isinstance(value, int)}
    tools = tuple(Polling(tool=tool) for each in polling or () if (tool := readable(each)))
    return Limits(polling=tools, **usable)
