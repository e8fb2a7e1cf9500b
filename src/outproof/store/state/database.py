"""Opens the state database and begins its transactions: durable when they end, one writer at a time on SQLite."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as NoFreeConnection

from outproof.core.errors import Permanent, Transient
from outproof.store.state.failures import translated
from outproof.store.state.migrate import HEAD, migrate, stamp
from outproof.store.state.turn import Turn

LOCK_WAIT_S_MAX = 10
_WAL_TRIES, _WAL_PAUSE_S = 100, 0.05
CONNECTIONS_MAX = 20
"""Of one server. It has some 50 threads, and PostgreSQL grants 100 connections unless told otherwise. A connection is
kept once it was opened: opening one takes longer than most transactions."""

# What the URL itself says wins. A server that went away silently is noticed within half a minute, and one that hangs in
# a transaction does not keep its rows from the others.
_POSTGRESQL = {
    "application_name": "outproof",
    "connect_timeout": "5",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "25000",
    "options": f"-c lock_timeout={LOCK_WAIT_S_MAX}s -c idle_in_transaction_session_timeout=60s",
}
_TURN = "outproof_turn"


def open_engine(url: str) -> Engine:
    """The engine for a database URL, its tables brought to this version's.

    Raises:
        Permanent: the URL cannot be used, or the database is not ours, is newer than this program, or is damaged.
        Transient: the database cannot be reached now.
    """
    engine = _engine(url)
    with ExitStack() as failing:
        failing.callback(engine.dispose)
        with transaction(engine, reads_only=True) as connection:
            found = stamp(connection)
        if found != HEAD:
            with transaction(engine) as connection:
                migrate(connection)
        failing.pop_all()
    return engine


def _engine(url: str) -> Engine:
    place = _place(url)
    pool = {"pool_size": CONNECTIONS_MAX, "max_overflow": 0, "pool_timeout": LOCK_WAIT_S_MAX}
    if place.get_backend_name() == "sqlite":
        engine = create_engine(place, **pool, execution_options={_TURN: Turn()})
        event.listen(engine, "connect", _make_sqlite_durable)
        event.listen(engine, "begin", _begin_on_sqlite)
        return engine
    try:
        # The level is pinned: what is compared and set counts on seeing what others committed while it waited.
        return create_engine(place, **pool, pool_pre_ping=True, isolation_level="READ COMMITTED")
    except ModuleNotFoundError as error:
        raise Permanent(
            f"expected the package {error.name}, which PostgreSQL needs and which is not installed: "
            f"install outproof[server,postgres]"
        ) from error


def _place(url: str) -> URL:
    """The URL with our defaults. Messages leave it out: it may hold a password."""
    expected = "expected a state URL such as postgresql://user@host/database or sqlite:///path/to/file"
    try:
        place = make_url(url)
    except ArgumentError as error:
        raise Permanent(f"{expected}, got something that is not a URL") from error
    match place.drivername:
        case "sqlite":
            return place
        case "postgres" | "postgresql" | "postgresql+psycopg":
            return place.set(drivername="postgresql+psycopg", query={**_POSTGRESQL, **place.query})
    raise Permanent(f"{expected}, got one that begins with {place.drivername}:")


def _make_sqlite_durable(connection: Any, _record: object) -> None:
    """Write-ahead log and full sync: a commit is on disk when it returns, and readers do not wait for the writer."""
    connection.isolation_level = None  # we begin ourselves: the driver's own begin comes too late to take the lock
    cursor = connection.cursor()
    for pragma in (f"busy_timeout={LOCK_WAIT_S_MAX * 1000}", "synchronous=FULL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")  # identifiers from a closed set
    _write_ahead(cursor)
    cursor.close()


def _write_ahead(cursor: Any) -> None:
    """Turn the write-ahead log on. Of several that do so at once SQLite refuses some at once: they try again."""
    for tries_left in reversed(range(_WAL_TRIES)):
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError:
            if not tries_left:
                raise
            time.sleep(_WAL_PAUSE_S)
        else:
            return


def _begin_on_sqlite(connection: Connection) -> None:
    """Take the write lock first: two readers that both turn writers would otherwise deadlock."""
    reads_only = connection.get_execution_options().get("reads_only")
    connection.exec_driver_sql("BEGIN" if reads_only else "BEGIN IMMEDIATE")


@contextmanager
def transaction(engine: Engine, *, reads_only: bool = False) -> Iterator[Connection]:
    """One transaction: committed when the block ends, undone when it raises.

    On SQLite writers come one after the other; on PostgreSQL they run together and see what others have committed, so
    a change that rests on what was read compares and sets. Read the row that will be compared before anything else.

    Raises:
        Transient: the database is locked, full or away, or somebody else was in the way. Nothing was changed, unless
            the connection was lost at the very end: a repeat must be harmless.
        Permanent: the database is damaged, or we are not allowed to use it.
    """
    with _turn(engine, reads_only=reads_only):
        try:
            with engine.connect().execution_options(reads_only=reads_only) as connection, connection.begin():
                yield connection
        except NoFreeConnection as error:
            raise Transient(
                f"all {CONNECTIONS_MAX} connections to the state database were busy for {LOCK_WAIT_S_MAX} s"
            ) from error
        except DBAPIError as error:
            if (known := translated(error)) is None:
                raise
            raise known from error


@contextmanager
def _turn(engine: Engine, *, reads_only: bool) -> Iterator[None]:
    """Queue this process's writers on SQLite, whose own lock is polled: with 40 of them some would wait for seconds."""
    turn = None if reads_only else engine.get_execution_options().get(_TURN)
    if turn is None:
        yield
        return
    if not turn.acquire(LOCK_WAIT_S_MAX):
        raise Transient(f"the state database was busy with other changes for {LOCK_WAIT_S_MAX} s; nothing was changed")
    try:
        yield
    finally:
        turn.release()
