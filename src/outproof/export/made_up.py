"""Traffic made up for a policy: its condition in; counters that grow so evenly that it is breached, or is not, out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from outproof.core.attributes import ServerMetric as M
from outproof.core.money import NANOS_PER_USD
from outproof.decide.expression import And, Compare, Expression, Not, Op, Or, ValueType, comparisons, holds, negated
from outproof.decide.names import measure_of
from outproof.decide.policy import Policy, PolicyKind
from outproof.engine.metering import BUCKETS_S
from outproof.export.conditions import burned, ways_to_break
from outproof.export.implied import HISTOGRAMS, PER_S, QUANTILE, Pace, implied, within
from outproof.export.promql import KEPT, SHARES, SUMS, label_matcher

_BEYOND, _WITHIN = 2.0, 0.5
_METRICS = {metric.value: metric for metric in M}
_SEGMENT = "segment-1"
_SPARE_INTERVALS = 4


class Untestable(Exception):
    """No even traffic makes this rule fire, or keeps it silent; the text says why."""


@dataclass(frozen=True, slots=True)
class MadeUp:
    """Series in promtool's notation, and when the rule is looked at."""

    series: Mapping[str, str]
    end_s: int


def made_up(rule_expr: str, for_s: float, policy: Policy, interval_s: int, *, fires: bool) -> MadeUp:
    """Traffic under which the rule of a policy fires, or does not.

    Raises:
        Untestable: none can be made up.
    """
    now = _broken(fires=fires) if policy.kind is PolicyKind.INVARIANT else _pace(policy, fires=fires)
    before = _pace_before(policy, now)
    if policy.kind is not PolicyKind.INVARIANT:
        _check(policy, before, now, fires=fires)
    reach_s = max(ask.span_s + ask.back_s for ask in policy.asks)
    lasting_s = policy.span_s + for_s + _SPARE_INTERVALS * interval_s
    changed_s = 0.0
    if policy.baseline is not None:
        if lasting_s > policy.baseline.ago_s:
            raise Untestable("its baseline begins before its breach could have lasted long enough")
        changed_s = reach_s + 2 * interval_s
    end_s = changed_s + (lasting_s if policy.baseline is not None else reach_s + lasting_s)
    steps = (int(changed_s // interval_s), int(end_s // interval_s) + 1)
    names = dict.fromkeys(re.findall(r"outproof_\w+", rule_expr))
    series: dict[str, str] = {}
    for name in names:
        for labels, paces in _series(_METRICS[name.removesuffix("_bucket")], policy, before, now):
            series[f"{name}{{{', '.join(labels)}}}"] = _values(paces, steps, interval_s)
    return MadeUp(series, int(end_s // interval_s) * interval_s)


def _check(policy: Policy, before: Pace, now: Pace, *, fires: bool) -> None:
    """Whether this traffic does what it is for: some conditions are never true, and some always."""
    if holds(policy.condition, implied(policy, policy.condition, before, now)) is not fires:
        raise Untestable(f"no even traffic was found under which the condition is {'true' if fires else 'false'}")
    counts = any(measure_of(compare.name) in SUMS for compare in comparisons(policy.condition))
    if policy.recover is None or fires or not counts:
        return
    if holds(policy.recover, implied(policy, policy.recover, before, now)) is not True:
        raise Untestable("while its first window fills it may be breached, and the traffic then does not recover")


def _series(metric: M, policy: Policy, before: Pace, now: Pace) -> Iterator[tuple[list[str], tuple[float, float]]]:
    """The series of one metric that the policy looks at: their labels, and how fast each grows before and now."""
    labels = _labels(policy)
    if metric is M.BUILD:
        yield [], (-1.0, -1.0)
    elif metric is M.RUNS_SETTLED:
        runs = (before.of(metric), now.of(metric))
        yield [*labels, KEPT], (runs[0] * before.kept_ratio, runs[1] * now.kept_ratio)
        yield [*labels, 'verdict="broken"'], (runs[0] * (1 - before.kept_ratio), runs[1] * (1 - now.kept_ratio))
    elif metric in BUCKETS_S:
        ends = [*map(str, map(float, BUCKETS_S[metric])), "+Inf"]
        for number, end in enumerate(ends):
            paces = (PER_S * (before.cells.get(metric, 0) <= number), PER_S * (now.cells.get(metric, 0) <= number))
            yield [*labels, f'le="{end}"'], paces
    else:
        yield labels, (before.of(metric), now.of(metric))


def _labels(policy: Policy) -> list[str]:
    if policy.promise is not None:
        return [label_matcher("promise", policy.promise)]
    labels = {dimension.value: value for dimension, value in policy.over}
    if policy.kind is PolicyKind.INVARIANT:
        texts = [each for each in ways_to_break(policy.condition)[0] if each.type is ValueType.TEXT]
        labels |= {each.name: str(each.limit) if each.op is Op.EQ else f"not {each.limit}" for each in texts}
    if policy.by is not None:
        labels[policy.by.value] = _SEGMENT
    return [label_matcher(name, value) for name, value in labels.items()]


def _values(paces: tuple[float, float], steps: Sequence[int], interval_s: int) -> str:
    """Even growth, first at one pace and then at another; a pace of -1 is the constant 1."""
    if paces[0] < 0:
        return f"1x{steps[1]}"
    first, second = (pace * interval_s for pace in paces)
    changed, end = steps
    if not changed:
        return f"0+{second:.9g}x{end}"
    reached = first * changed
    return f"0+{first:.9g}x{changed} {reached + second:.15g}+{second:.9g}x{end - changed}"


def _broken(*, fires: bool) -> Pace:
    return Pace(dict.fromkeys((M.ANSWERS, M.ANSWERS_UNSAFE), 1.0 if fires else 0.0))


def _pace(policy: Policy, *, fires: bool) -> Pace:
    pace = Pace()
    for compare in _aims(policy.condition, fires=fires):
        _aim(pace, policy, compare, fires=fires)
    return pace


def _aims(condition: Expression, *, fires: bool) -> list[Compare]:
    """What must be made true for it to fire: one side of an `or` is enough. For silence, what must all be false."""
    match condition:
        case Compare():
            return [condition]
        case Not(inner):
            return _aims(negated(inner), fires=fires)
        case Or(left, _) if fires:
            return _aims(left, fires=fires)
        case And(left, right) | Or(left, right):
            return [*_aims(left, fires=fires), *_aims(right, fires=fires)]
    raise AssertionError(condition)


def _aim(pace: Pace, policy: Policy, compare: Compare, *, fires: bool) -> None:
    """Set what decides one comparison so that it is plainly true, or plainly false."""
    assert not isinstance(compare.limit, str)
    name, limit = compare.name, float(compare.limit)
    if compare.type is ValueType.MONEY:
        limit /= NANOS_PER_USD
    wants_more = (compare.op in (Op.GT, Op.GE)) == fires
    if compare.op in (Op.EQ, Op.NE):
        raise Untestable(f"{compare}: even traffic does not hit a number exactly")
    measure = measure_of(name)
    if policy.burn is not None:
        measure = measure_of(burned(policy, name)[0])
        limit *= policy.burn.budget_ratio
    if "rise(" in name or "fall(" in name:
        _aim_change(pace, measure, limit, rises="rise(" in name, wants_more=wants_more)
    else:
        _aim_measure(pace, policy, _own_name(name, measure), limit, wants_more=wants_more)


def _own_name(name: str, measure: str) -> str:
    return f"coverage({measure})" if "coverage(" in name else measure


def _aim_measure(pace: Pace, policy: Policy, measure: str, limit: float, *, wants_more: bool) -> None:
    if found := QUANTILE.fullmatch(measure):
        pace.cells[HISTOGRAMS[found[1]]] = _cell(HISTOGRAMS[found[1]], limit, wants_more=wants_more)
    elif measure == "kept_rate":
        pace.kept_ratio = _share(limit, wants_more=wants_more)
    elif measure == "tokens_per_s":
        pace.counters[M.PACED_TOKENS] = PER_S * limit * (_BEYOND if wants_more else _WITHIN)
    elif measure in SHARES:
        part, whole = SHARES[measure]
        pace.counters[part] = pace.of(whole) * _share(limit, wants_more=wants_more)
    elif measure in SUMS:
        pace.counters[SUMS[measure]] = _count(policy, measure, limit, wants_more=wants_more) / policy.span_s
    else:
        raise Untestable(f"{measure}: no traffic is made up for it")


def _count(policy: Policy, measure: str, limit: float, *, wants_more: bool) -> float:
    """A number well above a limit or well below it, and so large that the policy says anything at all."""
    least = (policy.min_answers or 0) * _BEYOND if measure == policy.denominator else 0.0
    if wants_more:
        return max(limit * _BEYOND, least, 1.0)
    if least > limit > 0:
        raise Untestable(f"fewer than {limit:g} {measure} are less than its min_answers")
    return limit * _WITHIN


def _share(limit: float, *, wants_more: bool) -> float:
    """A share well above a limit, or well below it."""
    if wants_more:
        if limit >= 1:
            raise Untestable("a share is at most 1")
        return min(limit * _BEYOND, (1 + limit) / 2) if limit else 0.5
    return limit * _WITHIN


def _cell(metric: M, limit_s: float, *, wants_more: bool) -> int:
    """The bucket into which every call falls: the first that begins at the limit or later, or ends well before it."""
    ends = BUCKETS_S[metric]
    if wants_more:
        return next(number + 1 for number, end in enumerate(ends) if end >= limit_s)
    return max((number for number, end in enumerate(ends) if end < limit_s), default=0)


_CHANGED_FROM = 0.1
"""The share, or the part of the usual pace, that a measure had before it changed."""

_CHANGED_FROM_CELL = 8
"""The bucket in which calls were before; there is room above and below."""


def _aim_change(pace: Pace, measure: str, limit: float, *, rises: bool, wants_more: bool) -> None:
    """Set the measure now, so that it is as far from what `_pace_before` gives it as is asked for."""
    if found := QUANTILE.fullmatch(measure):
        metric = HISTOGRAMS[found[1]]
        least = limit if wants_more else None
        pace.cells[metric] = _changed_cell(BUCKETS_S[metric], int(found[2]) / 100, least, rises=rises)
        return
    change = limit * _WITHIN
    if wants_more:
        change = limit * _BEYOND if rises else (1 + limit) / 2
    changed = _CHANGED_FROM * (1 + change if rises else 1 - change)
    if measure in SHARES:
        part, whole = SHARES[measure]
        if changed > 1 and measure != "tokens_per_s":
            raise Untestable(f"{measure}: a share cannot rise by {change:g} from {_CHANGED_FROM:g}")
        pace.counters[part] = PER_S * changed
        pace.counters.setdefault(whole, PER_S)
    else:
        pace.counters[SUMS[measure]] = PER_S * changed


def _changed_cell(ends: tuple[float, ...], share: float, least: float | None, *, rises: bool) -> int:
    """The bucket of a percentile that has changed by more than `least`; None: that has not changed."""
    if least is None:
        return _CHANGED_FROM_CELL

    was = within(ends, _CHANGED_FROM_CELL, share)
    cells = range(_CHANGED_FROM_CELL + 1, len(ends)) if rises else range(_CHANGED_FROM_CELL - 1, -1, -1)
    for cell in cells:
        if abs(within(ends, cell, share) - was) / was > least:
            return cell
    raise Untestable(f"the buckets have no room for a change by {least:g}")


def _pace_before(policy: Policy, now: Pace) -> Pace:
    """How it was before it changed: as now, but for what a drift is about."""
    if policy.baseline is None:
        return now
    before = Pace(dict(now.counters), dict(now.cells), now.kept_ratio)
    for compare in _aims(policy.condition, fires=False):
        measure = measure_of(compare.name)
        if "rise(" not in compare.name and "fall(" not in compare.name:
            continue
        if found := QUANTILE.fullmatch(measure):
            before.cells[HISTOGRAMS[found[1]]] = _CHANGED_FROM_CELL
        else:
            metric = SHARES[measure][0] if measure in SHARES else SUMS[measure]
            before.counters[metric] = PER_S * _CHANGED_FROM
    return before
