"""A piece of work while it goes on, perhaps one call of a model: facts of it in, one buffer entry out at its end."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextvars import Token
from time import perf_counter_ns, time_ns
from types import TracebackType
from typing import Never, Self, TypeVar

from outproof.core.attributes import Decision, GenAi, Work
from outproof.sdk.buffer import Buffer, Entry
from outproof.sdk.context import Here, Place, enter, leave, surroundings
from outproof.sdk.guard import faults, never_raises_of_two
from outproof.sdk.ids import random_bits
from outproof.sdk.streams import followed

T = TypeVar("T")

# Plain strings: a member of an enum costs several times as much to look up, and this is the hot path.
_TTFT = Decision.TIME_TO_FIRST_TOKEN_S.value
_FIRST_CHUNK = GenAi.TIME_TO_FIRST_CHUNK_S.value
_STREAM = GenAi.STREAM.value
_OPERATION = GenAi.OPERATION.value
_PROVIDER = GenAi.PROVIDER.value
_MODEL = GenAi.REQUEST_MODEL.value
_FINISH = GenAi.FINISH_REASONS.value
_INPUT = GenAi.INPUT_TOKENS.value
_CACHED = GenAi.CACHED_INPUT_TOKENS.value
_OUTPUT = GenAi.OUTPUT_TOKENS.value
_REASONING = GenAi.REASONING_TOKENS.value
_CACHE_WRITE = GenAi.CACHE_WRITE_TOKENS.value
_ATTEMPT = Work.ATTEMPT.value
_TELLS_APART = (GenAi.RESPONSE_ID.value, GenAi.RESPONSE_MODEL.value)

_SPAN_MASK = (1 << 64) - 1


def misspelt() -> None:
    """Count an argument that no method has; the type checker refuses it, the running host is not stopped by it."""
    faults.count("unknown_argument")


class Nowhere(dict[str, object]):
    """Where facts go that can reach nobody: nowhere, but counted."""

    def __init__(self, fault: str) -> None:
        self._fault = fault

    def __setitem__(self, attribute: str, fact: object) -> None:
        faults.count(self._fault)


TOO_LATE = Nowhere("late_fact")


class Call:
    """What an answer and a step have in common: a span of time in a trace, and what is known of a model called in it.

    Every method is safe to call at any time and never raises: it stores what it is given, unseen, and the courier looks
    at it later. That is also why most need no guard, which would double their cost. None means "not known" and writes
    nothing. Unknown arguments are refused by type checkers (`Never`) and only counted when they come anyway.
    """

    __slots__ = (
        "_buffer",
        "_facts",
        "_followed",
        "_name",
        "_parent",
        "_perf_ns",
        "_span",
        "_start_ns",
        "_stated_s",
        "_token",
        "_trace",
    )

    _buffer: Buffer
    _name: object
    _followed: bool
    _facts: dict[str, object]
    _stated_s: object
    _token: Token[Here | None] | None
    _trace: int
    _span: int
    _parent: int
    _start_ns: int
    _perf_ns: int

    def __init__(self, buffer: Buffer, name: object, around: Place | None = None) -> None:
        begin(self, buffer, name, around)

    @classmethod
    def nowhere(cls, fault: str) -> Self:
        """One whose facts reach nobody; each is counted under `fault`."""
        it = cls.__new__(cls)
        it._name, it._followed, it._stated_s, it._token = "", True, None, None
        it._facts = Nowhere(fault)
        it._trace = it._span = it._parent = it._start_ns = it._perf_ns = 0
        return it

    @property
    def id(self) -> str:
        """Its name for feedback: trace id, colon, span id, in hexadecimal. Empty for one that reaches nobody."""
        return f"{self._trace:032x}:{self._span:016x}" if self._trace else ""

    def model(
        self,
        name: str | None = None,
        provider: str | None = None,
        operation: str | None = "chat",
        *more: Never,
        **other: Never,
    ) -> None:
        """Name the model that was asked, who serves it, and for what: this makes it a model call too."""
        facts = self._facts
        if name is not None:
            facts[_MODEL] = name
            if operation is not None:
                facts[_OPERATION] = operation
        if provider is not None:
            facts[_PROVIDER] = provider
        if more or other:
            misspelt()

    def first_token(self, *more: Never, **other: Never) -> None:
        """Mark the first visible token as seen now. Only the first call counts, so it may stand in the loop."""
        if _TTFT not in self._facts:
            self._facts[_TTFT] = (perf_counter_ns() - self._perf_ns) / 1e9
        if more or other:
            misspelt()

    def first_chunk(self, *more: Never, **other: Never) -> None:
        """Mark the first chunk of a stream as seen now, whether or not it holds visible text. Only the first counts."""
        if _FIRST_CHUNK not in self._facts:
            self._facts[_FIRST_CHUNK] = (perf_counter_ns() - self._perf_ns) / 1e9
            self._facts[_STREAM] = True
        if more or other:
            misspelt()

    def timing(
        self, ttft_s: float | None = None, duration_s: float | None = None, *more: Never, **other: Never
    ) -> None:
        """State what was measured elsewhere: seconds to the first token, seconds in all. Replaces our measurement."""
        if ttft_s is not None:
            self._facts[_TTFT] = ttft_s
        if duration_s is not None:
            self._stated_s = duration_s
        if more or other:
            misspelt()

    def usage(
        self,
        input_tokens: int | None = None,
        cached_input_tokens: int | None = None,
        output_tokens: int | None = None,
        reasoning_tokens: int | None = None,
        cache_write_tokens: int | None = None,
        *more: Never,
        **other: Never,
    ) -> None:
        """State token counts as the provider reported them: input includes cached, output includes reasoning."""
        facts = self._facts
        if input_tokens is not None:
            facts[_INPUT] = input_tokens
        if cached_input_tokens is not None:
            facts[_CACHED] = cached_input_tokens
        if output_tokens is not None:
            facts[_OUTPUT] = output_tokens
        if reasoning_tokens is not None:
            facts[_REASONING] = reasoning_tokens
        if cache_write_tokens is not None:
            facts[_CACHE_WRITE] = cache_write_tokens
        if more or other:
            misspelt()

    def finish(self, reason: str | None = None, *more: Never, **other: Never) -> None:
        """State why the model stopped, such as `stop` or `length`."""
        if reason is not None:
            self._facts[_FINISH] = reason
        if more or other:
            misspelt()

    def attempt(self, number: int | None = None, *more: Never, **other: Never) -> None:
        """State which attempt of the same request this is, from 1."""
        if number is not None:
            self._facts[_ATTEMPT] = number
        if more or other:
            misspelt()

    def watch(self, response: T, *more: Never, **other: Never) -> T:
        """Read model, usage, finish reason and first token off a model client's response or stream; gives it back.

        A stream is read as its reader reads it, chunk by chunk. One call of a model belongs to one block: open a step
        for each further one. What was stated by hand stays.
        """
        if more or other:
            misspelt()
        watched: T = followed(response, self, False)
        return watched

    def learn(self, facts: Mapping[str, object], learnt: Collection[str] = ()) -> Collection[str]:
        """Take facts that were read off a response, where nothing was stated by hand and it is not too late.

        Gives the names of those that were taken; handed in as `learnt` with newer facts, they are replaced.
        """
        own = self._facts
        if isinstance(own, Nowhere):
            return ()
        taken = [name for name in facts if name in learnt or name not in own]
        for name in taken:
            own[name] = facts[name]
        return taken

    def claim(self, facts: Mapping[str, object]) -> bool:
        """Whether the response that says this may be read as this one's model call: only one may."""
        if self._followed:
            own = self._facts
            if any(own.get(name) != facts.get(name) for name in _TELLS_APART):
                faults.count("second_model_call")
            return False
        self._followed = True
        return True

    @property
    def ended(self) -> bool:
        """Whether facts come too late."""
        return isinstance(self._facts, Nowhere)

    def end(self, error_type: str | type[BaseException] | None = None, *more: Never, **other: Never) -> None:
        """End it and hand it on; a second call does nothing. `error_type` names the class of a failure."""
        facts = self._facts
        if isinstance(facts, Nowhere):
            return
        duration_ns = perf_counter_ns() - self._perf_ns
        self._facts = TOO_LATE
        _hand_on(
            self._buffer,
            (
                self._name,
                self._trace,
                self._span,
                self._parent,
                self._start_ns,
                duration_ns,
                self._stated_s,
                facts,
                error_type,
            ),
        )
        if more or other:
            misspelt()

    def inside(self) -> Inside:
        """A block in which this is current; leaving it ends nothing."""
        return Inside(self._here())

    def body(self) -> Body:
        """A block in which this is current; an error that leaves it ends this, no error does not."""
        return Body(self)

    def _here(self) -> Here:
        return (self._trace, self._span, None)

    def __enter__(self) -> Self:
        if self._trace:
            self._token = enter(self._here())
        return self

    def __exit__(self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None) -> None:
        self.end(kind)
        token, self._token = self._token, None
        if token is not None:
            leave(token)

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.__exit__(kind, error, trace)


def begin(call: Call, buffer: Buffer, name: object, around: Place | None) -> None:
    """Give it its place and its time."""
    call._buffer = buffer
    call._name = name
    call._followed = False
    call._stated_s = None
    call._token = None
    call._facts = {}
    if around is None:
        around = surroundings()
    if around is None:
        bits = random_bits(192)
        call._trace, call._span, call._parent = bits >> 64, bits & _SPAN_MASK, 0
    else:
        call._trace, call._parent = around
        call._span = random_bits(64)
    call._start_ns = time_ns()
    call._perf_ns = perf_counter_ns()


@never_raises_of_two
def _hand_on(buffer: Buffer, entry: Entry) -> None:
    buffer.put(entry)


class Inside:
    """A place that is current while a block lasts; one block after the other."""

    __slots__ = ("_here", "_token")

    def __init__(self, here: Here) -> None:
        self._here = here

    def __enter__(self) -> None:
        self._token = enter(self._here)

    def __exit__(self, *_: object) -> None:
        leave(self._token)


class Body:
    """The block of a function's own code. Its error passes through."""

    __slots__ = ("_call", "_token")

    def __init__(self, call: Call) -> None:
        self._call = call

    def __enter__(self) -> None:
        self._token = enter(self._call._here())

    def __exit__(self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None) -> None:
        leave(self._token)
        if kind is not None:
            self._call.end(kind)
