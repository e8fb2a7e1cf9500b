"""Costs that were computed again under another card."""

from alembic import op
from sqlalchemy import BigInteger, Column, PrimaryKeyConstraint, Text

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "restatements",
        Column("project_id", Text, nullable=False),
        Column("id", Text, nullable=False),
        Column("starts_at", BigInteger, nullable=False),
        Column("ends_at", BigInteger, nullable=False),
        Column("made_at", BigInteger, nullable=False),
        Column("body", Text, nullable=False),
        PrimaryKeyConstraint("id", name="pk_restatements"),
        comment="Costs that were computed again under another card, with both figures",
    )
    op.create_index("ix_restatements_time", "restatements", ["project_id", "made_at"])
