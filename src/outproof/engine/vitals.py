"""Watches the components of servers by their progress: what each loop has done in; rows that others read, and incidents
of what is stalled, out.

It looks at progress, not at liveness: a thread that hangs is as bad as one that died.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from outproof.core.ids import ProjectId
from outproof.core.time import Instant, seconds_between
from outproof.decide.finding import Finding
from outproof.decide.monitoring import Monitoring
from outproof.decide.stalled import GONE_S, ComponentState, gone_finding, stalled, stalled_finding
from outproof.engine.record import record
from outproof.ports import Clock, ServerState, State, Transaction
from outproof.respond.route import Routes

ASLEEP_S = 15.0
"""We ourselves did not look for so long: the host slept, or everything did. Then each component gets its time again."""

FORGOTTEN_S = 86_400.0
"""A server that said nothing for a day is gone for good: its incident ends, and it is watched no more."""


class Vitals:
    """Call `tick` each few seconds. `components` are those of this server, as they are now, in memory."""

    def __init__(
        self,
        state: State,
        clock: Clock,
        project: ProjectId,
        server: str,
        *,
        components: Callable[[], Sequence[ComponentState]],
        monitoring: Callable[[], Monitoring],
        routes: Callable[[], Routes] = Routes,
    ) -> None:
        self._state = state
        self._clock = clock
        self._project = project
        self._server = server
        self._components = components
        self._monitoring = monitoring
        self._routes = routes
        self._told: dict[str, Finding] = {}
        self._looked_at = self._awake_since = clock.now()

    def tick(self) -> None:
        """Write down how far our components have come; judge them, and the servers that share this state."""
        now, monitoring = self._clock.now(), self._monitoring()
        if seconds_between(self._looked_at, now) > ASLEEP_S:
            self._awake_since = now
        self._looked_at = now
        with self._state.begin() as tx:
            own = self._components()
            tx.servers.report(self._server, own, now)
            if seconds_between(self._awake_since, now) <= monitoring.stalled_s:
                return
            told = {self._server: stalled_finding(self._server, stalled(own, now, monitoring.stalled_s), monitoring)}
            for other in tx.servers.all():
                if other.name != self._server:
                    told[other.name] = self._judged(tx, other, monitoring, now)
            for server, finding in told.items():
                if self._told.get(server) != finding:
                    record(tx, finding, project=self._project, routes=self._routes(), now=now)
        self._told = told

    def stop(self) -> None:
        """Say goodbye, so that no other server takes this one for dead.

        Raises:
            Transient: the state could not be written; the others will miss this server.
        """
        with self._state.begin() as tx:
            tx.servers.withdraw(self._server)
            over = stalled_finding(self._server, (), self._monitoring())
            record(tx, over, project=self._project, routes=self._routes(), now=self._clock.now())

    def _judged(self, tx: Transaction, other: ServerState, monitoring: Monitoring, now: Instant) -> Finding:
        """What to say of another server. What stalls within it, it tells itself while it can."""
        quiet_s = seconds_between(other.seen_at, now)
        if quiet_s > FORGOTTEN_S:
            tx.servers.withdraw(other.name)
            return stalled_finding(other.name, (), monitoring)
        if quiet_s > GONE_S:
            return gone_finding(other.name, other.seen_at, monitoring)
        return stalled_finding(other.name, stalled(other.components, other.seen_at, monitoring.stalled_s), monitoring)
