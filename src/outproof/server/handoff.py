"""Handoff over REST: what is known of an incident and what may be done out; actions and the closing by hand in."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import Annotated, Any

from litestar import get, post
from litestar.exceptions import ClientException, NotFoundException
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from outproof.core.ids import IncidentId
from outproof.core.time import Instant
from outproof.engine.handoff import NoIncident, Refused
from outproof.engine.knowledge import handoff, item_ids
from outproof.engine.prepared import NotDeclared
from outproof.engine.record import put_on_record
from outproof.ports import Transaction
from outproof.respond.action import Unacceptable
from outproof.respond.audit import AuditEntry, Verb
from outproof.respond.incident import Incident as Known
from outproof.respond.incident import close
from outproof.respond.notification import plain
from outproof.respond.user_notice import user_notice
from outproof.scrub.text import preview
from outproof.server import given
from outproof.server.handoff_views import (
    ActionPreview,
    ActionRecord,
    Handoff,
    action_view,
    boundary_view,
    preview_view,
    record_view,
    retry_view,
)
from outproof.server.incident_acts import By, changed, named
from outproof.server.incident_views import Incident
from outproof.server.incidents import unknown

HISTORY_MAX = 200
REASON_CHARS_MAX = 500


@dataclass(frozen=True, slots=True)
class ActionValues:
    """The values to look at, by name."""

    parameters: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ActionOrder:
    """The values, who asks, and whether it is done although something speaks against it."""

    by: By
    parameters: dict[str, Any] = field(default_factory=dict)
    force: bool = False


@dataclass(frozen=True, slots=True)
class Closing:
    """Who closes the incident by hand, and why; both stay on record."""

    by: By
    reason: Annotated[str, Meta(min_length=1, max_length=REASON_CHARS_MAX)]


@get("/v1/incidents/{incident:str}/handoff", sync_to_thread=True)
def get_handoff(incident: FromPath[str], store: given.Store, terms: given.Terms, clock: given.Clock) -> Handoff:
    """Whose it is, whether it may be done again, what is known good and bad, what may be done and what was done."""
    wanted = IncidentId(incident)
    with store.look() as tx:
        current = tx.incidents.load(wanted)
        if current is None:
            raise unknown(wanted)
        promise = terms.promises.get(current.finding.promise or "")
        found = handoff(tx, current, promise, terms.holds, clock.now())
        history = [record_view(record) for record in tx.actions.of_incident(wanted, HISTORY_MAX)]
        ids = partial(item_ids, tx, found.run_id if found else None)
        return Handoff(
            owner=current.finding.owner,
            runbook=current.finding.runbook,
            retry_safety=None if found is None else retry_view(found.retry, ids),
            boundary=None if found is None else boundary_view(found.boundary, ids),
            user_notice=None if found is None else user_notice(found.boundary),
            actions=[action_view(action) for action in promise.actions] if promise else [],
            history=history,
        )


@post("/v1/incidents/{incident:str}/actions/{action:str}/preview", status_code=200, sync_to_thread=True)
def preview_action(
    incident: FromPath[str],
    action: FromPath[str],
    data: JSONBody[ActionValues],
    handoffs: given.Handoffs,
    terms: given.Terms,
) -> ActionPreview:
    """What an action would do: {parameters}. Nothing is done."""
    try:
        return preview_view(handoffs.preview(IncidentId(incident), action, data.parameters, terms))
    except (NoIncident, NotDeclared) as error:
        raise NotFoundException(str(error)) from error
    except Unacceptable as error:
        raise ClientException(str(error), status_code=422) from error


@post("/v1/incidents/{incident:str}/actions/{action:str}", status_code=200, sync_to_thread=True)
def execute_action(
    incident: FromPath[str],
    action: FromPath[str],
    data: JSONBody[ActionOrder],
    handoffs: given.Handoffs,
    terms: given.Terms,
) -> ActionRecord:
    """Have an action done: {parameters, by, force?}. Idempotent. 409: something speaks against it.

    What takes longer than a second is answered with state `running`; GET …/handoff shows how it ends.
    """
    by = named(data.by)
    try:
        record = handoffs.execute(IncidentId(incident), action, data.parameters, terms, by=by, force=data.force)
    except (NoIncident, NotDeclared) as error:
        raise NotFoundException(str(error)) from error
    except Unacceptable as error:
        raise ClientException(str(error), status_code=422) from error
    except Refused as error:
        raise ClientException(str(error), status_code=409) from error
    return record_view(record)


@post("/v1/incidents/{incident:str}/close", status_code=200, sync_to_thread=True)
def close_incident(
    incident: FromPath[str],
    data: JSONBody[Closing],
    store: given.Store,
    clock: given.Clock,
    project: given.Project,
    declared: given.Declared,
) -> Incident:
    """End an incident by hand: {by, reason}. What is over stays as it ended. If it breaks again, a new one opens."""
    by = named(data.by)
    reason = plain(preview(data.reason, chars_max=REASON_CHARS_MAX), REASON_CHARS_MAX) or "no reason given"

    def change(tx: Transaction, current: Known, now: Instant) -> bool:
        response = close(current, by, reason, now)
        if response.incident is not None:
            tx.audit.add(AuditEntry(now, by, Verb.INCIDENT_CLOSED, current.id, reason))
        return put_on_record(tx, response, project=project, routes=declared.routes, now=now)

    return changed(store, clock, IncidentId(incident), change)


HANDLERS = [get_handoff, preview_action, execute_action, close_incident]
