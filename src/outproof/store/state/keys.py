"""API keys of a project, by their digests."""

from __future__ import annotations

from sqlalchemy import Engine, func, insert, select

from outproof.core.ids import ProjectId
from outproof.core.keys import Scope
from outproof.core.time import Instant
from outproof.store.state.database import transaction
from outproof.store.state.tables import keys


class SqlKeys:
    """Who may do what. The key itself is nowhere: only its digest."""

    def __init__(self, engine: Engine, project: ProjectId) -> None:
        self._engine = engine
        self._project = project

    def scope_of(self, digest: str) -> Scope | None:
        """What a key opens; None when it is unknown or revoked.

        Raises:
            Transient: the database did not answer.
        """
        query = select(keys.c.scope).where(
            keys.c.digest == digest, keys.c.project_id == self._project, keys.c.revoked.is_(False)
        )
        with transaction(self._engine, reads_only=True) as connection:
            found = connection.scalar(query)
        return Scope(found) if found else None

    def add(self, digest: str, name: str, scope: Scope, now: Instant) -> None:
        """Let a key in from now on."""
        row = {"project_id": self._project, "digest": digest, "name": name, "scope": scope, "created_at": now}
        with transaction(self._engine) as connection:
            connection.execute(insert(keys).values(**row, revoked=False))

    def any_admin(self) -> bool:
        """Whether somebody could still get in."""
        query = select(func.count()).where(
            keys.c.project_id == self._project, keys.c.scope == Scope.ADMIN, keys.c.revoked.is_(False)
        )
        with transaction(self._engine, reads_only=True) as connection:
            return bool(connection.scalar(query))
