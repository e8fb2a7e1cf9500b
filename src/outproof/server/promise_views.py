"""Promises as the API shows them: what is declared, how it stands and what is expected next; JSON shapes out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any

from litestar.params import Parameter

from outproof.config.rendering import plain
from outproof.contract.promise import Promise
from outproof.contract.run import Observer
from outproof.core.time import Instant, rfc3339
from outproof.prove import pulses
from outproof.prove import slots as prove
from outproof.prove.folded_run import FoldedRun
from outproof.prove.outcome import Verdict
from outproof.prove.pulses import PulseState
from outproof.prove.slots import SlotState
from outproof.server.run_views import RunSummary, StageName


class Mode(StrEnum):
    """What keeps a promise."""

    RUNS = "runs"
    HEARTBEAT = "heartbeat"
    FRESHNESS = "freshness"


class Standing(StrEnum):
    """How a promise stands now."""

    KEPT = "kept"
    BROKEN = "broken"
    UNVERIFIED = "unverified"
    OVERDUE = "overdue"
    PENDING = "pending"
    NEVER_STARTED = "never_started"
    STALE = "stale"
    PAUSED = "paused"
    NO_DATA = "no_data"


@dataclass(frozen=True, slots=True)
class RequiredProof:
    """A stage that must be proven, and the least trusted observer who may prove it."""

    stage: StageName
    observer: Observer


@dataclass(frozen=True, slots=True)
class VerdictCounts:
    """Runs by verdict."""

    kept: int
    broken: int
    unverified: int
    overdue: int
    pending: int


SlotStateName = Annotated[SlotState, Parameter(schema_component_key="SlotStateName")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One run that a schedule expects: it must begin by `start_by` and be proven by `due_at`."""

    at: str
    start_by: str
    due_at: str
    state: SlotStateName
    run_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulse:
    """How a promise without runs stands. `newest_at` is its last sign of life, `stale_at` when one more is needed.

    `stale_at` is null while it is stale, and `detail` says what our last look saw.
    """

    since: str
    newest_at: str | None
    stale_at: str | None
    detail: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseSummary:
    """A declared promise. `last_run` is null before its first run, `due_s` where it is kept without runs.

    `warnings` say what is weak about it as it is declared.
    """

    name: str
    outcome: str
    owner: str
    version: str
    mode: Mode
    state: Standing
    paused: bool
    proofs: list[RequiredProof]
    schedule: str | None
    next_slot_at: str | None
    due_s: float | None
    runbook: str | None
    last_run: RunSummary | None
    verdicts: VerdictCounts
    open_incident_id: str | None
    last_drill_passed_at: str | None
    drill_overdue: bool
    warnings: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseDetail(PromiseSummary):
    """A promise with everything that is known of it. `declared` is what its file says, without secrets."""

    declared: dict[str, Any]
    next_slots: list[str]
    recent_slots: list[Slot]
    pulse: Pulse | None


def mode(promise: Promise) -> Mode:
    """What keeps the promise."""
    if promise.heartbeat is not None:
        return Mode.HEARTBEAT
    return Mode.RUNS if promise.freshness is None else Mode.FRESHNESS


def standing(promise: Promise, run: FoldedRun | None, slot: prove.Slot | None, pulse: pulses.Pulse | None) -> Standing:
    """How a promise stands, by its newest run and its newest slot that has come, or by its pulse."""
    if promise.paused:
        return Standing.PAUSED
    if mode(promise) is not Mode.RUNS:
        return Standing.NO_DATA if pulse is None else _PULSES[pulse.state]
    if slot is not None and slot.state is SlotState.MISSED:
        return Standing.NEVER_STARTED
    return Standing.NO_DATA if run is None else _STANDINGS[run.verdict]


_STANDINGS = {verdict: Standing(verdict.value) for verdict in Verdict}
_PULSES = {
    PulseState.WAITING: Standing.NO_DATA,
    PulseState.FRESH: Standing.KEPT,
    PulseState.STALE: Standing.STALE,
    PulseState.PAUSED: Standing.PAUSED,
}


def pulse_view(pulse: pulses.Pulse | None) -> Pulse | None:
    """The pulse of a promise without runs."""
    if pulse is None:
        return None
    return Pulse(
        since=rfc3339(pulse.since),
        newest_at=None if pulse.newest_at is None else rfc3339(pulse.newest_at),
        stale_at=None if pulse.stale_at is None else rfc3339(pulse.stale_at),
        detail=pulse.detail,
    )


def slot_views(slots: Iterable[prove.Slot]) -> list[Slot]:
    """Expected runs in the order they come."""
    return [
        Slot(
            at=rfc3339(slot.at),
            start_by=rfc3339(slot.start_by),
            due_at=rfc3339(slot.due_at),
            state=slot.state,
            run_id=slot.run_id,
        )
        for slot in slots
    ]


def declared_view(promise: Promise) -> dict[str, Any]:
    """What the file of a promise says."""
    written: dict[str, Any] = plain(promise)
    return written


def instants(moments: Iterable[Instant]) -> list[str]:
    return [rfc3339(moment) for moment in moments]
