"""Inserts that meet a row somebody else was first to make. SQLite and PostgreSQL alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def insert_new(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> int:
    """Insert those rows that break no unique constraint. Returns how many were new.

    What came back is counted, not `rowcount`: on PostgreSQL that is -1 for such an insert.
    """
    statement = _insert(connection, table).on_conflict_do_nothing().returning(next(iter(table.c)))
    return sum(len(connection.execute(statement.values(dict(row))).all()) for row in rows)


def insert_or_add(connection: Connection, table: Table, row: Mapping[str, Any], *, to: str) -> None:
    """Insert a row, or add its column `to` to that of the row that has all its other values."""
    statement = _insert(connection, table).values(dict(row))
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=[name for name in row if name != to], set_={to: table.c[to] + statement.excluded[to]}
        )
    )


def _insert(connection: Connection, table: Table) -> postgresql.Insert | sqlite.Insert:
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)
