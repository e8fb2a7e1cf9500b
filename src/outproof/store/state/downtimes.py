"""When this server could not see: the heartbeat that bounds it, the downtimes found, and the deadlines inside them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Column, Connection, Table, func, select, update

from outproof.core.ids import ProjectId
from outproof.core.time import Instant
from outproof.decide.finding import FindingKind
from outproof.prove.holds import Downtime
from outproof.store.state.insertion import insert_new
from outproof.store.state.tables import downtimes, incidents, progress, pulses, runs, slots

_DEADLINES: tuple[tuple[Table, Column[int]], ...] = (
    (runs, runs.c.settle_at),
    (slots, slots.c.settle_at),
    (pulses, pulses.c.stale_at),
)
_OURS = (FindingKind.MONITOR_DOWN.value, FindingKind.CLOCK_SUSPECT.value)


class SqlDowntimes:
    """`ports.Downtimes` over one transaction and one project."""

    def __init__(self, connection: Connection, project: ProjectId) -> None:
        self._connection = connection
        self._project = project

    def beat(self, now: Instant) -> Instant | None:
        component = f"alive:{self._project}"
        last = self._connection.scalar(select(progress.c.at).where(progress.c.component == component))
        if last is None:
            insert_new(self._connection, progress, [{"component": component, "at": now, "position": 0}])
            return None
        self._connection.execute(
            update(progress).where(progress.c.component == component, progress.c.at < now).values(at=now)
        )
        return Instant(last)

    def add(self, downtime: Downtime) -> None:
        row = {"start": downtime.start, "end": downtime.end, "rearm_at": downtime.rearm_at}
        insert_new(self._connection, downtimes, [{"project_id": self._project, **row}])

    def since(self, instant: Instant, limit: int) -> Sequence[Downtime]:
        rows = self._connection.execute(
            select(downtimes.c.start, downtimes.c.end, downtimes.c.rearm_at)
            .where(downtimes.c.project_id == self._project, downtimes.c.start >= instant)
            .order_by(downtimes.c.start.desc())
            .limit(limit)
        )
        return [Downtime(Instant(row.start), Instant(row.end), Instant(row.rearm_at)) for row in rows]

    def deadlines(self, start: Instant, end: Instant) -> int:
        return sum(
            self._connection.execute(
                select(func.count())
                .select_from(table)
                .where(table.c.project_id == self._project, deadline >= start, deadline <= end)
            ).scalar_one()
            for table, deadline in _DEADLINES
        )

    def incidents_since(self, instant: Instant) -> int:
        return self._connection.execute(
            select(func.count())
            .select_from(incidents)
            .where(
                incidents.c.project_id == self._project,
                incidents.c.opened_at >= instant,
                incidents.c.kind.not_in(_OURS),
                incidents.c.drill.is_(False),
            )
        ).scalar_one()
