"""Counts over the state store, for scrapes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from sqlalchemy import Connection, Select, func, or_, select

from outproof.core.ids import ProjectId
from outproof.core.time import Instant
from outproof.respond.delivery import DeliveryState, Outcome
from outproof.respond.incident import IncidentState
from outproof.store.state.tables import alerts, deliveries, feedback, incidents, outbox, runs, verdicts

_PENDING = "pending"


class SqlTotals:
    """`ports.Totals` over one transaction and one project."""

    def __init__(self, connection: Connection, project: ProjectId) -> None:
        self._connection = connection
        self._project = project

    def last_verdict(self) -> int:
        number = self._connection.execute(
            select(func.max(verdicts.c.number)).where(verdicts.c.project_id == self._project)
        ).scalar_one()
        return 0 if number is None else number

    def settled_runs(self, after: int, through: int) -> Mapping[tuple[str, str], int]:
        return self._pairs(
            select(runs.c.promise, verdicts.c.new, func.count())
            .join_from(verdicts, runs, verdicts.c.run_id == runs.c.id)
            .where(verdicts.c.project_id == self._project, runs.c.project_id == self._project, runs.c.drill.is_(None))
            .where(verdicts.c.number > after, verdicts.c.number <= through)
            .where(verdicts.c.new != _PENDING, or_(verdicts.c.old.is_(None), verdicts.c.old == _PENDING))
            .group_by(runs.c.promise, verdicts.c.new)
        )

    def incidents_opened(self) -> int:
        return self._connection.execute(
            select(func.count())
            .select_from(incidents)
            .where(incidents.c.project_id == self._project, incidents.c.drill.is_(False))
        ).scalar_one()

    def unresolved_incidents(self) -> Mapping[tuple[str, str], int]:
        return self._pairs(
            select(incidents.c.state, incidents.c.severity, func.count())
            .where(incidents.c.project_id == self._project, incidents.c.drill.is_(False))
            .where(incidents.c.state.in_([IncidentState.OPEN.value, IncidentState.ACKNOWLEDGED.value]))
            .group_by(incidents.c.state, incidents.c.severity)
        )

    def alerts(self) -> Mapping[tuple[str, str], int]:
        return self._pairs(
            select(alerts.c.policy, alerts.c.state, func.count())
            .where(alerts.c.project_id == self._project)
            .group_by(alerts.c.policy, alerts.c.state)
        )

    def attempts(self) -> Mapping[tuple[str, str], int]:
        return self._pairs(
            select(outbox.c.channel, deliveries.c.outcome, func.count())
            .join_from(deliveries, outbox, deliveries.c.outbox_id == outbox.c.id)
            .where(outbox.c.project_id == self._project, deliveries.c.project_id == self._project)
            .group_by(outbox.c.channel, deliveries.c.outcome)
        )

    def notices_waiting(self) -> Mapping[str, int]:
        waiting = [DeliveryState.QUEUED.value, DeliveryState.RETRYING.value]
        rows = self._connection.execute(
            select(outbox.c.channel, func.count().label("notices"))
            .where(outbox.c.project_id == self._project, outbox.c.state.in_(waiting))
            .group_by(outbox.c.channel)
        )
        return {row.channel: row.notices for row in rows}

    def last_accepted(self) -> Mapping[str, Instant]:
        rows = self._connection.execute(
            select(outbox.c.channel, func.max(deliveries.c.at))
            .join_from(deliveries, outbox, deliveries.c.outbox_id == outbox.c.id)
            .where(outbox.c.project_id == self._project, deliveries.c.project_id == self._project)
            .where(deliveries.c.outcome == Outcome.ACCEPTED.value)
            .group_by(outbox.c.channel)
        )
        return {channel: Instant(at) for channel, at in rows}

    def feedback(self) -> Mapping[str, int]:
        rows = self._connection.execute(
            select(feedback.c.thumbs, feedback.c.escalated, func.count())
            .where(feedback.c.project_id == self._project)
            .group_by(feedback.c.thumbs, feedback.c.escalated)
        )
        said: Counter[str] = Counter()
        for thumbs, escalated, count in rows:
            if thumbs is not None:
                said[thumbs] += count
            if escalated:
                said["escalated"] += count
        return said

    def _pairs(self, query: Select[str, str, int]) -> dict[tuple[str, str], int]:
        return {(row[0], row[1]): row[2] for row in self._connection.execute(query)}
