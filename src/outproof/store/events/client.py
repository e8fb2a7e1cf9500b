"""One client for both homes of the event store: chDB in this process, ClickHouse over HTTP."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import clickhouse_connect
import pyarrow as pa
from clickhouse_connect.driver.exceptions import ClickHouseError

from outproof.core.errors import Transient
from outproof.core.time import Instant
from outproof.store.events.schema import (
    ADD_COLUMNS,
    CREATE_ANSWERS,
    CREATE_BESIDE,
    CREATE_MINUTES,
    CREATE_SET_ASIDE,
)


@dataclass(slots=True)
class KnownMinutes:
    """Which minutes are sealed, were opened again, are frozen, and were told to have something late."""

    sealed: set[int] = field(default_factory=set)
    opened: set[int] = field(default_factory=set)
    frozen: set[int] = field(default_factory=set)
    late: set[int] = field(default_factory=set)


@dataclass(slots=True)
class Remembered:
    """What the one loader of a store need not ask again.

    `writers` are the services seen, each with the emitters of its calls, by project. It may hold more than the store
    does, never less, once it was asked for a project. `waiting`: facts may be waiting for their spans. Who changes
    answers, or counts and seals minutes, holds `changing`; `minutes` are known by project.
    """

    waiting: bool
    writers: dict[str, set[tuple[str, str]]] = field(default_factory=dict)
    changing: threading.RLock = field(default_factory=threading.RLock)
    minutes: dict[str, KnownMinutes] = field(default_factory=dict)
    making: int | None = None
    settled: Instant | None = None
    """What happened before it has arrived, as far as can be known."""


_RINSES_MAX = 3


class Client:
    """Queries and inserts in the ClickHouse dialect. Safe to use from several threads."""

    def __init__(self, connection: Any, *, is_embedded: bool) -> None:
        self._connection = connection
        self._turn = threading.Lock() if is_embedded else None
        self.command(CREATE_ANSWERS)
        self.command(ADD_COLUMNS)
        self.command(CREATE_BESIDE)
        self.command(CREATE_SET_ASIDE)
        self.command(CREATE_MINUTES)
        self.remembered = Remembered(waiting=bool(self.rows("SELECT 1 AS one FROM beside LIMIT 1")))

    @classmethod
    def embedded(cls, directory: Path) -> Client:
        """chDB on a directory. One process per directory, and one directory per process; do not fork afterwards."""
        return cls(clickhouse_connect.get_client(interface="chdb", path=str(directory)), is_embedded=True)

    @classmethod
    def remote(cls, dsn: str) -> Client:
        """A ClickHouse server, e.g. `https://user:password@host:8443/database`.

        Without a session, of which a server takes one query at a time: several threads ask here.
        """
        return cls(clickhouse_connect.get_client(dsn=dsn, autogenerate_session_id=False), is_embedded=False)

    def command(self, statement: str, **parameters: Any) -> None:
        """Run a statement that returns nothing. Parameters are bound by the server, never spliced."""
        with self._asking("command"):
            self._connection.command(statement, parameters=parameters or None)

    def rows(self, query: str, **parameters: Any) -> list[dict[str, Any]]:
        """The rows of a query, as dicts. Parameters are bound by the server, never spliced."""
        rows: list[dict[str, Any]] = self.arrow(query, **parameters).to_pylist()
        return rows

    def arrow(self, query: str, **parameters: Any) -> pa.Table:
        """The rows of a query, as an Arrow table."""
        with self._asking("query"):
            return self._connection.query_arrow(query, parameters=parameters, use_strings=True)

    def insert(self, table: str, rows: pa.Table) -> None:
        """Insert rows; on disk (fsynced) when it returns. Never through chDB's own insert, which can lose them."""
        with self._asking("insert"):
            self._connection.insert_arrow(table, rows)

    def close(self) -> None:
        self._connection.close()

    @contextmanager
    def _asking(self, what: str) -> Iterator[None]:
        """One call. chDB takes one at a time, and gives what a failed one had put out to whoever asks next: so that is
        taken away before anybody does."""
        with self._turn or nullcontext():
            try:
                yield
            except (ClickHouseError, pa.ArrowException, RuntimeError, OSError) as error:
                if self._turn:
                    self._rinse()
                raise Transient(f"the event store refused a {what}: {str(error)[:500]}") from error

    def _rinse(self) -> None:
        for _ in range(_RINSES_MAX):
            with suppress(ClickHouseError, pa.ArrowException, RuntimeError, OSError):
                self._connection.query_arrow("SELECT 1")
                return
