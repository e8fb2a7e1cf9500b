"""A state store on a real database, a clock that is set, and measures that are given, for tests."""

from __future__ import annotations

import atexit
import shutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from sqlalchemy import Engine

from outproof.contract.evidence import Exemplar
from outproof.core.errors import Transient
from outproof.core.ids import ProjectId
from outproof.core.time import Instant, after
from outproof.decide.fault import Fault
from outproof.decide.policy import ExemplarRule
from outproof.decide.question import Ask, Looks, Scope, Seen, Span
from outproof.measure.attribution import NOTHING, Cause, Changes
from outproof.measure.dimension import Dimension
from outproof.store.state.database import open_engine
from outproof.store.state.state import SqlState

NOON = Instant(1_800_000_000_000_000_000)
PROJECT = ProjectId("shop")


Home = Path | str
"""Where a state lives: a folder for SQLite, or the URL of a database."""


def url_of(home: Home) -> str:
    return f"sqlite:///{home / 'state.db'}" if isinstance(home, Path) else home


def engine_of(home: Home) -> Engine:
    """An engine on a state database; where a folder has none yet, on a copy of one that was made once."""
    if isinstance(home, Path) and not (home / "state.db").exists():
        shutil.copy(_made(), home / "state.db")
    return open_engine(url_of(home))


@cache
def _made() -> Path:
    """An empty database with our tables: making them takes longer than most tests."""
    folder = Path(mkdtemp(prefix="outproof-state-"))
    atexit.register(shutil.rmtree, folder)
    open_engine(url_of(folder)).dispose()
    return folder / "state.db"


@contextmanager
def a_state(home: Home, project: ProjectId = PROJECT) -> Iterator[SqlState]:
    engine = engine_of(home)
    try:
        yield SqlState(engine, project, lambda topics: None)
    finally:
        engine.dispose()


class SetClock:
    """A clock that stands until it is moved."""

    def __init__(self, at: Instant = NOON) -> None:
        self.at = at

    def now(self) -> Instant:
        return self.at

    def forward(self, seconds: float) -> None:
        self.at = after(self.at, seconds)


class GivenMeasures:
    """Measures that a test gives, by service and segment; `away` is an event store that cannot be reached."""

    def __init__(self) -> None:
        self.by_service: dict[str | None, Mapping[str, int | float | None]] = {}
        self.by_segment: dict[str | None, Mapping[str, int | float | None]] = {}
        self.shown: tuple[Exemplar, ...] = ()
        self.explained: Changes | None = None
        self.partial = self.away = False
        self.revision = 0

    def look(self, asks: Collection[Ask], at: Instant) -> Looks:
        if self.away:
            raise Transient("the event store is away")
        return {ask: {segment: self._seen(ask, at, own) for segment, own in self._of(ask).items()} for ask in asks}

    def exemplars(
        self, where: Scope, span: Span, rule: ExemplarRule, fault: Fault | None, cause: Cause | None
    ) -> Sequence[Exemplar]:
        return self.shown[: rule.limit]

    def changes(self, where: Scope, span: Span, before: Span, fault: Fault) -> Changes:
        return self.explained or Changes(now=NOTHING, before=NOTHING, too_many=0.0, causes=())

    def _of(self, ask: Ask) -> Mapping[str | None, Mapping[str, int | float | None]]:
        if ask.by is not None:
            return self.by_segment
        return {None: self.by_service.get(dict(ask.where).get(Dimension.SERVICE), {})}

    def _seen(self, ask: Ask, at: Instant, measured: Mapping[str, int | float | None]) -> Seen:
        end = after(at, -ask.back_s)
        span = Span(after(end, -ask.span_s), end)
        return Seen(span=span, measured=measured, partial=self.partial, revision=self.revision)
