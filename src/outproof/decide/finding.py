"""A finding: one thing that is broken, or is no longer, with all that an incident needs to say about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from outproof.contract.evidence import Exemplar, Fact
from outproof.contract.severity import Severity
from outproof.core.ids import RunId
from outproof.core.time import Instant
from outproof.prove.stage_report import StageReport


class FindingKind(StrEnum):
    """What kind of break it is. The first three are of answers, the rest of promises and of the monitor itself."""

    INVARIANT = "invariant"
    THRESHOLD = "threshold"
    TOOL_LOOP = "tool_loop"
    NEVER_STARTED = "never_started"
    LATE = "late"
    STUCK = "stuck"
    SLOW = "slow"
    FAILED = "failed"
    BROKEN = "broken"
    UNVERIFIED = "unverified"
    CONSERVATION = "conservation"
    STALE = "stale"
    DRILL_OVERDUE = "drill_overdue"
    MONITOR_DOWN = "monitor_down"
    CLOCK_SUSPECT = "clock_suspect"


class SubjectType(StrEnum):
    SERVICE = "service"
    PROMISE = "promise"
    MONITOR = "monitor"


@dataclass(frozen=True, slots=True)
class Subject:
    """What the finding is about."""

    type: SubjectType
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The measure that broke its limit. `value` None means it could not be read when the finding was made."""

    name: str
    text: str
    value: float | None
    limit: float | None
    numerator: int | None = None
    denominator: int | None = None
    window_start: Instant | None = None
    window_end: Instant | None = None


@dataclass(frozen=True, slots=True)
class About:
    """One of several breaks of a promise: its id among them, its time, which orders them, and its name for people."""

    id: str
    at: Instant
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What broke (`firing`), or that it is over (not `firing`). There is at most one open incident per `key`.

    `reason` is one sentence for the timeline. `occurrences` counts the single breaches seen so far; it only grows.
    `channels` are told instead of the usual route; None: the usual route.

    Where the breaks of one promise are one incident, `about` names the run or the slot that this finding is about: the
    incident lasts until none of them is broken, and a later one that holds makes up for earlier ones. `drill`: broken
    on purpose.
    """

    key: str
    kind: FindingKind
    firing: bool
    severity: Severity
    title: str
    reason: str
    subject: Subject
    owner: str
    occurrences: int = 1
    headline: str | None = None
    policy: str | None = None
    policy_version: str | None = None
    promise: str | None = None
    run_id: RunId | None = None
    first_check: str | None = None
    runbook: str | None = None
    channels: tuple[str, ...] | None = None
    evidence: tuple[Fact, ...] = ()
    measure: Reading | None = None
    exemplars: tuple[Exemplar, ...] = ()
    stages: tuple[StageReport, ...] = ()
    about: About | None = None
    drill: bool = False
