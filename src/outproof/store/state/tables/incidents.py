"""Alerts, incidents, and everything that was told or done about them."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, Table, Text, UniqueConstraint, false

from outproof.store.state.tables.schema import metadata, project

alerts = Table(
    "alerts",
    metadata,
    project(),
    Column("key", Text, nullable=False),
    Column("policy", Text, nullable=False),
    Column("state", Text, nullable=False),  # inactive, pending, firing
    Column("since", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    Column("memory", Text, nullable=False),  # JSON of decide.alert.Memory
    Column("generation", Integer, nullable=False),  # compare-and-set
    UniqueConstraint("project_id", "key"),
)

breaches = Table(
    "breaches",
    metadata,
    project(),
    Column("policy", Text, nullable=False),
    Column("trace_id", Text, nullable=False),
    Column("span_id", Text, nullable=False),
    Column("at", BigInteger, nullable=False),  # event time
    Column("exemplar", Text, nullable=False),  # JSON of contract.evidence.Exemplar
    UniqueConstraint("project_id", "policy", "trace_id", "span_id"),
    Index("ix_breaches_policy_at", "project_id", "policy", "at"),
    comment="Single answers that broke an invariant, once each however often they are delivered",
)

incidents = Table(
    "incidents",
    metadata,
    project(),
    Column("id", Text, primary_key=True),
    Column("key", Text, nullable=False),
    Column("state", Text, nullable=False),  # open, acknowledged, resolved
    Column("severity", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("run_id", Text),
    Column("opened_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("resolved_at", BigInteger),
    Column("generation", Integer, nullable=False),  # compare-and-set, and the order of what channels are told
    Column("drill", Boolean, nullable=False, server_default=false()),  # of something that was broken on purpose
    Column("open_key", Text, unique=True),  # project and key while not resolved, null after: one open incident per key
    Column("body", Text, nullable=False),  # JSON of respond.incident.Incident
    Column("part_of", Text),  # the incident that a person says it belongs to
    Column("tell_at", BigInteger),  # when there may be somebody to tell although nothing happens; null: never
    Index("ix_incidents_key", "project_id", "key"),
    Index("ix_incidents_opened", "project_id", "state", "opened_at"),
    Index("ix_incidents_run", "project_id", "run_id"),
    Index("ix_incidents_part", "project_id", "part_of"),
    Index("ix_incidents_tell", "project_id", "tell_at"),
)

timeline = Table(
    "timeline",
    metadata,
    project(),
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("incident_id", Text, ForeignKey("incidents.id"), nullable=False, index=True),
    Column("at", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("actor", Text, nullable=False),
)

silences = Table(
    "silences",
    metadata,
    project(),
    Column("id", Text, primary_key=True),
    Column("starts_at", BigInteger, nullable=False),
    Column("ends_at", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("body", Text, nullable=False),  # JSON of respond.silence.Silence
    Column("generation", Integer, nullable=False),  # compare-and-set
    Index("ix_silences_end", "project_id", "ends_at"),
    comment="What people asked not to be told of, by whom, why and until when",
)

actions = Table(
    "actions",
    metadata,
    project(),
    Column("id", Text, primary_key=True),
    Column("incident_id", Text, ForeignKey("incidents.id"), nullable=False, index=True),
    Column("run_id", Text, index=True),  # null: it is about no run
    Column("action", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("key", Text, nullable=False),  # what makes asking twice the same act
    Column("state", Text, nullable=False),  # intended, running, succeeded, failed, unknown
    Column("body", Text, nullable=False),  # JSON of respond.action.ActionRecord
    Column("by", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("finished_at", BigInteger),
    Column("undo_of", Text),
    Column("generation", Integer, nullable=False),  # compare-and-set: of two who execute it, one does
    UniqueConstraint("project_id", "key"),
    Index("ix_actions_state", "project_id", "state"),
)

outbox = Table(
    "outbox",
    metadata,
    project(),
    Column("id", Text, primary_key=True),  # the notice id, stable over attempts
    Column("incident_id", Text, ForeignKey("incidents.id"), nullable=False, index=True),
    Column("incident_generation", Integer, nullable=False),
    Column("channel", Text, nullable=False),
    Column("kind", Text, nullable=False),  # respond.notification.NoticeKind
    Column("body", Text, nullable=False),  # JSON of respond.notification.Notification
    Column("state", Text, nullable=False),  # queued, retrying, accepted, failed, superseded
    Column("created_at", BigInteger, nullable=False),
    Column("next_attempt_at", BigInteger),
    Column("claimed_until", BigInteger),  # a sender that dies leaves the row to others after this
    Column("attempts", Integer, nullable=False, default=0),
    Index("ix_outbox_due", "state", "next_attempt_at"),
)

deliveries = Table(
    "deliveries",
    metadata,
    project(),
    Column("outbox_id", Text, ForeignKey("outbox.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("outcome", Text, nullable=False),  # accepted, transient, permanent
    Column("status_code", Integer),
    Column("detail", Text, nullable=False),
    Column("duration_us", BigInteger, nullable=False),
    Column("receipt", Text),  # what the receiver calls the message it took
    UniqueConstraint("outbox_id", "number"),
    comment="Every attempt to tell somebody",
)

channel_proofs = Table(
    "channel_proofs",
    metadata,
    project(),
    Column("channel", Text, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("accepted_at", BigInteger),
    Column("accepted_kind", Text),  # of what the newest acceptance was
    Column("failed_at", BigInteger),  # the newest attempt that failed since it last accepted
    Column("failed_detail", Text),
    Column("refused", Boolean, nullable=False, server_default=false()),  # that one failed for good
    Column("tested_at", BigInteger),  # when it was last sent a canary
    UniqueConstraint("project_id", "channel"),
    comment="Whether channels can be reached, as last seen",
)

alert_marks = Table(
    "alert_marks",
    metadata,
    project(),
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("incident_id", Text, ForeignKey("incidents.id"), nullable=False, index=True),
    Column("mark", Text, nullable=False),  # acted_on, noise, duplicate, too_late
    Column("by", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("note", Text, nullable=False),
    Column("began_at", BigInteger),  # when it really broke, where the responder knows
    comment="What pages were worth to who got them; rows are only ever added, the newest of an incident counts",
)

trials = Table(
    "trials",
    metadata,
    project(),
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),  # backtest, calibration
    Column("policy", Text, nullable=False),
    Column("state", Text, nullable=False),  # waiting, running, done, failed
    Column("ordered_at", BigInteger, nullable=False),
    Column("claimed_until", BigInteger, nullable=False),  # who tries it says so again and again; 0: nobody does
    Column("generation", Integer, nullable=False),  # compare-and-set
    Column("body", Text, nullable=False),  # JSON of learn.trial.Trial
    Index("ix_trials_state", "project_id", "state", "ordered_at"),
    Index("ix_trials_policy", "project_id", "policy", "ordered_at"),
    comment="Policies tried on history, with what came out",
)
