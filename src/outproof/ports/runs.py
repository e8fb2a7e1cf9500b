"""Runs and what is expected of them: signals, slots, single items, pulses and drills, as they are kept."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Protocol

from outproof.contract.run import Signal
from outproof.core.ids import IncidentId, RunId
from outproof.core.time import Instant
from outproof.learn.drill import Drill
from outproof.prove.folded_run import FoldedRun, VerdictChange
from outproof.prove.items import ItemTotals, Mark
from outproof.prove.outcome import Verdict
from outproof.prove.pulses import Pulse
from outproof.prove.slots import Slot


class Reception(StrEnum):
    """What became of a signal."""

    STORED = "stored"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"
    """Its id was used before for something else; the first one stays."""


class Runs(Protocol):
    """The signals of runs, what was concluded from them, and when to look at them again. Bound to one project."""

    def receive(self, signal: Signal) -> Reception:
        """Store a signal, unless one of its id is there."""
        ...

    def signals(self, run_id: RunId) -> Sequence[Signal]: ...

    def load(self, run_id: RunId) -> FoldedRun | None: ...

    def save(self, run: FoldedRun, change: VerdictChange | None) -> None:
        """Save a run whose generation is one above what was loaded (1: a new run), and the change of its verdict.

        Raises:
            Transient: somebody else changed the run first; nothing of this transaction may be kept.
        """
        ...

    def unsettled(self, now: Instant, limit: int) -> Sequence[RunId]:
        """Runs whose verdict time alone may have changed by now, the longest due first."""
        ...

    def unseen(self, now: Instant, limit: int, *, leaving_out: Collection[str] = ()) -> Sequence[RunId]:
        """Runs that our probe should look at by now, the longest due first; not those of some promises."""
        ...

    def latest(self, promise: str | None, limit: int, *, drills: bool = False) -> Sequence[FoldedRun]:
        """The newest runs, the newest first. `promise` None: of all promises. `drills`: those broken on purpose too."""
        ...

    def newest_of(self, promises: Sequence[str]) -> Mapping[str, FoldedRun]:
        """The newest run of each of these promises that has one. Drilled ones are left out."""
        ...

    def last_kept(self, promise: str, before: Instant) -> FoldedRun | None:
        """The newest kept run of a promise that started before an instant."""
        ...

    def verdicts(self, run_id: RunId) -> Sequence[VerdictChange]:
        """Each change of a run's verdict, the oldest first."""
        ...

    def verdict_counts(self) -> Mapping[str, Mapping[Verdict, int]]:
        """Runs by promise and verdict."""
        ...

    def judged(self, promise: str, start: Instant, end: Instant) -> tuple[int, int]:
        """Of the runs of a promise that belong into [start, end): how many have a final verdict, and how many of those
        are kept. What a schedule expected counts once, by when; a run that never started is one that is not kept.
        """
        ...

    def incident_ids(self, run_ids: Sequence[RunId]) -> Mapping[RunId, IncidentId]:
        """The newest incident of each run that ever had one."""
        ...


class Slots(Protocol):
    """The runs that schedules expect. Bound to one project."""

    def put(self, expected: Iterable[Slot]) -> None:
        """Write down what is expected, unless it is there."""
        ...

    def save(self, slot: Slot) -> None:
        """Save a slot whose generation is one above what was loaded.

        Raises:
            Transient: somebody else changed it first; nothing of this transaction may be kept.
        """
        ...

    def load(self, promise: str, at: Instant) -> Slot | None: ...

    def newest(self, promise: str, until: Instant | None) -> Slot | None:
        """The latest slot at or before an instant; None: the latest of all. Drilled ones are left out."""
        ...

    def awaited(self, promise: str) -> Slot | None:
        """The latest slot that nobody has begun and that is still expected. Drilled ones are left out."""
        ...

    def unsettled(self, now: Instant, limit: int) -> Sequence[Slot]:
        """Slots whose state time alone may have changed by now, the longest due first."""
        ...

    def recent(self, promise: str, until: Instant, limit: int) -> Sequence[Slot]:
        """Slots at or before an instant, the newest first. Drilled ones are left out."""
        ...

    def newest_of(self, promises: Sequence[str], until: Instant | None) -> Mapping[str, Slot]:
        """What `newest` says of each of these promises that has such a slot."""
        ...

    def ends(self) -> Mapping[str, Instant]:
        """The latest slot of each promise that has any."""
        ...


class Items(Protocol):
    """Single items of runs. Bound to one project."""

    def join(self, run_id: RunId, marks: Mapping[str, Mark], now: Instant) -> None:
        """Join what is said of items to what is known of them, by item id."""
        ...

    def totals(self, run_id: RunId) -> ItemTotals:
        """How many items of a run have each mark."""
        ...

    def some(self, run_id: RunId, marks: Sequence[Mark], after: str, limit: int) -> Sequence[tuple[str, Mark]]:
        """Items of a run that have one of these marks, by id, from the first id after `after` on."""
        ...


class Pulses(Protocol):
    """How promises without runs stand, one row each. Bound to one project."""

    def save(self, pulse: Pulse) -> None:
        """Save a pulse whose generation is one above what was loaded (1: a new one).

        Raises:
            Transient: somebody else changed it first; nothing of this transaction may be kept.
        """
        ...

    def load(self, promise: str) -> Pulse | None: ...

    def every(self) -> Mapping[str, Pulse]:
        """All of them, by promise."""
        ...

    def stale(self, now: Instant, limit: int) -> Sequence[Pulse]:
        """Heartbeats that are due, and surfaces from which no look came back in time, the longest due first."""
        ...

    def unseen(self, now: Instant, limit: int) -> Sequence[Pulse]:
        """Those whose surface our probe should look at by now, the longest due first."""
        ...


class Drills(Protocol):
    """Drills, from their beginning to their verdict. Bound to one project."""

    def save(self, drill: Drill) -> None:
        """Save a drill whose generation is one above what was loaded (1: a new one).

        Raises:
            Transient: somebody else changed it first; nothing of this transaction may be kept.
        """
        ...

    def load(self, drill: str) -> Drill | None: ...

    def running(self, limit: int) -> Sequence[Drill]:
        """Those that are not over, the longest running first."""
        ...

    def newest(self, promise: str | None, limit: int) -> Sequence[Drill]:
        """The newest first. `promise` None: of all promises."""
        ...

    def last(self) -> Mapping[str, Drill]:
        """The newest drill of each promise."""
        ...

    def last_passed(self) -> Mapping[str, Instant]:
        """When the last drill of each promise passed; those of which none ever did are left out."""
        ...

    def last_passed_routes(self) -> Mapping[str, Instant]:
        """When each channel last took part in a drill that passed."""
        ...

    def last_passed_evaluators(self) -> Mapping[str, Instant]:
        """When each part that notices breaks last did so in a drill that passed."""
        ...
