"""A run that broke its promise, as a finding: folded run, outcome and promise in; what to tell people out."""

from __future__ import annotations

from dataclasses import replace

from outproof.contract.promise import Promise
from outproof.contract.run import Stage
from outproof.core.ids import RunId
from outproof.core.time import Instant, duration_text, rfc3339, seconds_between
from outproof.decide.finding import About, Finding, FindingKind, Subject, SubjectType
from outproof.prove.facts import facts
from outproof.prove.outcome import Cause, Outcome, Verdict
from outproof.prove.run_state import RunState
from outproof.prove.slots import Slot, SlotState
from outproof.prove.stage_report import StageState

_NOT_DONE = {
    Stage.GENERATED: "was not generated",
    Stage.VALIDATED: "did not pass validation",
    Stage.PERSISTED: "is not saved",
    Stage.VISIBLE: "is not visible",
}


def finding_key(promise: Promise, run_id: RunId, slot: Slot | None, drill: str | None) -> str:
    """The key under which a run has at most one open incident: its own, its slot's, or its promise's."""
    if drill is not None:
        return f"drill:{drill}"
    if promise.is_grouped:
        return f"promise:{promise.name}"
    return f"run:{run_id}" if slot is None else f"slot:{promise.name}:{slot.at}"


def finding(state: RunState, outcome: Outcome, promise: Promise, slot: Slot | None = None) -> Finding | None:
    """What is broken about the run, or that it is over because the promise is kept; None while that is still open.

    `slot` is the run's own as it was before. A run that came late for it is not proven yet, and is no longer missing.
    """
    came_late = slot is not None and slot.state is SlotState.MISSED
    if outcome.verdict is Verdict.PENDING and not came_late:
        return None
    firing = outcome.verdict is not Verdict.KEPT
    drill = state.drill.id if state.drill else None
    found = Finding(
        key=finding_key(promise, state.run_id, slot, drill),
        kind=FindingKind((outcome.cause or Cause.LATE).value),
        firing=firing,
        severity=promise.severity,
        title=_title(state, outcome, promise) if firing else f"{promise.name}: {_named(state)} is proven",
        reason=outcome.reason,
        subject=Subject(SubjectType.PROMISE, promise.name),
        owner=promise.owner,
        policy_version=promise.version,
        headline=_headline(outcome),
        promise=promise.name,
        run_id=state.run_id,
        first_check=promise.first_check,
        runbook=promise.runbook,
        channels=promise.channels,
        evidence=facts(state, outcome),
        stages=outcome.stages,
        about=_about(state, promise, slot),
        drill=drill is not None,
    )
    return found if drill is None else as_drill(found)


def never_started(promise: Promise, slot: Slot) -> Finding:
    """A slot that nobody began by its start limit."""
    waited = duration_text(seconds_between(slot.at, slot.start_by))
    drill = slot.drill.id if slot.drill else None
    about = About(slot.key, slot.at, f"the run expected at {rfc3339(slot.at)}")
    found = Finding(
        key=finding_key(promise, RunId(""), slot, drill),
        kind=FindingKind.NEVER_STARTED,
        firing=True,
        severity=promise.severity,
        title=f"{promise.name}: the run expected at {_clock(slot.at)} never started",
        reason=f"no signal of a run {waited} after {rfc3339(slot.at)}, when the schedule expects one",
        subject=Subject(SubjectType.PROMISE, promise.name),
        owner=promise.owner,
        policy_version=promise.version,
        headline="never started",
        promise=promise.name,
        first_check=promise.first_check,
        runbook=promise.runbook,
        channels=promise.channels,
        about=about if promise.is_grouped else None,
        drill=drill is not None,
    )
    return found if drill is None else as_drill(found)


def as_drill(finding: Finding) -> Finding:
    """The finding, marked so that nobody takes it for a real break."""
    return replace(finding, drill=True, title=f"[drill] {finding.title}", about=None)


def _about(state: RunState, promise: Promise, slot: Slot | None) -> About | None:
    if not promise.is_grouped:
        return None
    if slot is not None:
        return About(slot.key, slot.at, _named(state))
    return About(f"run:{state.run_id}", state.started_at, _named(state))


def _title(state: RunState, outcome: Outcome, promise: Promise) -> str:
    name = f"{promise.name}: output of {_named(state)}"
    blamed = next((report for report in outcome.stages if report.stage is outcome.first_stage), None)
    match outcome.cause:
        case Cause.FAILED:
            return f"{promise.name}: {_named(state)} failed"
        case Cause.STUCK:
            return f"{promise.name}: {_named(state)} is stuck"
        case Cause.SLOW:
            return f"{promise.name}: {_named(state)} is slow"
        case Cause.CONSERVATION:
            return f"{promise.name}: items of {_named(state)} are unaccounted for"
        case None:
            return f"{promise.name}: {_named(state)} began late"
    if blamed is None:
        return f"{promise.name}: {_named(state)} failed"
    if outcome.verdict is Verdict.OVERDUE:
        return f"{name} is overdue: not proven {blamed.stage}"
    if blamed.state is StageState.FAILED:
        return f"{name} {_NOT_DONE[blamed.stage]}"
    return f"{name} is not proven {blamed.stage}"


def _named(state: RunState) -> str:
    batch = state.evidence.get("batch_id")
    return f"run {state.external_id}" if batch is None else f"batch {batch}"


def _clock(at: Instant) -> str:
    """The instant to the minute: `2026-11-21 03:00 UTC`."""
    text = rfc3339(at)
    return f"{text[:10]} {text[11:16]} UTC"


def _headline(outcome: Outcome) -> str | None:
    """The first stage to blame and its state, e.g. `visible failed`."""
    blamed = (report for report in outcome.stages if report.stage is outcome.first_stage)
    return next((f"{report.stage} {report.state}" for report in blamed), None)
