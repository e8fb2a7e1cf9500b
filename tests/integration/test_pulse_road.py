from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from litestar import Litestar
from litestar.di import Provide
from litestar.testing import TestClient

from outproof.contract.promise import Promise
from outproof.contract.schedule import Heartbeat
from outproof.contract.surface import Freshness, HttpSurface, SqlSurface
from outproof.core.ids import DEFAULT_PROJECT
from outproof.core.time import after, rfc3339
from outproof.decide.finding import FindingKind
from outproof.engine.pulse import Pulses
from outproof.engine.settle import Terms
from outproof.ports import Probe
from outproof.probes.surfaces import Surfaces
from outproof.prove.holds import Downtime, Holds
from outproof.prove.look import Look
from outproof.prove.pulses import Pulse, PulseState
from outproof.prove.surface_reading import Sight
from outproof.respond.incident import EntryKind, Incident, IncidentState
from outproof.respond.route import Routes
from outproof.server import heartbeats
from outproof.server.failures import HANDLERS
from outproof.store.state.state import SqlState
from tests.builders import TestClock as Clock
from tests.builders import a_promise, at
from tests.contract.state.opened import a_state
from tests.integration.test_http_probe import a_surface

WORKER = Promise(
    name="worker",
    outcome="It works.",
    owner="ops",
    heartbeat=Heartbeat(every_s=60.0, grace_s=10.0),
    runbook="https://r",
)
PAGE = HttpSurface(url="https://app.example/feed", time="$.at")
FEED = Promise(
    name="feed", outcome="It is fresh.", owner="web", freshness=Freshness(max_age_s=600.0, every_s=30.0, http=PAGE)
)


class Feed:
    """A surface whose newest output is as old as the test says; None: it cannot be seen."""

    def __init__(self, newest_s: float | None) -> None:
        self.newest_s = newest_s
        self.looks = 0

    def look(self, sight: Sight) -> Look:
        self.looks += 1
        if self.newest_s is None:
            return Look(passed=None, detail=f"could not look at {sight.shown}: nobody listens there")
        return Look(passed=True, detail=f"saw status 200 at {sight.shown}", newest_at=at(self.newest_s))


class Road:
    """Pulses on a real database, with the time passed in."""

    def __init__(
        self, state: SqlState, *promises: Promise, probe: Probe | None = None, newest_s: float | None = 0.0
    ) -> None:
        self.state = state
        self.clock = Clock()
        self.feed = Feed(newest_s)
        self.terms = Terms({promise.name: promise for promise in promises}, Routes(("pager",)))
        self.probe = probe or self.feed
        self.restart()

    def restart(self) -> None:
        self.pulses = Pulses(self.state, self.clock, self.probe, DEFAULT_PROJECT, lambda: self.terms)
        self.pulses.tick()

    def until(self, seconds: float, step_s: float = 5.0) -> None:
        while self.clock.seconds < seconds:
            self.clock.seconds = min(self.clock.seconds + step_s, seconds)
            while self.pulses.tick():
                pass

    def declare(self, *promises: Promise) -> None:
        self.terms = replace(self.terms, promises={promise.name: promise for promise in promises})

    def pulse(self, name: str = "worker") -> Pulse:
        with self.state.look() as tx:
            found = tx.pulses.load(name)
        assert found is not None
        return found

    def incidents(self) -> list[Incident]:
        with self.state.look() as tx:
            return list(tx.incidents.newest(list(IncidentState), 100))

    def timeline(self) -> list[str]:
        with self.state.look() as tx:
            return [entry.kind for incident in self.incidents() for entry in tx.incidents.timeline(incident.id)]


@pytest.fixture
def state(tmp_path: Path) -> Iterator[SqlState]:
    with a_state(tmp_path, DEFAULT_PROJECT) as state:
        yield state


@pytest.fixture
def road(state: SqlState) -> Road:
    return Road(state, WORKER, FEED, replace(a_promise(), name="by-runs"))


@pytest.fixture
def client(road: Road) -> Iterator[TestClient[Litestar]]:
    given = {
        "store": lambda: road.state,
        "clock": lambda: road.clock,
        "project": lambda: DEFAULT_PROJECT,
        "terms": lambda: road.terms,
    }
    providers = {name: Provide(provider, sync_to_thread=False) for name, provider in given.items()}
    with TestClient(
        Litestar(heartbeats.HANDLERS, dependencies=providers, exception_handlers=HANDLERS, logging_config=None)
    ) as client:
        yield client


def beat(client: TestClient[Litestar], name: str = "worker") -> None:
    assert client.post(f"/v1/promises/{name}/heartbeat").status_code == 202


def test_only_promises_without_runs_have_a_pulse(road: Road) -> None:
    with road.state.look() as tx:
        assert set(tx.pulses.every()) == {"worker", "feed"}


def test_a_heart_that_stops_is_one_incident_that_ends_when_it_beats_again(
    road: Road, client: TestClient[Litestar]
) -> None:
    for seconds in (30, 80, 140):
        road.until(seconds)
        beat(client)
    road.until(205)
    assert road.incidents() == []
    road.until(400)
    [incident] = road.incidents()
    found = incident.finding
    assert (found.kind, found.title, found.owner, found.runbook) == (
        FindingKind.STALE,
        "worker: its heartbeat stopped",
        "ops",
        "https://r",
    )
    assert found.reason == f"no heartbeat since {rfc3339(at(140))}; expected one every 1 min, with 10 s of grace"
    assert incident.told == ("pager",)
    beat(client)
    [ended] = road.incidents()
    assert (ended.id, ended.state) == (incident.id, IncidentState.RESOLVED)
    assert road.timeline() == [EntryKind.OPENED, EntryKind.RESOLVED]


def test_a_heart_that_never_beats_is_told_too(road: Road) -> None:
    road.until(69)
    assert road.incidents() == []
    road.until(75)
    [incident] = road.incidents()
    assert incident.finding.reason.startswith(f"no heartbeat since {rfc3339(at(0))}, when we began to listen")


def test_a_restart_forgets_nothing_and_tells_nothing_twice(road: Road, client: TestClient[Litestar]) -> None:
    road.until(40)
    beat(client)
    road.until(60)
    road.restart()
    assert road.pulse().stale_at == at(110)
    road.until(120)
    road.restart()
    road.until(300)
    assert len(road.incidents()) == 1


def test_what_came_due_while_nobody_looked_is_judged_when_the_hold_is_over(road: Road) -> None:
    road.clock.seconds = 500
    road.terms = replace(road.terms, holds=Holds.of([Downtime(at(20), at(500), at(560))]))
    road.restart()
    road.until(555)
    assert road.incidents() == []
    road.until(565)
    assert [incident.finding.promise for incident in road.incidents()] == ["worker"]


def test_a_paused_promise_expects_nothing_and_begins_anew_when_it_goes_on(
    road: Road, client: TestClient[Litestar]
) -> None:
    road.until(20)
    road.declare(replace(WORKER, paused=True))
    road.until(1_000)
    assert (road.incidents(), road.pulse().state) == ([], PulseState.PAUSED)
    answer = client.post("/v1/promises/worker/heartbeat")
    assert (answer.status_code, answer.json()["stale_at"]) == (202, None)
    road.declare(WORKER)
    road.until(1_065)
    assert road.incidents() == []
    road.until(1_080)
    assert len(road.incidents()) == 1


def test_a_promise_that_is_taken_out_of_the_files_expects_nothing(road: Road) -> None:
    road.declare(FEED)
    road.until(300)
    assert (road.incidents(), road.pulse().state) == ([], PulseState.PAUSED)
    road.declare(FEED, WORKER)
    road.until(305)
    assert road.pulse().stale_at == after(road.pulse().since, 70)


def test_a_surface_that_grows_old_is_one_incident_that_ends_when_something_new_is_there(road: Road) -> None:
    road.declare(FEED)
    road.until(590)
    assert road.incidents() == []
    road.until(1_200)
    [incident] = road.incidents()
    assert (incident.finding.title, incident.finding.owner) == ("feed: its output is stale", "web")
    assert incident.finding.reason == f"the newest output is of {rfc3339(at(0))}, older than 10 min"
    assert 35 <= road.feed.looks <= 45
    road.feed.newest_s = 1_190
    road.until(1_240)
    assert [incident.state for incident in road.incidents()] == [IncidentState.RESOLVED]
    assert road.timeline() == [EntryKind.OPENED, EntryKind.RESOLVED]


def test_a_surface_that_nobody_can_see_is_stale_in_time_and_says_why(state: SqlState) -> None:
    road = Road(state, FEED, newest_s=None)
    road.until(595)
    assert road.incidents() == []
    road.until(900)
    [incident] = road.incidents()
    assert "no output was seen since" in incident.finding.reason
    assert "could not look at https://app.example/feed: nobody listens there" in incident.finding.reason
    assert road.timeline() == [EntryKind.OPENED]


def test_a_page_tells_its_age_itself_or_by_its_header(state: SqlState, tmp_path: Path) -> None:
    with a_surface() as surface:
        url = f"http://127.0.0.1:{surface.port}/feed"
        by_itself = replace(FEED, freshness=Freshness(max_age_s=600.0, http=HttpSurface(url=url, time="$.at")))
        by_header = replace(FEED, name="page", freshness=Freshness(max_age_s=600.0, http=HttpSurface(url=url)))
        surface.show("/feed", {"at": "2027-01-15T07:59:00Z"}, 200, last_modified="Fri, 15 Jan 2027 07:58:00 GMT")
        road = Road(state, by_itself, by_header, probe=Surfaces(["127.0.0.0/8"], [], Clock()))
        road.until(1)
        assert road.pulse("feed").newest_at == at(-60)
        assert road.pulse("page").newest_at == at(-120)


def test_a_database_tells_the_age_of_its_newest_row(
    state: SqlState, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FEED_DB", f"sqlite:///{tmp_path / 'state.db'}")
    query = "select '2027-01-15T07:59:00Z'"
    promise = replace(FEED, freshness=Freshness(max_age_s=600.0, sql=SqlSurface(dsn_env="FEED_DB", query=query)))
    road = Road(state, promise, probe=Surfaces([], [], Clock()))
    assert road.pulse("feed").newest_at == at(-60)


def test_a_heartbeat_is_answered_with_when_the_next_one_must_be_there(client: TestClient[Litestar]) -> None:
    answer = client.post("/v1/promises/worker/heartbeat", json={"signal_id": "a", "claimed_at": "2027-01-15T08:00:00Z"})
    assert (answer.status_code, answer.json()) == (
        202,
        {"promise": "worker", "at": rfc3339(at(0)), "stale_at": rfc3339(at(70))},
    )


@pytest.mark.parametrize(
    ("name", "body", "status", "says"),
    [
        ("nobody", b"", 404, "no promise 'nobody' is declared; promises with a heartbeat are: worker"),
        ("by-runs", b"", 409, "kept by runs: open one"),
        ("feed", b"", 409, "the freshness of a surface"),
        ("worker", b"{", 422, "expected no body, or {signal_id?, claimed_at?}"),
        ("worker", b'{"alive": true}', 422, "unknown field"),
        ("worker", b'{"claimed_at": "noon"}', 422, "noon"),
    ],
)
def test_a_heartbeat_that_cannot_be_meant_says_why(
    client: TestClient[Litestar], name: str, body: bytes, status: int, says: str
) -> None:
    answer = client.post(f"/v1/promises/{name}/heartbeat", content=body)
    assert (answer.status_code, says in answer.json()["message"]) == (status, True), answer.text


def test_a_heartbeat_before_the_first_round_is_not_lost(
    state: SqlState, client: TestClient[Litestar], road: Road
) -> None:
    late = replace(WORKER, name="late")
    road.declare(WORKER, FEED, late)
    beat(client, "late")
    road.until(5)
    assert (road.pulse("late").newest_at, road.pulse("late").generation) == (at(0), 1)
