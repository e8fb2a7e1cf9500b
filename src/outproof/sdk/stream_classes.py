"""A model client's stream object in, the same object under watch out: its class is exchanged for a subclass of it.

The object that the caller gets is the one that the client made: identity, type checks, attributes, context manager,
`close` and errors are the client's own code. Only the steps, the end and the closing pass by the watch on their way.
"""

from __future__ import annotations

import functools
import inspect
import sys
import types
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Protocol

from outproof.sdk.guard import never_raises
from outproof.sdk.responses import CLIENTS, root_of

CLASSES_MAX = 256

# A proxy of wrapt, which instrumentations of OpenTelemetry put around streams, keeps to itself what begins like this.
_WATCH = "_self_outproof_watch"
# Of the object itself: a proxy answers `x.__class__` for what it stands for.
_set_class = vars(object)["__class__"].__set__
_STREAM_NAME = "Stream"
_ITERATES = ("__next__", "__anext__")
_OPENS = ("__enter__", "__aenter__")

_is_stream: dict[type, bool] = {}
_watched_class: dict[type, type] = {}

Method = Callable[..., Any]


class Watching(AbstractContextManager[object], Protocol):
    """Who watches a stream; as a block, around one step of it."""

    def saw(self, chunk: object) -> None: ...

    def closed(self) -> None: ...

    def lost(self) -> None: ...


class _Nobody:
    """Watches nothing; stands in where a copy of a stream came without its watch."""

    def saw(self, _: object) -> None:
        return

    def closed(self) -> None:
        return

    def lost(self) -> None:
        return

    def __enter__(self) -> None:
        return

    def __exit__(self, *_: object) -> None:
        return


_nobody: Any = _Nobody()


def has_stream_class(kind: type) -> bool:
    """Whether objects of the class are streams of a model client, or blocks that open one."""
    known = _is_stream.get(kind)
    if known is None:
        known = _looks_like_a_stream(kind)
        if len(_is_stream) < CLASSES_MAX:
            _is_stream[kind] = known
    return known


def _looks_like_a_stream(kind: type) -> bool:
    root = root_of(kind)
    if not kind.__flags__ & _HEAP_TYPE or root in sys.stdlib_module_names:
        return False  # written in C, such as an iterator over a list; or a reader of a socket
    named = any(_STREAM_NAME in each.__name__ for each in kind.__mro__)
    if any(hasattr(kind, name) for name in _ITERATES):
        return named or root in CLIENTS
    return named and root in CLIENTS and any(hasattr(kind, name) for name in _OPENS)


_HEAP_TYPE = 1 << 9  # Py_TPFLAGS_HEAPTYPE


def watch_of(stream: object) -> Any:
    """Who watches the stream; None: nobody."""
    return getattr(stream, _WATCH, None)


def _not(*_: object) -> bool:
    return False


@never_raises(_not)
def put_under_watch(stream: Any, watch: Watching) -> bool:
    """Whether the stream is watched from now on; one that has no room for it is not."""
    kind = type(stream)
    watched = _watched_class.get(kind)
    if watched is None:
        if len(_watched_class) >= CLASSES_MAX:
            return False
        watched = _watched_class[kind] = _subclass(kind)
    try:
        setattr(stream, _WATCH, watch)
    except AttributeError:
        return False
    _set_class(stream, watched)
    return True


def _subclass(kind: type) -> type:
    methods = {
        name: make(inherited)
        for name, make in _METHODS.items()
        if callable(inherited := getattr(kind, name, None)) and not (name in _OPENS and _iterates(kind))
    }
    own = {"__slots__": (), "__module__": kind.__module__, "__qualname__": kind.__qualname__, "__doc__": kind.__doc__}
    return types.new_class(kind.__name__, (kind,), {}, lambda namespace: namespace.update(own | methods))


def _iterates(kind: type) -> bool:
    return any(hasattr(kind, name) for name in _ITERATES)


def _next(inherited: Method) -> Method:
    @functools.wraps(inherited)
    def __next__(self: Any) -> Any:
        watch = watch_of(self) or _nobody
        with watch:
            made = inherited(self)
        watch.saw(made)
        return made

    return __next__


def _anext(inherited: Method) -> Method:
    @functools.wraps(inherited)
    async def __anext__(self: Any) -> Any:
        watch = watch_of(self) or _nobody
        with watch:
            made = await inherited(self)
        watch.saw(made)
        return made

    return __anext__


class _Steps:
    """What `iter()` of a stream gives, when that is not the stream itself: its steps pass by the watch."""

    def __init__(self, steps: Any, watch: Watching) -> None:
        self._steps, self._watch = steps, watch

    def __getattr__(self, name: str) -> Any:
        return getattr(self._steps, name)


class _SyncSteps(_Steps):
    def __iter__(self) -> _SyncSteps:
        return self

    def __next__(self) -> Any:
        with self._watch:
            made = next(self._steps)
        self._watch.saw(made)
        return made


class _AsyncSteps(_Steps):
    def __aiter__(self) -> _AsyncSteps:
        return self

    async def __anext__(self) -> Any:
        with self._watch:
            made = await anext(self._steps)
        self._watch.saw(made)
        return made


def _iter(inherited: Method) -> Method:
    @functools.wraps(inherited)
    def __iter__(self: Any) -> Any:
        steps = inherited(self)
        return steps if steps is self else _SyncSteps(steps, watch_of(self) or _nobody)

    return __iter__


def _aiter(inherited: Method) -> Method:
    @functools.wraps(inherited)
    def __aiter__(self: Any) -> Any:
        steps = inherited(self)
        return steps if steps is self else _AsyncSteps(steps, watch_of(self) or _nobody)

    return __aiter__


def _close(inherited: Method) -> Method:
    if inspect.iscoroutinefunction(inherited):

        @functools.wraps(inherited)
        async def aclose(self: Any, *args: Any, **kwargs: Any) -> Any:
            try:
                return await inherited(self, *args, **kwargs)
            finally:
                (watch_of(self) or _nobody).closed()

        return aclose

    @functools.wraps(inherited)
    def close(self: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return inherited(self, *args, **kwargs)
        finally:
            (watch_of(self) or _nobody).closed()

    return close


def _enter(inherited: Method) -> Method:
    """Of a block that opens a stream: the stream is watched instead."""

    @functools.wraps(inherited)
    def __enter__(self: Any) -> Any:
        watch = watch_of(self) or _nobody
        with watch:
            stream = inherited(self)
        return _handed_over(stream, watch)

    return __enter__


def _aenter(inherited: Method) -> Method:
    @functools.wraps(inherited)
    async def __aenter__(self: Any) -> Any:
        watch = watch_of(self) or _nobody
        with watch:
            stream = await inherited(self)
        return _handed_over(stream, watch)

    return __aenter__


def _handed_over(stream: Any, watch: Watching) -> Any:
    if watch is not _nobody and not put_under_watch(stream, watch):
        watch.lost()
    return stream


_METHODS: dict[str, Callable[[Method], Method]] = {
    "__next__": _next,
    "__anext__": _anext,
    "__iter__": _iter,
    "__aiter__": _aiter,
    "close": _close,
    "aclose": _close,
    "__exit__": _close,
    "__aexit__": _close,
    "__enter__": _enter,
    "__aenter__": _aenter,
}
