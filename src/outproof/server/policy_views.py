"""Policies and their alerts as the API shows them: values of the product in, plain JSON-ready values out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from outproof.contract.severity import Severity
from outproof.core.ids import IncidentId
from outproof.core.time import rfc3339
from outproof.decide.alert import AlertState, Data, Memory
from outproof.decide.evaluate import segment_of
from outproof.decide.policy import NoData, Policy, PolicyKind

ALERTS_MAX = 200
"""Alerts of one policy that are shown, the worst first."""

_WORST_FIRST = (AlertState.FIRING, AlertState.RESOLVING, AlertState.PENDING, AlertState.INACTIVE)


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyView:
    """A declared policy and how it stands.

    `over` says what it is about; null: what does not say. `window_s` is the window that its incident shows. `state` is
    that of its worst alert, `data` how much that one sees; `firing` counts alerts. `warnings` are what `outproof lint`
    says.
    """

    name: str
    kind: PolicyKind
    severity: Severity
    owner: str
    title: str
    condition: str
    over: dict[str, str | None]
    by: str | None
    promise: str | None
    window_s: float
    version: str
    group: str | None
    labels: dict[str, str]
    state: AlertState
    data: Data
    firing: int
    open_incident_id: IncidentId | None
    warnings: list[str]


@dataclass(frozen=True, slots=True)
class PolicyList:
    """In the order they are declared."""

    policies: list[PolicyView]


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """An alert of a policy. `segment` is the value it is about; null: all, or what does not say."""

    key: str
    segment: str | None
    state: AlertState
    since: str
    reason: str
    data: Data
    partial: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyDetail(PolicyView):
    """One policy. `written` is what its file says, as YAML; null for a moment after it changed.

    Alerts that are inactive and see their data need no record, and are not listed.
    """

    recover: str | None
    for_s: float
    n_of_m: str | None
    min_answers: int | None
    no_data: NoData | None
    fdr_ratio: float | None
    first_check: str
    runbook: str | None
    channels: list[str] | None
    written: str | None
    alerts: list[Alert]


def summary(
    policy: Policy, memories: Mapping[str, Memory], incident: IncidentId | None, warnings: list[str]
) -> PolicyView:
    """A policy with how it stands."""
    worst = min(memories.values(), key=_badness, default=None)
    return PolicyView(
        name=policy.name,
        kind=policy.kind,
        severity=policy.severity,
        owner=policy.owner or "",
        title=policy.title,
        condition=str(policy.condition),
        over={dimension.value: value for dimension, value in policy.over},
        by=policy.by,
        promise=policy.promise,
        window_s=policy.span_s,
        version=policy.version,
        group=policy.group,
        labels=dict(policy.labels),
        state=AlertState.INACTIVE if worst is None else worst.state,
        data=Data.WHOLE if worst is None else worst.data,
        firing=sum(memory.state in (AlertState.FIRING, AlertState.RESOLVING) for memory in memories.values()),
        open_incident_id=incident,
        warnings=warnings,
    )


def detail(shown: PolicyView, policy: Policy, written: str | None, alerts: list[Alert]) -> PolicyDetail:
    """A policy with all that is declared of it."""
    return PolicyDetail(
        **asdict(shown),
        recover=None if policy.recover is None else str(policy.recover),
        for_s=policy.for_s,
        n_of_m=None if policy.n_of_m is None else str(policy.n_of_m),
        min_answers=policy.min_answers,
        no_data=policy.no_data,
        fdr_ratio=policy.fdr_ratio,
        first_check=policy.first_check or "",
        runbook=policy.runbook,
        channels=None if policy.channels is None else list(policy.channels),
        written=written,
        alerts=alerts,
    )


def alert_views(policy: Policy, memories: Mapping[str, Memory]) -> list[Alert]:
    """The alerts that are remembered, the worst first."""
    ordered = sorted(memories.items(), key=lambda item: (_badness(item[1]), item[0]))
    return [
        Alert(
            key=key,
            segment=(segment_of(policy, key) or (None,))[0],
            state=memory.state,
            since=rfc3339(memory.since),
            reason=memory.reason,
            data=memory.data,
            partial=memory.partial,
        )
        for key, memory in ordered[:ALERTS_MAX]
    ]


def _badness(memory: Memory) -> tuple[int, int]:
    return _WORST_FIRST.index(memory.state), memory.since
