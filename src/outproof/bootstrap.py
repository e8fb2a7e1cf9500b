"""Level 15: builds every port and hands it down. Starts downstream first, stops upstream first."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from litestar import Litestar

from outproof.channels.slack.config import SlackConfig
from outproof.channels.slack.send import Slack
from outproof.channels.webhook.config import WebhookConfig
from outproof.channels.webhook.send import Webhook
from outproof.config.declared import Declared, load
from outproof.core.keys import KEY_BYTES, Scope, key_digest, key_text
from outproof.core.time import Instant
from outproof.egress.http import GuardedClient
from outproof.engine.changes import Changes
from outproof.engine.decide import Decider, Rules
from outproof.engine.dispatch import Dispatcher
from outproof.engine.intake import Intake
from outproof.engine.loop import Loop
from outproof.engine.probe import Prober
from outproof.engine.settle import Settler, Terms
from outproof.ports import Channel, Clock
from outproof.probes.http import HttpProbe
from outproof.scrub.admit import Scrubber
from outproof.server.access import Access
from outproof.server.app import Lifespan, Server, api
from outproof.server.health import Health
from outproof.server.otlp import Receiver
from outproof.server.ui import Pages
from outproof.settings import Settings
from outproof.store.events.client import Client
from outproof.store.events.windows import Windows
from outproof.store.journal.journal import Journal
from outproof.store.state.database import open_engine
from outproof.store.state.keys import SqlKeys
from outproof.store.state.state import SqlState
from outproof.wire.answers import Reader
from outproof.wire.dialects import aliases

SEND_TIMEOUT_S = 15.0
REPLY_BYTES_MAX = 1_024  # a receiver is told things, not read
INTAKE_REST_S = 0.2
"""Five inserts a second at most while portions are small: an insert of 5 rows costs the event store about as much as
one of 5,000, and what is acknowledged must be visible, and an unsafe answer told of, within a second."""


class SystemClock:
    """The host's clock."""

    def now(self) -> Instant:
        return Instant(time.time_ns())


@dataclass(frozen=True, slots=True)
class Built:
    """A server ready to serve. `first_key` is shown once, when the first admin key was made for it."""

    app: Server
    first_key: str | None


@dataclass(frozen=True, slots=True)
class _Stores:
    """What is on disk."""

    journal: Journal
    events: Client
    state: SqlState
    keys: SqlKeys

    def close(self) -> None:
        self.journal.close()
        self.events.close()


def build(settings: Settings) -> Built:
    """The server these settings describe.

    Raises:
        ConfigErrors: the declared files cannot be meant; nothing was opened.
        Transient: a store cannot be opened now.
    """
    declared = load(settings.config) if settings.config else Declared()
    clock, changes, sending = SystemClock(), Changes(), threading.Event()

    def changed(topics: Iterable[str]) -> None:
        changes.publish(topics)
        if "incidents" in topics:
            sending.set()  # there may be somebody to tell: do not wait for the next look

    stores = _open(settings, declared, changed)
    windows = Windows(stores.events, declared.project, declared.rate_card)
    dispatcher = Dispatcher(stores.state, _channels(settings, declared), clock, sending.set)
    loops, intake = _loops(declared, stores, windows, clock, changes)
    loops.insert(0, Loop("dispatch", dispatcher, clock, period_s=0.5, wake=sending))
    health = Health(loops, clock, intake.lag)
    access, first_key = _access(settings, stores.keys, clock)
    given = {
        "store": stores.state,
        "clock": clock,
        "project": declared.project,
        "declared": declared,
        "windows": windows,
        "changes": changes,
        "health": health,
        "access": access,
    }
    receiver = Receiver(
        Reader(aliases(declared.decision.namespaces, declared.decision.attributes)),
        Scrubber(),
        stores.journal,
        stores.state,
        clock=clock,
        project=declared.project,
    )
    return Built(Server(access, receiver, api(given, _life(stores, loops, dispatcher)), Pages()), first_key)


def _open(settings: Settings, declared: Declared, changed: Callable[[Iterable[str]], None]) -> _Stores:
    settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    engine = open_engine(settings.state_url or f"sqlite:///{settings.data / 'state.db'}")
    events = Client.remote(settings.events_dsn) if settings.events_dsn else Client.embedded(settings.data / "events")
    return _Stores(
        Journal(settings.data / "journal.db"),
        events,
        SqlState(engine, declared.project, changed),
        SqlKeys(engine, declared.project),
    )


def _access(settings: Settings, keys: SqlKeys, clock: Clock) -> tuple[Access, str | None]:
    """Open on loopback; anywhere else keys are needed, and the first one is made when there is none."""
    if settings.loopback:
        return Access(None), None
    if keys.any_admin():
        return Access(keys.scope_of), None
    key = key_text(os.urandom(KEY_BYTES))
    keys.add(key_digest(key), "first-run", Scope.ADMIN, clock.now())
    return Access(keys.scope_of), key


def _loops(
    declared: Declared, stores: _Stores, windows: Windows, clock: Clock, changes: Changes
) -> tuple[list[Loop], Intake[Any]]:
    """The engine but for the dispatcher, downstream first: who judges starts before who takes in."""
    state, project = stores.state, declared.project
    rules = Rules(declared.policies, declared.routes, declared.rate_card)
    terms = Terms(declared.promises_by_name, declared.routes)
    decider = Decider(state, windows, clock, project, lambda: rules)
    intake = Intake(stores.journal, stores.events, state, decider, clock=clock, project=project, changes=changes)
    prober = Prober(state, clock, HttpProbe(declared.egress.allow), project, lambda: terms)

    def loop(
        name: str, work: Any, period_s: float, wake: threading.Event | None = None, *, rest_s: float = 0.0
    ) -> Loop:
        return Loop(name, work, clock, period_s=period_s, wake=wake or threading.Event(), rest_s=rest_s)

    return [
        loop("settle", Settler(state, clock, project, lambda: terms), 0.5),
        loop("probe", prober, 0.5),
        loop("decide", decider, 2.0),
        loop("intake", intake, 1.0, stores.journal.appended, rest_s=INTAKE_REST_S),
    ], intake


def _channels(settings: Settings, declared: Declared) -> Mapping[str, Channel]:
    client = GuardedClient(declared.egress.allow, SEND_TIMEOUT_S, REPLY_BYTES_MAX)
    channels: dict[str, Channel] = {}
    for config in declared.channels:
        match config:
            case WebhookConfig():
                channels[config.name] = Webhook(config, client, settings.url)
            case SlackConfig():
                channels[config.name] = Slack(config, client, settings.url)
    return channels


def _life(stores: _Stores, loops: list[Loop], dispatcher: Dispatcher) -> Lifespan:
    @asynccontextmanager
    async def life(_: Litestar) -> AsyncIterator[None]:
        for loop in loops:
            loop.start()
        try:
            yield
        finally:
            for loop in reversed(loops):
                loop.stop()
            dispatcher.stop()  # sends that are under way are put on record before the stores close
            stores.close()

    return life
