"""A run and its slot: which expected run it is when we first hear of it, and how the slot stands after each verdict."""

from __future__ import annotations

from dataclasses import replace

from outproof.contract.promise import Promise
from outproof.core.time import Instant, after
from outproof.ports import Transaction
from outproof.prove.folded_run import FoldedRun
from outproof.prove.outcome import Verdict
from outproof.prove.run_state import RunState
from outproof.prove.slots import Slot, SlotState, a_slot

_STATES = {Verdict.KEPT: SlotState.KEPT, Verdict.PENDING: SlotState.STARTED}


def own_slot(tx: Transaction, old: FoldedRun | None, state: RunState, promise: Promise | None) -> Slot | None:
    """The slot of a run: chosen when we first hear of it, and kept. None: no schedule expected it.

    Of an interval it is the slot that is awaited, however early the run begins.
    """
    if promise is None or promise.schedule is None or state.drill is not None:
        return None
    if old is not None:
        return None if old.slot_at is None else tx.slots.load(promise.name, old.slot_at)
    if promise.schedule.cron is None:
        return tx.slots.awaited(promise.name)
    return _cron_slot(tx, promise.name, state.started_at, promise.schedule.early_s)


def _cron_slot(tx: Transaction, promise: str, started_at: Instant, early_s: float) -> Slot | None:
    """The newest slot that had come when a run began, while it is awaited; else the one that the run may be early for.

    Of a slot that was missed and one that is to come it is the nearer. A slot that is kept already has no further run:
    somebody ran it once more.
    """
    come, coming = (tx.slots.newest(promise, until) for until in (started_at, after(started_at, early_s)))
    if come is not None and coming is not None:
        is_nearer = started_at - come.at <= coming.at - started_at
        if come.state is SlotState.EXPECTED or (come.state is SlotState.MISSED and is_nearer):
            return come
    return None if coming is None or coming.state in (SlotState.KEPT, SlotState.PAUSED) else coming


def take_slot(tx: Transaction, slot: Slot, run: FoldedRun, promise: Promise) -> bool:
    """Write down how the slot stands after a verdict on one of its runs. True: another run of it is kept already."""
    if slot.state is SlotState.KEPT and slot.run_id != run.id and run.verdict is not Verdict.KEPT:
        return True
    state = _STATES.get(run.verdict, SlotState.BROKEN)
    if (slot.state, slot.run_id, slot.settle_at) != (state, run.id, None):
        tx.slots.save(replace(slot, state=state, run_id=run.id, settle_at=None, generation=slot.generation + 1))
    schedule = promise.schedule
    if schedule is not None and schedule.every_s is not None and slot.run_id is None:
        tx.slots.put([a_slot(promise, schedule, after(run.started_at, schedule.every_s))])
    return False
