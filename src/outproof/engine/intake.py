"""Journal entries into the event store, and into the invariants: each consumer at its own pace, each span once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import chain
from typing import Generic, Protocol, TypeVar

import structlog

from outproof.contract.answer import COLUMN_NAMES, Columns
from outproof.contract.statement import Lane
from outproof.core.errors import Permanent, Transient
from outproof.core.ids import ProjectId
from outproof.core.time import Instant
from outproof.engine.changes import Changes
from outproof.engine.meter import Meter
from outproof.ports import Clock, State, Transaction
from outproof.store.events.client import Client
from outproof.store.events.load import Loaded, load
from outproof.store.journal.codec import Body, decoded
from outproof.store.journal.journal import Entry, Journal

_log = structlog.get_logger()

TICK_SPANS_MAX = 16_384
_TRIM_EVERY_POSITIONS = 256

LOAD, JUDGE = "load", "judge"
_SIGNAL, _BESIDE = "traces", "logs"

Broken = TypeVar("Broken")


class Judge(Protocol[Broken]):
    """Holds answers against the invariants."""

    def broken(self, columns: Columns) -> Broken:
        """What these answers break. Writes nothing."""
        ...

    def judge_batch(self, tx: Transaction, looks: Broken) -> None:
        """Record what was found, in the transaction that moves our position."""
        ...


class Intake(Generic[Broken]):
    """Takes what is new in the journal, decoded once: into the event store, then to the judge.

    The two have positions of their own. When the event store is away the judge goes on without it, and the loading
    catches up later. A position moves in the same transaction as what was done, so a crash repeats work but no effect.
    """

    def __init__(
        self,
        journal: Journal,
        events: Client,
        state: State,
        judge: Judge[Broken],
        *,
        clock: Clock,
        project: ProjectId,
        changes: Changes,
        meter: Meter,
    ) -> None:
        self._journal = journal
        self._events = events
        self._state = state
        self._judge = judge
        self._clock = clock
        self._project = project
        self._changes = changes
        self._meter = meter
        with state.begin() as tx:
            self._loaded = tx.alerts.cursor(LOAD)
            self._judged = tx.alerts.cursor(JUDGE)
        self._trimmed = 0

    def tick(self) -> bool:
        """Take one portion of the journal. True when it was a large one, so that more is likely to wait.

        Raises:
            Transient: the event store or the state store did not take it; nothing is lost, the next tick repeats it.
        """
        entries = self._journal.read(min(self._loaded, self._judged), spans_max=TICK_SPANS_MAX)
        if not entries:
            return False
        bodies = [(entry.position, body) for entry in entries if (body := _body(entry)) is not None]
        last = entries[-1].position
        try:
            if last > self._loaded:
                self._load([entry for entry in entries if entry.position > self._loaded], bodies, last)
        finally:
            if last > self._judged:
                self._judge_all([item for item in bodies if item[0] > self._judged], last)
        self._trim()
        return sum(entry.spans for entry in entries) > TICK_SPANS_MAX // 2

    def lag(self) -> int:
        """Journal entries that are on disk and not yet both in windows and past the invariants."""
        return max(0, self._journal.last() - min(self._loaded, self._judged))

    def waiting_since(self) -> Instant | None:
        """When the oldest of what waits was received; None: nothing waits, or it cannot be read."""
        waiting = self._journal.read(min(self._loaded, self._judged), spans_max=1)
        body = _body(waiting[0]) if waiting else None
        return None if body is None else Instant(body.received_at)

    def loaded_until(self) -> Instant:
        """What was received before this instant is in windows; what is damaged beyond reading does not count."""
        now = self._clock.now()
        waiting = self._journal.read(self._loaded, spans_max=1)
        body = _body(waiting[0]) if waiting else None
        return now if body is None else Instant(body.received_at)

    def _load(self, entries: Sequence[Entry], read: Sequence[tuple[int, Body]], last: int) -> None:
        bodies = [item for item in read if item[0] > self._loaded]
        outcome = load(self._events, bodies)
        counts = _counted([body for _, body in bodies])
        whole = {position for position, _ in bodies}
        counts["dropped", "damaged_journal_entry"] = sum(e.spans for e in entries if e.position not in whole)
        counts["stored", ""] = outcome.stored[self._project]
        counts["duplicate", ""] = outcome.duplicate[self._project]
        with self._state.begin() as tx:
            for (became, reason), count in counts.items():
                tx.ledger.add(_SIGNAL, became, reason, count)
            tx.ledger.add(_BESIDE, "stored", "", outcome.beside[self._project])
            for (sender, became), count in _of_senders(bodies, outcome).items():
                tx.senders.count(sender, Lane.ANSWERS, became, count)
            self._move(tx, LOAD, self._loaded, last)
        self._loaded = last
        self._changes.publish(["windows"])
        for rows in outcome.rows:
            self._meter.count(rows)

    def _judge_all(self, bodies: Sequence[tuple[int, Body]], last: int) -> None:
        """Judge a portion as one batch: what must be measured for a breach is measured once, however many break."""
        broken = self._judge.broken(_joined([body.columns for _, body in bodies]))
        with self._state.begin() as tx:
            self._judge.judge_batch(tx, broken)
            self._move(tx, JUDGE, self._judged, last)
        self._judged = last

    def _move(self, tx: Transaction, consumer: str, old: int, new: int) -> None:
        if not tx.alerts.move_cursor(consumer, new, self._clock.now(), expected=old):
            raise Transient(f"another process moved the position of {consumer} past {old}: only one may read a journal")

    def _trim(self) -> None:
        through = min(self._loaded, self._judged)
        if through - self._trimmed >= _TRIM_EVERY_POSITIONS:
            self._journal.trim(through)
            self._trimmed = through


def _body(entry: Entry) -> Body | None:
    """The decoded entry; None for a damaged one, which is left behind so that others get by."""
    try:
        return decoded(entry.body)
    except Permanent as error:
        _log.error("journal_entry_damaged", position=entry.position, reason=str(error))
        return None


def _counted(bodies: Sequence[Body]) -> Counter[tuple[str, str]]:
    """What was refused, set aside and redacted when these were admitted, by outcome and reason."""
    counts: Counter[tuple[str, str]] = Counter()
    for body in bodies:
        counts.update({("rejected", reason): count for reason, count in body.rejected.items()})
        counts.update(("quarantined", str(item.reason)) for item in body.set_aside)
        counts.update({("redacted", column): count for column, count in body.redacted.items()})
    return counts


def _of_senders(bodies: Sequence[tuple[int, Body]], outcome: Loaded) -> Counter[tuple[str, str]]:
    """What became of the spans of each sender that gave its name."""
    counts: Counter[tuple[str, str]] = Counter()
    for position, body in bodies:
        if body.sender:
            counts[body.sender, "stored"] += outcome.stored_of[position]
            counts[body.sender, "duplicate"] += outcome.duplicate_of[position]
    return counts


def _joined(batches: Sequence[Columns]) -> Columns:
    """The batches as one, in their order. A column that one lacks, as older versions wrote it, is unknown there."""
    sizes = [len(batch["span_id"]) for batch in batches]
    return {
        name: list(
            chain.from_iterable(batch.get(name) or [None] * size for batch, size in zip(batches, sizes, strict=True))
        )
        for name in COLUMN_NAMES
    }
