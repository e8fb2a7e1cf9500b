"""Runs over REST: signals in, durable before the 202; runs and how they were concluded out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from litestar import get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery, QueryParameter, RawBody

from outproof.core.ids import RunId
from outproof.prove.outcome import outcome
from outproof.prove.run_state import fold
from outproof.server import given
from outproof.server.run_bodies import BODY_BYTES_MAX, Closed, Noted, Opened, Proved
from outproof.server.run_receiver import RECEIVING, Accepted, Receiving
from outproof.server.run_views import Run, RunSummary, run_summary, run_view

LIMIT_MAX = 500


@dataclass(frozen=True, slots=True)
class RunList:
    """Newest first."""

    runs: list[RunSummary]


@post("/v1/runs", status_code=202, sync_to_thread=True, request_max_body_size=BODY_BYTES_MAX, dependencies=RECEIVING)
def open_run(body: RawBody, receiver: Receiving) -> Accepted:
    """Open a run: {promise, external_id, evidence?, counts?, signal_id?, claimed_at?}. Idempotent."""
    return receiver.receive(body, Opened)


@post(
    "/v1/runs/{run:str}/proofs",
    status_code=202,
    sync_to_thread=True,
    request_max_body_size=BODY_BYTES_MAX,
    dependencies=RECEIVING,
)
def prove_run(run: FromPath[str], body: RawBody, receiver: Receiving) -> Accepted:
    """Say that the output of a run passed a stage, or that it did not: {stage, passed?, observer?, counts?, …}.

    With promise and external_id the run need not have been opened before.
    """
    return receiver.receive(body, Proved, RunId(run))


@post(
    "/v1/runs/{run:str}/close",
    status_code=202,
    sync_to_thread=True,
    request_max_body_size=BODY_BYTES_MAX,
    dependencies=RECEIVING,
)
def close_run(run: FromPath[str], body: RawBody, receiver: Receiving) -> Accepted:
    """Say how the job ended: {claim: success|failure, counts?, evidence?, error_type?, …}. Only proofs make it kept."""
    return receiver.receive(body, Closed, RunId(run))


@post(
    "/v1/runs/{run:str}/notes",
    status_code=202,
    sync_to_thread=True,
    request_max_body_size=BODY_BYTES_MAX,
    dependencies=RECEIVING,
)
def note_run(run: FromPath[str], body: RawBody, receiver: Receiving) -> Accepted:
    """Say that the job is still at it, and what it does: {note?, …}. A sign of life proves nothing."""
    return receiver.receive(body, Noted, RunId(run))


@get("/v1/runs", sync_to_thread=True)
def list_runs(
    store: given.Store,
    declared: given.Declared,
    promise: FromQuery[str | None] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=LIMIT_MAX)] = 50,
    drills: FromQuery[bool] = False,
) -> RunList:
    """The newest runs, of one promise or of all; those of drills if asked for."""
    with store.look() as tx:
        runs = tx.runs.latest(promise, limit, drills=drills)
        incidents = tx.runs.incident_ids([run.id for run in runs])
    known = declared.promises_by_name
    if promise is not None and not runs and promise not in known:
        declared_names = ", ".join(known) or "none"
        raise NotFoundException(f"no promise {promise!r} is declared, nor has it runs; declared are: {declared_names}")
    return RunList([run_summary(run, incidents.get(run.id)) for run in runs])


@get("/v1/runs/{run:str}", sync_to_thread=True)
def get_run(run: FromPath[str], store: given.Store, terms: given.Terms, clock: given.Clock) -> Run:
    """One run with its stages, evidence, counts and verdicts."""
    with store.look() as tx:
        folded = tx.runs.load(RunId(run))
        if folded is None:
            raise NotFoundException(f"no run {run!r} is known; GET /v1/runs lists the newest")
        state = fold(tx.runs.signals(folded.id), tx.items.totals(folded.id))
        incident = tx.runs.incident_ids([folded.id]).get(folded.id)
        changes = tx.runs.verdicts(folded.id)
    promise = terms.of(folded.promise, folded.drill)
    counts_from = folded.slot_at if promise is not None and promise.has_cron else None
    concluded = outcome(state, promise, clock.now(), slot_at=counts_from, holds=terms.holds)
    return run_view(folded, incident, state=state, concluded=concluded, promise=promise, changes=changes)


# list_runs comes before open_run: Litestar puts the earlier of two handlers of one path in a thread twice, which only
# a handler that returns plain data survives.
HANDLERS = [list_runs, open_run, prove_run, note_run, close_run, get_run]
