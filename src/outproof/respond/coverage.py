"""What a silence covers, and would have covered: matchers and incidents in; those that they pick out, out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from outproof.core.ids import ProjectId
from outproof.decide.matcher import Matcher, all_match
from outproof.respond.incident import Incident
from outproof.respond.suppressing import label_sets

DAYS = 7
"""How far back a preview looks: a week has a weekend in it."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """An incident that is covered. `whole` False: only some of its parts are, and it is told all the same."""

    incident: Incident
    whole: bool


def coverage(matchers: Sequence[Matcher], incidents: Iterable[Incident], project: ProjectId) -> tuple[Coverage, ...]:
    """The incidents that these matchers cover, in their order. Drills are never held back, so they are none of them.

    An incident that is over has no parts any more: it is judged by what it last showed.
    """
    found = []
    for incident in incidents:
        if incident.finding.drill:
            continue
        covered = [all_match(matchers, labels) for labels in label_sets(incident, project)]
        if any(covered):
            found.append(Coverage(incident, all(covered)))
    return tuple(found)
