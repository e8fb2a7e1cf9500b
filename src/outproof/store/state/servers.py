"""Servers that share this state, and how far their components have come: one row for each component."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from sqlalchemy import Connection, delete, select

from outproof.core.ids import ProjectId
from outproof.core.time import Instant
from outproof.decide.stalled import ComponentState
from outproof.ports.watching import ServerState
from outproof.store.state.insertion import upsert
from outproof.store.state.tables import components


class SqlServers:
    """`ports.Servers` over one transaction and one project."""

    def __init__(self, connection: Connection, project: ProjectId) -> None:
        self._connection = connection
        self._project = project

    def report(self, server: str, components_now: Sequence[ComponentState], now: Instant) -> None:
        rows = [
            {
                "project_id": self._project,
                "server": server,
                "component": each.name,
                "at": each.at,
                "seen_at": now,
                "quiet_ms_max": round(each.quiet_s_max * 1_000),
                "failure": each.failure,
            }
            for each in components_now
        ]
        if not rows:
            return
        statement = upsert(self._connection, components)
        new = {name: statement.excluded[name] for name in ("at", "seen_at", "quiet_ms_max", "failure")}
        self._connection.execute(
            statement.on_conflict_do_update(index_elements=["project_id", "server", "component"], set_=new), rows
        )

    def all(self) -> Sequence[ServerState]:
        rows = self._connection.execute(
            select(components)
            .where(components.c.project_id == self._project)
            .order_by(components.c.server, components.c.component)
        ).all()
        found = []
        for server, group in groupby(rows, key=lambda row: row.server):
            own = list(group)
            seen_at = max(row.seen_at for row in own)
            states = tuple(
                ComponentState(
                    name=row.component,
                    at=Instant(row.at),
                    quiet_s_max=row.quiet_ms_max / 1_000,
                    failure=row.failure,
                )
                for row in own
                if row.seen_at == seen_at  # what an older version of the server had and this one has not is left out
            )
            found.append(ServerState(name=server, seen_at=Instant(seen_at), components=states))
        return found

    def withdraw(self, server: str) -> None:
        self._connection.execute(
            delete(components).where(components.c.project_id == self._project, components.c.server == server)
        )
