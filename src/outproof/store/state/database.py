"""Opens the state database and begins its transactions: durable when they end, one writer at a time on SQLite."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, OperationalError

from outproof.core.errors import Transient
from outproof.store.state.tables import metadata

LOCK_WAIT_S_MAX = 10


def open_engine(url: str) -> Engine:
    """The engine for a database URL; SQLite is set to WAL and FULL, so that a commit is on disk when it returns."""
    engine = create_engine(url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _make_sqlite_durable)
        event.listen(engine, "begin", _begin_immediate)
    metadata.create_all(engine)
    return engine


def _make_sqlite_durable(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # we begin ourselves: the driver's own begin comes too late to take the lock
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        f"busy_timeout={LOCK_WAIT_S_MAX * 1000}",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_immediate(connection: Connection) -> None:
    """Take the write lock first: two readers that both turn writers would otherwise deadlock."""
    if not connection.get_execution_options().get("reads_only"):
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        connection.exec_driver_sql("BEGIN")


@contextmanager
def transaction(engine: Engine, *, reads_only: bool = False) -> Iterator[Connection]:
    """One transaction: committed when the block ends, undone when it raises.

    Raises:
        Transient: the database is locked, full or away; nothing was changed.
    """
    try:
        with engine.connect().execution_options(reads_only=reads_only) as connection, connection.begin():
            yield connection
    except OperationalError as error:
        raise Transient(f"the state database did not take the change, so nothing was changed: {error.orig}") from error
    except DBAPIError as error:
        if error.connection_invalidated:
            raise Transient(f"the connection to the state database was lost: {error.orig}") from error
        raise
