"""An insert that leaves what is there alone: somebody was first, and that is fine. SQLite and PostgreSQL alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def insert_new(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> int:
    """Insert those rows that break no unique constraint. Returns how many were new."""
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    return sum(connection.execute(insert(table).values(dict(row)).on_conflict_do_nothing()).rowcount for row in rows)
