"""What is declared, who did what, what arrived, and who may ask."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, Table, Text, UniqueConstraint

from outproof.store.state.tables.schema import metadata, project

declared = Table(
    "declared",
    metadata,
    project(),
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
    project(),
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("version", Text),  # null: taken out of the files
    Column("at", BigInteger, nullable=False),
    Index("ix_applied_name", "project_id", "kind", "name"),
    comment="When each version of what the files declare came into force, and when it went",
)

audit = Table(
    "audit",
    metadata,
    project(),
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("at", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("verb", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("detail", Text, nullable=False),
    comment="Who did what; rows are only ever added",
)

progress = Table(
    "progress",
    metadata,
    Column("component", Text, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("position", BigInteger, nullable=False),  # journal position of a consumer; 0 where there is none
    comment="What each loop has done, and when it last did anything",
)

components = Table(
    "components",
    metadata,
    project(),
    Column("server", Text, nullable=False),
    Column("component", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("seen_at", BigInteger, nullable=False),  # when its server last wrote
    Column("quiet_ms_max", BigInteger, nullable=False),
    Column("failure", Text),
    UniqueConstraint("project_id", "server", "component"),
    comment="How far the parts of each server that shares this state have come",
)

senders = Table(
    "senders",
    metadata,
    project(),
    Column("sender", Text, nullable=False),  # made by the process itself
    Column("service", Text, nullable=False),
    Column("number", BigInteger, nullable=False),  # of the statement; only a higher one takes its place
    Column("first_at", BigInteger, nullable=False),
    Column("told_at", BigInteger, nullable=False),
    Column("skew_ms", BigInteger),
    Column("ended", Boolean, nullable=False),
    Column("body", Text, nullable=False),  # JSON of contract.statement.Statement
    UniqueConstraint("project_id", "sender"),
    Index("ix_senders_told_at", "project_id", "told_at"),
    comment="What each process that sends to us says it emitted, gave up and still holds",
)

accounts = Table(
    "accounts",
    metadata,
    project(),
    Column("sender", Text, nullable=False),
    Column("lane", Text, nullable=False),
    Column("outcome", Text, nullable=False),  # stored, duplicate, rejected
    Column("count", BigInteger, nullable=False),
    UniqueConstraint("project_id", "sender", "lane", "outcome"),
    comment="What we counted of each sender, to be held against what it says",
)

ledger = Table(
    "ledger",
    metadata,
    project(),
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
    project(),
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
    project(),
    Column("digest", Text, primary_key=True),  # SHA-256 of the key: 256 random bits need no slow hash
    Column("name", Text, nullable=False),
    Column("scope", Text, nullable=False),  # ingest, admin
    Column("created_at", BigInteger, nullable=False),
    Column("revoked", Boolean, nullable=False, default=False),
)

restatements = Table(
    "restatements",
    metadata,
    project(),
    Column("id", Text, primary_key=True),
    Column("starts_at", BigInteger, nullable=False),
    Column("ends_at", BigInteger, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("body", Text, nullable=False),  # JSON of both figures; never changed
    Index("ix_restatements_time", "project_id", "made_at"),
    comment="Costs that were computed again under another card, with both figures",
)
