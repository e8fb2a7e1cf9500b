"""Runs in SQL: signals as they came, once each; what was concluded from them; each change of a verdict."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, and_, bindparam, delete, func, select, update

from outproof.contract.drill import Drilled
from outproof.contract.run import Signal, SignalKind, Stage
from outproof.core.errors import Transient
from outproof.core.ids import IncidentId, ProjectId, RunId
from outproof.core.time import Instant
from outproof.ports import Reception
from outproof.prove.folded_run import FoldedRun, VerdictChange
from outproof.prove.outcome import Cause, Verdict
from outproof.prove.slots import SlotState
from outproof.store.state.asked import each_of
from outproof.store.state.insertion import insert_new
from outproof.store.state.tables import incidents, runs, signals, slots, verdicts

NOTES_PER_RUN_MAX = 50


_LAST_KEPT = (
    select(runs)
    .where(
        runs.c.project_id == bindparam("project"),
        runs.c.promise == bindparam("promise"),
        runs.c.verdict == Verdict.KEPT,
        runs.c.first_signal_at < bindparam("before"),
        runs.c.drill.is_(None),
    )
    .order_by(runs.c.first_signal_at.desc(), runs.c.id)
    .limit(1)
)


class SqlRuns:
    """The runs of one project, within one transaction."""

    def __init__(self, connection: Connection, project: ProjectId) -> None:
        self._connection = connection
        self._project = project

    def receive(self, signal: Signal) -> Reception:
        """Store a signal, unless one of its id is there."""
        digest = _digest(signal)
        row = {
            "project_id": self._project,
            "id": signal.id,
            "run_id": signal.run_id,
            "kind": signal.kind,
            "digest": digest,
            "body": msgspec.json.encode(signal).decode(),
            "received_at": signal.received_at,
        }
        if insert_new(self._connection, signals, [row]):
            if signal.kind is SignalKind.NOTED:
                self._forget_notes(signal.run_id)
            return Reception.STORED
        first = self._connection.execute(
            select(signals.c.digest).where(signals.c.project_id == self._project, signals.c.id == signal.id)
        ).scalar_one_or_none()
        return Reception.DUPLICATE if first == digest else Reception.CONFLICT

    def _forget_notes(self, run_id: RunId) -> None:
        """Keep the first note of a run and the newest: those between change nothing about it."""
        notes = [signals.c.project_id == self._project, signals.c.run_id == run_id, signals.c.kind == SignalKind.NOTED]
        ordered = select(signals.c.id).where(*notes).order_by(signals.c.received_at, signals.c.id)
        ids = self._connection.execute(ordered).scalars().all()
        if len(ids) > NOTES_PER_RUN_MAX:
            gone = ids[1 : 1 - NOTES_PER_RUN_MAX]
            self._connection.execute(
                delete(signals).where(signals.c.project_id == self._project, signals.c.id.in_(gone))
            )

    def signals(self, run_id: RunId) -> Sequence[Signal]:
        """Every signal of a run, in the order they were received."""
        bodies = self._connection.execute(
            select(signals.c.body)
            .where(signals.c.project_id == self._project, signals.c.run_id == run_id)
            .order_by(signals.c.received_at, signals.c.id)
        ).scalars()
        return [msgspec.json.decode(body, type=Signal) for body in bodies]

    def load(self, run_id: RunId) -> FoldedRun | None:
        """What was last concluded of a run; None: we never heard of it."""
        row = self._connection.execute(
            select(runs).where(runs.c.project_id == self._project, runs.c.id == run_id)
        ).one_or_none()
        return None if row is None else _run(row)

    def save(self, run: FoldedRun, change: VerdictChange | None) -> None:
        """Save a run whose generation is one above what was loaded (1: a new run), and the change of its verdict.

        Raises:
            Transient: somebody else changed the run first; nothing of this transaction may be kept.
        """
        if run.generation == 1:
            saved = insert_new(self._connection, runs, [{"project_id": self._project, **_columns(run)}])
        else:
            saved = self._connection.execute(
                update(runs)
                .where(runs.c.project_id == self._project, runs.c.id == run.id, runs.c.generation == run.generation - 1)
                .values(**_columns(run))
            ).rowcount
        if not saved:
            raise Transient(f"run {run.id} was changed by somebody else meanwhile; nothing was changed, try again")
        if change is not None:
            self._connection.execute(
                verdicts.insert().values(
                    project_id=self._project,
                    run_id=run.id,
                    at=change.at,
                    old=change.old,
                    new=change.new,
                    reason=change.reason,
                )
            )

    def unsettled(self, now: Instant, limit: int) -> Sequence[RunId]:
        """Runs whose verdict time alone may have changed by now, the longest due first."""
        return self._due(runs.c.settle_at, now, limit)

    def unseen(self, now: Instant, limit: int, *, leaving_out: Collection[str] = ()) -> Sequence[RunId]:
        """Runs that our probe should look at by now, the longest due first; not those of some promises."""
        return self._due(runs.c.probe_at, now, limit, leaving_out)

    def _due(self, column: Any, now: Instant, limit: int, leaving_out: Collection[str] = ()) -> Sequence[RunId]:
        due = select(runs.c.id).where(runs.c.project_id == self._project, column <= now)
        if leaving_out:
            due = due.where(runs.c.promise.not_in(leaving_out))
        return [RunId(run_id) for run_id in self._connection.execute(due.order_by(column).limit(limit)).scalars()]

    def latest(self, promise: str | None, limit: int, *, drills: bool = False) -> Sequence[FoldedRun]:
        """The newest runs, the newest first. `promise` None: of all promises. `drills`: those broken on purpose too."""
        query = select(runs).where(runs.c.project_id == self._project)
        if not drills:
            query = query.where(runs.c.drill.is_(None))
        if promise is not None:
            query = query.where(runs.c.promise == promise)
        rows = self._connection.execute(query.order_by(runs.c.first_signal_at.desc(), runs.c.id).limit(limit))
        return [_run(row) for row in rows]

    def newest_of(self, promises: Sequence[str]) -> Mapping[str, FoldedRun]:
        """The newest run of each of these promises that has one."""
        asked, one = each_of(self._connection, promises), runs.alias()
        first = (
            select(one.c.id)
            .where(one.c.project_id == self._project, one.c.promise == asked.c.value, one.c.drill.is_(None))
            .order_by(one.c.first_signal_at.desc(), one.c.id)
            .limit(1)
            .scalar_subquery()
        )
        found = self._connection.execute(select(runs).select_from(asked).outerjoin(runs, runs.c.id == first))
        return {row.promise: _run(row) for row in found if row.id is not None}

    def last_kept(self, promise: str, before: Instant) -> FoldedRun | None:
        """The newest kept run of a promise that started before an instant."""
        of = {"project": self._project, "promise": promise, "before": before}
        row = self._connection.execute(_LAST_KEPT, of).one_or_none()
        return None if row is None else _run(row)

    def verdicts(self, run_id: RunId) -> Sequence[VerdictChange]:
        """Each change of a run's verdict, the oldest first."""
        rows = self._connection.execute(
            select(verdicts)
            .where(verdicts.c.project_id == self._project, verdicts.c.run_id == run_id)
            .order_by(verdicts.c.number)
        )
        return [
            VerdictChange(
                at=Instant(row.at), old=Verdict(row.old) if row.old else None, new=Verdict(row.new), reason=row.reason
            )
            for row in rows
        ]

    def verdict_counts(self) -> Mapping[str, Mapping[Verdict, int]]:
        """Runs by promise and verdict."""
        rows = self._connection.execute(
            select(runs.c.promise, runs.c.verdict, func.count())
            .where(runs.c.project_id == self._project, runs.c.drill.is_(None))
            .group_by(runs.c.promise, runs.c.verdict)
        )
        counted: dict[str, dict[Verdict, int]] = defaultdict(dict)
        for promise, verdict, number in rows:
            counted[promise][Verdict(verdict)] = number
        return counted

    def judged(self, promise: str, start: Instant, end: Instant) -> tuple[int, int]:
        """How many runs, or slots where there is a schedule, have a final verdict, and how many of those are kept."""
        expected = select(slots.c.state, func.count()).where(
            slots.c.project_id == self._project,
            slots.c.promise == promise,
            slots.c.at >= start,
            slots.c.at < end,
            slots.c.drill.is_(None),
            slots.c.state.in_([SlotState.KEPT.value, SlotState.BROKEN.value, SlotState.MISSED.value]),
        )
        unexpected = select(runs.c.verdict, func.count()).where(
            runs.c.project_id == self._project,
            runs.c.promise == promise,
            runs.c.first_signal_at >= start,
            runs.c.first_signal_at < end,
            runs.c.slot_at.is_(None),
            runs.c.drill.is_(None),
            runs.c.verdict != Verdict.PENDING.value,
        )
        total = kept = 0
        for counted in (expected.group_by(slots.c.state), unexpected.group_by(runs.c.verdict)):
            for became, number in self._connection.execute(counted):
                total += number
                kept += number if became == Verdict.KEPT.value else 0
        return total, kept

    def incident_ids(self, run_ids: Sequence[RunId]) -> Mapping[RunId, IncidentId]:
        """The newest incident of each run that ever had one."""
        asked = each_of(self._connection, run_ids)
        of_run = and_(incidents.c.project_id == self._project, incidents.c.run_id == asked.c.value)
        found = select(incidents.c.run_id, incidents.c.id).select_from(asked).outerjoin(incidents, of_run)
        rows = self._connection.execute(found.order_by(incidents.c.opened_at))
        return {RunId(run_id): IncidentId(incident) for run_id, incident in rows if incident is not None}


def _digest(signal: Signal) -> str:
    """The digest of what the sender said: the same for a retry, whenever it is received."""
    proof = None if signal.proof is None else replace(signal.proof, at=Instant(0))
    return sha256(msgspec.json.encode(replace(signal, received_at=Instant(0), proof=proof), order="sorted")).hexdigest()


def _columns(run: FoldedRun) -> dict[str, object]:
    return {
        "id": run.id,
        "promise": run.promise,
        "external_id": run.external_id,
        "verdict": run.verdict,
        "first_stage": run.first_stage,
        "reason": run.reason,
        "opened_at": run.opened_at,
        "closed_at": run.closed_at,
        "due_at": run.due_at,
        "settle_at": run.settle_at,
        "probe_at": run.look_at,
        "probe_tries": run.looks,
        "first_signal_at": run.started_at,
        "cause": run.cause,
        "slot_at": run.slot_at,
        "drill": None if run.drill is None else msgspec.json.encode(run.drill).decode(),
        "generation": run.generation,
    }


def _run(row: Row[Any]) -> FoldedRun:
    return FoldedRun(
        id=RunId(row.id),
        promise=row.promise,
        external_id=row.external_id,
        verdict=Verdict(row.verdict),
        first_stage=Stage(row.first_stage) if row.first_stage else None,
        reason=row.reason,
        started_at=Instant(row.first_signal_at),
        opened_at=row.opened_at,
        closed_at=row.closed_at,
        due_at=row.due_at,
        settle_at=row.settle_at,
        look_at=row.probe_at,
        looks=row.probe_tries,
        cause=Cause(row.cause) if row.cause else None,
        slot_at=row.slot_at,
        drill=None if row.drill is None else msgspec.json.decode(row.drill, type=Drilled),
        generation=row.generation,
    )
