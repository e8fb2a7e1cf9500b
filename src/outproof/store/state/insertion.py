"""Inserts that meet a row somebody else was first to make. SQLite and PostgreSQL alike.

Statements are made once: to put one together costs more than to run it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, Executable, Table
from sqlalchemy.dialects import postgresql, sqlite


def insert_new(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> int:
    """Insert those rows that break no unique constraint. Returns how many were new.

    What came back is counted, not `rowcount`: on PostgreSQL that is -1 for such an insert.
    """
    statement = _insertion(connection.dialect.name, table)
    return sum(len(connection.execute(statement, dict(row)).all()) for row in rows)


def insert_or_add(connection: Connection, table: Table, row: Mapping[str, Any], *, to: str) -> None:
    """Insert a row, or add its column `to` to that of the row that has all its other values."""
    statement = upsert(connection, table).values(dict(row))
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=[name for name in row if name != to], set_={to: table.c[to] + statement.excluded[to]}
        )
    )


def upsert(connection: Connection, table: Table) -> postgresql.Insert | sqlite.Insert:
    """An insert that can say what happens on a conflict."""
    return _insert(connection.dialect.name, table)


@cache
def _insertion(dialect: str, table: Table) -> Executable:
    return _insert(dialect, table).on_conflict_do_nothing().returning(next(iter(table.c)))


def _insert(dialect: str, table: Table) -> postgresql.Insert | sqlite.Insert:
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
