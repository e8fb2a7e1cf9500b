"""Responses and streams in, the same ones out, followed: first chunk, first token, usage, and how the stream ended.

A stream that is a generator comes back as a generator around it. A model client's stream object comes back itself, its
class exchanged for a subclass of it (`stream_classes`), so that identity, attributes and every method stay what they
were. What is no stream comes back untouched.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Collection, Coroutine, Generator, Mapping
from contextlib import AbstractContextManager, nullcontext
from enum import StrEnum
from types import AsyncGeneratorType, CoroutineType, GeneratorType, TracebackType
from typing import Any, Protocol

from outproof.core.attributes import GenAi, Work
from outproof.sdk.decorated import Thrown
from outproof.sdk.guard import faults, never_raises, nothing
from outproof.sdk.responses import Reading, root_of
from outproof.sdk.stream_classes import has_stream_class, put_under_watch, watch_of

_STREAM_END = Work.STREAM_END.value
_STREAM, _PROVIDER, _MODEL = GenAi.STREAM.value, GenAi.PROVIDER.value, GenAi.REQUEST_MODEL.value
# The reader went away: nothing of the stream failed. asyncio and trio are looked up by name, not imported.
_LEFT = frozenset({"GeneratorExit", "CancelledError", "Cancelled"})
_ENDED = (StopIteration, StopAsyncIteration)
_PLAIN = frozenset({str, bytes, int, float, bool, type(None), list, tuple})  # most results; there is nothing to follow


class End(StrEnum):
    """How a stream ended for its reader."""

    FINISHED = "finished"
    BROKEN = "broken"
    ABANDONED = "abandoned"


class Followed(Protocol):
    """The answer or step that a response belongs to."""

    @property
    def ended(self) -> bool: ...

    def claim(self, facts: Mapping[str, object], /) -> bool: ...

    def first_chunk(self) -> None: ...

    def first_token(self) -> None: ...

    def learn(self, facts: Mapping[str, object], learnt: Collection[str] = (), /) -> Collection[str]: ...

    def end(self, error_type: type[BaseException] | None = None, /) -> None: ...

    def inside(self) -> AbstractContextManager[object]: ...

    def body(self) -> AbstractContextManager[object]: ...


class Nobody:
    """Whose a call is when nobody could be told of it."""

    ended = True

    def claim(self, _: Mapping[str, object]) -> bool:
        return False

    def first_chunk(self) -> None:
        return

    first_token = first_chunk

    def learn(self, *_: object) -> Collection[str]:
        return ()

    def end(self, _: type[BaseException] | None = None) -> None:
        return

    def inside(self) -> AbstractContextManager[None]:
        return nullcontext()

    body = inside


class Watch:
    """What is seen of one stream. As a block it stands around each step of the stream, whose errors pass through.

    It holds no reference to the stream: when the reader drops the stream, the watch goes with it and says so. That may
    happen anywhere, as the garbage collector likes.
    """

    __slots__ = ("_also", "_call", "_chunks", "_claimed", "_ends", "_learnt", "_over", "_reading")

    def __init__(self, call: Followed, *, ends: bool) -> None:
        self._call = call
        self._ends = ends
        self._reading = Reading()
        self._claimed: bool | None = None
        self._learnt: Collection[str] = ()
        self._over = False
        self._chunks = False
        self._also: Watch | None = None

    def also(self, other: Watch) -> None:
        """Have another one see the same stream."""
        if self._also is None:
            self._also = other
        else:
            self._also.also(other)

    @never_raises(nothing)
    def saw(self, chunk: object) -> None:
        """Look at a chunk on its way to the reader."""
        if self._also is not None:
            self._also.saw(chunk)
        call, reading = self._call, self._reading
        if self._over or call.ended:
            return
        if not self._chunks:
            self._chunks = True
            call.first_chunk()
        if reading.look(chunk):
            call.first_token()
        if reading.of_model and self._claimed is None:
            self._claimed = call.claim(reading.facts)
            self._learn()
        if reading.complete:
            self._learn()  # now, for whoever waits neither for the end nor closes it

    @never_raises(nothing)
    def over(self, end: End, error: type[BaseException] | None = None) -> None:
        """Say how the stream ended; only the first word counts."""
        if self._also is not None:
            self._also.over(end, error)
        if self._over:
            return
        self._over = True
        call, reading = self._call, self._reading
        if reading.of_model and error is None:
            # The provider's word decides, not whether the reader asked once more: without it a connection that ended
            # without an error was cut, and with it a reader who stops has had everything.
            if end is End.FINISHED and not reading.complete:
                end = End.BROKEN
            elif end is End.ABANDONED and reading.complete:
                end = End.FINISHED
        self._learn()
        call.learn({_STREAM: True, _STREAM_END: end.value})
        if self._ends:
            call.end(error)

    def _learn(self) -> None:
        if self._claimed:
            self._learnt = {*self._learnt, *self._call.learn(self._reading.facts, self._learnt)}

    @never_raises(nothing)
    def left(self, kind: type[BaseException]) -> None:
        """Tell an end from an error, and an error of the stream from a reader who went away."""
        if issubclass(kind, _ENDED):
            self.over(End.FINISHED)
        elif kind.__name__ in _LEFT:
            self.over(End.ABANDONED)
        else:
            self.over(End.BROKEN, kind)

    def closed(self) -> None:
        """Say that the reader closed the stream."""
        self.over(End.ABANDONED)

    def lost(self) -> None:
        """Give up following: the stream cannot be watched."""
        faults.count("unwatched_stream")
        self._over = True
        if self._ends:
            self._call.end()

    def __enter__(self) -> None:
        return

    def __exit__(self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None) -> None:
        if kind is not None:
            self.left(kind)

    def __del__(self) -> None:
        if not self._over:
            self.over(End.ABANDONED)


def _as_it_was(response: Any, *_: object) -> Any:
    return response


@never_raises(_as_it_was)
def followed(response: Any, call: Followed, ends: bool) -> Any:
    """The response itself, or what stands for it. `ends`: the call ends with it, at once if it is no stream."""
    kind = type(response)
    if kind in _PLAIN:
        if ends:
            call.end()
        return response
    if kind is GeneratorType:
        watch = Watch(call, ends=ends)
        return _named_like(response, generator_function(lambda *_: (response, call, watch))())
    if kind is AsyncGeneratorType:
        watch = Watch(call, ends=ends)
        return _named_like(response, async_generator_function(lambda *_: (response, call, watch))())
    if kind is CoroutineType:
        return _named_like(response, _coroutine(response, call, ends=ends))
    if has_stream_class(kind):
        _follow_object(call, response, ends=ends)
        return response
    _read(call, response)
    if ends:
        call.end()
    return response


def _named_like(theirs: Any, ours: Any) -> Any:
    ours.__name__, ours.__qualname__ = theirs.__name__, theirs.__qualname__
    return ours


def _follow_object(call: Followed, stream: Any, *, ends: bool) -> None:
    known = watch_of(stream)
    if isinstance(known, Watch) and known._call is call:
        known._ends = known._ends or ends  # it was watched in the block already, and now it is what is returned
        return
    call.learn(_about(stream))
    watch = Watch(call, ends=ends)
    if isinstance(known, Watch):
        known.also(watch)
    elif not put_under_watch(stream, watch):
        watch.lost()


@never_raises(nothing)
def _read(call: Followed, response: object) -> None:
    reading = Reading()
    reading.look(response)
    if reading.of_model and call.claim(reading.facts):
        call.learn(reading.facts)


def _about(stream: object) -> dict[str, object]:
    """What LiteLLM's streams know of their call before the first chunk."""
    known = vars(stream) if root_of(type(stream)) == "litellm" else {}
    said = {_PROVIDER: known.get("custom_llm_provider"), _MODEL: known.get("model")}
    return {attribute: fact for attribute, fact in said.items() if isinstance(fact, str) and fact}


Start = Callable[[tuple[Any, ...], dict[str, Any]], tuple[Any, Followed, Watch]]
"""Arguments of a call in; the generator to go through, whose it is, and who watches it, out."""

# As in `decorated`: a generator shares the context of whoever asks it for the next value, so its answer is current only
# while its own code runs.


def generator_function(start: Start) -> Callable[..., Generator[Any, Any, Any]]:
    """A function whose generators go through those that `start` gives, and let them be watched."""

    def watched(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        steps, call, watch = start(args, kwargs)
        inside = call.inside()
        step, given = steps.send, None
        with _ToTheEnd(watch):
            try:
                while True:
                    with inside:
                        try:
                            made = step(given)
                        except StopIteration as end:
                            return end.value
                    watch.saw(made)
                    with Thrown() as thrown:
                        given = yield made
                    step, given = (steps.send, given) if thrown.error is None else (steps.throw, thrown.error)
            finally:
                with inside:
                    steps.close()

    return watched


def async_generator_function(start: Start) -> Callable[..., AsyncGenerator[Any, Any]]:
    """A function whose asynchronous generators go through those that `start` gives, and let them be watched."""

    async def watched(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
        steps, call, watch = start(args, kwargs)
        inside = call.inside()
        step, given = steps.asend, None
        with _ToTheEnd(watch):
            try:
                while True:
                    with inside:
                        try:
                            made = await step(given)
                        except StopAsyncIteration:
                            return
                    watch.saw(made)
                    with Thrown() as thrown:
                        given = yield made
                    step, given = (steps.asend, given) if thrown.error is None else (steps.athrow, thrown.error)
            finally:
                with inside:
                    await steps.aclose()

    return watched


async def _coroutine(coroutine: Coroutine[Any, Any, Any], call: Followed, *, ends: bool) -> Any:
    if not ends:
        return followed(await coroutine, call, ends)
    with call.body():
        response = await coroutine
    return followed(response, call, ends)


class _ToTheEnd:
    """The block around all steps of a generator: leaving it says how the stream ended."""

    __slots__ = ("_watch",)

    def __init__(self, watch: Watch) -> None:
        self._watch = watch

    def __enter__(self) -> None:
        return

    def __exit__(self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None) -> None:
        if kind is None:
            self._watch.over(End.FINISHED)
        else:
            self._watch.left(kind)
