"""Incidents over REST: lists and single ones out; who takes one, in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from litestar import get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from msgspec import Meta

from outproof.core.errors import Transient
from outproof.core.ids import IncidentId
from outproof.core.time import Instant
from outproof.ports import Transaction
from outproof.respond.audit import AuditEntry, Verb
from outproof.respond.incident import IncidentState, acknowledge
from outproof.respond.notification import plain
from outproof.server import given
from outproof.server.incident_views import Incident, IncidentSummary, incident_summary, incident_view
from outproof.server.run_views import RunSummary, run_summary

LIMIT_MAX = 500
BY_CHARS_MAX = 100
_TRIES = 3

_STATES = {
    "active": (IncidentState.OPEN, IncidentState.ACKNOWLEDGED),
    "resolved": (IncidentState.RESOLVED,),
    "all": tuple(IncidentState),
}
Which = Literal["active", "resolved", "all"]


@dataclass(frozen=True, slots=True)
class IncidentList:
    """Newest first."""

    incidents: list[IncidentSummary]


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """Who takes the incident."""

    by: Annotated[str, Meta(min_length=1, max_length=BY_CHARS_MAX)]


@get("/v1/incidents", sync_to_thread=True)
def list_incidents(
    store: given.Store,
    which: Annotated[Which, QueryParameter(name="state")] = "active",
    limit: Annotated[int, QueryParameter(ge=1, le=LIMIT_MAX)] = 100,
    drills: FromQuery[bool] = False,
) -> IncidentList:
    """The newest incidents: those that are open or acknowledged, those that are over, or all; drills if asked for."""
    with store.look() as tx:
        incidents = tx.incidents.newest(_STATES[which], limit, drills=drills)
        counts = tx.outbox.counts([incident.id for incident in incidents])
    return IncidentList([incident_summary(incident, counts[incident.id]) for incident in incidents])


@get("/v1/incidents/{incident:str}", sync_to_thread=True)
def get_incident(incident: FromPath[str], store: given.Store) -> Incident:
    """One incident with its evidence, exemplars, timeline and deliveries."""
    with store.look() as tx:
        return shown(tx, IncidentId(incident))


@post("/v1/incidents/{incident:str}/acknowledge", status_code=200, sync_to_thread=True)
def acknowledge_incident(
    incident: FromPath[str], data: JSONBody[Acknowledgement], store: given.Store, clock: given.Clock
) -> Incident:
    """Take an incident. The first to do so stays on record; doing it again, or once it is over, changes nothing."""
    wanted = IncidentId(incident)
    by = plain(data.by, BY_CHARS_MAX) or "somebody"
    with store.begin() as tx:
        for _ in range(_TRIES):
            current = tx.incidents.load(wanted)
            if current is None:
                raise unknown(wanted)
            response = acknowledge(current, by, clock.now())
            if response.incident is None:
                return shown(tx, wanted)
            if tx.incidents.save(response.incident, expected=current.generation):
                tx.incidents.add_entries(wanted, response.entries)
                tx.audit.add(AuditEntry(clock.now(), by, Verb.INCIDENT_ACKNOWLEDGED, wanted))
                return shown(tx, wanted)
    raise Transient(f"incident {wanted} was changed by others at this moment; acknowledge it again")


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


HANDLERS = [list_incidents, get_incident, acknowledge_incident]
