"""Records a finding: the incident it opens, changes or ends, its timeline and its notices, all in one transaction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from outproof.core.errors import Transient
from outproof.core.ids import IncidentId, ProjectId
from outproof.core.time import Instant
from outproof.decide.finding import Finding
from outproof.ports import Transaction
from outproof.respond.incident import Incident, IncidentState, Response, respond
from outproof.respond.notification import Briefing, Notice
from outproof.respond.route import Routes

Brief = Callable[[Incident], Briefing | None]
"""What is known of an incident; asked only when there is somebody to tell."""

_TRIES = 3


def record(
    tx: Transaction,
    finding: Finding,
    *,
    project: ProjectId,
    routes: Routes,
    now: Instant,
    brief: Brief | None = None,
    is_news: bool = True,
) -> IncidentId | None:
    """Save what follows from a finding. Returns its incident; None where nothing is broken and nothing was.

    `is_news` False: it was as broken the last time somebody looked. Then its incident may change, but if that is over,
    because somebody closed it by hand or a later run made up for it, no other opens: nobody is told the same twice.

    When somebody opens or changes the incident at the same moment, theirs stands and the finding is judged against
    it: fifty who see the same break make one incident.

    Raises:
        Transient: others kept changing the incident; the transaction must be undone and tried again.
    """
    for _ in range(_TRIES):
        current = tx.incidents.unresolved(finding.key)
        if current is None and not is_news:
            return None
        response = respond(finding, current, project=project, now=now, routes=routes)
        if response.incident is None:
            return current.id if current else None
        if tx.incidents.save(response.incident, expected=current.generation if current else 0):
            tx.incidents.add_entries(response.incident.id, response.entries)
            tx.outbox.put(_briefed(response, response.incident, brief), now)
            return response.incident.id
    raise Transient(f"the incident of {finding.key} was changed by others {_TRIES} times while it was being recorded")


def _briefed(response: Response, incident: Incident, brief: Brief | None) -> tuple[Notice, ...]:
    """The notices, with what is known in them; that it is over says enough."""
    if brief is None or not response.notices or incident.state is IncidentState.RESOLVED:
        return response.notices
    briefing = brief(incident)
    return tuple(
        replace(notice, notification=replace(notice.notification, briefing=briefing)) for notice in response.notices
    )
