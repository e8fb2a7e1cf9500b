"""One entry of the audit log: who did what to what, and when."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from outproof.core.time import Instant

ACTOR_CHARS_MAX = 100
DETAIL_CHARS_MAX = 2_000


class Verb(StrEnum):
    """What is audited."""

    ACTION_ASKED = "action asked"
    ACTION_ENDED = "action ended"
    ACTION_REFUSED = "action refused"
    INCIDENT_ACKNOWLEDGED = "incident acknowledged"
    INCIDENT_CLOSED = "incident closed"
    INCIDENT_ASSIGNED = "incident assigned"
    INCIDENT_MERGED = "incident merged"
    INCIDENT_SPLIT = "incident split"
    SILENCE_MADE = "silence made"
    SILENCE_ENDED = "silence ended"
    SILENCE_EXTENDED = "silence extended"
    PACKET_EXPORTED = "packet exported"
    PROMISE_APPLIED = "promise applied"
    PROMISE_REMOVED = "promise removed"
    POLICY_APPLIED = "policy applied"
    POLICY_REMOVED = "policy removed"
    SAFE_EVIDENCE_DECLARED = "safe evidence declared"
    DRILL_STARTED = "drill started"
    COST_RESTATED = "cost restated"
    PAGE_MARKED = "page marked"
    TRIAL_ORDERED = "trial ordered"
    RAW_GRANTED = "raw access granted"
    RAW_WRITTEN = "raw contents written"
    RAW_LOST = "raw contents not kept"
    RAW_READ = "raw contents read"
    RAW_REFUSED = "raw access refused"
    RAW_REVOKED = "raw access revoked"
    RAW_ERASED = "raw contents erased"


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Who did what. `subject` is the id of what it was done to; `detail` is safe text, empty where there is none."""

    at: Instant
    actor: str
    verb: Verb
    subject: str
    detail: str = ""
