"""Where a limit should lie: what a measure was while nothing was broken in; limits with their false alarms out.

Only the first comparison of a condition is moved; a `recover` on the same measure keeps its distance as a share of the
limit. Each proposed limit is then tried on the history by the same code that judges live.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from outproof.contract.severity import Severity
from outproof.core.errors import Permanent
from outproof.core.time import Instant, duration_text, seconds_between
from outproof.decide.breach import measured_text
from outproof.decide.derived import derived
from outproof.decide.expression import And, Compare, Expression, Not, Op, Or, ValueType
from outproof.decide.policy import Policy, PolicyKind
from outproof.decide.question import Looks
from outproof.learn.backtest import Labelled, Labels, Prediction
from outproof.learn.rates import WEEK_S, Rate
from outproof.measure.percentiles import rank

FALSE_ALARMS_PER_WEEK = {Severity.CRITICAL: 0.25, Severity.WARNING: 1.0, Severity.INFO: 5.0}
"""What is proposed keeps to this: somebody is woken for nothing once a month at most; a warning may be wrong once a
week, and what is looked through weekly once a working day."""

HISTORY_S_MIN = 86_400.0
HISTORY_S_MAX = 28 * 86_400.0
"""A limit is proposed only from so much history that one allowed false alarm fits in: a day of it at least, and four
weeks are enough."""
LOOKS_MIN = 1_000
"""And from so many looks at ordinary data: fewer do not show what is rare."""

VALUES_MAX = 200_000
"""Values a baseline is made of; of more, every second, third … is taken."""

_SHARES = (0.5, 0.9, 0.95, 0.99, 0.999, 1.0)
_BEYOND = (1.1, 1.25, 1.5, 2.0, 3.0)
"""Beyond the worst that was seen there is room that no history fills: limits there are tried too."""
_DIGITS = 2
_SAME = 1e-9  # 0.29 / 0.01 is a little less than 29
_RISES = frozenset({Op.GT, Op.GE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """What the measure was at looks while nothing was known to be broken, from ordinary to extreme.

    `shares` are nearest-rank percentiles, in the direction of the limit: 0.99 is beyond 99 % of what was seen. `texts`
    are their values with units.
    """

    looks: int
    without_data: int
    during_breaks: int
    shares: tuple[tuple[float, float], ...]
    texts: tuple[str, ...] = ()

    @property
    def ordinary(self) -> int:
        """Looks at enough data while nothing was known to be broken."""
        return self.looks - self.without_data - self.during_breaks


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """One limit and what it would have done. `text` is the comparison as it is written in a file."""

    text: str
    value: float
    is_current: bool
    alarms: Rate
    false_alarms: Rate
    caught: int
    missed: int | None
    median_detect_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """Limits from the most sensitive to the least. `proposed` None: none of them keeps to the false alarms allowed, or
    there is too little history to say so; then `lacking` says what is missing.

    A false alarm is a page while nothing is known to be broken: where little is labelled, some of them may be true.
    """

    start: Instant
    end: Instant
    compare: str
    allowed_per_week: float
    baseline: Baseline
    limits: tuple[Limit, ...]
    proposed: str | None
    lacking: str | None = None
    remarks: tuple[str, ...]


class Ordinary:
    """Collects what the first comparison of a policy was about, look by look, while nothing was broken."""

    def __init__(self, policy: Policy, labels: Labels) -> None:
        """
        Raises:
            Permanent: it has no limit that can be moved.
        """
        self._policy = policy
        self._first = movable(policy)
        self._broken = labels.broken
        self._values: list[float] = []
        self._every = 1
        self._seen = self._looks = self._without_data = self._during_breaks = 0

    def step(self, looks: Looks, at: Instant) -> None:
        """One look further."""
        self._looks += 1
        if _is_during(self._broken, at):
            self._during_breaks += 1
            return
        values = [
            float(value)
            for seen in derived(self._policy, looks).values()
            if (seen.measured.get(self._policy.denominator) or 0) >= (self._policy.min_answers or 1)
            and (value := seen.measured.get(self._first.name)) is not None
        ]
        self._without_data += not values
        for value in values:
            self._seen += 1
            if self._seen % self._every == 0:
                self._values.append(value)
        if len(self._values) > VALUES_MAX:
            self._values = self._values[1::2]
            self._every *= 2

    @property
    def baseline(self) -> Baseline:
        ordered = sorted(self._values, reverse=self._first.op not in _RISES)
        shares = tuple((share, ordered[rank(share, len(ordered)) - 1]) for share in _SHARES) if ordered else ()
        return Baseline(
            looks=self._looks,
            without_data=self._without_data,
            during_breaks=self._during_breaks,
            shares=shares,
            texts=tuple(measured_text(value, self._first.type) for _, value in shares),
        )


def movable(policy: Policy) -> Compare:
    """The comparison whose limit is calibrated.

    Raises:
        Permanent: there is none.
    """
    first = policy.first
    if policy.kind is PolicyKind.INVARIANT:
        raise Permanent(f"policy {policy.name} is an invariant: it allows nothing, so there is no limit to calibrate")
    if first.op in (Op.EQ, Op.NE) or isinstance(first.limit, bool | str):
        raise Permanent(f"expected a condition that begins with a limit, such as ttft_p95 > 500ms, got {first}")
    return first


def candidates(policy: Policy, baseline: Baseline) -> list[float]:
    """Limits to try, from the most sensitive to the least: at the shares of the baseline, beyond the worst that was
    seen, and the one in force."""
    first = movable(policy)
    rises = first.op in _RISES
    found = {float(first.limit)}
    if baseline.shares:
        worst = baseline.shares[-1][1]
        beyond = [worst * factor if rises else worst / factor for factor in _BEYOND]
        found.update(_round(value, first, up=rises) for _, value in baseline.shares)
        found.update(_round(value, first, up=rises) for value in beyond)
    top = 1.0 if first.type is ValueType.RATIO else math.inf
    return sorted((value for value in found if 0 <= value <= top), reverse=not rises)


def with_limit(policy: Policy, value: float) -> Policy:
    """The policy with another limit in its first comparison; its `recover` moves along."""
    first = movable(policy)
    limit = _typed(value, first)
    recover = policy.recover
    if isinstance(recover, Compare) and recover.name == first.name and first.limit:
        ratio = float(recover.limit) / float(first.limit)
        recover = replace(recover, limit=_typed(value * ratio, first))
    return replace(policy, condition=_moved(policy.condition, first, limit), recover=recover)


def limit(policy: Policy, predicted: Prediction, *, is_current: bool) -> Limit:
    """What a limit did, by the pages it brought."""
    return Limit(
        text=str(policy.first),
        value=float(policy.first.limit),
        is_current=is_current,
        alarms=predicted.rate,
        false_alarms=predicted.unexplained,
        caught=predicted.caught,
        missed=predicted.missed,
        median_detect_s=predicted.median_detect_s,
    )


def proposed(limits: Sequence[Limit], allowed_per_week: float) -> str | None:
    """The most sensitive limit that keeps to the false alarms allowed; None: none does."""
    return next((each.text for each in limits if each.false_alarms.per_week <= allowed_per_week), None)


def lacking(baseline: Baseline, allowed_per_week: float, start: Instant, end: Instant) -> str | None:
    """What a history lacks for a limit to be proposed from it; None: it is enough.

    None in eight minutes is not none in a week: no limit is held against what so little cannot show.
    """
    fits_one_s = WEEK_S / allowed_per_week if allowed_per_week else HISTORY_S_MAX
    needed_s = min(max(fits_one_s, HISTORY_S_MIN), HISTORY_S_MAX)
    has_s = seconds_between(start, end)
    if has_s < needed_s:
        return (
            f"with {allowed_per_week:g} a week allowed, false alarms are estimated from at least "
            f"{duration_text(needed_s)} of history, and there are {duration_text(has_s)}"
        )
    if baseline.ordinary < LOOKS_MIN:
        return (
            f"a limit is estimated from at least {LOOKS_MIN:,} looks at enough data while nothing was broken, and "
            f"there are {baseline.ordinary:,} of {baseline.looks:,}"
        )
    return None


def _is_during(broken: Iterable[Labelled], at: Instant) -> bool:
    return any(each.start <= at < each.end for each in broken)


def _round(value: float, first: Compare, *, up: bool) -> float:
    """The value with two digits, on the side of the limit that alarms less."""
    if not value:
        return 0.0
    step = 10.0 ** (math.floor(math.log10(abs(value))) - _DIGITS + 1)
    if first.type in (ValueType.NUMBER, ValueType.MONEY):
        step = max(1.0, step)
    steps = value / step
    whole = math.ceil(steps - _SAME) if up else math.floor(steps + _SAME)
    return float(f"{whole * step:.{_DIGITS + 1}g}")


def _typed(value: float, first: Compare) -> int | float:
    """The limit as the language has it: counts and money are whole."""
    return round(value) if first.type in (ValueType.NUMBER, ValueType.MONEY) and value == round(value) else value


def _moved(expression: Expression, first: Compare, limit: int | float) -> Expression:
    """The condition with another limit in its first comparison."""
    match expression:
        case Compare():
            return replace(first, limit=limit)
        case Not(inner):
            return Not(_moved(inner, first, limit))
        case And(left, right):
            return And(_moved(left, first, limit), right)
        case Or(left, right):
            return Or(_moved(left, first, limit), right)
