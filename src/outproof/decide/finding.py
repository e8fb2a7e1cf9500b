"""A finding: one thing that is broken, or is no longer, with all that an incident needs to say about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from outproof.contract.evidence import Exemplar, Fact
from outproof.contract.severity import Severity
from outproof.core.ids import RunId
from outproof.core.time import Instant
from outproof.prove.stage_report import StageReport


class FindingKind(StrEnum):
    """What kind of break it is: of answers and their windows first, then of promises, of the monitor, of others."""

    INVARIANT = "invariant"
    THRESHOLD = "threshold"
    BURN_RATE = "burn_rate"
    DRIFT = "drift"
    ABSENCE = "absence"
    COVERAGE = "coverage"
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
    STALLED = "stalled"  # a component of the monitor gets nothing done
    BLIND = "blind"  # the monitor sees or judges too little
    DEAD_ROUTE = "dead_route"  # nobody can be told on a channel, or nobody knows
    EXTERNAL = "external"  # another monitor says so


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
    """One of several breaks that are one incident: its id among them, its time, which orders them, and its name.

    `makes_up`: when it holds, earlier ones are made up for, as a later run does for the runs before it. A segment of
    a policy, or a policy of a group, only speaks for itself; then its incident keeps its severity and labels here.
    `beyond` is how far beyond its limit it was, as a share of the limit: of many, the worst is shown.
    """

    id: str
    at: Instant
    name: str
    makes_up: bool = True
    severity: Severity | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    beyond: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What broke (`firing`), or that it is over (not `firing`). There is at most one open incident per `key`.

    `reason` is one sentence for the timeline. `occurrences` counts the single breaches seen so far; it only grows.
    `channels` are told instead of the usual route; None: the usual route.

    Where several breaks are one incident, `about` names the one that this finding is about: the run or the slot of a
    promise, the segment of a policy, the policy of a group. The incident lasts until none of them is broken. `drill`:
    broken on purpose.
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
    labels: Mapping[str, str] = field(default_factory=dict)
    """What its policy declares and the segment it is about; see `decide.labels` for all that it is known by."""
    partial: bool = False
    """Whether some of what was judged may not have arrived yet."""
