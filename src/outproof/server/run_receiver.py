"""Takes one signal about a run: body in; stored, settled and durable when the answer goes out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from litestar import Request, Response
from litestar.di import NamedDependency, Provide
from litestar.exceptions import HTTPException, NotFoundException
from litestar.params import SkipValidation

from outproof.contract.drill import Drilled
from outproof.contract.item import ITEMS_PER_RUN_MAX
from outproof.contract.run import Signal, SignalKind
from outproof.contract.statement import SENDER_HEADER, Lane, sender_of
from outproof.core.ids import ProjectId, RunId, run_id
from outproof.engine.settle import Occasion, Settled, settle
from outproof.ports import Reception, Transaction
from outproof.prove.folded_run import FoldedRun
from outproof.prove.items import Mark
from outproof.prove.outcome import Verdict
from outproof.server import given
from outproof.server.run_bodies import (
    Noted,
    Refusal,
    Said,
    Wrong,
    admitted,
    decoded,
    signal,
)
from outproof.server.run_views import RunSummary, run_summary

NAMED_MAX = 20
_LEDGER = "runs"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunAccepted:
    """The signal is on disk. `note` says what the sender should know, such as that nobody declared the promise."""

    run_id: str
    verdict: Verdict
    request_id: str
    note: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunConflict:
    """The signal contradicts one that came first; `run` is what is stored."""

    code: int
    message: str
    details: list[str]
    run: RunSummary


Accepted = Response[RunAccepted | RunConflict]


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiver:
    """Takes the signals of one request's client; those of a `drill`, which no client can claim to be, are marked."""

    store: given.Store
    clock: given.Clock
    project: ProjectId
    terms: given.Terms
    request_id: str
    sender: str | None = None
    drill: Drilled | None = None

    def receive(self, body: bytes, wanted: type[Said], run: RunId | None = None) -> Accepted:
        """Store what a body says and settle its run, in one transaction. `run` None: the body names it."""
        return self._taken(lambda: decoded(body, wanted), run)

    def receive_items(self, said: Noted, run: RunId, marks: Mapping[str, Mark]) -> Accepted:
        """Store what is said of items, which is a sign of life as well, and settle their run."""
        return self._taken(lambda: said, run, marks)

    def _taken(self, read: Callable[[], Said], run: RunId | None, marks: Mapping[str, Mark] | None = None) -> Accepted:
        try:
            said = read()
            with self.store.begin() as tx:
                return self.take(tx, said, run, marks)
        except Wrong as error:
            self._count_refused(error.refusal)
            place = {"key": error.path, "message": str(error), "source": "body"}
            raise HTTPException(detail=f"{error} (at {error.path})", status_code=422, extra=[place]) from error
        except NotFoundException:
            self._count_refused(Refusal.UNKNOWN_RUN)
            raise

    def take(
        self, tx: Transaction, said: Said, run: RunId | None = None, marks: Mapping[str, Mark] | None = None
    ) -> Accepted:
        """Store what is said and settle its run, in the caller's transaction.

        Raises:
            Wrong: it cannot be meant; nothing of this transaction may be kept.
        """
        promise_name, external_id = _named(said, None if run is None else tx.runs.load(run), run)
        expected = run_id(self.project, promise_name, external_id) if said.promise else run
        assert expected is not None
        if run is not None and run != expected:
            raise Wrong("$.external_id", f"expected the run of the path, got promise and external_id of {expected}")
        promise = self.terms.promises.get(promise_name)
        now = self.clock.now()
        made = signal(said, run_id=expected, promise=promise_name, external_id=external_id, now=now)
        made, dropped = admitted(replace(made, drill=self.drill), promise)
        reception = tx.runs.receive(made)
        _count(tx, reception, dropped)
        if marks:
            tx.items.join(expected, marks, now)
        settled = settle(tx, expected, Occasion.SIGNAL, self.terms, project=self.project, now=now)
        if settled.state.items.total > ITEMS_PER_RUN_MAX:
            raise Wrong("$", f"expected at most {ITEMS_PER_RUN_MAX} items in a run, got {settled.state.items.total}")
        contradicted = _contradicted(made, reception, settled, tx.runs.signals(expected))
        if contradicted:
            return self._conflict(tx, settled, contradicted)
        note = None if promise else _undeclared_note(promise_name, tuple(self.terms.promises), dropped)
        accepted = RunAccepted(run_id=expected, verdict=settled.run.verdict, request_id=self.request_id, note=note)
        if self.sender is not None and marks is None:  # items are counted line by line
            tx.senders.count(self.sender, Lane.SIGNALS, reception, 1)
        return Response(accepted, status_code=202)

    def _conflict(self, tx: Transaction, settled: Settled, message: str) -> Accepted:
        incident = tx.runs.incident_ids([settled.run.id]).get(settled.run.id)
        conflict = RunConflict(code=409, message=message, details=[], run=run_summary(settled.run, incident))
        return Response(conflict, status_code=409)

    def _count_refused(self, refusal: Refusal) -> None:
        with self.store.begin() as tx:
            tx.ledger.add(_LEDGER, "rejected", refusal, 1)


def _receiver(
    request: Request[Any, Any, Any],
    store: given.Store,
    clock: given.Clock,
    project: given.Project,
    terms: given.Terms,
) -> Receiver:
    request_id = request.scope.get("request_id", "")
    sender = sender_of(request.headers.get(SENDER_HEADER))
    return Receiver(store=store, clock=clock, project=project, terms=terms, request_id=str(request_id), sender=sender)


RECEIVING = {"receiver": Provide(_receiver, sync_to_thread=False)}
Receiving = NamedDependency[SkipValidation[Receiver]]


def _named(said: Said, known: FoldedRun | None, run: RunId | None) -> tuple[str, str]:
    """The promise and the external id of a run: as the body says, else as we know them."""
    if said.promise is not None and said.external_id is not None:
        return said.promise, said.external_id
    if said.promise is not None or said.external_id is not None:
        raise Wrong("$", "expected promise and external_id together, or neither, got one of them")
    if known is None:
        raise NotFoundException(
            f"no run {run} is known; open it first, or send promise and external_id along: order does not matter then"
        )
    return known.promise, known.external_id


def _count(tx: Transaction, reception: Reception, dropped: Sequence[str]) -> None:
    if reception is Reception.CONFLICT:
        tx.ledger.add(_LEDGER, "rejected", Refusal.CONFLICT, 1)
    else:
        tx.ledger.add(_LEDGER, reception, "", 1)
    if reception is Reception.STORED:
        tx.ledger.add("evidence", "dropped", "undeclared_promise", len(dropped))


def _contradicted(made: Signal, reception: Reception, settled: Settled, known: Sequence[Signal]) -> str | None:
    """Why the sender must be told that something else came first; None when nothing did."""
    if reception is Reception.CONFLICT:
        return "expected a new signal_id, got one that was used before for something else; the first signal stays"
    first = next((other for other in known if other.kind is SignalKind.CLOSED), made)
    if made.claim is None or made.claim is first.claim or not settled.state.conflicting:
        return None
    return (
        f"the run was closed before as {first.claim}; this {made.claim} is on record, and the worse of the two counts. "
        f"To try again under the same external_id, open the run again first"
    )


def some_of(names: Sequence[str]) -> str:
    """The first of the names, so that an answer stays an answer where thousands are declared."""
    more = f" and {len(names) - NAMED_MAX} more" if len(names) > NAMED_MAX else ""
    return ", ".join(names[:NAMED_MAX]) + more if names else "none"


def _undeclared_note(name: str, declared: Sequence[str], dropped: Sequence[str]) -> str:
    left_out = f"; evidence left out: {', '.join(dropped)}" if dropped else ""
    return (
        f"promise {name!r} is not declared (declared are: {some_of(declared)}): "
        f"the run is kept and shown as unverified{left_out}"
    )
