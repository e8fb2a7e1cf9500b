"""A state store on a real database, a clock that is set, and measures that are given, for tests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from outproof.contract.evidence import Exemplar
from outproof.core.errors import Transient
from outproof.core.ids import ProjectId
from outproof.core.time import Instant, after
from outproof.decide.policy import ExemplarRule
from outproof.store.state.database import open_engine
from outproof.store.state.state import SqlState

NOON = Instant(1_800_000_000_000_000_000)
PROJECT = ProjectId("shop")


Home = Path | str
"""Where a state lives: a folder for SQLite, or the URL of a database."""


def url_of(home: Home) -> str:
    return f"sqlite:///{home / 'state.db'}" if isinstance(home, Path) else home


@contextmanager
def a_state(home: Home, project: ProjectId = PROJECT) -> Iterator[SqlState]:
    engine = open_engine(url_of(home))
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
    """Measures that a test gives by service; `away` is an event store that cannot be reached."""

    def __init__(self) -> None:
        self.by_service: dict[str | None, Mapping[str, int | float | None]] = {}
        self.shown: tuple[Exemplar, ...] = ()
        self.away = False

    def measured(self, service: str | None, start: Instant, end: Instant) -> Mapping[str, int | float | None]:
        if self.away:
            raise Transient("the event store is away")
        return self.by_service.get(service, {})

    def exemplars(self, service: str | None, start: Instant, end: Instant, rule: ExemplarRule) -> Sequence[Exemplar]:
        return self.shown[: rule.limit]
