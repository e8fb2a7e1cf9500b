"""Prometheus alerting rules: what is declared in; for each policy its rules, and ours about Outproof itself, out.

They stay within what promtool 2.42 takes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from outproof.config.declared import Declared
from outproof.contract.promise import Promise
from outproof.contract.severity import Severity
from outproof.core.attributes import ServerMetric as M
from outproof.decide.policy import NoData, Policy, PolicyKind
from outproof.export.conditions import breach, silence
from outproof.export.promql import IS_LOUD, Inexpressible, label_matcher

UNSEEN_S = 300.0
PROMISE_FOR_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One alerting rule. `policy` None: it is about a promise, or about Outproof itself.

    `mirrored` says why it does not judge by itself, but repeats the verdict of Outproof; None: it judges.
    """

    alert: str
    expr: str
    for_s: float
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    policy: Policy | None = None
    mirrored: str | None = None


@dataclass(frozen=True, slots=True)
class RuleFile:
    """The rules of one policy, or of what is watched beside policies; a file of that name, and a group."""

    name: str
    rules: tuple[Rule, ...] = field(default=())


def rule_files(declared: Declared) -> list[RuleFile]:
    """All rules: ours first, then one file for each policy, by its name."""
    own = (*_about_us(), *map(_promise_rule, declared.promises))
    return [
        RuleFile("outproof", own),
        *(RuleFile(f"policy-{each.name}", policy_rules(each)) for each in declared.policies),
    ]


def policy_rules(policy: Policy) -> tuple[Rule, ...]:
    """The rule of a policy, and one for no data where that is an incident."""
    rule = _judged(policy)
    is_missed = policy.no_data is NoData.INCIDENT and policy.kind is not PolicyKind.ABSENCE
    if not is_missed or rule.mirrored is not None:
        return (rule,)
    missing = Rule(
        alert=f"{policy.name}-no-data",
        expr=silence(policy),
        for_s=PROMISE_FOR_S,
        labels=_labels(policy),
        annotations=_annotations(policy, f"{policy.name}: no data, so nobody knows whether it holds"),
        policy=policy,
    )
    return rule, missing


def _judged(policy: Policy) -> Rule:
    try:
        expr, for_s, why = breach(policy, policy.name), policy.for_s, None
    except Inexpressible as reason:
        expr, for_s, why = _mirror(policy), 0.0, str(reason)
    said = {} if why is None else {"judged_by": _plain(f"Outproof, because {why}")}
    return Rule(
        alert=policy.name,
        expr=expr,
        for_s=for_s,
        labels=_labels(policy),
        annotations=_annotations(policy, policy.title) | said,
        policy=policy,
        mirrored=why,
    )


def _mirror(policy: Policy) -> str:
    chosen = f"{label_matcher('policy', policy.name)}, {IS_LOUD}"
    return f"max by (policy) ({M.POLICY_ALERTS}{{{chosen}}}) > 0"


def _labels(policy: Policy) -> dict[str, str]:
    ours = {"policy": policy.name, "severity": policy.severity.value, "owner": policy.owner or "nobody"}
    return {name: _plain(value) for name, value in (dict(policy.labels) | ours).items()}


def _annotations(policy: Policy, summary: str) -> dict[str, str]:
    said = {
        "summary": summary,
        "description": f"{policy.condition}"
        if policy.kind is not PolicyKind.INVARIANT
        else f"broken: {policy.condition}",
        "first_check": policy.first_check,
        "runbook_url": policy.runbook,
        "policy_version": policy.version,
    }
    named = {} if policy.by is None else {"segment": f"{{{{ $labels.{policy.by.value} }}}}"}
    return {name: _plain(text) for name, text in said.items() if text} | {"value": "{{ $value }}"} | named


def _plain(text: str) -> str:
    """Text that Prometheus does not take for a template."""
    return text.replace("{{", '{{ "{{" }}')


def _promise_rule(promise: Promise) -> Rule:
    chosen = label_matcher("promise", promise.name)
    labels = {"promise": promise.name, "severity": Severity.WARNING.value, "owner": promise.owner}
    said = {"summary": f"{promise.name}: its promise is broken or not proven", "description": promise.outcome}
    if promise.runbook:
        said["runbook_url"] = promise.runbook
    return Rule(
        alert=f"{promise.name}-promise",
        expr=f"max by (promise) ({M.PROMISE_INCIDENTS}{{{chosen}}}) > 0",
        for_s=PROMISE_FOR_S,
        labels={name: _plain(value) for name, value in labels.items()},
        annotations={name: _plain(text) for name, text in said.items()},
    )


def _about_us() -> Iterable[Rule]:
    """Who watches the monitor: these fire when it cannot."""
    yield _own("OutproofDown", f"absent({M.BUILD})", UNSEEN_S, Severity.CRITICAL, "Outproof cannot be scraped")
    yield _own(
        "OutproofStalled",
        f"{M.COMPONENT_FAILING} == 1",
        PROMISE_FOR_S,
        Severity.CRITICAL,
        "A component of Outproof fails or gets nothing done: {{ $labels.component }}",
    )
    yield _own(
        "OutproofStateUnreadable", f"{M.STATE_READABLE} == 0", UNSEEN_S, Severity.CRITICAL, "The state store is away"
    )
    yield _own(
        "OutproofCannotTell",
        f'sum by (channel) (increase({M.DELIVERY_ATTEMPTS}{{outcome!="accepted"}}[15m])) > 0\n'
        f'unless sum by (channel) (increase({M.DELIVERY_ATTEMPTS}{{outcome="accepted"}}[15m])) > 0',
        UNSEEN_S,
        Severity.CRITICAL,
        "Outproof reaches nobody on {{ $labels.channel }}",
    )


def _own(alert: str, expr: str, for_s: float, severity: Severity, summary: str) -> Rule:
    labels = {"severity": severity.value, "owner": "outproof"}
    return Rule(alert=alert, expr=expr, for_s=for_s, labels=labels, annotations={"summary": summary})
