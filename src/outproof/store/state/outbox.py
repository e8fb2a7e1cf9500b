"""Notices on their way, in SQL: saved with the incident that causes them, claimed by one sender at a time, in order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

import msgspec
from sqlalchemy import ColumnElement, Connection, delete, func, or_, select, update

from outproof.core.ids import IncidentId, NoticeId, ProjectId
from outproof.core.time import Instant, after
from outproof.respond.delivery import HEALTHY_WAIT_S, Attempt, Claimed, Delivery, DeliveryState, Outcome, Proof, Sending
from outproof.respond.notification import Notice, NoticeKind, Notification
from outproof.store.state.insertion import insert_new
from outproof.store.state.outbox_statements import (
    ADD_DELIVERY,
    ATTEMPTED,
    CLAIM,
    CLAIMABLE,
    COMES_FORWARD,
    DUE_CHANNELS,
    FIRST_RECEIPTS,
    GIVES_WAY,
    NEWEST,
    PROVEN,
    UNFINISHED,
)
from outproof.store.state.tables import channel_proofs, deliveries, outbox

_OVERTAKEN = (NoticeKind.UPDATED.value, NoticeKind.REMINDED.value, NoticeKind.CANARY.value)
"""What need not be said any more once there is something newer to say."""

REMINDERS_KEPT = 20
"""Reminders of an incident to a channel that stay on record, beside the one that is sent."""

_ROUTINE = frozenset({NoticeKind.REMINDED, NoticeKind.CANARY})
"""What comes every few minutes: no reason to try earlier what did not get through before it."""

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
                self._make_way(notice, now)
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
        return list(self._connection.execute(DUE_CHANNELS, {"of_project": self._project, "now": now}).scalars())

    def next_due(self) -> Instant | None:
        first = self._connection.execute(
            select(func.min(outbox.c.next_attempt_at)).where(
                outbox.c.project_id == self._project, outbox.c.state.in_(UNFINISHED)
            )
        ).scalar_one()
        return None if first is None else Instant(first)

    def claim(self, channel: str, now: Instant, until: Instant, limit: int) -> Sequence[Claimed]:
        of = {"of_project": self._project, "now": now}
        rows = self._connection.execute(CLAIMABLE, of | {"of_channel": channel, "limit": limit}).all()
        wanted = {"ids": [row.id for row in rows], "claimed_until": until}
        ours = set(self._connection.execute(CLAIM, of | wanted).scalars())
        threads = self._threads(channel, [row.incident_id for row in rows if row.incident_generation > 1])
        return [
            Claimed(
                id=NoticeId(row.id),
                incident_id=IncidentId(row.incident_id),
                channel=row.channel,
                attempts=row.attempts,
                queued_at=Instant(row.created_at),
                notification=replace(_notification.decode(row.body), thread=threads.get(row.incident_id)),
            )
            for row in rows
            if row.id in ours
        ]

    def sendings(self, of: Collection[IncidentId]) -> Mapping[IncidentId, Sequence[Sending]]:
        found: dict[IncidentId, list[Sending]] = defaultdict(list)
        for row in self._connection.execute(NEWEST, {"of_project": self._project, "incidents": list(of)}):
            sending = Sending(row.channel, row.incident_generation, DeliveryState(row.state))
            found[IncidentId(row.incident_id)].append(sending)
        return found

    def release(self) -> None:
        self._connection.execute(
            update(outbox)
            .where(outbox.c.project_id == self._project, outbox.c.state.in_(UNFINISHED), outbox.c.claimed_until > 0)
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
        if self._connection.execute(ATTEMPTED, of | changes).rowcount != 1:
            return False
        self._connection.execute(
            ADD_DELIVERY,
            {
                "project_id": self._project,
                "outbox_id": claimed.id,
                "number": attempt.number,
                "at": attempt.at,
                "outcome": attempt.outcome.value,
                "status_code": attempt.status_code,
                "detail": attempt.detail,
                "duration_us": round(attempt.duration_s * 1_000_000),
                "receipt": attempt.receipt,
            },
        )
        self._prove(claimed, attempt, state)
        if state is DeliveryState.ACCEPTED:
            self._come_forward(claimed.channel, attempt.at)
            if claimed.notification.generation > 1:
                self._supersede(claimed.incident_id, claimed.channel, claimed.notification.generation, attempt.at)
        if state is DeliveryState.RETRYING:
            self._connection.execute(GIVES_WAY, {"of_project": self._project, "of_id": claimed.id})
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
                    receipt=row.receipt,
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
                next_attempt_at=row.next_attempt_at if row.state in UNFINISHED else None,
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

    def proofs(self) -> Mapping[str, Proof]:
        rows = self._connection.execute(select(channel_proofs).where(channel_proofs.c.project_id == self._project))
        return {
            row.channel: Proof(
                channel=row.channel,
                since=Instant(row.since),
                accepted_at=row.accepted_at,
                accepted_kind=None if row.accepted_kind is None else NoticeKind(row.accepted_kind),
                failed_at=row.failed_at,
                failed_detail=row.failed_detail,
                refused=row.refused,
                tested_at=row.tested_at,
            )
            for row in rows
        }

    def expect_proof(self, channel: str, now: Instant) -> None:
        row = {"project_id": self._project, "channel": channel, "since": now, "refused": False}
        insert_new(self._connection, channel_proofs, [row])

    def forget(self, incident: IncidentId, before: Instant) -> None:
        self._remove(
            outbox.c.project_id == self._project, outbox.c.incident_id == incident, outbox.c.created_at < before
        )

    def tested(self, channel: str, now: Instant) -> None:
        self._connection.execute(PROVEN.values(tested_at=now), {"of_project": self._project, "of_channel": channel})

    def _prove(self, claimed: Claimed, attempt: Attempt, state: DeliveryState) -> None:
        """Put on record what the attempt says about the channel itself."""
        if state is DeliveryState.ACCEPTED:
            kind = claimed.notification.kind.value
            proven = {"accepted_at": attempt.at, "accepted_kind": kind, "refused": False}
            changes = {**proven, "failed_at": None, "failed_detail": None}
        else:
            changes = {"failed_at": attempt.at, "failed_detail": attempt.detail}
            changes |= {"refused": True} if state is DeliveryState.FAILED else {}
        of = {"of_project": self._project, "of_channel": claimed.channel}
        self._connection.execute(PROVEN.values(changes), of)

    def _threads(self, channel: str, incidents: Sequence[str]) -> Mapping[str, str]:
        """What the receiver called the first message that it took of each incident."""
        if not incidents:
            return {}
        of = {"of_project": self._project, "of_channel": channel, "incidents": list(incidents)}
        return {row.incident_id: row.receipt for row in self._connection.execute(FIRST_RECEIPTS, of)}

    def _come_forward(self, channel: str, now: Instant) -> None:
        """Try soon what a receiver did not take while it was away: it takes notices again.

        What was tried only just now stays where it is: it may be this one that the receiver cannot take.
        """
        left_alone = {"left_alone_since": after(now, -HEALTHY_WAIT_S)}
        of = {"of_project": self._project, "of_channel": channel, "now": now}
        self._connection.execute(COMES_FORWARD, of | left_alone)

    def _make_way(self, notice: Notice, now: Instant) -> None:
        """Let go of what the new notice makes needless, and try what still has to go out before it without delay.

        That it is over says all, so what did not get through is not said after it. The end itself is always told:
        nobody knows whether a receiver that gave no answer took the beginning, and would keep it open for ever.
        """
        told = notice.notification
        of = (told.incident_id, notice.channel, told.generation, now)
        self._supersede(*of, outbox.c.kind.in_(_OVERTAKEN))
        if told.kind is NoticeKind.RESOLVED and self._supersede(*of, outbox.c.state == DeliveryState.RETRYING.value):
            self._supersede(*of)
        earlier = (
            outbox.c.project_id == self._project,
            outbox.c.incident_id == told.incident_id,
            outbox.c.channel == notice.channel,
            outbox.c.incident_generation < told.generation,
        )
        if told.kind is NoticeKind.REMINDED:
            self._forget_reminders(*earlier, outbox.c.kind == told.kind.value)
        if told.kind not in _ROUTINE:
            waiting = (outbox.c.state == DeliveryState.RETRYING.value, outbox.c.next_attempt_at > now)
            self._connection.execute(update(outbox).where(*earlier, *waiting).values(next_attempt_at=now))

    def _forget_reminders(self, *which: ColumnElement[bool]) -> None:
        """Forget all but the newest of them: some receivers are told every half minute."""
        newest = select(outbox.c.incident_generation).where(*which).order_by(outbox.c.incident_generation.desc())
        last = self._connection.execute(newest.offset(REMINDERS_KEPT - 1).limit(1)).scalar()
        if last is not None:
            self._remove(*which, outbox.c.incident_generation < last)

    def _remove(self, *which: ColumnElement[bool]) -> None:
        """Remove those of the notices that are not on their way any more, with their attempts."""
        old = (*which, outbox.c.state.not_in(UNFINISHED))
        attempts = delete(deliveries).where(
            deliveries.c.project_id == self._project, deliveries.c.outbox_id.in_(select(outbox.c.id).where(*old))
        )
        self._connection.execute(attempts)
        self._connection.execute(delete(outbox).where(*old))

    def _supersede(
        self, incident: IncidentId, channel: str, generation: int, now: Instant, *which: ColumnElement[bool]
    ) -> int:
        """Drop older notices that nobody is sending just now: a newer one says it all. Returns how many."""
        return self._connection.execute(
            update(outbox)
            .where(
                outbox.c.project_id == self._project,
                outbox.c.incident_id == incident,
                outbox.c.channel == channel,
                outbox.c.incident_generation < generation,
                outbox.c.state.in_(UNFINISHED),
                or_(outbox.c.claimed_until.is_(None), outbox.c.claimed_until < now),
                *which,
            )
            .values(state=DeliveryState.SUPERSEDED.value, next_attempt_at=None)
        ).rowcount
