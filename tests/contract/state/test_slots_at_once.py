"""Several servers on one database: a slot that is missed while its run begins is told once, and mended."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from outproof.contract.run import Observer, Proof, SignalKind, Stage
from outproof.contract.schedule import Schedule
from outproof.core.errors import Transient
from outproof.core.time import after
from outproof.engine.schedule import Scheduler
from outproof.engine.settle import Occasion, Settler, Terms, settle
from outproof.prove.slots import SlotState
from outproof.respond.incident import IncidentState
from outproof.respond.route import Routes
from outproof.store.state.state import SqlState
from tests.builders import NIGHTLY, RUN, a_promise, a_signal, by_job
from tests.contract.state.opened import NOON, PROJECT, Home, SetClock, a_state

TRIES_MAX = 50


def tried(work: Callable[[], object]) -> None:
    """Do it as loops and senders do: what others were in the way of is tried again."""
    for _ in range(TRIES_MAX):
        try:
            work()
        except Transient:
            continue
        return
    raise AssertionError(f"others were in the way {TRIES_MAX} times")


@pytest.mark.parametrize("round_number", range(4))
def test_a_run_that_begins_when_its_slot_is_missed_is_one_incident_at_most(home: Home, round_number: int) -> None:
    promise = replace(
        a_promise(by_job(Stage.PERSISTED)), due_s=3_600.0, schedule=Schedule(cron="* * * * *", grace_s=0.0)
    )
    terms, clock = Terms({NIGHTLY: promise}, Routes(("pager",))), SetClock(NOON)

    def tell(state: SqlState, kind: SignalKind, **fields: object) -> None:
        signal = replace(a_signal(kind, 0, **fields), received_at=clock.at)

        def once() -> None:
            with state.begin() as tx:
                tx.runs.receive(signal)
                settle(tx, RUN, Occasion.SIGNAL, terms, project=PROJECT, now=clock.at)

        tried(once)

    with a_state(home) as one, a_state(home) as other:
        servers = [Scheduler(state, clock, PROJECT, lambda: terms) for state in (one, other)]
        settlers = [Settler(state, clock, PROJECT, lambda: terms) for state in (one, other)]
        for server in servers:
            tried(server.tick)
        with one.look() as tx:
            slot = tx.slots.awaited(NIGHTLY)
        assert slot is not None
        clock.at = after(slot.at, 1.0)
        with ThreadPoolExecutor(8) as pool:
            ticks = [*(server.tick for server in servers), *(settler.tick for settler in settlers)]
            work = [
                *(pool.submit(tried, tick) for tick in ticks),
                pool.submit(tell, one, SignalKind.OPENED),
                pool.submit(tell, other, SignalKind.NOTED, note="at it"),
            ]
            for done in work:
                done.result()
        proof = Proof(stage=Stage.PERSISTED, observer=Observer.JOB, passed=True, at=clock.at)
        tell(one, SignalKind.PROVED, proof=proof)
        with one.look() as tx:
            incidents = tx.incidents.newest(list(IncidentState), 10)
            kept = tx.slots.load(NIGHTLY, slot.at)
        assert [incident.state for incident in incidents] in ([], [IncidentState.RESOLVED])
        assert kept is not None
        assert (kept.state, kept.run_id) == (SlotState.KEPT, RUN)
