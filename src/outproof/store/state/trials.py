"""Policies tried on history, in SQL: orders wait until somebody takes them, changed by compare-and-set."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection, delete, select, update

from outproof.core.ids import ProjectId
from outproof.core.time import Instant
from outproof.learn.trial import Trial, TrialState
from outproof.store.state.insertion import insert_new
from outproof.store.state.tables import trials

TRIALS_KEPT_MAX = 500
"""Trials that are over and stay on record: each is about as large as a long incident."""

_decode = msgspec.json.Decoder(Trial).decode
_encode = msgspec.json.Encoder().encode


class SqlTrials:
    """`ports.Trials` over one transaction and one project."""

    def __init__(self, connection: Connection, project: ProjectId) -> None:
        self._connection = connection
        self._project = project

    def save(self, trial: Trial) -> bool:
        values = {
            "state": trial.state.value,
            "claimed_until": trial.claimed_until,
            "generation": trial.generation,
            "body": _encode(trial).decode(),
        }
        if trial.generation == 1:
            row = {
                "project_id": self._project,
                "id": trial.id,
                "kind": trial.kind.value,
                "policy": trial.policy,
                "ordered_at": trial.ordered_at,
                **values,
            }
            self._forget()
            return insert_new(self._connection, trials, [row]) == 1
        changed = self._connection.execute(
            update(trials)
            .where(
                trials.c.project_id == self._project,
                trials.c.id == trial.id,
                trials.c.generation == trial.generation - 1,
            )
            .values(values)
        )
        return changed.rowcount == 1

    def _forget(self) -> None:
        """Make room: of those that are over the newest stay."""
        old = (
            select(trials.c.id)
            .where(
                trials.c.project_id == self._project,
                trials.c.state.in_([TrialState.DONE.value, TrialState.FAILED.value]),
            )
            .order_by(trials.c.ordered_at.desc(), trials.c.id)
            .offset(TRIALS_KEPT_MAX)
        )
        self._connection.execute(delete(trials).where(trials.c.project_id == self._project, trials.c.id.in_(old)))

    def load(self, trial: str) -> Trial | None:
        body = self._connection.execute(
            select(trials.c.body).where(trials.c.project_id == self._project, trials.c.id == trial)
        ).scalar_one_or_none()
        return None if body is None else _decode(body)

    def next(self, now: Instant) -> Trial | None:
        body = self._connection.execute(
            select(trials.c.body)
            .where(
                trials.c.project_id == self._project,
                trials.c.state.in_([TrialState.WAITING.value, TrialState.RUNNING.value]),
                trials.c.claimed_until < now,
            )
            .order_by(trials.c.ordered_at, trials.c.id)
            .limit(1)
        ).scalar_one_or_none()
        return None if body is None else _decode(body)

    def unfinished(self) -> int:
        found = self._connection.execute(
            select(trials.c.id).where(
                trials.c.project_id == self._project,
                trials.c.state.in_([TrialState.WAITING.value, TrialState.RUNNING.value]),
            )
        )
        return len(found.all())

    def newest(self, policy: str | None, limit: int) -> Sequence[Trial]:
        query = select(trials.c.body).where(
            trials.c.project_id == self._project, trials.c.state.in_([state.value for state in TrialState])
        )
        if policy is not None:
            query = query.where(trials.c.policy == policy)
        bodies = self._connection.execute(query.order_by(trials.c.ordered_at.desc(), trials.c.id).limit(limit))
        return [_decode(body) for body in bodies.scalars()]
