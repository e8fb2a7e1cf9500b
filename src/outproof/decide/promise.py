"""A run that broke its promise, as a finding: folded run, outcome and promise in; what to tell people out."""

from __future__ import annotations

from outproof.contract.promise import Promise
from outproof.contract.run import Stage
from outproof.core.ids import RunId
from outproof.decide.finding import Finding, FindingKind, Subject, SubjectType
from outproof.prove.facts import facts
from outproof.prove.outcome import Outcome, Verdict
from outproof.prove.run_state import RunState
from outproof.prove.stage_report import StageState

_KINDS = {
    Verdict.BROKEN: FindingKind.BROKEN,
    Verdict.UNVERIFIED: FindingKind.UNVERIFIED,
    Verdict.OVERDUE: FindingKind.OVERDUE,
}
_NOT_DONE = {
    Stage.GENERATED: "was not generated",
    Stage.VALIDATED: "did not pass validation",
    Stage.PERSISTED: "is not saved",
    Stage.VISIBLE: "is not visible",
}


def finding_key(run_id: RunId) -> str:
    """The key under which a run has at most one open incident."""
    return f"run:{run_id}"


def finding(state: RunState, outcome: Outcome, promise: Promise) -> Finding | None:
    """What is broken about the run, or that it is over because the promise is kept; None while that is still open."""
    if outcome.verdict is Verdict.PENDING:
        return None
    firing = outcome.verdict is not Verdict.KEPT
    return Finding(
        key=finding_key(state.run_id),
        kind=_KINDS.get(outcome.verdict, FindingKind.BROKEN),
        firing=firing,
        severity=promise.severity,
        title=_title(state, outcome, promise) if firing else f"{promise.name}: {_named(state)} is proven",
        reason=outcome.reason,
        subject=Subject(SubjectType.PROMISE, promise.name),
        owner=promise.owner,
        headline=_headline(outcome),
        promise=promise.name,
        run_id=state.run_id,
        first_check=promise.first_check,
        runbook=promise.runbook,
        channels=promise.channels,
        evidence=facts(state, outcome),
        stages=outcome.stages,
    )


def _title(state: RunState, outcome: Outcome, promise: Promise) -> str:
    name = f"{promise.name}: output of {_named(state)}"
    blamed = next((report for report in outcome.stages if report.stage is outcome.first_stage), None)
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


def _headline(outcome: Outcome) -> str | None:
    """The first stage to blame and its state, e.g. `visible failed`."""
    blamed = (report for report in outcome.stages if report.stage is outcome.first_stage)
    return next((f"{report.stage} {report.state}" for report in blamed), None)
