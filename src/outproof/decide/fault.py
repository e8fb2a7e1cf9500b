"""Which single answers make a policy's measure bad: a policy and what was seen in; what to look for in answers out."""

from __future__ import annotations

from dataclasses import dataclass

from outproof.decide.expression import Compare, Expression, Op, comparisons, holds
from outproof.decide.names import measure_of
from outproof.decide.policy import Policy, PolicyKind
from outproof.decide.question import Measured
from outproof.measure.measured import PERCENTILES
from outproof.measure.window import SHARES


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What makes an answer one of the bad ones.

    It does not fulfil `broken`, the condition of an invariant; or it is above the line of `share`, or below only if
    `is_low`; or its `time`, `ttft` or `duration`, is longer than `longer_than_s`. Just one of the three is set.
    """

    broken: Expression | None = None
    share: str | None = None
    is_low: bool = False
    time: str | None = None
    longer_than_s: float = 0.0


def fault(policy: Policy, measured: Measured) -> Fault | None:
    """What to look for. None: no single answer is bad, as where too few came or where all cost too much together."""
    if policy.kind is PolicyKind.INVARIANT:
        return Fault(broken=policy.condition)
    if policy.burn is not None:
        return Fault(share=measure_of(policy.burn.of))
    shown = shown_comparison(policy, measured)
    measure = _measure(shown.name)
    is_low = shown.op in (Op.LT, Op.LE) or "fall(" in shown.name
    if measure in SHARES:
        return Fault(share=measure, is_low=is_low)
    if measure in PERCENTILES and not is_low:
        limit_s = _limit_s(shown, measure, measured)
        return None if limit_s is None else Fault(time=PERCENTILES[measure][0], longer_than_s=limit_s)
    return None


def shown_comparison(policy: Policy, measured: Measured) -> Compare:
    """The comparison that says what is wrong: the first one that is true, else the first one."""
    true = (each for each in comparisons(policy.condition) if holds(each, measured))
    return next(true, policy.first)


def _measure(name: str) -> str:
    """The measure of a window that a comparison is about: `coverage(route)` of `upper_95(coverage(route))`."""
    plain = measure_of(name)
    covered = f"coverage({plain})"
    return covered if covered in name else plain


def _limit_s(shown: Compare, measure: str, measured: Measured) -> float | None:
    """What is too long: the limit, or for a change what it rose from; None where that is not known."""
    if "rise(" not in shown.name:
        return float(shown.limit)
    now, rise = measured.get(measure), measured.get(f"rise({measure})")
    return None if now is None or rise is None or rise <= -1 else now / (1 + rise)
