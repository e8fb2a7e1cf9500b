"""What responders said of pages, in SQL: rows are only ever added, and the newest of an incident counts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, and_, func, insert, select

from outproof.core.ids import IncidentId, ProjectId
from outproof.core.time import Instant
from outproof.learn.alert_ledger import Marked, Page, PageMark, page
from outproof.respond.incident import Incident, IncidentState
from outproof.store.state.tables import alert_marks, incidents

_incident = msgspec.json.Decoder(Incident)
_SAID = (
    alert_marks.c.incident_id,
    alert_marks.c.mark,
    alert_marks.c.by,
    alert_marks.c.at,
    alert_marks.c.note,
    alert_marks.c.began_at,
)


class SqlAlertLedger:
    """`ports.AlertLedger` over one transaction and one project."""

    def __init__(self, connection: Connection, project: ProjectId) -> None:
        self._connection = connection
        self._project = project

    def add(self, marked: Marked) -> None:
        self._connection.execute(
            insert(alert_marks).values(
                project_id=self._project,
                incident_id=marked.incident_id,
                mark=marked.mark.value,
                by=marked.by,
                at=marked.at,
                note=marked.note,
                began_at=marked.began_at,
            )
        )

    def of_incident(self, incident: IncidentId) -> Sequence[Marked]:
        rows = self._connection.execute(
            select(*_SAID)
            .where(alert_marks.c.project_id == self._project, alert_marks.c.incident_id == incident)
            .order_by(alert_marks.c.number.desc())
        )
        return [_marked(row) for row in rows]

    def pages(self, since: Instant, until: Instant, limit: int) -> tuple[Sequence[Page], bool]:
        newest = (
            select(alert_marks.c.incident_id, func.max(alert_marks.c.number).label("number"))
            .where(alert_marks.c.project_id == self._project)
            .group_by(alert_marks.c.incident_id)
            .subquery()
        )
        own = and_(alert_marks.c.project_id == self._project, alert_marks.c.number == newest.c.number)
        rows = self._connection.execute(
            select(incidents.c.body, *_SAID)
            .select_from(
                incidents.outerjoin(newest, newest.c.incident_id == incidents.c.id).outerjoin(alert_marks, own)
            )
            .where(
                incidents.c.project_id == self._project,
                incidents.c.state.in_([state.value for state in IncidentState]),  # the index begins with it
                incidents.c.opened_at >= since,
                incidents.c.opened_at < until,
                incidents.c.drill.is_(False),
            )
            .order_by(incidents.c.opened_at.desc(), incidents.c.id)
            .limit(limit + 1)
        ).all()
        read = ((_incident.decode(row.body), row) for row in rows[:limit])
        pages = [page(incident, None if row.mark is None else _marked(row)) for incident, row in read if incident.told]
        return pages, len(rows) > limit


def _marked(row: Any) -> Marked:
    return Marked(
        incident_id=IncidentId(row.incident_id),
        mark=PageMark(row.mark),
        by=row.by,
        at=Instant(row.at),
        note=row.note,
        began_at=None if row.began_at is None else Instant(row.began_at),
    )
