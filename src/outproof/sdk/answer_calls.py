"""The public calls about answers and their parts: functions and blocks in, answers and steps on their way out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Never, TypeVar, overload

from outproof.sdk.answer import Answer, current
from outproof.sdk.guard import faults, never_raises
from outproof.sdk.host import this_process
from outproof.sdk.monitored import monitored
from outproof.sdk.speaker import told
from outproof.sdk.steps import Step
from outproof.sdk.streams import Followed, Nobody
from outproof.sdk.tool_loop import ToolLoop, limits_of

F = TypeVar("F", bound=Callable[..., Any])
Fact = str | Callable[..., object] | None
"""A fact of every call, or a function of a call's arguments that gives it."""

_buffer = this_process.buffer


def _no_answer(*_: object) -> Answer:
    return Answer.nowhere("no_answer")


def _no_step(*_: object) -> Step:
    return Step.nowhere("no_step")


def _no_loop(*_: object) -> ToolLoop:
    return ToolLoop.nowhere("no_loop")


def _nobody(*_: object) -> Followed:
    return Nobody()


def answer(
    name: str = "answer",
    request_id: str | None = None,
    segment: str | None = None,
    *more: Never,
    **other: Never,
) -> Answer:
    """An answer that starts now; use it as `with outproof.answer("answer") as a`, or call `a.end()`."""
    if more or other:
        faults.count("unknown_argument")
    return Answer(_buffer, name, request_id, segment)


@overload
def monitor(name: F) -> F: ...


@overload
def monitor(
    name: str | None = None,
    *,
    request_id: Fact = None,
    conversation: Fact = None,
    case: Fact = None,
    segment: Fact = None,
    evidence: Fact = None,
    template: Fact = None,
    model: Fact = None,
    provider: Fact = None,
) -> Callable[[F], F]: ...


def monitor(name: Any = None, *more: Never, **facts: Any) -> Any:
    """Have each call of a function be an answer: `@outproof.monitor("answer")`, or without arguments its own name.

    For functions, coroutine functions and generators of both kinds. Inside, `current_answer()` finds the answer. If the
    function returns a stream of a model client, the answer ends with the stream. A fact may be a function of the call's
    arguments. What the function is given, returns and raises stays what it was.
    """
    given = {fact: value for fact, value in facts.items() if value is not None}
    if more or not given.keys() <= _SAYS.keys():
        faults.count("unknown_argument")
    asked = tuple((_SAYS[fact], value) for fact, value in given.items() if fact in _SAYS)

    def around(function: Any, named: object) -> Any:
        label = named if named is not None else getattr(function, "__name__", "answer")

        @never_raises(_nobody)
        def begin(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Followed:
            answer = Answer(_buffer, label)
            for say, fact in asked:
                say(answer, told(fact, args, kwargs))
            return answer

        return monitored(function, begin)

    if callable(name) or isinstance(name, staticmethod | classmethod):
        return around(name, None)
    return lambda function: around(function, name)


_SAYS: dict[str, Callable[[Answer, Any], None]] = {
    "request_id": Answer.request,
    "conversation": Answer.conversation,
    "case": Answer.case,
    "segment": Answer.segment,
    "evidence": Answer.evidence,
    "template": Answer.template,
    "model": Answer.model,
    "provider": lambda answer, provider: answer.model(provider=provider),
}


@never_raises(_no_answer)
def current_answer() -> Answer:
    """The answer that the calling code is in, also from within its steps.

    Outside of any it is one that reaches nobody: what is said of it is counted as a fault.
    """
    return current()


@never_raises(_no_step)
def step(
    name: str | None = None,
    tool: str | None = None,
    arguments: object = None,
    call_id: str | None = None,
    *more: Never,
    **other: Never,
) -> Step:
    """One part of an answer's work, such as a call of a tool or of a model; a `with` block, or a decorator.

    `arguments` are what the tool is called with: a keyed hash of them is kept, nothing else.
    """
    if more or other:
        faults.count("unknown_argument")
    return Step(_buffer, name, tool, arguments, call_id)


@never_raises(_no_loop)
def loop(
    name: str = "agent",
    *more: Never,
    repeats: int | None = None,
    rounds: int | None = None,
    errors: int | None = None,
    no_progress: int | None = None,
    polling: Iterable[str] | None = None,
    **other: Never,
) -> ToolLoop:
    """The loop of an agent over its tools, as a `with` block; it advises to `stop_and_review` when it goes in circles.

    `repeats` of the same call in a row, `rounds` of the same few calls, `errors` in a row and turns with `no_progress`
    are what it takes; `polling` names tools that are asked again on purpose.
    """
    if more or other:
        faults.count("unknown_argument")
    return ToolLoop(_buffer, name, limits_of(repeats, rounds, errors, no_progress, polling))
