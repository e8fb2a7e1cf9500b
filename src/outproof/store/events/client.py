"""One client for both homes of the event store: chDB in this process, ClickHouse over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import clickhouse_connect
import pyarrow as pa
from clickhouse_connect.driver.exceptions import ClickHouseError

from outproof.core.errors import Transient
from outproof.store.events.schema import CREATE_ANSWERS, CREATE_SET_ASIDE


class Client:
    """Queries and inserts in the ClickHouse dialect. Safe to use from several threads."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self.command(CREATE_ANSWERS)
        self.command(CREATE_SET_ASIDE)

    @classmethod
    def embedded(cls, directory: Path) -> Client:
        """chDB on a directory. One process per directory, and one directory per process; do not fork afterwards."""
        return cls(clickhouse_connect.get_client(interface="chdb", path=str(directory)))

    @classmethod
    def remote(cls, dsn: str) -> Client:
        """A ClickHouse server, e.g. `https://user:password@host:8443/database`."""
        return cls(clickhouse_connect.get_client(dsn=dsn))

    def command(self, statement: str) -> None:
        """Run a statement that returns nothing."""
        with _translated("command"):
            self._connection.command(statement)

    def rows(self, query: str, **parameters: Any) -> list[dict[str, Any]]:
        """The rows of a query, as dicts. Parameters are bound by the server, never spliced."""
        rows: list[dict[str, Any]] = self.arrow(query, **parameters).to_pylist()
        return rows

    def arrow(self, query: str, **parameters: Any) -> pa.Table:
        """The rows of a query, as an Arrow table."""
        with _translated("query"):
            return self._connection.query_arrow(query, parameters=parameters, use_strings=True)

    def insert(self, table: str, rows: pa.Table) -> None:
        """Insert rows; on disk (fsynced) when it returns. Never through chDB's own insert, which can lose them."""
        with _translated("insert"):
            self._connection.insert_arrow(table, rows)

    def close(self) -> None:
        self._connection.close()


@contextmanager
def _translated(what: str) -> Iterator[None]:
    try:
        yield
    except (ClickHouseError, RuntimeError, OSError) as error:
        raise Transient(f"the event store refused a {what}: {str(error)[:500]}") from error
