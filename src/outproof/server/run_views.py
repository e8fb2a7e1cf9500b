"""Runs as the API shows them: the folded run, its signals and its verdicts in; JSON shapes out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from litestar.params import Parameter
from msgspec import Struct

from outproof.contract import run as contract
from outproof.contract.evidence import Fact
from outproof.contract.promise import Promise
from outproof.core.time import Instant, rfc3339
from outproof.prove.facts import facts
from outproof.prove.folded_run import FoldedRun
from outproof.prove.folded_run import VerdictChange as Change
from outproof.prove.items import ItemTotals
from outproof.prove.outcome import Cause, Outcome, Verdict
from outproof.prove.run_state import RunState
from outproof.prove.stage_report import StageReport, StageState

StageName = Annotated[contract.Stage, Parameter(schema_component_key="StageName")]
RunCounts = Annotated[contract.Counts, Parameter(schema_component_key="RunCounts")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One value that was read."""

    name: str
    value: str | int | float | bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What is known of one stage. `observer` of a missing one is who must see it.

    `surface` is where it was seen, `measured` what was read there, and `expires_at` until when that counts.
    """

    stage: StageName
    state: StageState
    observer: contract.Observer | None
    at: str | None
    expires_at: str | None
    surface: str | None
    detail: str | None
    measured: list[Measured]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSummary:
    """A run in a list. `incident_id` is its newest incident.

    `cause` is null where nothing is wrong. `slot_at` is when a schedule expected it. `drill` is the drill that broke it
    on purpose.
    """

    id: str
    promise: str
    external_id: str
    verdict: Verdict
    first_stage: StageName | None
    reason: str
    opened_at: str | None
    closed_at: str | None
    due_at: str | None
    incident_id: str | None
    cause: Cause | None
    slot_at: str | None
    drill: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimMade:
    """How the job said that it ended."""

    claim: contract.Claim
    at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemCounts:
    """Items that are known by id, by what became of them."""

    total: int
    by_state: dict[str, int]


class VerdictChange(Struct, frozen=True, rename={"old": "from", "new": "to"}):
    """One change of a verdict. `from` is null for the first."""

    at: str
    old: Verdict | None
    new: Verdict
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Run(RunSummary):
    """A run with everything that is known of it. `owner` and `outcome` are null when nobody declared its promise.

    `unexplained` are items that went in and that nothing accounts for; null while the counts do not tell.
    """

    evidence: list[Fact]
    counts: RunCounts
    unexplained: int | None
    items: ItemCounts
    duration_s: float | None
    claims: list[ClaimMade]
    stages: list[Stage]
    verdicts: list[VerdictChange]
    owner: str | None
    outcome: str | None


def stage_views(reports: Iterable[StageReport]) -> list[Stage]:
    """Stages in the order of the output's way to its reader."""
    return [
        Stage(
            stage=report.stage,
            state=report.state,
            observer=report.observer,
            at=_text(report.at),
            expires_at=_text(report.expires_at),
            surface=report.surface,
            detail=report.detail,
            measured=[Measured(name=name, value=value) for name, value in (report.measured or {}).items()],
        )
        for report in reports
    ]


def run_summary(run: FoldedRun, incident_id: str | None) -> RunSummary:
    """A run in a list."""
    return RunSummary(**_summarised(run, incident_id))


def run_view(
    run: FoldedRun,
    incident_id: str | None,
    *,
    state: RunState,
    concluded: Outcome,
    promise: Promise | None,
    changes: Sequence[Change],
) -> Run:
    """A run with everything that is known of it."""
    return Run(
        **_summarised(run, incident_id),
        evidence=list(facts(state, concluded)),
        counts=state.counts,
        unexplained=concluded.unexplained,
        items=item_counts(state.items),
        duration_s=state.duration_s,
        claims=[ClaimMade(claim=claim, at=rfc3339(at)) for claim, at in state.claims],
        stages=stage_views(concluded.stages),
        verdicts=[VerdictChange(rfc3339(change.at), change.old, change.new, change.reason) for change in changes],
        owner=promise.owner if promise else None,
        outcome=promise.outcome if promise else None,
    )


def item_counts(totals: ItemTotals) -> ItemCounts:
    """Items by what became of them."""
    return ItemCounts(total=totals.total, by_state={state.value: n for state, n in totals.by_state().items()})


def _summarised(run: FoldedRun, incident_id: str | None) -> dict[str, Any]:
    return {
        "id": run.id,
        "promise": run.promise,
        "external_id": run.external_id,
        "verdict": run.verdict,
        "first_stage": run.first_stage,
        "reason": run.reason,
        "opened_at": _text(run.opened_at),
        "closed_at": _text(run.closed_at),
        "due_at": _text(run.due_at),
        "incident_id": incident_id,
        "cause": run.cause,
        "slot_at": _text(run.slot_at),
        "drill": run.drill.id if run.drill else None,
    }


def _text(instant: Instant | None) -> str | None:
    return None if instant is None else rfc3339(instant)
