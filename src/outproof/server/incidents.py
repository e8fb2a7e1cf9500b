"""Incidents over REST: lists and single ones out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from litestar import get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery, QueryParameter

from outproof.core.ids import IncidentId, RunId
from outproof.core.time import Instant
from outproof.ports import Transaction
from outproof.respond.incident import UNRESOLVED, IncidentState
from outproof.server import given
from outproof.server.incident_views import Incident, IncidentSummary, incident_summary, incident_view
from outproof.server.run_views import RunSummary, run_summary

LIMIT_MAX = 500
PARTS_MAX = 200
"""Incidents merged into one that are shown with it."""

_STATES = {
    "active": UNRESOLVED,
    "resolved": (IncidentState.RESOLVED,),
    "all": tuple(IncidentState),
}
Which = Literal["active", "resolved", "all"]


@dataclass(frozen=True, slots=True)
class IncidentList:
    """Newest first."""

    incidents: list[IncidentSummary]


@get("/v1/incidents", sync_to_thread=True)
def list_incidents(
    store: given.Store,
    which: Annotated[Which, QueryParameter(name="state")] = "active",
    limit: Annotated[int, QueryParameter(ge=1, le=LIMIT_MAX)] = 100,
    drills: FromQuery[bool] = False,
    run: FromQuery[str | None] = None,
) -> IncidentList:
    """The newest incidents: those that are open or acknowledged, those that are over, or all; drills if asked for.

    With `run`, those that show that run, whatever their state.
    """
    with store.look() as tx:
        if run is None:
            incidents = tx.incidents.newest(_STATES[which], limit, drills=drills)
        else:
            incidents = tx.incidents.of_run(RunId(run), limit)
        told = tx.outbox.sendings([incident.id for incident in incidents])
    return IncidentList([incident_summary(incident, told.get(incident.id, ())) for incident in incidents])


@get("/v1/incidents/{incident:str}", sync_to_thread=True)
def get_incident(incident: FromPath[str], store: given.Store) -> Incident:
    """One incident with its evidence, exemplars, timeline and deliveries."""
    with store.look() as tx:
        return shown(tx, IncidentId(incident))


def shown(tx: Transaction, wanted: IncidentId) -> Incident:
    """An incident with everything a responder needs.

    Raises:
        NotFoundException: no such incident is known.
    """
    incident = tx.incidents.load(wanted)
    if incident is None:
        raise unknown(wanted)
    promise = incident.finding.promise
    return incident_view(
        incident,
        merged=tx.incidents.parts(wanted, PARTS_MAX),
        timeline=tx.incidents.timeline(wanted),
        deliveries=tx.outbox.deliveries(wanted),
        last_good_run=None if promise is None else _last_good_run(tx, promise, incident.opened_at),
    )


def _last_good_run(tx: Transaction, promise: str, before: Instant) -> RunSummary | None:
    run = tx.runs.last_kept(promise, before)
    return None if run is None else run_summary(run, None)


def unknown(incident: IncidentId) -> NotFoundException:
    """What is answered about an incident that nobody knows."""
    return NotFoundException(f"no incident {incident!r} is known; GET /v1/incidents?state=all lists the newest")


HANDLERS = [list_incidents, get_incident]
