"""What watches this server: its health, stores and settings in; loops that tell of it, inside and outside, out."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from outproof.config.declared import Declared
from outproof.core.errors import Transient
from outproof.core.ids import ProjectId
from outproof.egress.beats import BeatTeller
from outproof.egress.http import GuardedClient
from outproof.engine.blindness import Backlog, Blindness, Looking
from outproof.engine.disk import Disk
from outproof.engine.heartbeat import Heartbeat
from outproof.engine.loop import Loop
from outproof.engine.vitals import Vitals
from outproof.ports import Clock, State
from outproof.server.health import Health

BEAT_TIMEOUT_S = 10.0
BEAT_REPLY_BYTES_MAX = 1_024  # a watcher is told things, not read


class SelfWatch:
    """The loops; they start before all others and stop after them, so that a hard start and a slow stop are seen."""

    def __init__(
        self,
        state: State,
        clock: Clock,
        project: ProjectId,
        declared: Callable[[], Declared],
        health: Health,
        backlog: Backlog,
        windows: Looking,
        data: Path,
    ) -> None:
        client = GuardedClient(declared().egress.allow, BEAT_TIMEOUT_S, BEAT_REPLY_BYTES_MAX)
        given: dict[str, Any] = {"monitoring": lambda: declared().monitor, "routes": lambda: declared().routes}
        self._vitals = Vitals(state, clock, project, health.server, components=health.states, **given)
        self._heartbeat = Heartbeat(
            state, clock, project, health.server, teller=BeatTeller(client), troubles=health.troubles, **given
        )
        works = (
            ("heartbeat", self._heartbeat, 1.0),
            ("vitals", self._vitals, 2.5),
            ("disk", Disk(data), 1.0),
            ("blindness", Blindness(state, clock, project, backlog=backlog, windows=windows, **given), 10.0),
        )
        self.loops = [Loop(name, work, clock, period_s=s, wake=threading.Event()) for name, work, s in works]

    def stop(self) -> None:
        """Say goodbye once the loops stand still."""
        self._heartbeat.stop()
        with suppress(Transient):  # then servers that share our state take this one for dead, and say so
            self._vitals.stop()
