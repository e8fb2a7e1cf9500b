"""A function in, the same function out with a run around each call: plain, async, and generators of both kinds."""

from __future__ import annotations

import functools
import inspect
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any, Protocol, Self

from outproof.sdk.guard import faults


class Block(Protocol):
    """The run of one call, as the code around the function sees it."""

    def outside(self) -> AbstractContextManager[object]:
        """Open the run now and close it after the block, without making it the current one."""

    def inside(self) -> AbstractContextManager[object]:
        """Make it the current run of the block."""


Begin = Callable[[tuple[Any, ...], dict[str, Any]], Block]
"""Arguments of a call in, the run of that call out."""


def decorated(function: Any, begin: Begin) -> Any:
    """The function with a run around each call; what is no function comes back as it was, and is counted."""
    if isinstance(function, staticmethod):
        return staticmethod(decorated(function.__func__, begin))
    if not callable(function) or isinstance(function, type):
        faults.count("not_a_function")
        return function
    if inspect.isasyncgenfunction(function):
        return _async_generator(function, begin)
    if inspect.isgeneratorfunction(function):
        return _generator(function, begin)
    if inspect.iscoroutinefunction(function):
        return _coroutine(function, begin)

    @functools.wraps(function)
    def run_of_call(*args: Any, **kwargs: Any) -> Any:
        run = begin(args, kwargs)
        with run.outside(), run.inside():
            return function(*args, **kwargs)

    return run_of_call


def _coroutine(function: Any, begin: Begin) -> Any:
    @functools.wraps(function)
    async def run_of_call(*args: Any, **kwargs: Any) -> Any:
        run = begin(args, kwargs)
        with run.outside(), run.inside():
            return await function(*args, **kwargs)

    return run_of_call


# A generator shares the context of whoever asks it for the next value. Its run is current only while its own code runs:
# left current in between, it would be given the proofs of another run.


def _generator(function: Any, begin: Begin) -> Any:
    @functools.wraps(function)
    def run_of_call(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        run = begin(args, kwargs)
        with run.outside():
            steps = function(*args, **kwargs)
            step, given = steps.send, None
            try:
                while True:
                    with run.inside():
                        try:
                            made = step(given)
                        except StopIteration as end:
                            return end.value
                    with Thrown() as thrown:
                        given = yield made
                    step, given = (steps.send, given) if thrown.error is None else (steps.throw, thrown.error)
            finally:
                with run.inside():
                    steps.close()

    return run_of_call


def _async_generator(function: Any, begin: Begin) -> Any:
    @functools.wraps(function)
    async def run_of_call(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
        run = begin(args, kwargs)
        with run.outside():
            steps = function(*args, **kwargs)
            step, given = steps.asend, None
            try:
                while True:
                    with run.inside():
                        try:
                            made = await step(given)
                        except StopAsyncIteration:
                            return
                    with Thrown() as thrown:
                        given = yield made
                    step, given = (steps.asend, given) if thrown.error is None else (steps.athrow, thrown.error)
            finally:
                with run.inside():
                    await steps.aclose()

    return run_of_call


class Thrown:
    """Takes what was thrown into a generator, to be passed on to the one inside; being closed is not taken."""

    __slots__ = ("error",)

    def __init__(self) -> None:
        self.error: BaseException | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> bool:
        if kind is None or issubclass(kind, GeneratorExit):
            return False
        self.error = error
        return True
