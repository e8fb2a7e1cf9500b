"""Schedules, heartbeats, items, downtimes, handoff, the audit log and drills."""

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

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    _declared()
    _schedules()
    _items()
    _handoff()
    _drills()


def _declared() -> None:
    op.create_table(
        "applied",
        Column("project_id", Text, nullable=False),
        Column("number", Integer, autoincrement=True, nullable=False),
        Column("kind", Text, nullable=False),
        Column("name", Text, nullable=False),
        Column("version", Text),
        Column("at", BigInteger, nullable=False),
        PrimaryKeyConstraint("number", name="pk_applied"),
        comment="When each version of what the files declare came into force, and when it went",
    )
    op.create_index("ix_applied_name", "applied", ["project_id", "kind", "name"])
    op.create_table(
        "downtimes",
        Column("project_id", Text, nullable=False),
        Column("start", BigInteger, nullable=False),
        Column("end", BigInteger, nullable=False),
        Column("rearm_at", BigInteger, nullable=False),
        PrimaryKeyConstraint("project_id", "start", name="pk_downtimes"),
        comment="When this server could not see",
    )


def _schedules() -> None:
    op.create_table(
        "pulses",
        Column("project_id", Text, nullable=False),
        Column("promise", Text, nullable=False),
        Column("since", BigInteger, nullable=False),
        Column("state", Text, nullable=False),
        Column("newest_at", BigInteger),
        Column("stale_at", BigInteger),
        Column("look_at", BigInteger),
        Column("looks", Integer, nullable=False),
        Column("detail", Text),
        Column("generation", Integer, nullable=False),
        PrimaryKeyConstraint("project_id", "promise", name="pk_pulses"),
        comment="Promises without runs: heartbeats, and surfaces that must stay fresh",
    )
    op.create_index("ix_pulses_look", "pulses", ["project_id", "look_at"])
    op.create_index("ix_pulses_stale", "pulses", ["project_id", "stale_at"])
    op.create_table(
        "slots",
        Column("project_id", Text, nullable=False),
        Column("promise", Text, nullable=False),
        Column("at", BigInteger, nullable=False),
        Column("start_by", BigInteger, nullable=False),
        Column("due_at", BigInteger, nullable=False),
        Column("state", Text, nullable=False),
        Column("run_id", Text),
        Column("settle_at", BigInteger),
        Column("drill", Text),
        Column("generation", Integer, nullable=False),
        PrimaryKeyConstraint("project_id", "promise", "at", name="pk_slots"),
        comment="Each run that a schedule expects, there before anything arrives: what never starts is missed here",
    )
    op.create_index("ix_slots_settle", "slots", ["project_id", "settle_at"])
    op.add_column("runs", Column("cause", Text))
    op.add_column("runs", Column("slot_at", BigInteger))
    op.add_column("runs", Column("drill", Text))
    op.drop_index("ix_runs_probe", table_name="runs")
    op.create_index("ix_runs_probe", "runs", ["project_id", "probe_at"])
    op.drop_index("ix_runs_settle", table_name="runs")
    op.create_index("ix_runs_settle", "runs", ["project_id", "settle_at"])
    op.create_index("ix_runs_first", "runs", ["project_id", "first_signal_at"])
    op.create_index("ix_runs_promise_verdict", "runs", ["project_id", "promise", "verdict", "first_signal_at"])


def _items() -> None:
    op.create_table(
        "items",
        Column("project_id", Text, nullable=False),
        Column("run_id", Text, nullable=False),
        Column("item_id", Text, nullable=False),
        Column("passed", Integer, nullable=False),
        Column("failed", Integer, nullable=False),
        Column("fate", Integer, nullable=False),
        Column("at", BigInteger, nullable=False),
        PrimaryKeyConstraint("project_id", "run_id", "item_id", name="pk_items"),
        comment="Single items of runs, so that a retry covers only what is missing",
    )


def _handoff() -> None:
    op.create_table(
        "audit",
        Column("project_id", Text, nullable=False),
        Column("number", Integer, autoincrement=True, nullable=False),
        Column("at", BigInteger, nullable=False),
        Column("actor", Text, nullable=False),
        Column("verb", Text, nullable=False),
        Column("subject", Text, nullable=False),
        Column("detail", Text, nullable=False),
        PrimaryKeyConstraint("number", name="pk_audit"),
        comment="Who did what; rows are only ever added",
    )
    op.create_table(
        "actions",
        Column("project_id", Text, nullable=False),
        Column("id", Text, nullable=False),
        Column("incident_id", Text, nullable=False),
        Column("run_id", Text),
        Column("action", Text, nullable=False),
        Column("kind", Text, nullable=False),
        Column("key", Text, nullable=False),
        Column("state", Text, nullable=False),
        Column("body", Text, nullable=False),
        Column("by", Text, nullable=False),
        Column("at", BigInteger, nullable=False),
        Column("finished_at", BigInteger),
        Column("undo_of", Text),
        Column("generation", Integer, nullable=False),
        ForeignKeyConstraint(["incident_id"], ["incidents.id"], name="fk_actions_incident_id"),
        PrimaryKeyConstraint("id", name="pk_actions"),
        UniqueConstraint("project_id", "key", name="uq_actions_project_id"),
    )
    op.create_index("ix_actions_incident_id", "actions", ["incident_id"])
    op.create_index("ix_actions_run_id", "actions", ["run_id"])
    op.create_index("ix_actions_state", "actions", ["project_id", "state"])


def _drills() -> None:
    op.create_table(
        "drills",
        Column("project_id", Text, nullable=False),
        Column("id", Text, nullable=False),
        Column("promise", Text, nullable=False),
        Column("fault", Text, nullable=False),
        Column("state", Text, nullable=False),
        Column("by", Text, nullable=False),
        Column("started_at", BigInteger, nullable=False),
        Column("finished_at", BigInteger),
        Column("run_id", Text),
        Column("incident_id", Text),
        Column("body", Text, nullable=False),
        Column("generation", Integer, nullable=False),
        PrimaryKeyConstraint("id", name="pk_drills"),
    )
    op.create_index("ix_drills_promise", "drills", ["project_id", "promise", "started_at"])
    op.create_index("ix_drills_state", "drills", ["project_id", "state", "promise", "finished_at"])
    op.add_column("incidents", Column("drill", Boolean, server_default=false(), nullable=False))
    op.create_index("ix_incidents_run", "incidents", ["project_id", "run_id"])
