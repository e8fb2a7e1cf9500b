"""An insert that leaves what is there alone: somebody was first, and that is fine. SQLite and PostgreSQL alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def insert_new(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> int:
    """Insert those rows that break no unique constraint. Returns how many were new.

    What came back is counted, not `rowcount`: on PostgreSQL that is -1 for such an insert.
    """
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    statement = insert(table).on_conflict_do_nothing().returning(next(iter(table.c)))
    return sum(len(connection.execute(statement.values(dict(row))).all()) for row in rows)
