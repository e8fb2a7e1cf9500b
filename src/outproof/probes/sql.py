"""Looks into a database: a query and what it must find in; seen, not seen, or could not look out. It only ever reads.

On PostgreSQL the query runs in a read-only transaction, through a cursor, which takes nothing but a SELECT. On SQLite
the file is opened for reading, and everything but reading is denied as the statement is prepared.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, StatementError

from outproof.contract.surface import ROWS_MAX
from outproof.prove.look import Look, unseen
from outproof.prove.sql_sight import Rows, SqlSight, sql_reading

VALUE_BYTES_MAX = 1_048_576
_ROWS_AT_ONCE = 1_000
_STEPS_AT_ONCE = 10_000  # of SQLite's machine, between two looks at the clock
_CONNECT_S_MIN = 2  # less is not kept by PostgreSQL's client

_SQLITE_READS = frozenset(
    {
        sqlite3.SQLITE_SELECT,
        sqlite3.SQLITE_READ,
        sqlite3.SQLITE_FUNCTION,
        sqlite3.SQLITE_RECURSIVE,
        sqlite3.SQLITE_TRANSACTION,
    }
)
# What a server or a driver says is not repeated, because it may quote rows. These are what people need to know.
_SAID = (
    ("no such table", "the query names a table that is not there"),
    ("no such column", "the query names a column that is not there"),
    ("unable to open", "the file cannot be opened"),
    ("database is locked", "others hold it locked"),
    ("interrupted", "the query took too long"),
    ("not authorized", "the query would do something else than read"),
    ("readonly", "the query would do something else than read"),
    ("refused", "nobody listens there"),
    ("timeout", "it did not answer in time"),
    ("resolve", "its host name does not resolve"),
    ("translate host", "its host name does not resolve"),
    ("authentication failed", "it does not accept our name or password"),
    ("does not exist", "its database or our role is not there"),
)
_STATES = {
    "25006": "the query would do something else than read",
    "57014": "the query took too long",
    "55P03": "others hold it locked",
    "42P01": "the query names a table that is not there",
    "42703": "the query names a column that is not there",
    "42501": "we may not read that",
    "42601": "the query is no SELECT that it understands",
    "42883": "the query compares or calls what does not fit together (42883)",
    "28P01": "it does not accept our name or password",
    "3D000": "its database is not there",
}


class SqlProbe:
    """Runs one query on one connection, which is closed afterwards: what the environment says may change."""

    def __init__(self, *, environment: Mapping[str, str] = os.environ) -> None:
        self._environment = environment

    def look(self, sight: SqlSight) -> Look:
        """What is there now. A database that is away, too slow or refuses the query was not seen."""
        surface = sight.surface
        deadline_s = time.monotonic() + surface.timeout_s
        try:
            engine = _engine(self._environment.get(surface.dsn_env, ""), surface.timeout_s, deadline_s)
        except ValueError as error:
            return unseen(sight.shown, str(error))
        try:
            with engine.connect() as connection:
                return sql_reading(sight, _rows(connection, sight, deadline_s))
        except DBAPIError as error:
            return unseen(sight.shown, _why(error))
        except (StatementError, OverflowError) as error:
            return unseen(sight.shown, f"the query cannot be sent with what this run reports ({type(error).__name__})")
        except TimeoutError:
            return unseen(sight.shown, f"the query took longer than {surface.timeout_s:g} s")
        finally:
            engine.dispose()


def _rows(connection: Connection, sight: SqlSight, deadline_s: float) -> Rows:
    """The rows, at most one more than are counted.

    Raises:
        TimeoutError: the time is used up.
    """
    driver = connection.connection.driver_connection
    if isinstance(driver, sqlite3.Connection):
        driver.set_authorizer(_authorized)  # from here on: what SQLAlchemy asks first is no reading of tables
    else:
        limit = {"limit": f"{max(1, round(sight.surface.timeout_s * 1_000))}ms"}
        for name in ("statement_timeout", "lock_timeout"):
            connection.execute(text("SELECT set_config(:name, :limit, true)"), {"name": name, **limit}).close()
    statement = text(sight.surface.query.strip().removesuffix(";"))
    statement = statement.execution_options(stream_results=True, max_row_buffer=_ROWS_AT_ONCE)
    count, first = 0, None
    with connection.execute(statement, dict(sight.parameters)) as result:
        while count <= ROWS_MAX and (rows := result.fetchmany(_ROWS_AT_ONCE)):
            if not count:
                first = rows[0][0]
            count += len(rows)
            if time.monotonic() > deadline_s:
                raise TimeoutError
    return Rows(first, min(count, ROWS_MAX + 1))


def _engine(dsn: str, timeout_s: float, deadline_s: float) -> Engine:
    """An engine whose connections only read.

    Raises:
        ValueError: the URL is not there or cannot be used. The message leaves it out: it may hold a password.
    """
    expected = "expected a URL such as postgresql://user@host/database or sqlite:////path/to/file"
    try:
        place = make_url(dsn)
    except ArgumentError:
        raise ValueError(f"{expected} in the environment variable, got nothing or something else") from None
    match place.drivername:
        case "sqlite" | "sqlite+pysqlite":
            return create_engine("sqlite://", creator=_opener(place, timeout_s, deadline_s), poolclass=NullPool)
        case "postgres" | "postgresql" | "postgresql+psycopg" | "postgresql+psycopg2":
            return _postgresql(place, timeout_s)
    raise ValueError(f"{expected}, got one that begins with {place.drivername}:")


def _postgresql(place: URL, timeout_s: float) -> Engine:
    waits = {"connect_timeout": str(max(_CONNECT_S_MIN, round(timeout_s))), "application_name": "outproof-probe"}
    place = place.set(drivername="postgresql+psycopg", query={**waits, **place.query})
    try:
        return create_engine(place, poolclass=NullPool, execution_options={"postgresql_readonly": True})
    except ModuleNotFoundError as error:
        raise ValueError(f"expected the package {error.name}: install outproof[server,postgres]") from error


def _opener(place: URL, timeout_s: float, deadline_s: float) -> Callable[[], sqlite3.Connection]:
    path = place.database or ""
    if not path or path == ":memory:" or path.startswith("file:"):
        raise ValueError("expected the path of a file such as sqlite:////path/to/file, got no path")

    def opened() -> sqlite3.Connection:
        connection = sqlite3.connect(f"file:{quote(path)}?mode=ro", uri=True, timeout=timeout_s)
        connection.execute("PRAGMA query_only=ON")
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, VALUE_BYTES_MAX)
        connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
        connection.set_progress_handler(lambda: time.monotonic() > deadline_s, _STEPS_AT_ONCE)
        return connection

    return opened


def _authorized(action: int, *_: Any) -> int:
    return sqlite3.SQLITE_OK if action in _SQLITE_READS else sqlite3.SQLITE_DENY


def _why(error: DBAPIError) -> str:
    """What went wrong, in our words."""
    state = getattr(error.orig, "sqlstate", None)
    if state is not None:
        return _STATES.get(state, f"it refused the query ({state})")
    said = str(error.orig).lower()
    known = next((meaning for words, meaning in _SAID if words in said), None)
    return known or f"it refused the query ({type(error.orig).__name__})"
