"""Tests of exported rules for promtool: a rule in; series on which it must fire, and others on which it must not, out.

The traffic is made up from the condition itself: every counter grows evenly, so much that each measure lies well beyond
its limit, or well within.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from outproof.core.attributes import ServerMetric as M
from outproof.core.time import duration_written
from outproof.decide.policy import Policy
from outproof.export.made_up import MadeUp, Untestable, made_up
from outproof.export.promql import label_matcher
from outproof.export.rules import Rule, RuleFile

INTERVALS_S = (15, 60, 300, 600, 1_200, 3_600)
_SPARE_INTERVALS = 4


@dataclass(frozen=True, slots=True)
class RuleTests:
    """The tests of one file. `untested` are rules for which no traffic could be made up, and why."""

    interval_s: int
    tests: tuple[Mapping[str, Any], ...]
    untested: Mapping[str, str]


def rule_tests(file: RuleFile) -> RuleTests:
    """For every rule of a file a test in which it fires and one in which it stays silent."""
    interval_s = min((_interval_s(rule) for rule in file.rules), default=INTERVALS_S[1])
    tests: list[Mapping[str, Any]] = []
    untested: dict[str, str] = {}
    for rule in file.rules:
        try:
            tests += [_test(rule, interval_s, fires=fires) for fires in (True, False)]
        except Untestable as reason:
            untested[rule.alert] = str(reason)
    return RuleTests(interval_s, tuple(tests), untested)


def _interval_s(rule: Rule) -> int:
    spans = [ask.span_s for ask in rule.policy.asks] if rule.policy is not None else [300.0]
    return max((each for each in INTERVALS_S if each <= min(spans) / 5), default=INTERVALS_S[0])


def _test(rule: Rule, interval_s: int, *, fires: bool) -> dict[str, Any]:
    traffic = _traffic(rule, interval_s, fires=fires)
    firing = f'count(ALERTS{{{label_matcher("alertname", rule.alert)}, alertstate="firing"}})'
    return {
        "name": f"{rule.alert} {'fires' if fires else 'stays silent'}",
        "interval": duration_written(interval_s),
        "input_series": [{"series": series, "values": values} for series, values in traffic.series.items()],
        "promql_expr_test": [
            {
                "expr": firing,
                "eval_time": duration_written(traffic.end_s),
                "exp_samples": [{"labels": "{}", "value": 1}] if fires else [],
            }
        ],
    }


def _traffic(rule: Rule, interval_s: int, *, fires: bool) -> MadeUp:
    if rule.policy is None or rule.mirrored is not None:
        return _gauged(rule, interval_s, fires=fires)
    if rule.alert != rule.policy.name:
        return _silent(rule, rule.policy, interval_s, fires=fires)
    return made_up(rule.expr, rule.for_s, rule.policy, interval_s, fires=fires)


def _silent(rule: Rule, policy: Policy, interval_s: int, *, fires: bool) -> MadeUp:
    """Everything that the policy looks at stands still, or goes on."""
    end_s = policy.silent_after_s * 2 + rule.for_s + _SPARE_INTERVALS * interval_s
    steps = int(end_s // interval_s) + 1
    series = {f"{name}{{{labels}}}": f"0+{0 if fires else 10}x{steps}" for name, labels in named_series(rule.expr)}
    return MadeUp(series | {str(M.BUILD): f"1x{steps}"}, _whole(end_s, interval_s))


def _gauged(rule: Rule, interval_s: int, *, fires: bool) -> MadeUp:
    """Rules on what Outproof says of itself."""
    end_s = 900 + rule.for_s + _SPARE_INTERVALS * interval_s
    steps = int(end_s // interval_s) + 1
    values: dict[str, str | None] = {
        M.BUILD: None if fires else f"1x{steps}",
        M.COMPONENT_FAILING: f"{1 if fires else 0}x{steps}",
        M.STATE_READABLE: f"{0 if fires else 1}x{steps}",
        M.DELIVERY_ATTEMPTS: f"0+{1 if fires else 0}x{steps}",
        M.PROMISE_INCIDENTS: f"{1 if fires else 0}x{steps}",
        M.POLICY_ALERTS: f"{1 if fires else 0}x{steps}",
    }
    series = {f"{name}{{{labels}}}": value for name, labels in named_series(rule.expr) if (value := values[name])}
    series = {name: f"0x{steps}" if 'outcome="accepted"' in name else value for name, value in series.items()}
    return MadeUp(series | {"up": f"1x{steps}"}, _whole(end_s, interval_s))


def named_series(expr: str) -> list[tuple[str, str]]:
    """The metrics and matchers that an expression names, as series that fulfil them."""
    found = dict.fromkeys(
        (match["name"], match["matchers"] or "")
        for match in re.finditer(r"(?P<name>outproof_\w+)(?:\{(?P<matchers>[^}]*)\})?", expr)
    )
    return [(name, _fulfilling(matchers)) for name, matchers in found if name != M.BUILD or "offset" not in expr]


def _fulfilling(matchers: str) -> str:
    different = re.sub(r'(\w+)!="[^"]*"', r'\1="another"', matchers)
    return re.sub(r'=~"([^"|]*)[^"]*"', r'="\1"', different)


def _whole(seconds: float, interval_s: int) -> int:
    return int(seconds // interval_s) * interval_s
