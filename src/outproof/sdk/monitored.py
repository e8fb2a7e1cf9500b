"""A function in, the same function out with an answer or a step around each call, also of generators and streams."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

from outproof.sdk.guard import faults
from outproof.sdk.streams import Followed, Watch, async_generator_function, followed, generator_function

Begin = Callable[[tuple[Any, ...], dict[str, Any]], Followed]
"""Arguments of a call in, the answer or step of that call out. It must not raise."""


def monitored(function: Any, begin: Begin) -> Any:
    """The function, whose results, errors and arguments stay what they were; what is no function comes back as it was.

    A call ends when the function returns; when it returns a stream, with the stream. Of a generator function the call
    begins with the first step.
    """
    if isinstance(function, staticmethod | classmethod):
        return type(function)(monitored(function.__func__, begin))
    if not callable(function) or isinstance(function, type):
        faults.count("not_a_function")
        return function

    def start(args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, Followed, Watch]:
        steps = function(*args, **kwargs)
        call = begin(args, kwargs)
        return steps, call, Watch(call, ends=True)

    if inspect.isgeneratorfunction(function):
        return functools.wraps(function)(generator_function(start))
    if inspect.isasyncgenfunction(function):
        return functools.wraps(function)(async_generator_function(start))
    return _coroutine(function, begin) if inspect.iscoroutinefunction(function) else _plain(function, begin)


def _plain(function: Any, begin: Begin) -> Any:
    @functools.wraps(function)
    def monitored_call(*args: Any, **kwargs: Any) -> Any:
        call = begin(args, kwargs)
        with call.body():
            result = function(*args, **kwargs)
        return followed(result, call, True)

    return monitored_call


def _coroutine(function: Any, begin: Begin) -> Any:
    @functools.wraps(function)
    async def monitored_call(*args: Any, **kwargs: Any) -> Any:
        call = begin(args, kwargs)
        with call.body():
            result = await function(*args, **kwargs)
        return followed(result, call, True)

    return monitored_call
