"""Acts on every state store: asked for by several at once, and left behind by whoever did them."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from outproof.contract.action import Action, ActionKind, Parameter
from outproof.contract.run import Stage
from outproof.core.errors import Transient
from outproof.core.ids import IncidentId, RunId
from outproof.core.time import Instant
from outproof.engine.handoff import AT_ONCE_MAX, Handoffs, Refused
from outproof.engine.settle import Occasion, Terms, settle
from outproof.respond.action import ActionRecord, ActionState, Call, Done
from outproof.respond.audit import Verb
from outproof.respond.route import Routes
from outproof.store.state.state import SqlState
from tests.builders import NIGHTLY, RUN, a_promise, by_job, closed, opened
from tests.contract.state.opened import PROJECT, Home, SetClock, a_state

ACTION = Action(
    name="hide",
    kind=ActionKind.SUPPRESS,
    describes="Hide it.",
    command=("/bin/hide", "{why}"),
    parameters={"why": Parameter()},
    timeout_s=30.0,
)
PROMISE = replace(a_promise(by_job(Stage.VALIDATED)), actions=(ACTION,))
TERMS = Terms({NIGHTLY: PROMISE}, Routes())


class GivenDoer:
    """Does nothing but count, and waits until it is let go."""

    def __init__(self) -> None:
        self.done: list[Call] = []
        self.begun, self.go = threading.Event(), threading.Event()
        self.go.set()
        self.result = Done(state=ActionState.SUCCEEDED, result="200 OK")

    def do(self, call: Call, now: Instant) -> Done:
        self.done.append(call)
        self.begun.set()
        self.go.wait(200)
        return self.result


@pytest.fixture
def doer() -> Iterator[GivenDoer]:
    found = GivenDoer()
    yield found
    found.go.set()


@pytest.fixture
def incident(state: SqlState) -> IncidentId:
    """The incident of a run that ended without its proof."""
    with state.begin() as tx:
        for signal in (opened(), closed(1)):
            tx.runs.receive(signal)
        settle(tx, RUN, Occasion.SIGNAL, TERMS, project=PROJECT, now=SetClock().now())
        return tx.runs.incident_ids([RUN])[RunId(RUN)]


def hide(handoffs: Handoffs, incident: IncidentId, why: str = "wrong", *, force: bool = False) -> ActionRecord:
    return handoffs.execute(incident, "hide", {"why": why}, TERMS, by="ann", force=force)


def record_of(state: SqlState, record: ActionRecord) -> ActionRecord:
    with state.look() as tx:
        found = tx.actions.load(record.id)
    assert found is not None
    return found


def audited(state: SqlState) -> list[Verb]:
    with state.look() as tx:
        return [entry.verb for entry in reversed(tx.audit.newest(100))]


def test_asked_for_by_many_at_once_it_is_done_once(home: Home, state: SqlState, incident: IncidentId) -> None:
    clock, doers = SetClock(), [GivenDoer(), GivenDoer()]
    with a_state(home) as other:
        servers = [Handoffs(state, clock, PROJECT, doers[0]), Handoffs(other, clock, PROJECT, doers[1])]
        with ThreadPoolExecutor(AT_ONCE_MAX) as pool:
            records = list(pool.map(lambda n: hide(servers[n % 2], incident), range(AT_ONCE_MAX)))
        for server in servers:
            server.stop()
    assert len({record.id for record in records}) == 1
    assert sum(len(doer.done) for doer in doers) == 1
    assert record_of(state, records[0]).state is ActionState.SUCCEEDED
    assert audited(state) == [Verb.ACTION_ASKED, Verb.ACTION_ENDED]


def test_what_nobody_finished_is_unknown_and_not_repeated_unasked(
    state: SqlState, incident: IncidentId, doer: GivenDoer
) -> None:
    clock = SetClock()
    doer.go.clear()
    gone = Handoffs(state, clock, PROJECT, doer)
    record = hide(gone, incident)
    assert doer.begun.wait(60)
    assert record_of(state, record).state is ActionState.RUNNING
    after_restart, next_doer = SetClock(clock.at), GivenDoer()
    server = Handoffs(state, after_restart, PROJECT, next_doer)
    after_restart.forward(34)
    server.tick()
    assert hide(server, incident).state is ActionState.RUNNING
    after_restart.forward(2)
    server.tick()
    with pytest.raises(Refused, match="nobody can tell whether it was done"):
        hide(server, incident)
    assert next_doer.done == []
    forced = hide(server, incident, force=True)
    server.stop()
    assert (forced.tries, record_of(state, forced).state, len(next_doer.done)) == (2, ActionState.SUCCEEDED, 1)
    assert next_doer.done == doer.done, "the same call, with the same idempotency key"
    doer.go.set()
    gone.stop()
    assert record_of(state, forced).tries == 2


def test_a_result_that_comes_late_is_better_than_none(state: SqlState, incident: IncidentId, doer: GivenDoer) -> None:
    clock = SetClock()
    doer.go.clear()
    handoffs = Handoffs(state, clock, PROJECT, doer)
    record = hide(handoffs, incident)
    assert doer.begun.wait(60)
    clock.forward(60)
    handoffs.tick()
    assert record_of(state, record).state is ActionState.UNKNOWN
    doer.go.set()
    handoffs.stop()
    assert record_of(state, record).state is ActionState.SUCCEEDED


def test_what_was_never_begun_was_not_done(state: SqlState, incident: IncidentId, doer: GivenDoer) -> None:
    clock = SetClock()
    handoffs = Handoffs(state, clock, PROJECT, doer)
    record = replace(hide(handoffs, incident), id="act_x", key="x", state=ActionState.INTENDED, generation=1)
    with state.begin() as tx:
        assert tx.actions.save(replace(record, finished_at=None, result=None))
    clock.forward(60)
    handoffs.tick()
    lost = record_of(state, record)
    assert (lost.state, lost.result) == (
        ActionState.FAILED,
        "the server went away before it began: nothing was done",
    )


def test_more_than_a_few_at_once_are_told_to_come_back(state: SqlState, incident: IncidentId, doer: GivenDoer) -> None:
    doer.go.clear()
    handoffs = Handoffs(state, SetClock(), PROJECT, doer)
    for number in range(AT_ONCE_MAX):
        hide(handoffs, incident, f"reason {number}")
    with pytest.raises(Transient, match="ask again when one has ended"):
        hide(handoffs, incident, "one more")
    doer.go.set()
    handoffs.stop()


@pytest.mark.parametrize("given", [{}, {"why": "-x"}, {"who": "ann"}])
def test_what_is_refused_leaves_nothing_behind(
    state: SqlState, incident: IncidentId, doer: GivenDoer, given: dict[str, Any]
) -> None:
    handoffs = Handoffs(state, SetClock(), PROJECT, doer)
    for _ in range(AT_ONCE_MAX + 1):
        with pytest.raises(ValueError, match="expected"):
            handoffs.execute(incident, "hide", given, TERMS, by="ann", force=True)
    assert (doer.done, audited(state)) == ([], [])
