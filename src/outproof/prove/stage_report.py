"""What is known of each stage of a run: its state and the promise in; passed, failed, missing or not required out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from outproof.contract.evidence import FactValue
from outproof.contract.promise import Promise, Requirement
from outproof.contract.run import Observer, Proof, Stage
from outproof.core.time import Instant, after, rfc3339
from outproof.prove.counting import STRICT, Objection, is_told, objection
from outproof.prove.run_state import RunState

_TRUST = {observer: trust for trust, observer in enumerate(Observer)}


class StageState(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    MISSING = "missing"
    NOT_REQUIRED = "not_required"


@dataclass(frozen=True, slots=True, kw_only=True)
class StageReport:
    """What is known of one stage of a run. `observer` of a missing stage is the one the promise requires.

    `failing_since` is when the failure was first seen that nothing has repaired since. `expires_at` is when a passed
    stage stops counting; None is never. `surface` is where it was seen, and `measured` what was read there: safe
    values, no content. `conservation`: what failed is that items are unaccounted for.
    """

    stage: Stage
    state: StageState
    observer: Observer | None = None
    at: Instant | None = None
    detail: str | None = None
    failing_since: Instant | None = None
    expires_at: Instant | None = None
    surface: str | None = None
    measured: dict[str, FactValue] | None = None
    conservation: bool = False


def stage_reports(state: RunState, promise: Promise, now: Instant) -> tuple[StageReport, ...]:
    """One report for each stage, in the order of the output's way to its reader."""
    return tuple(_report(stage, state, promise.proofs.get(stage), now) for stage in Stage)


def _report(stage: Stage, state: RunState, required: Requirement | None, now: Instant) -> StageReport:
    proofs = [_of_this_output(proof, state.output_id) for proof in state.proofs if proof.stage is stage]
    if required is not None and required.receipt:
        proofs = [_with_receipt(proof) for proof in proofs]
    trusted = required.observer if required else Observer.JOB
    standing, failing_since = _standing(proofs, trusted)
    if standing is None:
        if required is None:
            return StageReport(stage=stage, state=StageState.NOT_REQUIRED)
        return StageReport(
            stage=stage, state=StageState.MISSING, observer=trusted, detail=_why_missing(proofs, required)
        )
    objected = (
        _bad_counts(stage, state, required) or _lacking(stage, state, required)
        if standing.passed
        else Objection(standing.detail or f"the {standing.observer} saw that it failed")
    )
    if objected is not None:
        return StageReport(
            stage=stage,
            state=StageState.FAILED,
            observer=standing.observer,
            at=standing.at,
            detail=objected.text,
            failing_since=failing_since or standing.at,
            surface=standing.surface,
            measured=standing.measured,
            conservation=objected.conservation,
        )
    if required is None:
        return _seen(standing, StageState.NOT_REQUIRED)
    if required.counts is not None and not is_told(state.counts):
        return StageReport(
            stage=stage,
            state=StageState.MISSING,
            observer=trusted,
            detail="the promise has a rule on counts, but the job did not report the input or invalid and valid items",
        )
    expires_at = after(standing.at, required.expires_s) if required.expires_s is not None else None
    if expires_at is not None and now >= expires_at:
        detail = f"the proof of {rfc3339(standing.at)} expired at {rfc3339(expires_at)}"
        return StageReport(stage=stage, state=StageState.MISSING, observer=trusted, detail=detail)
    return _seen(standing, StageState.PASSED, expires_at)


def _seen(proof: Proof, state: StageState, expires_at: Instant | None = None) -> StageReport:
    return StageReport(
        stage=proof.stage,
        state=state,
        observer=proof.observer,
        at=proof.at,
        detail=proof.detail,
        expires_at=expires_at,
        surface=proof.surface,
        measured=proof.measured,
    )


def _standing(proofs: Iterable[Proof], trusted: Observer) -> tuple[Proof | None, Instant | None]:
    """The proof that counts, and since when it has been failing.

    The latest wins, so a retry repairs an earlier failure; but a pass must come from an observer trusted at least as
    much as the promise requires, and as whoever saw the failure: a job does not overrule what was seen from outside.
    """
    standing: Proof | None = None
    failing_since: Instant | None = None
    needed = _TRUST[trusted]
    for proof in proofs:
        if proof.passed is False:
            standing, failing_since = proof, failing_since or proof.at
            needed = max(needed, _TRUST[proof.observer])
        elif proof.passed and _TRUST[proof.observer] >= needed:
            standing, failing_since = proof, None
            needed = _TRUST[trusted]
    return standing, failing_since


def _why_missing(proofs: list[Proof], required: Requirement) -> str | None:
    """What was said of a stage that nobody trusted enough has proven."""
    tries = [proof for proof in proofs if proof.passed is None and proof.detail]
    if tries:
        return tries[-1].detail
    if proofs:
        return f"the {proofs[-1].observer} says so, but the promise requires that the {required.observer} sees it"
    return None


def _of_this_output(proof: Proof, made: str | None) -> Proof:
    """The proof; a failed one when it looked at another output: yesterday's page proves nothing about today's run."""
    if not proof.passed or made is None or proof.output_id in (None, made):
        return proof
    detail = f"expected output {made} of this run, the {proof.observer} saw output {proof.output_id}"
    return replace(proof, passed=False, detail=detail)


def _with_receipt(proof: Proof) -> Proof:
    """The proof; one that proves nothing when whoever took the output gave no receipt for it."""
    if not proof.passed or proof.receipt_id is not None:
        return proof
    return replace(
        proof, passed=None, detail="expected the receipt of whoever took the output, got a proof without one"
    )


def _lacking(stage: Stage, state: RunState, required: Requirement | None) -> Objection | None:
    """Whether the job says itself, item by item, that the stage is not as good as its proof has it."""
    if required is None:
        return None
    contradicted = _contradicted(state) if stage is Stage.VALIDATED else None
    lacking = state.items.lacking(stage)
    allowed = (required.counts.max_unexplained if required.counts else None) or 0
    if contradicted is not None or stage is Stage.VALIDATED or lacking <= allowed:
        return contradicted
    return Objection(f"{lacking} of {state.items.total} items are not {stage}", conservation=True)


def _contradicted(state: RunState) -> Objection | None:
    """Whether the counts that the job reported are not those of its items."""
    by_item = state.items.counts().known if state.items.total else {}
    differing = [
        f"{name} {said} and {number} by item"
        for name, number in by_item.items()
        if (said := state.counts.known.get(name)) is not None and said != number
    ]
    if not differing:
        return None
    return Objection(f"the job reports {', '.join(differing)}", conservation=True)


def _bad_counts(stage: Stage, state: RunState, required: Requirement | None) -> Objection | None:
    if stage is not Stage.VALIDATED or required is None:
        return None
    rule, is_closed = required.counts or STRICT, state.closed_at is not None
    return objection(state.counts, rule, evidence=state.evidence, closed=is_closed)
