"""What routing, silences, inhibition and exports know an alert by: a finding in, its labels out."""

from __future__ import annotations

from outproof.core.ids import ProjectId
from outproof.decide.finding import Finding
from outproof.decide.matcher import Labels


def labels_of(finding: Finding, project: ProjectId) -> Labels:
    """The labels of a finding. What its file declares and the segment come first; ours cannot be overwritten.

    A segment says more than its subject: one service of a policy that is cut by service, not all of them.
    """
    subject = finding.subject.type.value
    ours = {
        "project": project,
        "kind": finding.kind.value,
        "severity": finding.severity.value,
        "owner": finding.owner,
        "policy": finding.policy,
        "promise": finding.promise,
        subject: None if subject in finding.labels else finding.subject.name,
        "drill": "true" if finding.drill else None,
    }
    return {**finding.labels, **{name: value for name, value in ours.items() if value}}
