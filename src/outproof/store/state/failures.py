"""What a database says went wrong, in our words: what passes, what does not, and what was our own mistake."""

from __future__ import annotations

import sqlite3

from sqlalchemy.exc import DBAPIError, OperationalError

from outproof.core.errors import OutproofError, Permanent, Transient

_PASSING_SQLITE = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_PROTOCOL,
    }
)
_DAMAGED_SQLITE = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})

# https://www.postgresql.org/docs/current/errcodes-appendix.html: connection, read-only (after a failover), idle for too
# long, rollback (deadlock, serialization), resources, locks, operator, system.
_PASSING_POSTGRESQL = ("08", "25006", "25P03", "40", "53", "55", "57", "58")
_NOT_ALLOWED_POSTGRESQL = "42501"


def translated(error: DBAPIError) -> OutproofError | None:
    """What the world did wrong; None when it was us, as with a statement that cannot be run."""
    cause = error.orig
    said = str(cause).partition("\n")[0]  # what follows may quote rows
    if error.connection_invalidated:
        return Transient(f"the connection to the state database was lost, perhaps after the change was made: {said}")
    return _of_sqlite(cause, said) if isinstance(cause, sqlite3.Error) else _of_postgresql(error, said)


def _of_sqlite(cause: sqlite3.Error, said: str) -> OutproofError | None:
    code = getattr(cause, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF  # without its extension
    if code in _PASSING_SQLITE:
        return _refused(said)
    if code in _DAMAGED_SQLITE:
        return Permanent(
            f"expected an SQLite database, found a file that is damaged or none ({said}): restore a backup"
        )
    return None


def _of_postgresql(error: DBAPIError, said: str) -> OutproofError | None:
    state: str | None = getattr(error.orig, "sqlstate", None)
    if state is None:  # it did not come from the server: that was not even reached
        return _refused(said) if isinstance(error, OperationalError) else None
    if state.startswith(_PASSING_POSTGRESQL):
        return _refused(said)
    if state == _NOT_ALLOWED_POSTGRESQL:
        return Permanent(f"expected a role that may change the tables of Outproof ({said}): let it own their schema")
    return None


def _refused(said: str) -> Transient:
    return Transient(f"the state database did not take the change, so nothing was changed: {said}")
