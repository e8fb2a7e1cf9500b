"""How bad a finding is, as a pair that grows: its kind and severity in, ranks out. What grows is told again."""

from __future__ import annotations

from outproof.contract.severity import Severity
from outproof.decide.finding import Finding, FindingKind

SEVERITY_RANK = {Severity.INFO: 0, Severity.WARNING: 1, Severity.CRITICAL: 2}

_NOT_KNOWN, _LATE, _WRONG = 0, 1, 2  # not knowing is less than being late, and both are less than being wrong
KIND_RANK = {
    FindingKind.CLOCK_SUSPECT: _NOT_KNOWN,
    FindingKind.MONITOR_DOWN: _NOT_KNOWN,
    FindingKind.UNVERIFIED: _NOT_KNOWN,
    FindingKind.DRILL_OVERDUE: _NOT_KNOWN,
    FindingKind.STALLED: _NOT_KNOWN,
    FindingKind.BLIND: _NOT_KNOWN,
    FindingKind.DEAD_ROUTE: _NOT_KNOWN,
    FindingKind.ABSENCE: _NOT_KNOWN,
    FindingKind.COVERAGE: _NOT_KNOWN,
    FindingKind.SLOW: _LATE,
    FindingKind.STUCK: _LATE,
    FindingKind.NEVER_STARTED: _LATE,
    FindingKind.LATE: _LATE,
    FindingKind.STALE: _LATE,
    FindingKind.THRESHOLD: _WRONG,
    FindingKind.BURN_RATE: _WRONG,
    FindingKind.DRIFT: _WRONG,
    FindingKind.INVARIANT: _WRONG,
    FindingKind.EXTERNAL: _WRONG,
    FindingKind.TOOL_LOOP: _WRONG,
    FindingKind.CONSERVATION: _WRONG,
    FindingKind.BROKEN: _WRONG,
    FindingKind.FAILED: _WRONG,
}


def rose(severity: Severity, kind: FindingKind, *, above: tuple[Severity, FindingKind]) -> bool:
    """Whether it is worse than before, in severity or in kind."""
    return SEVERITY_RANK[severity] > SEVERITY_RANK[above[0]] or KIND_RANK[kind] > KIND_RANK[above[1]]


def is_worse(finding: Finding, *, than: tuple[Severity, FindingKind]) -> bool:
    """Whether a finding is worse than what was known of its incident.

    That another segment is shown than before is no worse kind, unless nothing was known before.
    """
    kind = than[1]
    one_of_many = finding.about is not None and not finding.about.makes_up
    same_kind = one_of_many and kind is not FindingKind.UNVERIFIED
    return rose(finding.severity, kind if same_kind else finding.kind, above=than)
