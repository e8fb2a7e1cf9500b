"""The instants at which a schedule expects runs: a schedule and a time in; slots with their limits out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import islice
from zoneinfo import ZoneInfo

from cronsim import CronSim

from outproof.contract.drill import Drilled
from outproof.contract.promise import Promise
from outproof.contract.schedule import Schedule
from outproof.core.ids import RunId
from outproof.core.time import NANOS_PER_S, Instant, after


class SlotState(StrEnum):
    """How a slot stands. `missed` until a run begins; then it is as good as the best of its runs."""

    EXPECTED = "expected"
    STARTED = "started"
    KEPT = "kept"
    BROKEN = "broken"
    MISSED = "missed"
    PAUSED = "paused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One expected run. `settle_at` is when time alone may change its state; None: never.

    `run_id` is the newest run of it, or the one that was kept. `generation` grows with every change.
    """

    promise: str
    at: Instant
    start_by: Instant
    due_at: Instant
    state: SlotState = SlotState.EXPECTED
    run_id: RunId | None = None
    settle_at: Instant | None = None
    drill: Drilled | None = None
    generation: int = 1

    @property
    def key(self) -> str:
        """What an incident calls it, among the breaks of its promise."""
        return f"slot:{self.at}"


def a_slot(promise: Promise, schedule: Schedule, at: Instant) -> Slot:
    """The slot of a promise at an instant of its schedule."""
    start_by = after(at, schedule.grace_s)
    due_at = after(at, promise.limit_s)
    return Slot(promise=promise.name, at=at, start_by=start_by, due_at=due_at, settle_at=start_by)


def instants(schedule: Schedule, since: Instant) -> Iterator[Instant]:
    """The instants of a cron schedule after `since`, in order, each once.

    An instant that a clock change skips moves to the next valid one; one that it repeats happens the first time
    (wildcard hours run by elapsed time, as cron does).
    """
    assert schedule.cron is not None, "the next instant of an interval depends on the last run"
    began = datetime.fromtimestamp(since // NANOS_PER_S, UTC).astimezone(ZoneInfo(schedule.tz))
    for moment in CronSim(schedule.cron, began):
        elapsed = moment.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)
        yield Instant((elapsed // timedelta(seconds=1)) * NANOS_PER_S)


def upcoming(schedule: Schedule, since: Instant, limit: int) -> tuple[Instant, ...]:
    """The next instants after `since`, at most `limit`. An interval has only one, which its last run sets."""
    return tuple(islice(instants(schedule, since), limit)) if schedule.cron is not None else ()
