"""The tables of the state store. Instants are whole nanoseconds UTC; JSON columns hold our own dataclasses."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    false,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _project() -> Column[str]:
    return Column("project_id", Text, nullable=False)


declared = Table(
    "declared",
    metadata,
    _project(),
    Column("kind", Text, nullable=False),  # promise, policy, channel, routes, rate_card
    Column("name", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("body", Text, nullable=False),  # JSON of what was written, without secrets
    Column("applied_at", BigInteger, nullable=False),
    UniqueConstraint("project_id", "kind", "name", "version"),
    comment="Every version of what the files declared that was ever applied",
)

applied = Table(
    "applied",
    metadata,
    _project(),
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("version", Text),  # null: taken out of the files
    Column("at", BigInteger, nullable=False),
    Index("ix_applied_name", "project_id", "kind", "name"),
    comment="When each version of what the files declare came into force, and when it went",
)

signals = Table(
    "signals",
    metadata,
    Column("project_id", Text, primary_key=True),
    Column("id", Text, primary_key=True),  # made by the client: a retry is a duplicate
    Column("run_id", Text, nullable=False, index=True),
    Column("kind", Text, nullable=False),
    Column("digest", Text, nullable=False),  # of the body: same id with another digest is a conflict
    Column("body", Text, nullable=False),  # JSON of contract.run.Signal
    Column("received_at", BigInteger, nullable=False),
)

runs = Table(
    "runs",
    metadata,
    _project(),
    Column("id", Text, primary_key=True),
    Column("promise", Text, nullable=False),
    Column("external_id", Text, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("first_stage", Text),
    Column("reason", Text, nullable=False),
    Column("opened_at", BigInteger),
    Column("closed_at", BigInteger),
    Column("due_at", BigInteger),
    Column("settle_at", BigInteger),  # when time alone may change the verdict; null: never
    Column("probe_at", BigInteger),  # when the next probe of it is due; null: none
    Column("probe_tries", Integer, nullable=False, default=0),
    Column("first_signal_at", BigInteger, nullable=False),
    Column("cause", Text),  # why the verdict is bad, from a closed set; null where it is not
    Column("slot_at", BigInteger),  # the instant of its schedule that it is the run of; null: none
    Column("drill", Text),  # JSON of contract.drill.Drilled: broken on purpose; null: a real run
    Column("generation", Integer, nullable=False),  # compare-and-set
    Index("ix_runs_first", "project_id", "first_signal_at"),
    Index("ix_runs_promise_first", "project_id", "promise", "first_signal_at"),
    Index("ix_runs_promise_verdict", "project_id", "promise", "verdict", "first_signal_at"),
    Index("ix_runs_settle", "project_id", "settle_at"),
    Index("ix_runs_probe", "project_id", "probe_at"),
)

verdicts = Table(
    "verdicts",
    metadata,
    _project(),
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("run_id", Text, ForeignKey("runs.id"), nullable=False, index=True),
    Column("at", BigInteger, nullable=False),
    Column("old", Text),
    Column("new", Text, nullable=False),
    Column("reason", Text, nullable=False),
    comment="Each change of a run's verdict; nothing is overwritten",
)

slots = Table(
    "slots",
    metadata,
    Column("project_id", Text, primary_key=True),
    Column("promise", Text, primary_key=True),
    Column("at", BigInteger, primary_key=True),
    Column("start_by", BigInteger, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("state", Text, nullable=False),  # expected, started, kept, missed, paused
    Column("run_id", Text),  # the newest run of it
    Column("settle_at", BigInteger),  # when time alone may change the state; null: never
    Column("drill", Text),  # as in runs
    Column("generation", Integer, nullable=False),  # compare-and-set
    Index("ix_slots_settle", "project_id", "settle_at"),
    comment="Each run that a schedule expects, there before anything arrives: what never starts is missed here",
)

pulses = Table(
    "pulses",
    metadata,
    Column("project_id", Text, primary_key=True),
    Column("promise", Text, primary_key=True),
    Column("since", BigInteger, nullable=False),  # when we began to listen
    Column("state", Text, nullable=False),  # waiting, fresh, stale, paused
    Column("newest_at", BigInteger),  # the last sign of life, or the age of the surface's newest output; null: none yet
    Column("stale_at", BigInteger),  # when it is stale unless something newer is seen; null: it is stale, or paused
    Column("look_at", BigInteger),  # when our probe looks next; null: a heartbeat, which comes by itself
    Column("looks", Integer, nullable=False),  # looks in a row that could not see
    Column("detail", Text),  # what the last look saw
    Column("generation", Integer, nullable=False),  # compare-and-set
    Index("ix_pulses_stale", "project_id", "stale_at"),
    Index("ix_pulses_look", "project_id", "look_at"),
    comment="Promises without runs: heartbeats, and surfaces that must stay fresh",
)

items = Table(
    "items",
    metadata,
    Column("project_id", Text, primary_key=True),
    Column("run_id", Text, primary_key=True),
    Column("item_id", Text, primary_key=True),
    Column("passed", Integer, nullable=False),  # a bit for each stage that a proof says it passed
    Column("failed", Integer, nullable=False),  # a bit for each stage that a proof says it failed
    Column("fate", Integer, nullable=False),  # what kept it from its reader, the graver the higher; 0: nothing
    Column("at", BigInteger, nullable=False),
    comment="Single items of runs, so that a retry covers only what is missing",
)

downtimes = Table(
    "downtimes",
    metadata,
    Column("project_id", Text, primary_key=True),
    Column("start", BigInteger, primary_key=True),
    Column("end", BigInteger, nullable=False),
    Column("rearm_at", BigInteger, nullable=False),  # deadlines inside are judged then
    comment="When this server could not see",
)

actions = Table(
    "actions",
    metadata,
    _project(),
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

audit = Table(
    "audit",
    metadata,
    _project(),
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("at", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("verb", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("detail", Text, nullable=False),
    comment="Who did what; rows are only ever added",
)

drills = Table(
    "drills",
    metadata,
    _project(),
    Column("id", Text, primary_key=True),
    Column("promise", Text, nullable=False),
    Column("fault", Text, nullable=False),
    Column("state", Text, nullable=False),  # running, passed, failed
    Column("by", Text, nullable=False),
    Column("started_at", BigInteger, nullable=False),
    Column("finished_at", BigInteger),
    Column("run_id", Text),
    Column("incident_id", Text),
    Column("body", Text, nullable=False),  # JSON: the steps taken and the checks made
    Column("generation", Integer, nullable=False),  # compare-and-set
    Index("ix_drills_promise", "project_id", "promise", "started_at"),
    Index("ix_drills_state", "project_id", "state", "promise", "finished_at"),
)

alerts = Table(
    "alerts",
    metadata,
    _project(),
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
    _project(),
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
    _project(),
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
    Index("ix_incidents_key", "project_id", "key"),
    Index("ix_incidents_opened", "project_id", "state", "opened_at"),
    Index("ix_incidents_run", "project_id", "run_id"),
)

timeline = Table(
    "timeline",
    metadata,
    _project(),
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("incident_id", Text, ForeignKey("incidents.id"), nullable=False, index=True),
    Column("at", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("actor", Text, nullable=False),
)

outbox = Table(
    "outbox",
    metadata,
    _project(),
    Column("id", Text, primary_key=True),  # the notice id, stable over attempts
    Column("incident_id", Text, ForeignKey("incidents.id"), nullable=False, index=True),
    Column("incident_generation", Integer, nullable=False),
    Column("channel", Text, nullable=False),
    Column("kind", Text, nullable=False),  # opened, updated, resolved
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
    _project(),
    Column("outbox_id", Text, ForeignKey("outbox.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("outcome", Text, nullable=False),  # accepted, transient, permanent
    Column("status_code", Integer),
    Column("detail", Text, nullable=False),
    Column("duration_us", BigInteger, nullable=False),
    UniqueConstraint("outbox_id", "number"),
    comment="Every attempt to tell somebody",
)

progress = Table(
    "progress",
    metadata,
    Column("component", Text, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("position", BigInteger, nullable=False),  # journal position of a consumer; 0 where there is none
    comment="What each loop has done, and when it last did anything",
)

ledger = Table(
    "ledger",
    metadata,
    _project(),
    Column("signal", Text, nullable=False),  # traces, runs, feedback, …
    Column("outcome", Text, nullable=False),  # stored, duplicate, rejected, quarantined, dropped
    Column("reason", Text, nullable=False),  # empty where the outcome says it all
    Column("count", BigInteger, nullable=False),
    UniqueConstraint("project_id", "signal", "outcome", "reason"),
    comment="Nothing vanishes: emitted = stored + duplicate + rejected + dropped",
)

feedback = Table(
    "feedback",
    metadata,
    _project(),
    Column("id", Text, nullable=False),  # made by the client
    Column("answer_id", Text, nullable=False, index=True),  # trace:span
    Column("at", BigInteger, nullable=False),
    Column("thumbs", Text),
    Column("escalated", Boolean),
    Column("comment", Text),  # scrubbed
    UniqueConstraint("project_id", "id"),
)

keys = Table(
    "keys",
    metadata,
    _project(),
    Column("digest", Text, primary_key=True),  # SHA-256 of the key: 256 random bits need no slow hash
    Column("name", Text, nullable=False),
    Column("scope", Text, nullable=False),  # ingest, admin
    Column("created_at", BigInteger, nullable=False),
    Column("revoked", Boolean, nullable=False, default=False),
)

restatements = Table(
    "restatements",
    metadata,
    _project(),
    Column("id", Text, primary_key=True),
    Column("starts_at", BigInteger, nullable=False),
    Column("ends_at", BigInteger, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("body", Text, nullable=False),  # JSON of both figures; never changed
    Index("ix_restatements_time", "project_id", "made_at"),
    comment="Costs that were computed again under another card, with both figures",
)
