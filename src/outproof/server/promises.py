"""Promises over REST: what is declared, how it stands, what it expects, and every version that was in force."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from litestar import get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, QueryParameter

from outproof.config.advice import of_promise
from outproof.config.declared import Declared
from outproof.contract.promise import Promise
from outproof.core.ids import IncidentId, RunId
from outproof.core.time import Instant, rfc3339
from outproof.decide.finding import FindingKind
from outproof.engine.declare import PROMISE
from outproof.learn.drill_due import overdue_key
from outproof.ports import Transaction
from outproof.prove import slots as prove
from outproof.prove.folded_run import FoldedRun
from outproof.prove.outcome import Verdict
from outproof.prove.pulses import Pulse
from outproof.prove.slots import upcoming
from outproof.respond.incident import Incident, IncidentState
from outproof.server import given
from outproof.server.promise_views import (
    PromiseDetail,
    PromiseSummary,
    RequiredProof,
    Slot,
    VerdictCounts,
    declared_view,
    instants,
    mode,
    pulse_view,
    slot_views,
    standing,
)
from outproof.server.run_views import run_summary
from outproof.server.versions import LIMIT_MAX, VersionList, versions_of

NEXT_SLOTS = 10
RECENT_SLOTS = 20
_ACTIVE_MAX = 1_000
_ACTIVE = (IncidentState.OPEN, IncidentState.ACKNOWLEDGED)


@dataclass(frozen=True, slots=True)
class PromiseList:
    """In the order they are declared."""

    promises: list[PromiseSummary]


@dataclass(frozen=True, slots=True)
class SlotList:
    """Runs that a schedule expected, the newest first."""

    slots: list[Slot]


@get("/v1/promises", sync_to_thread=True)
def list_promises(store: given.Store, declared: given.Declared, clock: given.Clock) -> PromiseList:
    """Every declared promise."""
    now = clock.now()
    with store.look() as tx:
        known = _Known.of(tx, declared.promises, now)
        summaries = [PromiseSummary(**_summary(promise, declared, known, now)) for promise in declared.promises]
    return PromiseList(summaries)


@get("/v1/promises/{name:str}", sync_to_thread=True)
def get_promise(name: FromPath[str], store: given.Store, declared: given.Declared, clock: given.Clock) -> PromiseDetail:
    """One declared promise with its schedule and what its file says."""
    promise, now = _declared(declared, name), clock.now()
    with store.look() as tx:
        summary = _summary(promise, declared, _Known.of(tx, [promise], now), now)
        recent = tx.slots.recent(name, now, RECENT_SLOTS)
        following = tx.slots.newest(name, None)
        pulse = tx.pulses.load(name)
    next_slots: list[Instant] = []
    if promise.schedule is not None and not promise.paused:
        expected = [following.at] if following is not None and following.at > now else []
        next_slots = list(upcoming(promise.schedule, now, NEXT_SLOTS)) or expected
    return PromiseDetail(
        **summary,
        declared=declared_view(promise),
        next_slots=instants(next_slots),
        recent_slots=slot_views(recent),
        pulse=pulse_view(pulse),
    )


@get("/v1/promises/{name:str}/slots", sync_to_thread=True)
def list_slots(
    name: FromPath[str],
    store: given.Store,
    clock: given.Clock,
    limit: Annotated[int, QueryParameter(ge=1, le=LIMIT_MAX)] = 100,
) -> SlotList:
    """The runs that the schedule of a promise expected, those of promises that are gone as well."""
    with store.look() as tx:
        return SlotList(slot_views(tx.slots.recent(name, clock.now(), limit)))


@get("/v1/promises/{name:str}/versions", sync_to_thread=True)
def list_versions(
    name: FromPath[str],
    store: given.Store,
    limit: Annotated[int, QueryParameter(ge=1, le=LIMIT_MAX)] = 50,
) -> VersionList:
    """Every version of a promise that was ever in force, and what each changed."""
    return versions_of(store, PROMISE, name, limit)


@dataclass(frozen=True, slots=True)
class _Known:
    """What is asked once for all promises."""

    runs: Mapping[str, FoldedRun]
    run_incidents: Mapping[RunId, IncidentId]
    slots: Mapping[str, prove.Slot]
    following: Mapping[str, prove.Slot]
    verdicts: Mapping[str, Mapping[Verdict, int]]
    pulses: Mapping[str, Pulse]
    drilled: Mapping[str, Instant]
    open: Mapping[str, Incident]
    overdue: Collection[str]

    @staticmethod
    def of(tx: Transaction, promises: Sequence[Promise], now: Instant) -> _Known:
        newest_last = [*reversed(tx.incidents.newest(_ACTIVE, _ACTIVE_MAX))]
        scheduled = [promise.name for promise in promises if promise.schedule is not None]
        runs = tx.runs.newest_of([promise.name for promise in promises])
        return _Known(
            runs=runs,
            run_incidents=tx.runs.incident_ids([run.id for run in runs.values()]),
            slots=tx.slots.newest_of(scheduled, now),
            following=tx.slots.newest_of(scheduled, None),
            verdicts=tx.runs.verdict_counts(),
            pulses=tx.pulses.every(),
            drilled=tx.drills.last_passed(),
            open={
                incident.finding.promise: incident
                for incident in newest_last
                if incident.finding.promise is not None and incident.finding.kind is not FindingKind.DRILL_OVERDUE
            },
            overdue={incident.finding.key for incident in newest_last},
        )


def _declared(declared: Declared, name: str) -> Promise:
    for promise in declared.promises:
        if promise.name == name:
            return promise
    names = ", ".join(promise.name for promise in declared.promises) or "none"
    raise NotFoundException(f"no promise {name!r} is declared; declared are: {names}")


def _summary(promise: Promise, declared: Declared, known: _Known, now: Instant) -> dict[str, Any]:
    run, slot = known.runs.get(promise.name), known.slots.get(promise.name)
    following = known.following.get(promise.name)
    incident = known.open.get(promise.name)
    counts = known.verdicts.get(promise.name, {})
    drilled_at = known.drilled.get(promise.name)
    return {
        "name": promise.name,
        "outcome": promise.outcome,
        "owner": promise.owner,
        "version": promise.version,
        "mode": mode(promise),
        "state": standing(promise, run, slot, known.pulses.get(promise.name)),
        "paused": promise.paused,
        "proofs": [RequiredProof(stage, required.observer) for stage, required in promise.proofs.items()],
        "schedule": promise.schedule.text if promise.schedule is not None else None,
        "next_slot_at": rfc3339(following.at) if following is not None and following.at > now else None,
        "due_s": promise.limit_s if promise.proofs else None,
        "runbook": promise.runbook,
        "last_run": None if run is None else run_summary(run, known.run_incidents.get(run.id)),
        "verdicts": VerdictCounts(**{verdict.value: counts.get(verdict, 0) for verdict in Verdict}),
        "open_incident_id": None if incident is None else incident.id,
        "last_drill_passed_at": rfc3339(drilled_at) if drilled_at is not None else None,
        "drill_overdue": overdue_key(promise.name) in known.overdue,
        "warnings": [text for _, text in of_promise(promise, declared)],
    }


HANDLERS = [list_promises, get_promise, list_slots, list_versions]
