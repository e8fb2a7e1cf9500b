"""Notices on their way, in SQL: saved with the incident that causes them, claimed by one sender at a time, in order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

import msgspec
from sqlalchemy import BindParameter, ColumnElement, Connection, bindparam, exists, func, insert, or_, select, update

from outproof.core.ids import IncidentId, NoticeId, ProjectId
from outproof.core.time import Instant
from outproof.respond.delivery import Attempt, Claimed, Delivery, DeliveryState, Outcome
from outproof.respond.notification import Notice, NoticeKind, Notification
from outproof.store.state.insertion import insert_new
from outproof.store.state.tables import deliveries, outbox

_UNFINISHED = (DeliveryState.QUEUED.value, DeliveryState.RETRYING.value)
_PROJECT: BindParameter[str] = bindparam("of_project")
_NOW: BindParameter[int] = bindparam("now")
_IS_DUE = (
    outbox.c.project_id == _PROJECT,
    outbox.c.state.in_(_UNFINISHED),
    outbox.c.next_attempt_at <= _NOW,
    or_(outbox.c.claimed_until.is_(None), outbox.c.claimed_until < _NOW),
)
_earlier = outbox.alias("earlier")
_WAITS_FOR_AN_EARLIER_ONE = exists().where(
    _earlier.c.project_id == outbox.c.project_id,
    _earlier.c.incident_id == outbox.c.incident_id,
    _earlier.c.channel == outbox.c.channel,
    _earlier.c.incident_generation < outbox.c.incident_generation,
    _earlier.c.state.in_(_UNFINISHED),
)
_DUE_CHANNELS = select(outbox.c.channel).where(*_IS_DUE).distinct()
_CLAIMABLE = (
    select(outbox)
    .where(*_IS_DUE, outbox.c.channel == bindparam("of_channel"), ~_WAITS_FOR_AN_EARLIER_ONE)
    .order_by(outbox.c.next_attempt_at, outbox.c.id)
    .limit(bindparam("limit"))
)
_CLAIM = (
    update(outbox)
    .where(*_IS_DUE, outbox.c.id.in_(bindparam("ids", expanding=True)))
    .values(claimed_until=bindparam("claimed_until"))
    .returning(outbox.c.id)
)
_ATTEMPTED = update(outbox).where(
    outbox.c.project_id == _PROJECT,
    outbox.c.id == bindparam("of_id"),
    outbox.c.attempts == bindparam("were"),
)
_ADD_DELIVERY = insert(deliveries)
_notification = msgspec.json.Decoder(Notification)
_encode = msgspec.json.Encoder().encode


class SqlOutbox:
    """`ports.Outbox` over one transaction and one project."""

    def __init__(self, connection: Connection, project: ProjectId) -> None:
        self._connection = connection
        self._project = project

    def put(self, notices: Sequence[Notice], now: Instant) -> None:
        for notice in notices:
            told = notice.notification
            if told.generation > 1:
                earlier = outbox.c.kind == NoticeKind.UPDATED
                self._supersede(told.incident_id, notice.channel, told.generation, now, earlier)
            row = {
                "project_id": self._project,
                "id": notice.id,
                "incident_id": told.incident_id,
                "incident_generation": told.generation,
                "channel": notice.channel,
                "kind": told.kind.value,
                "body": _encode(told).decode(),
                "state": DeliveryState.QUEUED.value,
                "created_at": now,
                "next_attempt_at": now,
                "attempts": 0,
            }
            insert_new(self._connection, outbox, [row])

    def due_channels(self, now: Instant) -> Sequence[str]:
        return list(self._connection.execute(_DUE_CHANNELS, {"of_project": self._project, "now": now}).scalars())

    def next_due(self) -> Instant | None:
        first = self._connection.execute(
            select(func.min(outbox.c.next_attempt_at)).where(
                outbox.c.project_id == self._project, outbox.c.state.in_(_UNFINISHED)
            )
        ).scalar_one()
        return None if first is None else Instant(first)

    def claim(self, channel: str, now: Instant, until: Instant, limit: int) -> Sequence[Claimed]:
        of = {"of_project": self._project, "now": now}
        rows = self._connection.execute(_CLAIMABLE, of | {"of_channel": channel, "limit": limit}).all()
        wanted = {"ids": [row.id for row in rows], "claimed_until": until}
        ours = set(self._connection.execute(_CLAIM, of | wanted).scalars())
        return [
            Claimed(
                id=NoticeId(row.id),
                incident_id=IncidentId(row.incident_id),
                channel=row.channel,
                attempts=row.attempts,
                notification=_notification.decode(row.body),
            )
            for row in rows
            if row.id in ours
        ]

    def release(self) -> None:
        self._connection.execute(
            update(outbox)
            .where(outbox.c.project_id == self._project, outbox.c.state.in_(_UNFINISHED), outbox.c.claimed_until > 0)
            .values(claimed_until=None)
        )

    def attempted(
        self, claimed: Claimed, attempt: Attempt, state: DeliveryState, next_attempt_at: Instant | None
    ) -> bool:
        of = {"of_project": self._project, "of_id": claimed.id, "were": claimed.attempts}
        changes = {
            "state": state.value,
            "attempts": attempt.number,
            "next_attempt_at": next_attempt_at,
            "claimed_until": None,
        }
        if self._connection.execute(_ATTEMPTED, of | changes).rowcount != 1:
            return False
        self._connection.execute(
            _ADD_DELIVERY,
            {
                "project_id": self._project,
                "outbox_id": claimed.id,
                "number": attempt.number,
                "at": attempt.at,
                "outcome": attempt.outcome.value,
                "status_code": attempt.status_code,
                "detail": attempt.detail,
                "duration_us": round(attempt.duration_s * 1_000_000),
            },
        )
        if state is DeliveryState.ACCEPTED and claimed.notification.generation > 1:
            self._supersede(claimed.incident_id, claimed.channel, claimed.notification.generation, attempt.at)
        return True

    def deliveries(self, incident: IncidentId) -> Sequence[Delivery]:
        attempts: dict[str, list[Attempt]] = defaultdict(list)
        of_incident = (outbox.c.project_id == self._project, outbox.c.incident_id == incident)
        for row in self._connection.execute(
            select(deliveries).join(outbox, outbox.c.id == deliveries.c.outbox_id).where(*of_incident)
        ):
            attempts[row.outbox_id].append(
                Attempt(
                    number=row.number,
                    at=Instant(row.at),
                    outcome=Outcome(row.outcome),
                    detail=row.detail,
                    duration_s=row.duration_us / 1_000_000,
                    status_code=row.status_code,
                )
            )
        rows = self._connection.execute(
            select(outbox).where(*of_incident).order_by(outbox.c.incident_generation, outbox.c.channel)
        )
        return [
            Delivery(
                id=NoticeId(row.id),
                channel=row.channel,
                kind=NoticeKind(row.kind),
                state=DeliveryState(row.state),
                next_attempt_at=row.next_attempt_at if row.state in _UNFINISHED else None,
                attempts=tuple(sorted(attempts[row.id], key=lambda attempt: attempt.number)),
            )
            for row in rows
        ]

    def counts(self, of: Collection[IncidentId]) -> Mapping[IncidentId, Mapping[DeliveryState, int]]:
        counted: dict[IncidentId, dict[DeliveryState, int]] = {incident: {} for incident in of}
        for row in self._connection.execute(
            select(outbox.c.incident_id, outbox.c.state, func.count().label("notices"))
            .where(outbox.c.project_id == self._project, outbox.c.incident_id.in_(list(of)))
            .group_by(outbox.c.incident_id, outbox.c.state)
        ):
            counted[row.incident_id][DeliveryState(row.state)] = row.notices
        return counted

    def _supersede(
        self, incident: IncidentId, channel: str, generation: int, now: Instant, *which: ColumnElement[bool]
    ) -> None:
        """Drop older notices that nobody is sending just now: a newer one says it all."""
        self._connection.execute(
            update(outbox)
            .where(
                outbox.c.project_id == self._project,
                outbox.c.incident_id == incident,
                outbox.c.channel == channel,
                outbox.c.incident_generation < generation,
                outbox.c.state.in_(_UNFINISHED),
                or_(outbox.c.claimed_until.is_(None), outbox.c.claimed_until < now),
                *which,
            )
            .values(state=DeliveryState.SUPERSEDED.value, next_attempt_at=None)
        )
