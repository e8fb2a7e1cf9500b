"""What all tables share: how constraints are named, and the project that every row belongs to."""

from __future__ import annotations

from sqlalchemy import Column, MetaData, Text

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def project() -> Column[str]:
    """The first column of a table."""
    return Column("project_id", Text, nullable=False)
