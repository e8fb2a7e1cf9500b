"""Gathers what is known about what an incident is about: an incident in; what may be said of it out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from outproof.contract.promise import Promise
from outproof.contract.run import Signal
from outproof.core.ids import RunId
from outproof.core.time import Instant, after, rfc3339
from outproof.decide.finding import FindingKind
from outproof.ports import Transaction
from outproof.prove.folded_run import FoldedRun
from outproof.prove.holds import Holds
from outproof.prove.items import Mark
from outproof.prove.outcome import Outcome, Verdict, outcome
from outproof.prove.run_state import RunState, fold
from outproof.respond.boundary import IDS_MAX, Boundary, boundary, summary
from outproof.respond.incident import Incident
from outproof.respond.notification import Briefing
from outproof.respond.retry_safety import RetrySafety, retry_safety
from outproof.respond.situation import GoodRun, Situation, is_under_way_again

OTHERS_MAX = 100
"""Further broken runs of an incident that are named."""

_SLOT = "slot:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Handoff:
    """What may be said of an incident of a promise: may it be done again, and what is known."""

    known: Situation
    run_id: RunId | None
    retry: RetrySafety
    boundary: Boundary


@dataclass(frozen=True, slots=True)
class Heard:
    """A run as its caller has just concluded it, so that it need not be read again."""

    signals: Sequence[Signal]
    state: RunState
    outcome: Outcome


def handoff(
    tx: Transaction,
    incident: Incident,
    promise: Promise | None,
    holds: Holds,
    now: Instant,
    heard: Heard | None = None,
) -> Handoff | None:
    """What is known now. `promise` is the one that its runs are judged by. None: it is about no output of a promise."""
    finding = incident.finding
    if finding.promise is None or finding.kind is FindingKind.DRILL_OVERDUE:
        return None
    if heard is not None and heard.state.run_id == finding.run_id:
        known = _of_run(tx, incident, promise, heard)
    elif finding.run_id is not None and (run := tx.runs.load(finding.run_id)) is not None:
        known = _of_run(tx, incident, promise, _heard(tx, run, promise, holds, now))
    else:
        known = _without_run(tx, incident, promise, now)
    return Handoff(
        known=known,
        run_id=None if known.state is None else known.state.run_id,
        retry=retry_safety(known),
        boundary=boundary(known),
    )


def briefing(
    tx: Transaction, incident: Incident, promise: Promise, holds: Holds, now: Instant, heard: Heard | None = None
) -> Briefing | None:
    """What a notification says of it, in a line each."""
    found = handoff(tx, incident, promise, holds, now, heard)
    if found is None:
        return None
    return Briefing(
        retry=found.retry.verdict,
        retry_reason=found.retry.reason,
        retry_items=found.retry.item_count,
        check_first=found.retry.check_first,
        boundary=summary(found.boundary),
    )


def item_ids(tx: Transaction, run_id: RunId | None, marks: Sequence[Mark], limit: int = IDS_MAX) -> list[str]:
    """The first items of a run that have one of these marks."""
    if run_id is None or not marks:
        return []
    return [item_id for item_id, _ in tx.items.some(run_id, marks, "", limit)]


def _heard(tx: Transaction, run: FoldedRun, promise: Promise | None, holds: Holds, now: Instant) -> Heard:
    signals = tx.runs.signals(run.id)
    state = fold(signals, tx.items.totals(run.id))
    counts_from = run.slot_at if promise is not None and promise.has_cron else None
    return Heard(signals, state, outcome(state, promise, now, slot_at=counts_from, holds=holds))


def _of_run(tx: Transaction, incident: Incident, promise: Promise | None, heard: Heard) -> Situation:
    state = heard.state
    return Situation(
        promise=promise,
        state=state,
        outcome=None if promise is None else heard.outcome,
        again=is_under_way_again(heard.signals),
        others=_others(incident),
        last_good=_last_good(tx, state.promise, state.started_at),
    )


def _without_run(tx: Transaction, incident: Incident, promise: Promise | None, now: Instant) -> Situation:
    finding = incident.finding
    assert finding.promise is not None
    pulse = tx.pulses.load(finding.promise)
    return Situation(
        promise=promise,
        expected=_expected(finding.key, finding.about.id if finding.about else None),
        others=_others(incident),
        last_good=_last_good(tx, finding.promise, after(now, 1.0)),
        seen_at=None if pulse is None else pulse.newest_at,
    )


def _others(incident: Incident) -> tuple[str, ...]:
    """The further runs and slots of the incident that are broken, the newest of many."""
    shown = incident.finding.about.id if incident.finding.about else None
    return tuple(about.name for about in incident.broken if about.id != shown)[-OTHERS_MAX:]


def _expected(key: str, about: str | None) -> str | None:
    """When the run was expected that an incident without a run is about, as its slot says."""
    slot = about if about is not None and about.startswith(_SLOT) else key if key.startswith(_SLOT) else None
    at = "" if slot is None else slot.rpartition(":")[2]
    return f"{rfc3339(Instant(int(at)))[:16].replace('T', ' ')} UTC" if at.isdigit() else None


def _last_good(tx: Transaction, promise: str, before: Instant) -> GoodRun | None:
    run = tx.runs.last_kept(promise, before)
    if run is None:
        return None
    kept = [change.at for change in tx.runs.verdicts(run.id) if change.new is Verdict.KEPT]
    return GoodRun(run.external_id, kept[-1] if kept else run.started_at)
