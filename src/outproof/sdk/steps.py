"""A step of an answer while it goes on, such as a tool call: what it was, how far it got in; one buffer entry out."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter_ns
from typing import Any, Never, Self, TypeVar

from outproof.core.attributes import GenAi, Work
from outproof.core.time import Instant
from outproof.loops.step import ToolStep, input_hash
from outproof.sdk.buffer import Buffer
from outproof.sdk.call import Call, misspelt
from outproof.sdk.context import Here, Place, answer_here
from outproof.sdk.guard import faults, never_raises, nothing
from outproof.sdk.monitored import monitored
from outproof.sdk.safe import own_ids

F = TypeVar("F", bound=Callable[..., Any])
Told = Callable[[ToolStep], None]
"""Whoever wants to know of a tool's call when it is over."""

_FAILED = "error"
INPUT_CHARS_MAX = 65_536
INPUT_PARTS_MAX = 4_096

# Plain strings, as in `call`.
_STEP, _PROGRESS = Work.STEP.value, Work.PROGRESS.value
_STATUS, _INPUT_HASH = Work.TOOL_STATUS.value, Work.TOOL_INPUT_HASH.value
_OPERATION, _TOOL, _TOOL_CALL = GenAi.OPERATION.value, GenAi.TOOL.value, GenAi.TOOL_CALL.value


class Step(Call):
    """One tool or model call of an answer, or another part of its work, as a `with` block or by `end()`.

    An exception in the block passes through; the step has failed then, and of the error only the type is recorded.
    """

    __slots__ = ("_answer", "_asked", "_told")

    def __init__(
        self,
        buffer: Buffer,
        name: object,
        tool: object = None,
        arguments: object = None,
        call_id: object = None,
        *,
        around: Place | None = None,
        told: Told | None = None,
    ) -> None:
        Call.__init__(self, buffer, name if name is not None else tool, around)
        self._answer = answer_here()
        self._asked = (name, tool, arguments, call_id)
        self._told = told
        facts = self._facts
        facts[_STEP] = self._name
        if tool is not None:
            facts[_OPERATION] = "execute_tool"
            facts[_TOOL] = tool
        if call_id is not None:
            facts[_TOOL_CALL] = call_id
        if arguments is not None and (hashed := input_token(arguments)) is not None:
            facts[_INPUT_HASH] = hashed

    @classmethod
    def nowhere(cls, fault: str) -> Self:
        """One whose facts reach nobody; each is counted under `fault`."""
        it = super().nowhere(fault)
        it._answer = it._told = None
        it._asked = (None, None, None, None)
        return it

    def progress(self, marker: object = None, *more: Never, **other: Never) -> None:
        """Name how far the work is; the marker moves whenever it gets further, and the same one means it did not."""
        if marker is not None:
            self._facts[_PROGRESS] = marker
        if more or other:
            misspelt()

    def status(self, status: str | None = None, *more: Never, **other: Never) -> None:
        """State what became of the tool's call: ok, error, pending (asking again is meant), or a word of your own."""
        if status is not None:
            self._facts[_STATUS] = status
        if more or other:
            misspelt()

    def end(self, error_type: str | type[BaseException] | None = None, *more: Never, **other: Never) -> None:
        """End it and hand it on; a second call does nothing. `error_type` names the class of a failure."""
        if not self.ended and error_type is not None and _TOOL in self._facts:
            self._facts.setdefault(_STATUS, _FAILED)
        self._report()
        Call.end(self, error_type, *more, **other)

    @never_raises(nothing)
    def _report(self) -> None:
        told, self._told = self._told, None
        if told is None or self.ended:
            return
        facts = self._facts
        told(
            ToolStep(
                tool=_known(facts, _TOOL) or "",
                started_at=Instant(self._start_ns),
                ended_at=Instant(self._start_ns + perf_counter_ns() - self._perf_ns),
                input_hash=_known(facts, _INPUT_HASH),
                status=_known(facts, _STATUS),
                progress=_known(facts, _PROGRESS),
                call_id=_known(facts, _TOOL_CALL),
            )
        )

    def __call__(self, function: F) -> F:
        """The function with a step of its own around each call; a tool's arguments are those of the call."""
        buffer, (name, tool, arguments, call_id), told = self._buffer, self._asked, self._told
        named = name if name is not None or tool is not None else getattr(function, "__name__", None)

        def begin(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Step:
            given = {"args": args, "kwargs": kwargs} if arguments is None and tool is not None else arguments
            return Step(buffer, named, tool, given, call_id, told=told)

        wrapped: F = monitored(function, begin)
        return wrapped

    def _here(self) -> Here:
        return (self._trace, self._span, self._answer)


def _known(facts: dict[str, object], attribute: str) -> str | None:
    """What was said, as the rules about loops compare it."""
    fact = facts.get(attribute)
    return fact if isinstance(fact, str) else str(fact) if isinstance(fact, int | float) else None


@never_raises(nothing)
def input_token(arguments: object) -> str | None:
    """What stands for the arguments of a tool; None for those that cannot be written down, or are too large for it.

    A hash of a hash: short arguments could be guessed from a plain one.
    """
    if not _is_small(arguments):
        faults.count("input_not_hashed")
        return None
    hashed = input_hash(arguments)
    if hashed is None:
        faults.count("input_not_hashed")
        return None
    return own_ids.token(hashed)


def _is_small(arguments: object) -> bool:
    """Whether writing it down takes no time worth mentioning."""
    parts, chars, waiting = 0, 0, [arguments]
    while waiting:
        part = waiting.pop()
        parts += 1
        if isinstance(part, str):
            chars += len(part)
        elif isinstance(part, dict):
            parts += len(part)
            waiting += (*part, *part.values()) if parts <= INPUT_PARTS_MAX else ()
        elif isinstance(part, list | tuple):
            parts += len(part)
            waiting += part if parts <= INPUT_PARTS_MAX else ()
        if parts > INPUT_PARTS_MAX or chars > INPUT_CHARS_MAX:
            return False
    return True
