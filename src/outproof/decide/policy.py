"""A policy: a limit on answers, windows or runs, how severe a breach is, whose it is and what to look at first."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from decimal import Decimal
from enum import StrEnum

from outproof.contract.severity import Severity
from outproof.core.ids import digest_id
from outproof.core.time import duration_written
from outproof.decide.expression import Compare, Expression, comparisons
from outproof.decide.finding import Subject, SubjectType
from outproof.decide.names import CALL_MEASURES, compared, lower, measure_of
from outproof.decide.question import Ask, Scope
from outproof.measure.dimension import Dimension
from outproof.measure.measured import observations

WINDOW_S = 900.0
"""What the counts of an invariant's headline span, where the policy doesn't say: a quarter of an hour."""

BASELINE_AGO_S = 7 * 86_400.0
"""What a drift is measured against where the policy doesn't say: the same window a week ago, the same weekday."""


class PolicyKind(StrEnum):
    """What a policy is a limit on; the key it is written with says which."""

    INVARIANT = "invariant"  # what must hold for each single answer
    THRESHOLD = "threshold"  # what must not be true of a window
    BURN_RATE = "burn_rate"  # how fast an error budget may be spent, over several windows
    DRIFT = "drift"  # how far a window may be from its baseline
    ABSENCE = "absence"  # how little may come
    COVERAGE = "coverage"  # how many answers must say what they are judged by
    PROMISE = "promise"  # what must not be true of the runs of a promise


class NoData(StrEnum):
    """What a window without data means. Never that all is well, unless the policy says `ok` itself."""

    INCIDENT = "incident"  # a full window without data is an incident of its own
    KEEP = "keep"  # the alert stays as it is
    OK = "ok"  # a firing alert is over after a full window without data


class ExemplarOrder(StrEnum):
    OLDEST = "oldest"  # what broke first; it stays the same while more breaks
    NEWEST = "newest"


@dataclass(frozen=True, slots=True)
class ExemplarRule:
    """Which answers show the breach. `where` None: those that break the invariant, any for a window."""

    where: Expression | None = None
    order: ExemplarOrder = ExemplarOrder.OLDEST
    limit: int = 3


@dataclass(frozen=True, slots=True)
class BurnWindow:
    """Beyond `burn` times the speed at which the budget would just last, over a long window and still over a short."""

    long_s: float
    short_s: float
    burn: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BurnRate:
    """How fast an error budget is spent: `of` is a share of bad, `objective_ratio` the share that must be good.

    `of` may be `lower_95(…)` of a share: then the long window must be beyond the limit even at the lower end of its
    interval. The short window only says whether it still goes on, and is always taken plainly.
    """

    of: str
    objective_ratio: float
    windows: tuple[BurnWindow, ...]

    @property
    def budget_ratio(self) -> float:
        """The share that may be bad: 0.001 for an objective of 99.9 %, to the last bit."""
        return float(1 - Decimal(repr(self.objective_ratio)))

    def names(self, window: BurnWindow) -> tuple[str, str]:
        """How conditions call the burn rate of the long window and that of the short, e.g. `burn_rate(1h)`."""
        long, short = (f"burn_rate({duration_written(span_s)})" for span_s in (window.long_s, window.short_s))
        return (long if self.of == measure_of(self.of) else lower(long)), short


@dataclass(frozen=True, slots=True)
class Baseline:
    """What a window is compared with: one of `span_s` that ended `ago_s` before it does."""

    ago_s: float
    span_s: float


@dataclass(frozen=True, slots=True)
class NOfM:
    """A breach is `n` of the last `m` windows, which follow each other without overlap: noise rarely repeats itself."""

    n: int
    m: int

    def __str__(self) -> str:
        return f"{self.n} of {self.m}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A limit, as it was declared. What is None was not declared; `decide.lint` says what may not be missing.

    An invariant's `condition` must hold for every answer; any other's `condition` is the breach itself, over the names
    that `decide.derived` gives a value: for a burn rate `burn_rate(1h)`, for a drift `rise(…)` and `fall(…)`, for
    coverage `coverage(…)`, for a promise the shares of its runs. `recover` is what must hold of the window before a
    firing alert is over; None: that the breach is gone. `by` cuts the window into segments, each with an alert of its
    own; `fdr_ratio` is the share of breaching segments that may be false.
    """

    name: str
    kind: PolicyKind
    severity: Severity
    condition: Expression
    owner: str | None = None
    over: Scope = ()
    by: Dimension | None = None
    fdr_ratio: float | None = None
    window_s: float | None = None
    for_s: float = 0.0
    n_of_m: NOfM | None = None
    min_answers: int | None = None
    recover: Expression | None = None
    no_data: NoData | None = None
    burn: BurnRate | None = None
    baseline: Baseline | None = None
    promise: str | None = None
    exemplars: ExemplarRule = ExemplarRule()
    first_check: str | None = None
    runbook: str | None = None
    channels: tuple[str, ...] | None = None
    labels: tuple[tuple[str, str], ...] = ()
    group: str | None = None
    summary: str | None = None
    asks: tuple[Ask, ...] = field(init=False, repr=False, compare=False)
    """The windows it looks at, the one that its incident shows first."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "asks", _asks(self))

    @property
    def service(self) -> str | None:
        """The service it is about. None: all of them."""
        return dict(self.over).get(Dimension.SERVICE)

    @property
    def span_s(self) -> float:
        """The length of the window that its incident shows: of a burn rate, the longest."""
        if self.burn is not None:
            return max(window.long_s for window in self.burn.windows)
        return WINDOW_S if self.window_s is None else self.window_s

    @property
    def silent_after_s(self) -> float:
        """How long nothing must come before that is no data: of a burn rate, its shortest long window."""
        return self.span_s if self.burn is None else min(window.long_s for window in self.burn.windows)

    @property
    def key(self) -> str:
        """What its alert is known by, and its incident if it is in no group."""
        return f"policy:{self.name}"

    def alert_key(self, segment: str | None) -> str:
        """What the alert of a segment is known by. None: what does not say, or all if the policy is not cut."""
        if self.by is None:
            return self.key
        return f"{self.key}|{self.by}" if segment is None else f"{self.key}|{self.by}={segment}"

    @property
    def incident_key(self) -> str:
        """What its incident is known by: policies of one group about one subject are one incident."""
        return self.key if self.group is None else f"group:{self.group}:{self.subject.name}"

    @property
    def subject(self) -> Subject:
        """What it is about."""
        if self.promise is not None:
            return Subject(SubjectType.PROMISE, self.promise)
        return Subject(SubjectType.SERVICE, self.service or "all services")

    @property
    def title(self) -> str:
        """The sentence that on-call reads first."""
        if self.summary:
            return self.summary
        verb = "does not hold" if self.kind is PolicyKind.INVARIANT else "is reached"
        return f"{self.name}: {self.condition} {verb}"

    @property
    def first(self) -> Compare:
        """The comparison its headline shows: the first one written."""
        return next(comparisons(self.condition))

    @property
    def denominator(self) -> str:
        """The measure that counts what it is judged on: answers, those with a decision, calls of a model, or runs."""
        names = {measure_of(compare.name) for compare in comparisons(self.condition)}
        if self.promise is not None:
            return "runs"
        if self.kind is PolicyKind.INVARIANT:
            return "decided" if "unsafe_claim_served" in names else "answers"
        if self.burn is not None:
            names = {measure_of(self.burn.of)}
        return "calls" if names <= CALL_MEASURES else "answers"

    @property
    def version(self) -> str:
        """A digest of what it says: two policies that differ have two versions, also with an Outproof to come."""
        said = [(each.name, getattr(self, each.name)) for each in fields(self) if each.init]
        defaults = {each.name: each.default for each in fields(self)}
        return digest_id("pol", repr([(name, value) for name, value in said if value != defaults[name]]))


def _asks(policy: Policy) -> tuple[Ask, ...]:
    def ask(span_s: float, measures: frozenset[str], back_s: float = 0.0) -> Ask:
        return Ask(where=policy.over, by=policy.by, span_s=span_s, back_s=back_s, measures=measures)

    span_s = policy.span_s
    counts = frozenset({"answers", policy.denominator})
    spoken = counts | {name for name in _names(policy) if policy.kind is not PolicyKind.INVARIANT}
    if policy.fdr_ratio is not None:
        rates = {measure_of(name) for name in _names(policy)}
        spoken |= rates | {observations(rate) for rate in rates}  # what is tested, also where an end of it is limited
    match policy:
        case Policy(promise=str(promise)):
            return (Ask(promise=promise, span_s=span_s, measures=spoken - {"answers"}),)
        case Policy(burn=BurnRate(of=of, windows=windows)):
            spans = {length for window in windows for length in (window.long_s, window.short_s)}
            wanted = counts | {of, measure_of(of)}
            return tuple(ask(length, wanted) for length in sorted(spans, reverse=True))
        case Policy(n_of_m=NOfM(m=m)):
            return tuple(ask(span_s, spoken, number * span_s) for number in range(m))
        case Policy(baseline=Baseline(ago_s, baseline_s)):
            wanted = counts.union(*map(compared, spoken))
            return ask(span_s, wanted), ask(baseline_s, wanted, ago_s)
    return (ask(span_s, spoken),)


def _names(policy: Policy) -> set[str]:
    """All that its conditions on windows speak of."""
    conditions = (policy.condition,) if policy.recover is None else (policy.condition, policy.recover)
    return {compare.name for condition in conditions for compare in comparisons(condition)}
