"""What made-up traffic amounts to: how fast each counter grows in; the measures that a condition speaks of out.

So a contradiction in a condition, or one that is always true, is found before a test is written that could never pass.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from outproof.core.attributes import ServerMetric as M
from outproof.core.money import NANOS_PER_USD
from outproof.decide.expression import Expression, comparisons
from outproof.decide.names import measure_of
from outproof.decide.policy import Policy
from outproof.engine.metering import BUCKETS_S
from outproof.export.conditions import burned
from outproof.export.promql import SHARES, SUMS

PER_S = 1_000.0
"""How fast everything is counted: enough that intervals are narrow, and every minimum sample is reached."""

QUANTILE = re.compile(r"(ttft|duration)_p(\d\d)")
HISTOGRAMS: Mapping[str, M] = {"ttft": M.TIME_TO_FIRST_TOKEN_S, "duration": M.CALL_DURATION_S}

_WHOLES = frozenset(whole for _, whole in SHARES.values()) | {M.ANSWERS, M.CALLS, M.RUNS_SETTLED}


@dataclass(slots=True)
class Pace:
    """How fast each counter grows, per second; `cells` are histograms: all calls fall into one bucket."""

    counters: dict[M, float] = field(default_factory=dict)
    cells: dict[M, int] = field(default_factory=dict)
    kept_ratio: float = 0.75

    def of(self, metric: M) -> float:
        return self.counters.get(metric, PER_S if metric in _WHOLES else PER_S / 2)


def implied(policy: Policy, condition: Expression, before: Pace, now: Pace) -> dict[str, float]:
    """What each name in a condition is under this traffic. The ends of intervals are taken for the share itself."""
    return {compare.name: _value(policy, compare.name, before, now) for compare in comparisons(condition)}


def _value(policy: Policy, name: str, before: Pace, now: Pace) -> float:
    measure = f"coverage({measure_of(name)})" if "coverage(" in name else measure_of(name)
    if policy.burn is not None:
        of, span_s, _ = burned(policy, name)
        return _measured(measure_of(of), now, span_s) / policy.burn.budget_ratio
    seen = _measured(measure, now, policy.span_s)
    if "rise(" not in name and "fall(" not in name:
        return seen
    assert policy.baseline is not None
    was = _measured(measure, before, policy.baseline.span_s)
    return (seen - was) / was if "rise(" in name else (was - seen) / was


def _measured(measure: str, pace: Pace, span_s: float) -> float:
    if found := QUANTILE.fullmatch(measure):
        metric = HISTOGRAMS[found[1]]
        return within(BUCKETS_S[metric], pace.cells.get(metric, 0), int(found[2]) / 100)
    if measure == "kept_rate":
        return pace.kept_ratio
    if measure == "kept":
        return pace.of(M.RUNS_SETTLED) * pace.kept_ratio * span_s
    if measure in SHARES:
        part, whole = SHARES[measure]
        return pace.of(part) / pace.of(whole) if pace.of(whole) else 0.0
    grown = pace.of(SUMS[measure]) * span_s
    return grown * NANOS_PER_USD if measure == "cost" else grown


def within(ends: tuple[float, ...], cell: int, share: float) -> float:
    """A percentile that lies in a bucket, as PromQL reads it: evenly spread, and never beyond the last end."""
    if cell >= len(ends):
        return ends[-1]
    low = ends[cell - 1] if cell else 0.0
    return low + (ends[cell] - low) * share
