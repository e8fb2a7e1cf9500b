"""What a scenario says, line by line: declarations, what happens, and what must be so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Union

from outproof.contract.drill import Fault
from outproof.contract.run import Claim, Stage
from outproof.contract.severity import Severity
from outproof.core.time import Instant
from outproof.decide.finding import FindingKind
from outproof.decide.matcher import Matcher
from outproof.learn.drill import DrillState
from outproof.prove.outcome import Verdict
from outproof.respond.notification import NoticeKind
from outproof.respond.suppression import SuppressionKind

Value = str | int | float | bool
Values = Mapping[str, Value]


class Verb(StrEnum):
    """What a run says."""

    OPENS = "opens"
    PROVES = "proves"
    FAILS = "fails"
    NOTES = "notes"
    CLOSES = "closes"


class Standing(StrEnum):
    """How an incident stands: open until it is over; the others are open, and more than that."""

    OPEN = "open"
    RESOLVED = "resolved"
    ACKNOWLEDGED = "acknowledged"
    REOPENED = "reopened"
    FLAPPING = "flapping"
    HELD_BACK = "held_back"  # nobody is told now


class Act(StrEnum):
    """What a person does about an incident."""

    TAKES = "takes"
    CLOSES = "closes"


class Firing(StrEnum):
    FIRING = "firing"
    INACTIVE = "inactive"


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where something stands in its file; both count from 1."""

    line: int
    column: int


# --- declarations ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class InlinePromise:
    """A promise in one line: option names and their words, as written."""

    name: str
    options: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """A condition on the counts of runs by verdict that must hold, else its alert is firing."""

    name: str
    condition: str
    severity: Severity = Severity.CRITICAL


@dataclass(frozen=True, slots=True)
class Use:
    """A file or folder of declarations, as `outproof serve` reads them; relative to the scenario's own."""

    path: str


@dataclass(frozen=True, slots=True)
class Start:
    """The instant that the times of the scenario count from."""

    at: Instant


@dataclass(frozen=True, slots=True)
class ScheduledDrills:
    """Promises are drilled as their rules ask for. Without it, only the drills of the scenario are."""


Declaration = Union[InlinePromise, Limit, Use, Start, ScheduledDrills]  # noqa: UP007 - beside the other unions of this file

# --- what happens ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Says:
    """A job or a checker reports something about a run. `promise` None: the only one there is, or as said before."""

    run: str
    verb: Verb
    promise: str | None = None
    stages: tuple[Stage, ...] = ()
    independent: bool = False
    claim: Claim | None = None
    values: Values = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sees:
    """Our probe sees a stage of a run, or sees that it is not there."""

    run: str
    stage: Stage
    passed: bool


@dataclass(frozen=True, slots=True)
class Beats:
    """A heartbeat comes in."""

    promise: str


@dataclass(frozen=True, slots=True)
class Ages:
    """The newest output at the surface of a freshness promise is so old from now on, and grows older."""

    promise: str
    age_ms: int


@dataclass(frozen=True, slots=True)
class Receives:
    """A channel accepts notices, or refuses them, from now on."""

    channel: str
    accepts: bool


@dataclass(frozen=True, slots=True)
class Drills:
    """Somebody breaks a promise on purpose. `fault` None: as its rule says."""

    promise: str
    fault: Fault | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """A service gives one answer; its facts are those that an invariant may speak of."""

    service: str
    values: Values = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """What the windows of a service measure from now on, in the units of the policies' language."""

    service: str
    values: Values = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Silences:
    """Somebody silences what fulfils every matcher, for so long."""

    matchers: tuple[Matcher, ...]
    lasts_ms: int


@dataclass(frozen=True, slots=True)
class SilencesEnd:
    """Somebody ends every silence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Responds:
    """Somebody does something about the newest incident of a promise or a policy."""

    person: str
    act: Act
    subject: str


# --- what must be so ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class RunIs:
    run: str
    verdict: Verdict
    stage: Stage | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentIs:
    """The newest incident of a promise or a policy. `values` are its owner, runbook and first check, or evidence.

    `by`: what holds its notices back.
    """

    subject: str
    standing: Standing
    kind: FindingKind | None = None
    stage: Stage | None = None
    by: SuppressionKind | None = None
    values: Values = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NoIncident:
    """None is open. `subject` None: of any promise or policy."""

    subject: str | None = None


@dataclass(frozen=True, slots=True)
class IncidentCount:
    """So many there were by now, open or over."""

    count: int
    subject: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a channel has accepted by now. `kind` None: nothing at all."""

    channel: str
    kind: NoticeKind | None = None
    times: int = 1


@dataclass(frozen=True, slots=True)
class DrillIs:
    """How the newest drill of a promise stands."""

    promise: str
    state: DrillState


@dataclass(frozen=True, slots=True)
class AlertIs:
    """How the alert of a policy stands."""

    policy: str
    state: Firing


Event = Union[  # noqa: UP007 - as above
    Says, Sees, Beats, Ages, Receives, Drills, Answers, Measures, Silences, SilencesEnd, Responds
]
Expectation = Union[RunIs, IncidentIs, NoIncident, IncidentCount, Told, DrillIs, AlertIs]  # noqa: UP007 - as above


@dataclass(frozen=True, slots=True)
class Declared:
    what: Declaration
    place: Place = field(compare=False)


@dataclass(frozen=True, slots=True)
class Step:
    """Something at a time, in whole milliseconds since the start."""

    at_ms: int
    what: Event | Expectation
    place: Place = field(compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One story. Its declarations are those of the file's beginning and its own."""

    name: str
    declarations: tuple[Declared, ...] = ()
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioFile:
    """Everything in one file. `declarations` are shared by its scenarios, and stand in none of them again."""

    declarations: tuple[Declared, ...] = ()
    scenarios: tuple[Scenario, ...] = ()
