"""Single items of a run: what is said of each in, one line on disk for each word out."""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncIterable, AsyncIterator, Callable, Collection, Iterable, Iterator
from itertools import islice
from types import TracebackType
from typing import Generic, Protocol, TypeVar, cast

from outproof.contract.run import Stage
from outproof.sdk.facts import TEXT_CHARS_MAX, BadFactError, flag, own_id, usable
from outproof.sdk.guard import never_raises, nothing
from outproof.sdk.progress import Progress

T = TypeVar("T")

EXPECTED_AT_ONCE = 500  # lines that are written by one call of the system
_STAGES = tuple(Stage)
_AT_HAND = (list, tuple, set, frozenset, dict, range)  # going through one of these twice changes nothing


class Teller(Protocol):
    """The run, as its items see it."""

    @property
    def label(self) -> str: ...

    @property
    def item_stages(self) -> set[Stage]:
        """The stages that its items have been told of here."""

    def tell(self, lines: list[str]) -> None:
        """Put lines about items on disk; a line without a name is counted as refused."""

    def note(self, text: str | None = None, *, done: int | None = None, total: int | None = None) -> None: ...

    def item_failed(self, kind: type[BaseException]) -> None: ...


class Item:
    """One thing that a run makes. It counts for what is said of it: nothing is assumed of an item nobody spoke of.

    A `with` block says that the item was begun. An exception in the block says that it failed, and passes through; the
    stage is the next of those that items of this run are told of, where there is one. An exit, a cancellation or Ctrl-C
    says nothing: nobody knows how far the item came. No method raises.
    """

    __slots__ = ("_expected", "_fate", "_head", "_run", "_stage")

    def __init__(self, run: Teller, item_id: object, *, expected: bool = False) -> None:
        known = usable(_item_id, item_id)
        self._run = run
        self._head = "" if not known else f'{{"item_id":{json.dumps(known)}'
        self._expected = expected
        self._stage = -1
        self._fate = False

    @never_raises(nothing)
    def generated(self, *, passed: bool = True) -> None:
        """Say that its output was made, or that it was not."""
        self._reached(0, passed)

    @never_raises(nothing)
    def validated(self, *, passed: bool = True) -> None:
        """Say that its output is valid. `passed=False` is a failed try; `invalid()` is the last word on it."""
        self._reached(1, passed)

    @never_raises(nothing)
    def persisted(self, *, passed: bool = True) -> None:
        """Say that its output was saved."""
        self._reached(2, passed)

    @never_raises(nothing)
    def visible(self, *, passed: bool = True) -> None:
        """Say that its reader can see its output."""
        self._reached(3, passed)

    @never_raises(nothing)
    def invalid(self) -> None:
        """Say that its output is not valid and goes no further."""
        self._ended("invalid")

    @never_raises(nothing)
    def skipped(self) -> None:
        """Say that nothing was to be made of it."""
        self._ended("skipped")

    @never_raises(nothing)
    def suppressed(self) -> None:
        """Say that its output was made and is held back on purpose."""
        self._ended("suppressed")

    @never_raises(nothing)
    def lost(self) -> None:
        """Say that it is gone and that you know it."""
        self._ended("lost")

    def __enter__(self) -> Item:
        self.begun()
        return self

    @never_raises(nothing)
    def __exit__(self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None) -> None:
        if kind is None or not issubclass(kind, Exception):
            return
        self._run.item_failed(kind)
        if not self._fate:
            told = self._run.item_stages
            ahead = [stage.value for stage in _STAGES[self._stage + 1 :] if stage in told]
            self._tell((f',"stage":"{ahead[0]}"' if ahead else "") + ',"passed":false')

    async def __aenter__(self) -> Item:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.__exit__(kind, error, trace)

    @never_raises(nothing)
    def begun(self) -> None:
        """Say that it is one of the items this run is about, and no more than that."""
        if not self._expected:
            self._tell("")

    def _reached(self, stage: int, passed: object) -> None:
        self._run.item_stages.add(_STAGES[stage])
        # only a plain yes is a yes: no proof passes by accident
        if passed is True or usable(flag, passed) is True:
            self._stage = max(self._stage, stage)
            self._tell(f',"stage":"{_STAGES[stage].value}"')
        else:
            self._tell(f',"stage":"{_STAGES[stage].value}","passed":false')

    def _ended(self, fate: str) -> None:
        self._fate = True
        self._tell(f',"fate":"{fate}"')

    def _tell(self, rest: str) -> None:
        declared = "" if self._expected else ',"input":true'
        self._expected = True
        self._run.tell([self._head and f"{self._head}{rest}{declared}}}\n"])


class Items(Generic[T]):
    """A loop over things that gives each together with its item: `for thing, item in run.items(things)`.

    Things at hand (a list, a tuple, a set, a dict, a range) are all declared at the start, so that after a crash it is
    known which are missing; things that come one by one are declared as they come. What the iterable itself raises is
    the application's and passes through. `async for` works as well.
    """

    def __init__(
        self,
        run: Teller,
        things: Iterable[T] | AsyncIterable[T],
        read_id: Callable[[T], object] | None,
        *,
        shown: bool,
    ) -> None:
        self._run = run
        self._things = things
        self._read_id = read_id
        self._total = _size(things)
        self._progress = Progress(run.label, self._total, sys.stderr if shown else None)

    def __iter__(self) -> Iterator[tuple[T, Item]]:
        things = cast("Iterable[T]", self._things)
        ids = self._declared(things)
        done = 0
        try:
            for thing in things:
                if done < len(ids):
                    yield thing, Item(self._run, ids[done], expected=True)
                else:
                    yield thing, self._next(thing)
                done += 1
                self._passed(done)
        finally:
            self._progress.show(done, last=True)

    async def __aiter__(self) -> AsyncIterator[tuple[T, Item]]:
        done = 0
        try:
            async for thing in cast("AsyncIterable[T]", self._things):
                yield thing, self._next(thing)
                done += 1
                self._passed(done)
        finally:
            self._progress.show(done, last=True)

    def _declared(self, things: Iterable[T]) -> list[object]:
        """The ids of things that are at hand, now known to the server; none of things that are yet to come."""
        if type(things) not in _AT_HAND:
            return []
        ids = [self._id_of(thing) for thing in things]
        expect(self._run, ids)
        return ids

    def _next(self, thing: T) -> Item:
        item = Item(self._run, self._id_of(thing))
        item.begun()
        return item

    def _id_of(self, thing: T) -> object:
        return _told_id(self._read_id, thing)

    def _passed(self, done: int) -> None:
        self._run.note(done=done, total=self._total)
        self._progress.show(done)


@never_raises(nothing)
def expect(run: Teller, ids: Iterable[object]) -> None:
    """Declare items by their ids: the run is about all of these."""
    rest = iter(ids)
    while some := list(islice(rest, EXPECTED_AT_ONCE)):
        known = [usable(_item_id, one) for one in some]
        run.tell([f'{{"item_id":{json.dumps(one)},"input":true}}\n' if one else "" for one in known])


def _item_id(value: object) -> str:
    """An item's id, whole: cut short, two items might become one."""
    if isinstance(value, str) and len(value) > TEXT_CHARS_MAX:
        raise BadFactError
    return own_id(value)


@never_raises(nothing)
def _told_id(read: Callable[[T], object] | None, thing: T) -> object:
    return thing if read is None else read(thing)


def _size(things: object) -> int | None:
    """How many there are; None when nobody can tell beforehand."""
    if type(things) in _AT_HAND:
        return len(cast("Collection[object]", things))
    return None
