from collections.abc import Iterator
from pathlib import Path

import pytest

from outproof.contract.promise import Promise
from outproof.contract.run import Claim, Signal, Stage
from outproof.core.ids import DEFAULT_PROJECT
from outproof.decide.finding import FindingKind
from outproof.engine.probe import Prober
from outproof.engine.settle import Occasion, Settler, Terms, settle
from outproof.ports import Reception
from outproof.probes.http import HttpProbe
from outproof.prove.http_sight import HttpSight
from outproof.prove.look import Look
from outproof.prove.outcome import Verdict
from outproof.prove.surface_reading import Sight
from outproof.respond.incident import Incident, IncidentState
from outproof.respond.route import Routes
from outproof.store.state.state import SqlState
from tests.builders import BATCH, RUN, TestClock, a_promise, by_job_and_probe, closed, counts, opened, proved
from tests.contract.state.opened import engine_of
from tests.integration.test_http_probe import Surface, a_surface

ROUTES = Routes(("ops",))
EVIDENCE = {"batch_id": BATCH, "model": "m-1", "prompt_version": "v3", "deploy_sha": "0badc0de"}


class Pages:
    """Looks at pages; a busy machine may take its time to show them."""

    def __init__(self, allow: list[str]) -> None:
        self._probe = HttpProbe(allow, timeout_s=30.0)

    def look(self, sight: Sight) -> Look:
        assert isinstance(sight, HttpSight)
        return self._probe.look(sight)


class Road:
    """The runs road on a real database and a real surface, with the time passed in."""

    def __init__(self, state: SqlState, promise: Promise, project_allows: list[str]) -> None:
        self.state = state
        self.clock = TestClock()
        self.promise = promise
        self.terms = Terms({promise.name: promise}, ROUTES)
        self.settler = Settler(state, self.clock, DEFAULT_PROJECT, lambda: self.terms)
        self.prober = Prober(state, self.clock, Pages(project_allows), DEFAULT_PROJECT, lambda: self.terms)

    def tell(self, *signals: Signal) -> None:
        for signal in signals:
            now = signal.received_at
            with self.state.begin() as tx:
                assert tx.runs.receive(signal) is Reception.STORED
                settle(tx, RUN, Occasion.SIGNAL, self.terms, project=DEFAULT_PROJECT, now=now)

    def pass_time(self, until: float) -> None:
        """Tick both loops each half second."""
        while self.clock.seconds < until:
            self.clock.seconds += 0.5
            self.prober.tick()
            self.settler.tick()

    def verdict(self) -> Verdict:
        with self.state.begin() as tx:
            run = tx.runs.load(RUN)
        assert run is not None
        return run.verdict

    def incidents(self) -> list[Incident]:
        with self.state.begin() as tx:
            return list(tx.incidents.newest(list(IncidentState), 10))


@pytest.fixture
def surface() -> Iterator[Surface]:
    with a_surface() as running:
        yield running


@pytest.fixture
def road(tmp_path: Path, surface: Surface) -> Iterator[Road]:
    engine = engine_of(tmp_path)
    proofs = by_job_and_probe(f"http://127.0.0.1:{surface.port}/digests/{{batch_id}}.json")
    yield Road(SqlState(engine, DEFAULT_PROJECT, lambda _: None), a_promise(proofs), ["127.0.0.0/8"])
    engine.dispose()


BEGUN = (
    opened(0, evidence=dict(EVIDENCE)),
    proved(Stage.VALIDATED, 1, counts=counts(input=1000, valid=1000, invalid=0)),
)


def test_a_batch_that_says_success_and_saved_nothing_is_one_incident_that_ends_when_the_output_appears(
    road: Road, surface: Surface
) -> None:
    road.tell(*BEGUN, closed(2))
    road.clock.seconds = 2
    assert road.verdict() is Verdict.UNVERIFIED
    road.pass_time(40)
    assert road.verdict() is Verdict.BROKEN
    [incident] = road.incidents()
    assert incident.state is IncidentState.OPEN
    assert (incident.finding.kind, incident.finding.headline) == (FindingKind.BROKEN, "persisted missing")
    assert incident.finding.title == "nightly-digests: output of batch b-17 is not proven persisted"
    assert "saw status 404" in incident.finding.reason
    known = {fact.key: fact.value for fact in incident.finding.evidence}
    assert known | EVIDENCE == known
    assert (known["input_count"], known["valid_count"], known["invalid_count"]) == (1000, 1000, 0)
    assert (known["validation_result"], known["duration_s"], known["output_id"]) == ("passed", 2.0, None)

    surface.show("/digests/b-17.json", {"count": 1000})
    road.tell(proved(Stage.PERSISTED, 41, output_id="out-9"))
    road.pass_time(43)
    assert road.verdict() is Verdict.KEPT
    [ended] = road.incidents()
    assert (ended.id, ended.state) == (incident.id, IncidentState.RESOLVED)
    with road.state.begin() as tx:
        changes = [change.new for change in tx.runs.verdicts(RUN)]
        kinds = [delivery.kind for delivery in tx.outbox.deliveries(incident.id)]
    assert changes == [Verdict.PENDING, Verdict.UNVERIFIED, Verdict.BROKEN, Verdict.KEPT]
    assert [str(kind) for kind in kinds] == ["opened", "updated", "resolved"]


def test_a_surface_that_lags_a_little_wakes_nobody(road: Road, surface: Surface) -> None:
    road.tell(*BEGUN, proved(Stage.PERSISTED, 2), closed(3))
    road.clock.seconds = 3
    road.pass_time(8)
    assert road.verdict() is Verdict.PENDING
    surface.show("/digests/b-17.json", {"count": 1000})
    road.pass_time(13)
    assert (road.verdict(), road.incidents()) == (Verdict.KEPT, [])


def test_a_page_that_shows_too_few_is_an_incident(road: Road, surface: Surface) -> None:
    surface.show("/digests/b-17.json", {"count": 999})
    road.tell(*BEGUN, proved(Stage.PERSISTED, 2), closed(3))
    road.clock.seconds = 3
    road.pass_time(20)
    [incident] = road.incidents()
    assert incident.finding.title == "nightly-digests: output of batch b-17 is not visible"
    assert "$.count = 1000" in incident.finding.reason
    assert incident.finding.reason.endswith("saw $.count = 999)")


def test_a_run_that_never_closes_becomes_overdue_and_the_probe_goes_on_looking(road: Road, surface: Surface) -> None:
    road.tell(BEGUN[0])
    road.pass_time(10)
    assert (road.verdict(), surface.hits) == (Verdict.PENDING, [])
    road.clock.seconds = 3_599.5
    road.pass_time(3_601)
    assert road.verdict() is Verdict.OVERDUE
    [incident] = road.incidents()
    assert incident.finding.kind is FindingKind.LATE
    assert incident.finding.title == "nightly-digests: output of batch b-17 is overdue: not proven validated"
    surface.show("/digests/b-17.json", {"count": 1000})
    road.tell(proved(Stage.VALIDATED, 3_700, counts=counts(input=1000, valid=1000)), proved(Stage.PERSISTED, 3_700))
    road.clock.seconds = 3_700
    road.pass_time(3_702)
    assert (road.verdict(), road.incidents()[0].state) == (Verdict.KEPT, IncidentState.RESOLVED)


def test_looks_grow_apart_and_an_unchanged_sight_is_one_proof(road: Road, surface: Surface) -> None:
    road.tell(*BEGUN, proved(Stage.PERSISTED, 2), closed(3))
    road.clock.seconds = 3
    road.pass_time(303)
    assert 9 <= len(surface.hits) <= 13
    with road.state.begin() as tx:
        looks = [signal for signal in tx.runs.signals(RUN) if signal.proof and signal.proof.observer == "probe"]
    assert len(looks) == 1


def test_news_from_the_job_makes_the_probe_look_at_once(road: Road, surface: Surface) -> None:
    road.tell(*BEGUN, closed(2))
    road.clock.seconds = 2
    road.pass_time(100)
    before = len(surface.hits)
    road.tell(proved(Stage.PERSISTED, 100))
    road.pass_time(100.5)
    assert len(surface.hits) == before + 1


def test_nobody_looks_any_more_when_the_watch_is_over(road: Road, surface: Surface) -> None:
    road.tell(*BEGUN, closed(2))
    road.clock.seconds = 86_500
    road.pass_time(86_501)
    looked = len(surface.hits)
    road.pass_time(86_600)
    assert len(surface.hits) == looked <= 1
    assert road.verdict() in (Verdict.BROKEN, Verdict.UNVERIFIED)


def test_a_failure_is_told_with_its_type_and_is_over_when_a_new_attempt_is_proven(road: Road, surface: Surface) -> None:
    road.tell(*BEGUN, closed(2, Claim.FAILURE, error_type="ValueError"))
    [incident] = road.incidents()
    assert incident.finding.reason.startswith("the job reported failure (ValueError)")
    surface.show("/digests/b-17.json", {"count": 1000})
    road.tell(opened(10), proved(Stage.VALIDATED, 11), proved(Stage.PERSISTED, 12), closed(13))
    road.clock.seconds = 13
    road.pass_time(15)
    assert (road.verdict(), road.incidents()[0].state) == (Verdict.KEPT, IncidentState.RESOLVED)
