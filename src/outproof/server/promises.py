"""Promises as the API shows them: what is declared, its last run, and how its runs came out."""

from __future__ import annotations

from dataclasses import dataclass

from litestar import get

from outproof.contract.promise import Promise
from outproof.contract.run import Observer
from outproof.prove.outcome import Verdict
from outproof.server import given
from outproof.server.run_views import RunSummary, StageName, run_summary


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


@dataclass(frozen=True, slots=True)
class PromiseSummary:
    """A declared promise. `last_run` is null before its first run."""

    name: str
    outcome: str
    owner: str
    version: str
    proofs: list[RequiredProof]
    due_s: float | None
    runbook: str | None
    last_run: RunSummary | None
    verdicts: VerdictCounts


@dataclass(frozen=True, slots=True)
class PromiseList:
    """In the order they are declared."""

    promises: list[PromiseSummary]


@get("/v1/promises", sync_to_thread=True)
def list_promises(store: given.Store, declared: given.Declared) -> PromiseList:
    """Every declared promise."""
    with store.look() as tx:
        counted = tx.runs.verdict_counts()
        last = {promise.name: run for promise in declared.promises for run in tx.runs.latest(promise.name, 1)}
        incidents = tx.runs.incident_ids([run.id for run in last.values()])
    summaries = []
    for promise in declared.promises:
        run = last.get(promise.name)
        last_run = run_summary(run, incidents.get(run.id)) if run else None
        counts = counted.get(promise.name, {})
        verdicts = VerdictCounts(**{verdict.value: counts.get(verdict, 0) for verdict in Verdict})
        summaries.append(_summary(promise, last_run, verdicts))
    return PromiseList(summaries)


def _summary(promise: Promise, last_run: RunSummary | None, verdicts: VerdictCounts) -> PromiseSummary:
    return PromiseSummary(
        name=promise.name,
        outcome=promise.outcome,
        owner=promise.owner,
        version=promise.version,
        proofs=[RequiredProof(stage, required.observer) for stage, required in promise.proofs.items()],
        due_s=promise.limit_s if promise.proofs else None,
        runbook=promise.runbook,
        last_run=last_run,
        verdicts=verdicts,
    )


HANDLERS = [list_promises]
