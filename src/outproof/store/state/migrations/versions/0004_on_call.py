"""Silences, routes, escalation, and what responders said of pages."""

from alembic import op
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKeyConstraint,
    Integer,
    PrimaryKeyConstraint,
    Text,
    UniqueConstraint,
    false,
)

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    _incidents()
    _learning()
    _telling()
    _watching()


def _telling() -> None:
    op.add_column("deliveries", Column("receipt", Text))
    op.create_table(
        "channel_proofs",
        Column("project_id", Text, nullable=False),
        Column("channel", Text, nullable=False),
        Column("since", BigInteger, nullable=False),
        Column("accepted_at", BigInteger),
        Column("accepted_kind", Text),
        Column("failed_at", BigInteger),
        Column("failed_detail", Text),
        Column("refused", Boolean, server_default=false(), nullable=False),
        Column("tested_at", BigInteger),
        UniqueConstraint("project_id", "channel", name="uq_channel_proofs_project_id"),
        comment="Whether channels can be reached, as last seen",
    )


def _watching() -> None:
    op.create_table(
        "components",
        Column("project_id", Text, nullable=False),
        Column("server", Text, nullable=False),
        Column("component", Text, nullable=False),
        Column("at", BigInteger, nullable=False),
        Column("seen_at", BigInteger, nullable=False),
        Column("quiet_ms_max", BigInteger, nullable=False),
        Column("failure", Text),
        UniqueConstraint("project_id", "server", "component", name="uq_components_project_id"),
        comment="How far the parts of each server that shares this state have come",
    )
    op.create_table(
        "senders",
        Column("project_id", Text, nullable=False),
        Column("sender", Text, nullable=False),
        Column("service", Text, nullable=False),
        Column("number", BigInteger, nullable=False),
        Column("first_at", BigInteger, nullable=False),
        Column("told_at", BigInteger, nullable=False),
        Column("skew_ms", BigInteger),
        Column("ended", Boolean, nullable=False),
        Column("body", Text, nullable=False),
        UniqueConstraint("project_id", "sender", name="uq_senders_project_id"),
        comment="What each process that sends to us says it emitted, gave up and still holds",
    )
    op.create_index("ix_senders_told_at", "senders", ["project_id", "told_at"])
    op.create_table(
        "accounts",
        Column("project_id", Text, nullable=False),
        Column("sender", Text, nullable=False),
        Column("lane", Text, nullable=False),
        Column("outcome", Text, nullable=False),
        Column("count", BigInteger, nullable=False),
        UniqueConstraint("project_id", "sender", "lane", "outcome", name="uq_accounts_project_id"),
        comment="What we counted of each sender, to be held against what it says",
    )


def _learning() -> None:
    op.create_table(
        "alert_marks",
        Column("project_id", Text, nullable=False),
        Column("number", Integer, autoincrement=True, nullable=False),
        Column("incident_id", Text, nullable=False),
        Column("mark", Text, nullable=False),
        Column("by", Text, nullable=False),
        Column("at", BigInteger, nullable=False),
        Column("note", Text, nullable=False),
        Column("began_at", BigInteger),
        ForeignKeyConstraint(["incident_id"], ["incidents.id"], name="fk_alert_marks_incident_id"),
        PrimaryKeyConstraint("number", name="pk_alert_marks"),
        comment="What pages were worth to who got them; rows are only ever added, the newest of an incident counts",
    )
    op.create_index("ix_alert_marks_incident_id", "alert_marks", ["incident_id"])
    op.create_table(
        "trials",
        Column("project_id", Text, nullable=False),
        Column("id", Text, nullable=False),
        Column("kind", Text, nullable=False),
        Column("policy", Text, nullable=False),
        Column("state", Text, nullable=False),
        Column("ordered_at", BigInteger, nullable=False),
        Column("claimed_until", BigInteger, nullable=False),
        Column("generation", Integer, nullable=False),
        Column("body", Text, nullable=False),
        PrimaryKeyConstraint("id", name="pk_trials"),
        comment="Policies tried on history, with what came out",
    )
    op.create_index("ix_trials_state", "trials", ["project_id", "state", "ordered_at"])
    op.create_index("ix_trials_policy", "trials", ["project_id", "policy", "ordered_at"])


def _incidents() -> None:
    op.add_column("incidents", Column("part_of", Text))
    op.add_column("incidents", Column("tell_at", BigInteger))
    op.create_index("ix_incidents_part", "incidents", ["project_id", "part_of"])
    op.create_index("ix_incidents_tell", "incidents", ["project_id", "tell_at"])
    op.create_table(
        "silences",
        Column("project_id", Text, nullable=False),
        Column("id", Text, nullable=False),
        Column("starts_at", BigInteger, nullable=False),
        Column("ends_at", BigInteger, nullable=False),
        Column("created_at", BigInteger, nullable=False),
        Column("body", Text, nullable=False),
        Column("generation", Integer, nullable=False),
        PrimaryKeyConstraint("id", name="pk_silences"),
        comment="What people asked not to be told of, by whom, why and until when",
    )
    op.create_index("ix_silences_end", "silences", ["project_id", "ends_at"])
