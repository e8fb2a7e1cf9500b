"""Level 15: builds every port and hands it down. Starts downstream first, stops upstream first."""

from __future__ import annotations

import os
import threading
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from litestar import Litestar

from outproof.channels.declared import Channels
from outproof.channels.drill.send import BUILT_IN
from outproof.config.declared import Declared
from outproof.config.loading import Followed, files, policy_of, rate_card_of, read
from outproof.core.ids import ProjectId
from outproof.core.keys import KEY_BYTES, Scope, key_digest, key_text
from outproof.core.pseudonym import Pseudonyms
from outproof.egress.doing import Doer
from outproof.engine.canary import Canaries
from outproof.engine.changes import Changes
from outproof.engine.clock import SteadyClock
from outproof.engine.cost_desk import CostDesk
from outproof.engine.decide import Decider
from outproof.engine.dispatch import Dispatcher
from outproof.engine.drill import Driller
from outproof.engine.drill_rules import DrillRules
from outproof.engine.handoff import Handoffs
from outproof.engine.intake import Intake
from outproof.engine.judges import Judges
from outproof.engine.loop import Loop
from outproof.engine.meter import Meter
from outproof.engine.probe import Prober
from outproof.engine.pulse import Pulses
from outproof.engine.raw import RawDesk
from outproof.engine.reload import Reloader, look
from outproof.engine.roll import Roller
from outproof.engine.schedule import Scheduler
from outproof.engine.settle import Settler
from outproof.engine.stalls import Stalls
from outproof.engine.tell import Teller
from outproof.engine.thin import Thinner
from outproof.engine.trials import Trials
from outproof.engine.watch import Watch
from outproof.models.presidio import presidio
from outproof.ports import Clock
from outproof.probes.surfaces import Surfaces
from outproof.scrub.admit import Scrubber
from outproof.scrub.in_force import put_in_force
from outproof.scrub.policy import Detector
from outproof.server.access import Access
from outproof.server.app import Lifespan, Server, api
from outproof.server.drills import DrillTeller
from outproof.server.health import Health, Part, Receiving
from outproof.server.in_force import InForce
from outproof.server.metrics import registry_of
from outproof.server.otlp import Receiver
from outproof.server.otlp_grpc import GrpcServer
from outproof.server.scrape import Scraper
from outproof.server.self_watch import SelfWatch
from outproof.server.ui import Pages
from outproof.settings import Settings
from outproof.store.events.client import Client
from outproof.store.events.history import Histories
from outproof.store.events.spending import Spending
from outproof.store.events.traces import Traces
from outproof.store.events.windows import Windows
from outproof.store.journal.journal import Journal
from outproof.store.raw.contents import RawContents
from outproof.store.secret_file import PSEUDONYM_KEY, secret_key
from outproof.store.server_name import server_name
from outproof.store.signing_key import SigningKey
from outproof.store.state.database import open_engine
from outproof.store.state.keys import SqlKeys
from outproof.store.state.state import SqlState
from outproof.wire.answers import Reader
from outproof.wire.dialects import aliases

PATIENCE_S = 0.1
"""How long a round of looks at surfaces waits for the slowest: what takes longer is written down by a later round."""

TIME_S = 0.2
"""How late a deadline is noticed at most: one look at an index each time."""

TRIALS_S = 0.2
"""The pause between two slices of a trial on history, each about as long: half of a processor stays for the others."""

INTAKE_REST_S = 0.2
"""Five inserts a second at most while portions are small: an insert of 5 rows costs the event store about as much as
one of 5,000, and what is acknowledged must be visible, and an unsafe answer told of, within a second."""


@dataclass(frozen=True, slots=True)
class Built:
    """A server ready to serve. `first_key` is shown once, when the first admin key was made for it.

    `reload` has the configuration files read again within a second. `grpc_port` None: there is none.
    """

    app: Server
    first_key: str | None
    reload: Callable[[], None]
    grpc_port: int | None


@dataclass(frozen=True, slots=True)
class _Stores:
    """What is on disk."""

    journal: Journal
    events: Client
    state: SqlState
    keys: SqlKeys
    signing_key: SigningKey
    raw: RawContents

    def close(self) -> None:
        self.journal.close()
        self.events.close()
        self.raw.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Site:
    """What everything else is built on."""

    stores: _Stores
    clock: SteadyClock
    project: ProjectId
    in_force: InForce
    changes: Changes
    sending: threading.Event
    pseudonyms: Pseudonyms
    raw: RawDesk
    meter: Meter


@dataclass(frozen=True, slots=True)
class _Outward:
    """What makes requests of its own, in threads of its own."""

    dispatcher: Dispatcher
    prober: Prober
    pulses: Pulses
    handoffs: Handoffs
    doer: Doer

    def stop(self) -> None:
        self.doer.stop()
        self.prober.stop()
        self.pulses.stop()
        self.handoffs.stop()
        self.dispatcher.stop()  # sends that are under way are put on record before the stores close


def build(settings: Settings) -> Built:
    """The server these settings describe.

    Raises:
        ConfigErrors: the declared files cannot be meant; nothing was opened.
        Transient: a store cannot be opened now.
    """
    paths = [settings.config] if settings.config else []
    seen = look(lambda: files(paths))
    loaded = read(paths)
    put_in_force(loaded.declared.scrub.policy(_detectors(loaded.declared)))  # before anything raw arrives
    clock, changes, sending = SteadyClock(), Changes(), threading.Event()

    def changed(topics: Iterable[str]) -> None:
        changes.publish(topics)
        if "incidents" in topics:
            sending.set()  # there may be somebody to tell: do not wait for the next look

    stores = _open(settings, loaded.declared, changed)
    channels = Channels(loaded.declared.egress.allow, settings.url)
    watch = Watch(stores.state, clock, loaded.declared.project, lambda: in_force.declared.routes)
    in_force = InForce(
        loaded,
        state=stores.state,
        clock=clock,
        holds=watch.holds,
        channels=lambda declared: channels.declared(declared.channels),
    )
    watch.begin()  # before anything is judged
    reloader = Reloader(lambda: look(lambda: files(paths)), seen, lambda: in_force.put(read(paths)), clock)
    site = _Site(
        stores=stores,
        clock=clock,
        project=loaded.declared.project,
        in_force=in_force,
        changes=changes,
        sending=sending,
        pseudonyms=Pseudonyms(secret_key(settings.data / PSEUDONYM_KEY), loaded.declared.project),
        raw=RawDesk(stores.raw, stores.state, clock, loaded.declared.project, loaded.declared.scrub.raw),
        meter=Meter(lambda: in_force.declared.policies, lambda: in_force.declared.rates),
    )
    access, first_key = _access(settings, stores.keys, clock)
    app, grpc = _served(site, watch, reloader, access, settings)
    return Built(app, first_key, reloader.ask, grpc.port if grpc else None)


def _detectors(declared: Declared) -> list[Detector]:
    """What looks at free text besides the rules: nothing, unless the files ask for it."""
    use = declared.scrub.presidio
    return [] if use is None else [presidio(use)]


def _served(
    site: _Site, watch: Watch, reloader: Reloader, access: Access, settings: Settings
) -> tuple[Server, GrpcServer | None]:
    stores, clock, in_force = site.stores, site.clock, site.in_force
    dispatcher = Dispatcher(stores.state, lambda: {**in_force.channels(), **BUILT_IN}, clock, site.sending.set)
    windows = Windows(stores.events, site.project, lambda: in_force.declared.rates)
    outward = _outward(site, dispatcher)
    loops, intake = _loops(site, watch, reloader, outward, windows)
    receiving = Receiving(clock)
    health, watching = _watched(site, [receiving, *loops], intake, windows, settings.data)
    given = {
        "store": stores.state,
        "clock": clock,
        "project": site.project,
        "windows": windows,
        "traces": Traces(stores.events, site.project, lambda: in_force.declared.rates),
        "changes": site.changes,
        "health": health,
        "access": access,
        "in_force": in_force,
        "reloader": reloader,
        "followed": Followed((settings.config,) if settings.config else ()),
        "handoffs": outward.handoffs,
        "signer": stores.signing_key,
        "raw": site.raw,
        "cost_desk": CostDesk(
            Spending(stores.events, site.project),
            stores.state,
            clock,
            site.project,
            lambda: in_force.declared.rates,
            rate_card_of,
        ),
        "scraping": registry_of(Scraper(site.meter, stores.state, health, clock, lambda: in_force.declared)),
    }
    receiver = _receiver(site)
    asked_for = settings.grpc_port is not None
    grpc = GrpcServer(receiver, access, settings.host, settings.grpc_port or 0) if asked_for else None
    life = _life(stores, [*watching.loops, *loops], outward, grpc, receiving, watching)
    asked = {"declared": lambda: in_force.declared, "terms": in_force.terms}
    return Server(access, receiver, api(given, life, asked), Pages()), grpc


def _receiver(site: _Site) -> Receiver:
    declared = site.in_force.declared
    own_names = aliases(declared.decision.namespaces, declared.decision.attributes)
    return Receiver(
        Reader(own_names, key=site.pseudonyms.token("tool input", "").encode()),
        Scrubber(site.pseudonyms, declared.scrub.pseudonyms),
        site.stores.journal,
        site.stores.state,
        clock=site.clock,
        project=site.project,
        raw=site.raw,
    )


def _watched(
    site: _Site, parts: list[Part], intake: Intake[Any], windows: Windows, data: Path
) -> tuple[Health, SelfWatch]:
    """The health of all parts, and what watches it, which is a part as well."""
    health = Health(parts, site.clock, intake.lag, server_name(data))
    state, clock, declared = site.stores.state, site.clock, site.in_force
    watching = SelfWatch(state, clock, site.project, lambda: declared.declared, health, intake, windows, data)
    parts += watching.loops
    return health, watching


def _outward(site: _Site, dispatcher: Dispatcher) -> _Outward:
    state, clock, project, terms = site.stores.state, site.clock, site.project, site.in_force.terms
    egress = site.in_force.declared.egress
    probe = Surfaces(egress.allow, egress.files, clock)
    doer = Doer(egress.allow)
    return _Outward(
        dispatcher,
        Prober(state, clock, probe, project, terms, patience_s=PATIENCE_S),
        Pulses(state, clock, probe, project, terms, patience_s=PATIENCE_S),
        Handoffs(state, clock, project, doer),
        doer,
    )


def _open(settings: Settings, declared: Declared, changed: Callable[[Iterable[str]], None]) -> _Stores:
    settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    engine = open_engine(settings.state_url or f"sqlite:///{settings.data / 'state.db'}")
    events = Client.remote(settings.events_dsn) if settings.events_dsn else Client.embedded(settings.data / "events")
    return _Stores(
        Journal(settings.data / "journal.db"),
        events,
        SqlState(engine, declared.project, changed),
        SqlKeys(engine, declared.project),
        SigningKey(settings.data),
        RawContents(settings.data, declared.project),
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
    site: _Site, watch: Watch, reloader: Reloader, outward: _Outward, windows: Windows
) -> tuple[list[Loop], Intake[Any]]:
    """The engine, downstream first: who judges starts before who takes in. And who takes in."""
    state, project, clock, in_force = site.stores.state, site.project, site.clock, site.in_force
    journal, terms = site.stores.journal, in_force.terms
    histories = Histories(site.stores.events, project, lambda: in_force.declared.rates)
    decider = Decider(state, windows, clock, project, in_force.rules, watch.holds)
    stalls = Stalls(state, clock, project, lambda: in_force.declared.tool_loops, lambda: in_force.declared.routes)
    judges = Judges(decider, stalls)
    intake = Intake(
        journal,
        site.stores.events,
        state,
        judges,
        clock=clock,
        project=project,
        changes=site.changes,
        meter=site.meter,
    )

    thinner = Thinner(site.stores.events, state, clock, project, lambda: in_force.declared.sampling)

    def loop(
        name: str, work: Any, period_s: float, wake: threading.Event | None = None, *, rest_s: float = 0.0
    ) -> Loop:
        return Loop(name, work, clock, period_s=period_s, wake=wake or threading.Event(), rest_s=rest_s)

    return [
        loop("watch", watch, 1.0),
        loop("dispatch", outward.dispatcher, 0.5, site.sending),
        loop("tell", Teller(state, clock, project, terms), 2.0),
        loop("canary", Canaries(state, clock, project, lambda: in_force.declared.routes), 5.0),
        loop("settle", Settler(state, clock, project, terms), TIME_S),
        loop("schedule", Scheduler(state, clock, project, terms, away_since=watch.away_since), TIME_S),
        loop("probe", outward.prober, 0.5),
        loop("pulse", outward.pulses, 0.5),
        loop("handoff", outward.handoffs, 1.0),
        loop("drill", Driller(state, clock, project, terms, DrillTeller(state, clock, project, terms)), 0.25),
        loop("drill_rules", DrillRules(state, clock, project, terms), 5.0),
        loop("decide", decider, 2.0),
        loop("stalls", stalls, 5.0),
        loop("roll", Roller(site.stores.events, clock, project, intake.loaded_until), 1.0),
        loop("intake", intake, 1.0, journal.appended, rest_s=INTAKE_REST_S),
        loop("sampling", thinner, 5.0),
        loop("reload", reloader, 1.0),
        loop("raw", site.raw, 1.0),
        loop("trials", Trials(state, clock, histories, policy_of), TRIALS_S),
        loop("in_force", in_force, 1.0),
    ], intake


def _life(
    stores: _Stores,
    loops: list[Loop],
    outward: _Outward,
    grpc: GrpcServer | None,
    receiving: Receiving,
    watching: SelfWatch,
) -> Lifespan:
    @asynccontextmanager
    async def life(_: Litestar) -> AsyncIterator[None]:
        receiving.start()
        for loop in loops:
            loop.start()
        if grpc:
            grpc.start()
        try:
            yield
        finally:
            if grpc:
                grpc.stop()
            for loop in reversed(loops):
                loop.stop()
            outward.stop()
            watching.stop()
            await receiving.stop()
            stores.close()

    return life
