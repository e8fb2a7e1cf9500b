"""Policies into PromQL: a policy in; the expression that has a sample for each breach out, or why there is none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from outproof.core.attributes import ServerMetric as M
from outproof.core.money import NANOS_PER_USD
from outproof.core.time import duration_written
from outproof.decide.expression import And, Compare, Expression, Not, Op, Or, ValueType, negated
from outproof.decide.names import measure_of
from outproof.decide.policy import Policy, PolicyKind
from outproof.engine.metering import BUCKETS_S
from outproof.export.promql import Inexpressible, Traffic, label_matcher, measured
from outproof.measure.dimension import Dimension

_DIMENSIONS = frozenset(dimension.value for dimension in Dimension) - {Dimension.MODEL.value}
_BUCKETS = {"ttft": BUCKETS_S[M.TIME_TO_FIRST_TOKEN_S], "duration": BUCKETS_S[M.CALL_DURATION_S]}


def traffic_of(policy: Policy) -> Traffic:
    """The series a policy is about."""
    if policy.promise is not None:
        return Traffic((label_matcher("promise", policy.promise),), shared=True)
    matchers = tuple(label_matcher(dimension.value, value) for dimension, value in policy.over)
    return Traffic(matchers, None if policy.by is None else policy.by.value)


def breach(policy: Policy, alert: str) -> str:
    """What holds where the policy is breached; with `recover`, also until it is recovered.

    Raises:
        Inexpressible: our metrics do not tell it.
    """
    if policy.kind is PolicyKind.INVARIANT:
        return _invariant(policy)
    if policy.fdr_ratio is not None:
        raise Inexpressible("its segments are tested together, with false-discovery control")
    compiled = _Conditions(policy)
    expr = compiled.n_of_m() if policy.n_of_m else compiled.enough(policy.condition, 0.0)
    if policy.kind is PolicyKind.ABSENCE:
        return f"{expr}\nand on () {seen_before(policy.span_s)}"
    if policy.recover is not None:
        on = policy.by.value if policy.by else ""
        firing = f'ALERTS{{{label_matcher("alertname", alert)}, alertstate="firing"}}'
        still = compiled.enough(negated(policy.recover), 0.0)
        expr = f"({expr})\nor\n(({still}) and on ({on}) {firing})"
    return expr


def silence(policy: Policy) -> str:
    """What holds when nothing came for as long as is no data."""
    count = measured(policy.denominator, replace(traffic_of(policy), by=None), policy.silent_after_s)
    return f"({count} or vector(0)) == 0\nand on () {seen_before(policy.silent_after_s)}"


def seen_before(span_s: float) -> str:
    """Whether Outproof was scraped that long ago: what was not there yet cannot be missed."""
    return f"count({M.BUILD} offset {duration_written(span_s)})"


class _Conditions:
    """Conditions of one policy. Every part of them has the same labels, so that `and` and `or` join them."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._traffic = traffic_of(policy)

    def enough(self, condition: Expression, back_s: float) -> str:
        """The condition, where there are answers enough to say anything."""
        policy, expr = self._policy, self._compiled(condition, back_s)
        if policy.kind in (PolicyKind.ABSENCE, PolicyKind.BURN_RATE):  # the one wants few, the other's parts ask
            return expr
        return f"{expr}\nand {self._is_enough(policy.span_s, back_s)}"

    def n_of_m(self) -> str:
        """N of the last M windows, each counted by a label of its own."""
        rule = self._policy.n_of_m
        assert rule is not None
        windows = (self.enough(self._policy.condition, number * self._policy.span_s) for number in range(rule.m))
        each = "\nor\n".join(
            f'label_replace({window}, "window", "{number}", "", "")' for number, window in enumerate(windows)
        )
        by = f" by ({self._policy.by})" if self._policy.by else ""
        return f"count{by}(\n{each}\n) >= {rule.n}"

    def _compiled(self, condition: Expression, back_s: float) -> str:
        match condition:
            case Compare():
                return self._compare(condition, back_s)
            case And(left, right):
                return f"({self._compiled(left, back_s)}\nand {self._compiled(right, back_s)})"
            case Or(left, right):
                return f"({self._compiled(left, back_s)}\nor {self._compiled(right, back_s)})"
            case Not(inner):
                return self._compiled(negated(inner), back_s)

    def _compare(self, compare: Compare, back_s: float) -> str:
        _check_buckets(compare)
        return f"{self._value(compare.name, back_s)} {compare.op} {limit_text(compare)}{self._own_sample(compare.name)}"

    def _value(self, name: str, back_s: float) -> str:
        policy, span_s = self._policy, self._policy.span_s
        if policy.burn is not None:
            of, burned_s, _ = burned(policy, name)
            budget = Decimal(repr(policy.burn.budget_ratio))
            return f"({measured(of, self._traffic, burned_s)}) / {budget:f}"
        if policy.baseline is not None and ("rise(" in name or "fall(" in name):
            return self._change(name, span_s, policy.baseline.span_s, policy.baseline.ago_s)
        value = measured(name, self._traffic, span_s, back_s)
        if policy.kind is PolicyKind.ABSENCE:
            return f"({value} or vector(0))"
        return f"({value})"

    def _change(self, name: str, span_s: float, before_s: float, ago_s: float) -> str:
        measure, rises = measure_of(name), "rise(" in name
        ends = ("lower_95", "upper_95") if rises else ("upper_95", "lower_95")
        of_now, of_was = (f"{end}({measure})" if name.startswith("lower_95(") else measure for end in ends)
        now = f"({measured(of_now, self._traffic, span_s)})"
        was = f"({measured(of_was, self._traffic, before_s, ago_s)})"
        return f"({now} - {was}) / {was}" if rises else f"({was} - {now}) / {was}"

    def _own_sample(self, name: str) -> str:
        """Of a burn rate each long window needs answers enough of its own."""
        if self._policy.burn is None:
            return ""
        _, span_s, is_long = burned(self._policy, name)
        return f"\nand {self._is_enough(span_s, 0.0)}" if is_long else ""

    def _is_enough(self, span_s: float, back_s: float) -> str:
        count = measured(self._policy.denominator, self._traffic, span_s, back_s)
        return f"{count} >= {self._policy.min_answers or 1}"


def burned(policy: Policy, name: str) -> tuple[str, float, bool]:
    """What a burn rate's name stands for: the share, its window, and whether that is a long one."""
    assert policy.burn is not None
    for window in policy.burn.windows:
        long, short = policy.burn.names(window)
        if name == long:
            return policy.burn.of, window.long_s, True
        if name == short:
            return measure_of(policy.burn.of), window.short_s, False
    raise Inexpressible(f"{name} is no window of its burn rate")


def _check_buckets(compare: Compare) -> None:
    """A histogram says nothing of what lies beyond its buckets."""
    family = compare.name.partition("_p")[0]
    if family in _BUCKETS and isinstance(compare.limit, (int, float)):
        ends = _BUCKETS[family]
        if not ends[0] <= compare.limit < ends[-1]:
            raise Inexpressible(f"{compare}: the buckets of {family} reach from {ends[0]:g} s to {ends[-1]:g} s")


def limit_text(compare: Compare) -> str:
    """The limit in the unit of the metric: money in US dollars."""
    assert not isinstance(compare.limit, str)
    limit = Decimal(repr(compare.limit))
    return f"{limit / NANOS_PER_USD if compare.type is ValueType.MONEY else limit:f}"


def _invariant(policy: Policy) -> str:
    """How many answers of the window break it, for each way in which one can."""
    ways = [_broken_by(policy, way) for way in ways_to_break(policy.condition)]
    return "\nor\n".join(ways)


def ways_to_break(condition: Expression) -> list[list[Compare]]:
    """What is true of an answer that breaks an invariant: one of these, and all in it."""
    return list(_either(negated(condition)))


def _either(condition: Expression) -> Iterator[list[Compare]]:
    match condition:
        case Compare():
            yield [condition]
        case Not(inner):
            yield from _either(negated(inner))
        case Or(left, right):
            yield from _either(left)
            yield from _either(right)
        case And(left, right):
            yield from ([*one, *other] for one in _either(left) for other in _either(right))


def _broken_by(policy: Policy, way: list[Compare]) -> str:
    metric, matchers = M.ANSWERS, []
    for compare in way:
        if compare.type is ValueType.TEXT and compare.name in _DIMENSIONS:
            matchers += _text(compare)
        elif compare.name == "unsafe_claim_served" and (compare.op is Op.EQ) == bool(compare.limit):
            metric = M.ANSWERS_UNSAFE
        else:
            raise Inexpressible(f"no metric counts the answers with {compare}")
    traffic = traffic_of(policy)
    return f"{replace(traffic, matchers=(*traffic.matchers, *matchers)).sum(metric, policy.span_s)} > 0"


def _text(compare: Compare) -> list[str]:
    """What an answer does not say is neither equal nor different."""
    if compare.op is Op.EQ:
        return [label_matcher(compare.name, str(compare.limit))]
    if compare.op is Op.NE:
        unequal = label_matcher(compare.name, str(compare.limit)).replace("=", "!=", 1)
        return [unequal, f'{compare.name}!=""']
    raise Inexpressible(f"{compare}: texts are equal or not")
