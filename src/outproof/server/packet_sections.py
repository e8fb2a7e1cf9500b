"""What an evidence packet of an incident holds: everything that is stored of it in; named sections out.

What is left out is listed, and why.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from typing import Any

import msgspec

from outproof.contract.run import Signal
from outproof.core.time import Instant, rfc3339
from outproof.core.version import VERSION
from outproof.engine.declare import PROMISE
from outproof.engine.knowledge import Handoff, handoff, item_ids
from outproof.engine.settle import Terms
from outproof.ports import Applied, Transaction
from outproof.respond.incident import Incident
from outproof.respond.packet import FORMAT
from outproof.respond.user_notice import user_notice
from outproof.server.handoff_views import boundary_view, record_view, retry_view
from outproof.server.incident_views import incident_view
from outproof.server.run_views import run_summary, run_view

SIGNALS_MAX = 5_000
ACTIONS_MAX = 1_000
VERSIONS_MAX = 200

_ALWAYS_WITHHELD = (
    ("prompts, answers and other customer content", "they are never stored"),
    ("notes of the job", "they are free text of its log; the server keeps the newest, scrubbed"),
    ("where channels and actions send to, and their secrets", "who knows them could use them"),
    ("ping addresses", "who knows one could report runs"),
)

Json = Any


def sections(tx: Transaction, incident: Incident, terms: Terms, now: Instant) -> dict[str, Json]:
    """The sections of the packet, in their order."""
    finding = incident.finding
    promise = terms.promises.get(finding.promise or "")
    found = handoff(tx, incident, promise, terms.holds, now)
    signals = tx.runs.signals(finding.run_id) if finding.run_id else []
    last_good = None if finding.promise is None else tx.runs.last_kept(finding.promise, incident.opened_at)
    shown = msgspec.to_builtins(
        incident_view(
            incident,
            timeline=tx.incidents.timeline(incident.id),
            deliveries=tx.outbox.deliveries(incident.id),
            last_good_run=None if last_good is None else run_summary(last_good, None),
        )
    )
    timeline, deliveries = shown.pop("timeline"), shown.pop("deliveries")
    actions = tx.actions.of_incident(incident.id, ACTIONS_MAX)
    ids = partial(item_ids, tx, found.run_id if found else None)
    return {
        "versions": {"outproof": VERSION, "format": FORMAT, "policy_or_promise": finding.policy_version},
        "incident": shown,
        "timeline": timeline,
        "run": _run(tx, found),
        "signals": [_signal(signal) for signal in signals[:SIGNALS_MAX]],
        "retry_safety": None if found is None else msgspec.to_builtins(retry_view(found.retry, ids)),
        "boundary": None if found is None else msgspec.to_builtins(boundary_view(found.boundary, ids)),
        "user_notice": None if found is None else user_notice(found.boundary),
        "actions": [msgspec.to_builtins(record_view(record)) for record in actions],
        "deliveries": deliveries,
        "promise": _declared(tx, incident),
        "withheld": _withheld(signals),
    }


def _run(tx: Transaction, found: Handoff | None) -> Json:
    """The run with its stages and the changes of its verdict; null: the incident is about no run that came."""
    state = None if found is None else found.known.state
    run = None if state is None else tx.runs.load(state.run_id)
    if found is None or state is None or run is None or found.known.outcome is None:
        return None
    shown = run_view(
        run,
        None,
        state=state,
        concluded=found.known.outcome,
        promise=found.known.promise,
        changes=tx.runs.verdicts(run.id),
    )
    return msgspec.to_builtins(shown)


def _signal(signal: Signal) -> Json:
    """A signal without the note it may carry, with its times as text."""
    told = msgspec.to_builtins(signal)
    for name in ("note", "promise", "external_id", "run_id", "drill"):
        told.pop(name, None)
    told["received_at"] = rfc3339(signal.received_at)
    told["claimed_at"] = None if signal.claimed_at is None else rfc3339(signal.claimed_at)
    if signal.proof is not None:
        told["proof"]["at"] = rfc3339(signal.proof.at)
    return told


def _declared(tx: Transaction, incident: Incident) -> Json:
    """The promise as it was declared when the incident opened; null: it is about none, or it was never on record."""
    name = incident.finding.promise
    history = [] if name is None else tx.declarations.history(PROMISE, name, VERSIONS_MAX)
    then: Applied | None = next((each for each in history if each.at <= incident.opened_at), None)
    if then is None or then.removed:
        return None
    return {"version": then.version, "applied_at": rfc3339(then.at), "declared": _without_places(json.loads(then.body))}


def _without_places(declared: Json) -> Json:
    """What was declared without addresses that are as good as a key."""
    if not isinstance(declared, dict):
        return declared
    declared.pop("ping", None)
    for action in declared.get("actions", []):
        if isinstance(action, dict) and isinstance(action.get("webhook"), dict):
            action["webhook"].pop("url", None)
    return declared


def _withheld(signals: Sequence[Signal]) -> Json:
    told = [{"what": what, "why": why} for what, why in _ALWAYS_WITHHELD]
    if len(signals) > SIGNALS_MAX:
        what = f"{len(signals) - SIGNALS_MAX} of {len(signals)} signals, the newest"
        told.append({"what": what, "why": f"a packet holds at most {SIGNALS_MAX}"})
    return told
