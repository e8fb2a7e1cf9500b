"""A run while it goes on: proofs, items and signs of life in, each on disk before its call returns."""

from __future__ import annotations

import os
import time
from collections.abc import AsyncIterable, Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from contextvars import ContextVar, Token
from types import TracebackType
from typing import Any, Never, TypeVar

from outproof.contract.run import Claim, Observer, Stage
from outproof.sdk.decorated import decorated
from outproof.sdk.facts import counts_of, error_name, facts_of, flag, measured_of, readable, usable
from outproof.sdk.guard import faults, never_raises, nothing
from outproof.sdk.items import Item, Items, expect
from outproof.sdk.run_name import RUN_VARIABLE
from outproof.sdk.speaker import Speaker

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])

_current: ContextVar[Run | None] = ContextVar("outproof_run", default=None)


def _itself(run: Run, *_: object) -> Run:
    return run


def _no_environment(*_: object) -> dict[str, str]:
    return {}


class Run:
    """One attempt to keep a promise: a `with` block, an `async with` block, or each call of a function it decorates.

    It opens with its block, by `open()`, or with the first thing said of it. Leaving the block claims success, and an
    exception claims failure with its type and nothing else; so do `close()` and `fail()` where there is no block.
    Either is only the job's claim: the server judges by the proofs. Only the process that entered the block closes it,
    and a run that was resumed is closed by nobody's block. No method raises; an exception of the block passes through.

    A proof says that the output passed a stage, or by `passed=False` that it did not. Counts are numbers of items;
    `detail` is a safe sentence without customer content; `measured` are numbers and flags that were read on the way;
    `receipt_id` is what whoever took the output gave for it. All are optional, and what is left out is unknown, not 0.
    """

    def __init__(self, speaker: Speaker, *, resumed: bool = False, observer: Observer = Observer.JOB) -> None:
        self._speaker = speaker
        self._resumed = resumed
        self._observer = observer
        self._closed = False
        self._owner_pid: int | None = None
        self._token: Token[Run | None] | None = None
        self._counts: dict[str, int] = {}

    @property
    def id(self) -> str | None:
        """The run's id, the same wherever promise and external id are known. None: the run has no name."""
        name = self._speaker.name
        return None if name is None else name.id

    @property
    def ticket(self) -> str:
        """A short text by which any process on any host carries the run on, with `outproof.resume(ticket)`.

        Empty when the run has no name.
        """
        name = self._speaker.name
        return "" if name is None else name.ticket

    @property
    def independent(self) -> bool:
        """Whether what is proven here is the word of a checker, not of the job."""
        return self._observer is Observer.INDEPENDENT

    @never_raises(_no_environment)
    def environment(self) -> dict[str, str]:
        """What to add to the environment of a child process, so that `outproof.resume()` there finds this run."""
        return {RUN_VARIABLE: self.ticket} if self.ticket else {}

    @never_raises(_itself)
    def open(self) -> Run:
        """Say that the run begins, unless that was said; for a run without a block."""
        if not self._speaker.opened:
            self._speaker.open(time.time_ns())
        return self

    @never_raises(nothing)
    def generated(
        self,
        *,
        input: int | None = None,
        valid: int | None = None,
        invalid: int | None = None,
        skipped: int | None = None,
        suppressed: int | None = None,
        lost: int | None = None,
        passed: bool = True,
        detail: str | None = None,
        measured: Mapping[str, object] | None = None,
        receipt_id: str | None = None,
    ) -> None:
        """Prove that output was generated, from how many items."""
        counts = counts_of(input=input, valid=valid, invalid=invalid, skipped=skipped, suppressed=suppressed, lost=lost)
        self._prove(Stage.GENERATED, passed, detail, measured, receipt_id, counts=counts)

    @never_raises(nothing)
    def validated(
        self,
        *,
        valid: int | None = None,
        invalid: int | None = None,
        input: int | None = None,
        skipped: int | None = None,
        suppressed: int | None = None,
        lost: int | None = None,
        passed: bool = True,
        detail: str | None = None,
        measured: Mapping[str, object] | None = None,
        receipt_id: str | None = None,
    ) -> None:
        """Prove that the output was validated: of `input` items so many are valid, and what became of the others.

        The server adds up: input = valid + invalid + skipped + suppressed + lost. The rest is unexplained.
        """
        counts = counts_of(input=input, valid=valid, invalid=invalid, skipped=skipped, suppressed=suppressed, lost=lost)
        self._prove(Stage.VALIDATED, passed, detail, measured, receipt_id, counts=counts)

    @never_raises(nothing)
    def persisted(
        self,
        output_id: str | None = None,
        *,
        passed: bool = True,
        detail: str | None = None,
        measured: Mapping[str, object] | None = None,
        receipt_id: str | None = None,
    ) -> None:
        """Prove that the output was saved, and under which id."""
        self._prove(Stage.PERSISTED, passed, detail, measured, receipt_id, output_id=readable(output_id))

    @never_raises(nothing)
    def visible(
        self,
        url: str | None = None,
        *,
        passed: bool = True,
        detail: str | None = None,
        measured: Mapping[str, object] | None = None,
        receipt_id: str | None = None,
    ) -> None:
        """Prove that a reader can see the output, and where."""
        self._prove(Stage.VISIBLE, passed, detail, measured, receipt_id, surface=readable(url))

    @never_raises(nothing)
    def note(self, text: str | None = None, *, done: int | None = None, total: int | None = None) -> None:
        """Show that the run is alive and how far it is. It proves nothing.

        Call it as often as you like: one note in five seconds leaves, always the newest, and the others cost next to
        nothing. `text` is a safe sentence without customer content.
        """
        self._speaker.note(text, done=done, total=total)

    def item(self, id: object = None, *more: Never, **other: Never) -> Item:
        """One item of the run, as a block or for single words about it; its id says nothing about a customer."""
        if more or other:
            faults.count("unknown_argument")
        return Item(self._speaker, id)

    def items(
        self,
        things: Iterable[T] | AsyncIterable[T] = (),
        id: Callable[[T], object] | None = None,
        progress: bool = False,
        *more: Never,
        **other: Never,
    ) -> Items[T]:
        """Go through things, each with its item: `for thing, item in run.items(things, id=lambda thing: thing.key)`.

        Without `id` the thing is its own id. Each step is a sign of life; `progress` shows it on a terminal as well.
        """
        if more or other:
            faults.count("unknown_argument")
        return Items(self._speaker, things, id, shown=progress is True)

    @never_raises(nothing)
    def expect(self, ids: Iterable[object]) -> None:
        """Declare the items that the run is about, so that it is known which are missing."""
        expect(self._speaker, ids)

    @never_raises(nothing)
    def fail(self, reason_type: str | BaseException | type[BaseException] | None = None) -> None:
        """Close as failed. `reason_type` is the exception, or the name of its class; its text is never kept."""
        self._close(Claim.FAILURE, error_name(reason_type))

    @never_raises(nothing)
    def close(self, *, evidence: Mapping[str, object] | None = None) -> None:
        """Close, claiming success, with facts that were learnt on the way. A second close does nothing."""
        self._close(Claim.SUCCESS, None, evidence)

    def __call__(self, function: F) -> F:
        """The function with a run of its own around each call, which finds it by `outproof.current_run()`.

        An external id or evidence that can be called is called with the arguments of the call.
        """

        def begin(args: tuple[Any, ...], kwargs: dict[str, Any]) -> _Call:
            return _Call(Run(self._speaker.of_call(args, kwargs)))

        wrapped: F = decorated(function, begin)
        return wrapped

    def __enter__(self) -> Run:
        self._begin()
        self._token = _current.set(self)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._end(kind, error, None)
        token, self._token = self._token, None
        if token is not None:
            _leave(token)

    async def __aenter__(self) -> Run:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.__exit__(kind, error, trace)

    @never_raises(nothing)
    def _begin(self) -> None:
        if self._resumed:
            return
        self._owner_pid = os.getpid()
        if self._closed or not self._speaker.opened:
            self._closed = False
            self._counts = {}
            self._speaker.open(time.time_ns())

    @never_raises(nothing)
    def _end(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        clean_exit = isinstance(error, SystemExit) and error.code in (None, 0)
        # A generator is closed by whoever has read enough of it.
        failed = kind is not None and not clean_exit and not issubclass(kind, GeneratorExit)
        if self._owner_pid != os.getpid():
            if failed:
                self._speaker.note(f"a part of the run ended with {error_name(kind)}")
            self._speaker.complete()
        elif failed:
            self._close(Claim.FAILURE, error_name(kind))
        else:
            self._close(Claim.SUCCESS, None)

    def _prove(
        self,
        stage: Stage,
        passed: object,
        detail: object,
        measured: object,
        receipt_id: object,
        *,
        counts: dict[str, int] | None = None,
        surface: str | None = None,
        output_id: str | None = None,
    ) -> None:
        self._counts |= counts or {}
        proof = {
            "stage": stage.value,
            "passed": usable(flag, passed) is True,  # only a plain yes is a yes: no proof passes by accident
            "counts": counts or None,
            "surface": surface,
            "output_id": output_id,
            "detail": readable(detail),
            "measured": measured_of(measured) or None,
            "receipt_id": readable(receipt_id),
            "observer": self._observer.value,
        }
        self._speaker.say("proofs", proof)

    def _close(self, claim: Claim, error_type: str | None, evidence: object = None) -> None:
        self._speaker.complete()
        if self._closed:
            return
        self._closed = True
        closing = {
            "claim": claim.value,
            "counts": self._counts or None,
            "evidence": facts_of(evidence) or None,
            "error_type": error_type,
        }
        self._speaker.say("close", closing)


class _Call:
    """The run of one call of a decorated function."""

    __slots__ = ("_run",)

    def __init__(self, run: Run) -> None:
        self._run = run

    def outside(self) -> AbstractContextManager[object]:
        """Open the run now and close it after the block, without making it the current one."""
        self._run._begin()
        block = ExitStack()
        block.push(self._run._end)
        return block

    @contextmanager
    def inside(self) -> Iterator[None]:
        """Make it the current run of the block."""
        token = _current.set(self._run)
        try:
            yield
        finally:
            _leave(token)


def current() -> Run | None:
    """The run whose block the calling code is in; None outside of any."""
    return _current.get()


def _leave(token: Token[Run | None]) -> None:
    try:  # noqa: SIM105  # as in context.leave
        _current.reset(token)
    except ValueError:
        pass  # a generator may be closed in another context than it was opened in; there is nothing to restore there
