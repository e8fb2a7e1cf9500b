"""The tables of the first version. A step that was released is never changed: a later one puts it right."""

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
)

revision = "0001"
down_revision = None


def upgrade() -> None:
    _declared()
    _signals_and_runs()
    _alerts()
    _incidents()
    _outbox()
    _counts()
    _feedback_and_keys()


def _declared() -> None:
    op.create_table(
        "declared",
        Column("project_id", Text, nullable=False),
        Column("kind", Text, nullable=False),
        Column("name", Text, nullable=False),
        Column("version", Text, nullable=False),
        Column("body", Text, nullable=False),
        Column("applied_at", BigInteger, nullable=False),
        UniqueConstraint("project_id", "kind", "name", "version", name="uq_declared_project_id"),
        comment="Every version of what the files declared that was ever applied",
    )


def _signals_and_runs() -> None:
    op.create_table(
        "signals",
        Column("project_id", Text, nullable=False),
        Column("id", Text, nullable=False),
        Column("run_id", Text, nullable=False),
        Column("kind", Text, nullable=False),
        Column("digest", Text, nullable=False),
        Column("body", Text, nullable=False),
        Column("received_at", BigInteger, nullable=False),
        PrimaryKeyConstraint("project_id", "id", name="pk_signals"),
    )
    op.create_index("ix_signals_run_id", "signals", ["run_id"])
    op.create_table(
        "runs",
        Column("project_id", Text, nullable=False),
        Column("id", Text, nullable=False),
        Column("promise", Text, nullable=False),
        Column("external_id", Text, nullable=False),
        Column("verdict", Text, nullable=False),
        Column("first_stage", Text),
        Column("reason", Text, nullable=False),
        Column("opened_at", BigInteger),
        Column("closed_at", BigInteger),
        Column("due_at", BigInteger),
        Column("settle_at", BigInteger),
        Column("probe_at", BigInteger),
        Column("probe_tries", Integer, nullable=False),
        Column("first_signal_at", BigInteger, nullable=False),
        Column("generation", Integer, nullable=False),
        PrimaryKeyConstraint("id", name="pk_runs"),
    )
    op.create_index("ix_runs_promise_first", "runs", ["project_id", "promise", "first_signal_at"])
    op.create_index("ix_runs_settle", "runs", ["settle_at"])
    op.create_index("ix_runs_probe", "runs", ["probe_at"])
    op.create_table(
        "verdicts",
        Column("project_id", Text, nullable=False),
        Column("number", Integer, autoincrement=True, nullable=False),
        Column("run_id", Text, nullable=False),
        Column("at", BigInteger, nullable=False),
        Column("old", Text),
        Column("new", Text, nullable=False),
        Column("reason", Text, nullable=False),
        PrimaryKeyConstraint("number", name="pk_verdicts"),
        ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_verdicts_run_id"),
        comment="Each change of a run's verdict; nothing is overwritten",
    )
    op.create_index("ix_verdicts_run_id", "verdicts", ["run_id"])


def _alerts() -> None:
    op.create_table(
        "alerts",
        Column("project_id", Text, nullable=False),
        Column("key", Text, nullable=False),
        Column("policy", Text, nullable=False),
        Column("state", Text, nullable=False),
        Column("since", BigInteger, nullable=False),
        Column("reason", Text, nullable=False),
        Column("memory", Text, nullable=False),
        Column("generation", Integer, nullable=False),
        UniqueConstraint("project_id", "key", name="uq_alerts_project_id"),
    )
    op.create_table(
        "breaches",
        Column("project_id", Text, nullable=False),
        Column("policy", Text, nullable=False),
        Column("trace_id", Text, nullable=False),
        Column("span_id", Text, nullable=False),
        Column("at", BigInteger, nullable=False),
        Column("exemplar", Text, nullable=False),
        UniqueConstraint("project_id", "policy", "trace_id", "span_id", name="uq_breaches_project_id"),
        comment="Single answers that broke an invariant, once each however often they are delivered",
    )
    op.create_index("ix_breaches_policy_at", "breaches", ["project_id", "policy", "at"])


def _incidents() -> None:
    op.create_table(
        "incidents",
        Column("project_id", Text, nullable=False),
        Column("id", Text, nullable=False),
        Column("key", Text, nullable=False),
        Column("state", Text, nullable=False),
        Column("severity", Text, nullable=False),
        Column("kind", Text, nullable=False),
        Column("owner", Text, nullable=False),
        Column("run_id", Text),
        Column("opened_at", BigInteger, nullable=False),
        Column("updated_at", BigInteger, nullable=False),
        Column("resolved_at", BigInteger),
        Column("generation", Integer, nullable=False),
        Column("open_key", Text),
        Column("body", Text, nullable=False),
        PrimaryKeyConstraint("id", name="pk_incidents"),
        UniqueConstraint("open_key", name="uq_incidents_open_key"),
    )
    op.create_index("ix_incidents_key", "incidents", ["project_id", "key"])
    op.create_index("ix_incidents_opened", "incidents", ["project_id", "state", "opened_at"])
    op.create_table(
        "timeline",
        Column("project_id", Text, nullable=False),
        Column("number", Integer, autoincrement=True, nullable=False),
        Column("incident_id", Text, nullable=False),
        Column("at", BigInteger, nullable=False),
        Column("kind", Text, nullable=False),
        Column("text", Text, nullable=False),
        Column("actor", Text, nullable=False),
        PrimaryKeyConstraint("number", name="pk_timeline"),
        ForeignKeyConstraint(["incident_id"], ["incidents.id"], name="fk_timeline_incident_id"),
    )
    op.create_index("ix_timeline_incident_id", "timeline", ["incident_id"])


def _outbox() -> None:
    op.create_table(
        "outbox",
        Column("project_id", Text, nullable=False),
        Column("id", Text, nullable=False),
        Column("incident_id", Text, nullable=False),
        Column("incident_generation", Integer, nullable=False),
        Column("channel", Text, nullable=False),
        Column("kind", Text, nullable=False),
        Column("body", Text, nullable=False),
        Column("state", Text, nullable=False),
        Column("created_at", BigInteger, nullable=False),
        Column("next_attempt_at", BigInteger),
        Column("claimed_until", BigInteger),
        Column("attempts", Integer, nullable=False),
        PrimaryKeyConstraint("id", name="pk_outbox"),
        ForeignKeyConstraint(["incident_id"], ["incidents.id"], name="fk_outbox_incident_id"),
    )
    op.create_index("ix_outbox_due", "outbox", ["state", "next_attempt_at"])
    op.create_index("ix_outbox_incident_id", "outbox", ["incident_id"])
    op.create_table(
        "deliveries",
        Column("project_id", Text, nullable=False),
        Column("outbox_id", Text, nullable=False),
        Column("number", Integer, nullable=False),
        Column("at", BigInteger, nullable=False),
        Column("outcome", Text, nullable=False),
        Column("status_code", Integer),
        Column("detail", Text, nullable=False),
        Column("duration_us", BigInteger, nullable=False),
        ForeignKeyConstraint(["outbox_id"], ["outbox.id"], name="fk_deliveries_outbox_id"),
        UniqueConstraint("outbox_id", "number", name="uq_deliveries_outbox_id"),
        comment="Every attempt to tell somebody",
    )


def _counts() -> None:
    op.create_table(
        "progress",
        Column("component", Text, nullable=False),
        Column("at", BigInteger, nullable=False),
        Column("position", BigInteger, nullable=False),
        PrimaryKeyConstraint("component", name="pk_progress"),
        comment="What each loop has done, and when it last did anything",
    )
    op.create_table(
        "ledger",
        Column("project_id", Text, nullable=False),
        Column("signal", Text, nullable=False),
        Column("outcome", Text, nullable=False),
        Column("reason", Text, nullable=False),
        Column("count", BigInteger, nullable=False),
        UniqueConstraint("project_id", "signal", "outcome", "reason", name="uq_ledger_project_id"),
        comment="Nothing vanishes: emitted = stored + duplicate + rejected + dropped",
    )


def _feedback_and_keys() -> None:
    op.create_table(
        "feedback",
        Column("project_id", Text, nullable=False),
        Column("id", Text, nullable=False),
        Column("answer_id", Text, nullable=False),
        Column("at", BigInteger, nullable=False),
        Column("thumbs", Text),
        Column("escalated", Boolean),
        Column("comment", Text),
        UniqueConstraint("project_id", "id", name="uq_feedback_project_id"),
    )
    op.create_index("ix_feedback_answer_id", "feedback", ["answer_id"])
    op.create_table(
        "keys",
        Column("project_id", Text, nullable=False),
        Column("digest", Text, nullable=False),
        Column("name", Text, nullable=False),
        Column("scope", Text, nullable=False),
        Column("created_at", BigInteger, nullable=False),
        Column("revoked", Boolean, nullable=False),
        PrimaryKeyConstraint("digest", name="pk_keys"),
    )
