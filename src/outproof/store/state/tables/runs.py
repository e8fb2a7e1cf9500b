"""Runs, and what is expected of promises: signals, verdicts, slots, pulses, items and drills."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, Table, Text

from outproof.store.state.tables.schema import metadata, project

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
    project(),
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
    project(),
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

drills = Table(
    "drills",
    metadata,
    project(),
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
