"""A policy as it is written in a file, field by field: what was written in; the `Policy`, or all that is wrong, out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from outproof.contract.severity import Severity
from outproof.core.errors import Mistake, Mistakes
from outproof.decide.expression import And, Compare, Expression, Names, Op, Or, ValueType, negated, renamed
from outproof.decide.lint import is_tested, lint
from outproof.decide.names import ANSWER_FACTS, COUNTS, COVERAGE, DRIFTS, MEASURES, RUN_MEASURES, covered
from outproof.decide.parser import ExpressionError, parse
from outproof.decide.policy import (
    BASELINE_AGO_S,
    WINDOW_S,
    Baseline,
    BurnRate,
    BurnWindow,
    ExemplarOrder,
    ExemplarRule,
    NoData,
    NOfM,
    Policy,
    PolicyKind,
)
from outproof.measure.dimension import Dimension

FDR_RATIO = 0.05
"""The share of breaching segments that may be false, where a policy with segments doesn't say."""

_URGENT: tuple[BurnWindow, ...] = (BurnWindow(3_600, 300, 14.4), BurnWindow(21_600, 1_800, 6.0))
_LATER = (BurnWindow(86_400, 7_200, 3.0), BurnWindow(259_200, 21_600, 1.0))
"""The windows of Google's SRE workbook: 2 % of a month's budget in an hour or 5 % in six page somebody; 10 % in a day
or in three can wait for the working day."""

_N_OF_M = re.compile(r"\s*(\d{1,4})\s*of\s*(\d{1,4})\s*")
_SHARE = re.compile(r"\s*(\d{1,3}(?:\.\d{1,9})?)\s*(%?)\s*")


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredExemplars:
    """Which answers show the breach; `where` is a condition over the facts of an answer."""

    where: str | None = None
    order: ExemplarOrder = ExemplarOrder.OLDEST
    limit: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredBurnWindow:
    """A long window and a short one, and how many times too fast the budget must be spent in both."""

    long_s: float
    short_s: float
    burn: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredBurnRate:
    """An error budget: `of` is a share of bad answers or calls, `objective` the share that must be good (`99.5%`).

    Without `windows`: 1h and 6h for a critical policy, 1d and 3d for others.
    """

    of: str
    objective: str
    windows: tuple[DeclaredBurnWindow, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredBaseline:
    """What a window is compared with: another one, so long, that ended so long before."""

    ago_s: float | None = None
    window_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredPolicy:
    """The fields of a policy. Exactly one of the keys from `invariant` to `promise` says what it is a limit on.

    `invariant` is what must hold for each answer, `when` what must not be true of a window; `promise` names a promise,
    and `when` then what must not be true of its runs.
    """

    name: str
    severity: Severity
    owner: str | None = None
    invariant: str | None = None
    when: str | None = None
    burn_rate: DeclaredBurnRate | None = None
    drift: str | None = None
    absence: str | None = None
    coverage: str | None = None
    promise: str | None = None
    over: Mapping[Dimension, str | None] = field(default_factory=dict)
    by: Dimension | None = None
    fdr: str | None = None
    window_s: float | None = None
    for_s: float = 0.0
    n_of_m: str | None = None
    min_answers: int | None = None
    recover: str | None = None
    no_data: NoData | None = None
    baseline: DeclaredBaseline | None = None
    exemplars: DeclaredExemplars = DeclaredExemplars()
    first_check: str | None = None
    runbook: str | None = None
    channels: tuple[str, ...] | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    group: str | None = None
    summary: str | None = None


def policy(declared: DeclaredPolicy) -> Policy:
    """The policy that was written.

    Raises:
        Mistakes: it cannot be applied; all that keeps it from being, each with the field it stands in.
    """
    reading = _Reading(declared, _kind(declared))
    condition = reading.condition()
    shown = reading.parsed("exemplars.where", declared.exemplars.where, ANSWER_FACTS, "fact of an answer")
    recover = reading.recover()
    made = Policy(
        name=declared.name,
        kind=reading.kind,
        severity=declared.severity,
        condition=condition or _UNREAD,
        owner=declared.owner,
        over=tuple(sorted(declared.over.items())),
        by=declared.by,
        fdr_ratio=reading.fdr_ratio(condition or _UNREAD),
        window_s=declared.window_s,
        for_s=declared.for_s,
        n_of_m=reading.n_of_m(),
        min_answers=declared.min_answers,
        recover=recover,
        no_data=declared.no_data,
        burn=reading.burn,
        baseline=reading.baseline(),
        promise=declared.promise,
        exemplars=ExemplarRule(shown, declared.exemplars.order, declared.exemplars.limit),
        first_check=declared.first_check,
        runbook=declared.runbook,
        channels=declared.channels,
        labels=tuple(sorted(declared.labels.items())),
        group=declared.group,
        summary=declared.summary,
    )
    known = {mistake.field for mistake in reading.mistakes}
    if mistakes := [*reading.mistakes, *(mistake for mistake in lint(made) if mistake.field not in known)]:
        raise Mistakes(mistakes)
    return made


_UNREAD = Compare("unsafe_rate", Op.GT, 0.0, ValueType.RATIO)
"""Stands for a condition that could not be read, so that the rest is looked at all the same."""


_WRITTEN: Mapping[PolicyKind, tuple[str, Names, str]] = {
    PolicyKind.INVARIANT: ("invariant", ANSWER_FACTS, "fact of an answer"),
    PolicyKind.THRESHOLD: ("when", MEASURES, "measure"),
    PolicyKind.BURN_RATE: ("burn_rate", {}, "window"),
    PolicyKind.DRIFT: ("drift", {**MEASURES, **DRIFTS}, "measure"),
    PolicyKind.ABSENCE: ("absence", COUNTS, "count"),
    PolicyKind.COVERAGE: ("coverage", COVERAGE, "fact of a decision"),
    PolicyKind.PROMISE: ("when", RUN_MEASURES, "measure of runs"),
}
"""Under which key each kind's condition stands, and what it speaks of."""


def _kind(declared: DeclaredPolicy) -> PolicyKind:
    keys = {"when" if kind is PolicyKind.THRESHOLD else kind.value: kind for kind in PolicyKind}
    said = [key for key in keys if getattr(declared, key) is not None]
    if said == ["when", "promise"]:
        return PolicyKind.PROMISE
    if said == ["promise"]:
        raise Mistakes([Mistake("expected `when` beside `promise`, such as when: kept_rate < 99%", "promise")])
    if len(said) != 1:
        came = " and ".join(said) or "none of them"
        raise Mistakes(
            [
                Mistake(
                    "expected either `invariant` (what must hold for each answer), `when` (what must not be true of a "
                    f"window), burn_rate, drift, absence, coverage, or `promise` with `when`; got {came}"
                )
            ]
        )
    return keys[said[0]]


class _Reading:
    """Reads one policy's texts; what is wrong with them is on the list afterwards."""

    def __init__(self, declared: DeclaredPolicy, kind: PolicyKind) -> None:
        self.kind = kind
        self.mistakes: list[Mistake] = []
        self._declared = declared
        self.burn = None if declared.burn_rate is None else self._budget(declared.burn_rate)

    def condition(self) -> Expression | None:
        """What is a breach; of an invariant, what must hold."""
        key, names, noun = _WRITTEN[self.kind]
        text = getattr(self._declared, key)
        if self.burn is not None:
            return _burning(self.burn)
        if self.kind is PolicyKind.ABSENCE and text.strip() in COUNTS:
            return Compare(text.strip(), Op.LT, 1, ValueType.NUMBER)
        found = self.parsed(key, text, names, noun)
        if found is None or self.kind is not PolicyKind.COVERAGE:
            return found
        return negated(renamed(found, covered))

    def recover(self) -> Expression | None:
        """What must hold before it is over, in the words of its own kind."""
        _, names, noun = _WRITTEN[self.kind]
        if self.kind is PolicyKind.INVARIANT:
            names, noun = MEASURES, "measure"  # it may have none, which lint says
        if self.burn is not None:
            names = {name: ValueType.NUMBER for window in self.burn.windows for name in self.burn.names(window)}
        found = self.parsed("recover", self._declared.recover, names, noun)
        return renamed(found, covered) if found is not None and self.kind is PolicyKind.COVERAGE else found

    def parsed(self, field: str, text: str | None, names: Names, noun: str) -> Expression | None:
        """The condition that stands in a field."""
        if text is None:
            return None
        try:
            return parse(text, names, noun)
        except ExpressionError as error:
            self.mistakes.append(Mistake(error.message, field, error.column))
            return None

    def fdr_ratio(self, condition: Expression) -> float | None:
        """The share of breaching segments that may be false."""
        if self._declared.fdr is not None:
            return self._share("fdr", self._declared.fdr)
        is_many = self.kind is PolicyKind.THRESHOLD and self._declared.by is not None
        return FDR_RATIO if is_many and is_tested(condition) else None

    def n_of_m(self) -> NOfM | None:
        """In how many of the last windows the breach must be."""
        text = self._declared.n_of_m
        if text is None:
            return None
        if (found := _N_OF_M.fullmatch(text)) is None:
            self.mistakes.append(Mistake(f"expected n_of_m such as 3 of 5, got {text!r}", "n_of_m"))
            return None
        return NOfM(int(found[1]), int(found[2]))

    def baseline(self) -> Baseline | None:
        """What the window is compared with; also where the policy doesn't say."""
        declared = self._declared.baseline or DeclaredBaseline()
        span_s = WINDOW_S if self._declared.window_s is None else self._declared.window_s
        if self.kind is PolicyKind.DRIFT:
            return Baseline(_or(declared.ago_s, BASELINE_AGO_S), _or(declared.window_s, span_s))
        return None if self._declared.baseline is None else Baseline(BASELINE_AGO_S, span_s)

    def _budget(self, declared: DeclaredBurnRate) -> BurnRate:
        windows = _URGENT if self._declared.severity is Severity.CRITICAL else _LATER
        if declared.windows is not None:
            windows = tuple(BurnWindow(each.long_s, each.short_s, each.burn) for each in declared.windows)
        if not windows:
            expected = "at least one window, or none to be written for the usual ones"
            self.mistakes.append(Mistake(f"expected {expected}", "burn_rate.windows"))
            windows = _LATER
        objective_ratio = self._share("burn_rate.objective", declared.objective) or 0.0
        return BurnRate(of="".join(declared.of.split()), objective_ratio=objective_ratio, windows=windows)

    def _share(self, field: str, text: str) -> float | None:
        if (found := _SHARE.fullmatch(text)) is None:
            self.mistakes.append(Mistake(f"expected {field} as a share such as 5% or 0.05, got {text!r}", field))
            return None
        return float(Decimal(found[1]) / (100 if found[2] else 1))


def _burning(burn: BurnRate) -> Expression | None:
    """That the budget is spent too fast over a long window and still over its short one, for any of the pairs."""
    condition: Expression | None = None
    for window in burn.windows:
        long, short = (Compare(name, Op.GT, window.burn, ValueType.NUMBER) for name in burn.names(window))
        pair = And(long, short)
        condition = pair if condition is None else Or(condition, pair)
    return condition


def _or(given: float | None, default: float) -> float:
    return default if given is None else given
