import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from outproof.contract.promise import Promise, Requirement
from outproof.contract.run import Observer, Proof, Signal, Stage
from outproof.contract.surface import FileSurface, HttpSurface, SqlSurface
from outproof.core.ids import DEFAULT_PROJECT, RunId
from outproof.engine.looking import AT_ONE_PLACE_MAX
from outproof.engine.probe import Prober
from outproof.engine.settle import Occasion, Settler, Terms, settle
from outproof.ports import Probe
from outproof.probes.surfaces import Surfaces
from outproof.prove.look import Look
from outproof.prove.outcome import Verdict
from outproof.prove.surface_reading import Sight
from outproof.respond.route import Routes
from outproof.store.state.state import SqlState
from tests.builders import BATCH, NIGHTLY, RUN, a_promise, another_run, closed, counts, opened, proved
from tests.builders import TestClock as Clock
from tests.contract.state.opened import a_state
from tests.integration.sink import until
from tests.integration.test_http_probe import Surface, a_surface

VISIBLE = Requirement(observer=Observer.PROBE, http=HttpSurface(url="https://fast.example/{batch_id}"))
SLOW = replace(VISIBLE, http=HttpSurface(url="https://slow.example/{batch_id}"))


class Places:
    """Surfaces of which some hang until they are let go; `looked` are the URLs that were looked at, in order."""

    def __init__(self) -> None:
        self.looked: list[str] = []
        self.let_go = threading.Event()
        self.broken = False

    def look(self, sight: Sight) -> Look:
        self.looked.append(sight.shown)
        if "slow" in sight.shown:
            self.let_go.wait()
        if self.broken:
            raise RuntimeError("text that may hold anything")
        return Look(passed=True, detail="saw it", shown=sight.shown, measured={"value": 7})


class Loop:
    """The prober on a real database, with the time passed in."""

    def __init__(self, state: SqlState, probe: Probe, *promises: Promise, patience_s: float = 60.0) -> None:
        self.state = state
        self.clock = Clock()
        self.terms = Terms({promise.name: promise for promise in promises}, Routes(("ops",)))
        self.prober = Prober(
            state,
            self.clock,
            probe,
            DEFAULT_PROJECT,
            lambda: self.terms,
            patience_s=patience_s,
        )
        self.settler = Settler(state, self.clock, DEFAULT_PROJECT, lambda: self.terms)

    def tell(self, *signals: Signal) -> None:
        for signal in signals:
            with self.state.begin() as tx:
                tx.runs.receive(signal)
                settle(tx, signal.run_id, Occasion.SIGNAL, self.terms, project=DEFAULT_PROJECT, now=signal.received_at)

    def finish(self, external_id: str, promise: str, seconds: float = 1.0) -> RunId:
        run = another_run(f"{promise}/{external_id}")
        done = closed(seconds, run_id=run, evidence={"batch_id": external_id})
        self.tell(replace(done, promise=promise, external_id=external_id))
        return run

    def verdict(self, run: RunId = RUN) -> Verdict:
        with self.state.look() as tx:
            found = tx.runs.load(run)
        assert found is not None
        return found.verdict

    def proofs(self, run: RunId = RUN) -> list[Proof]:
        with self.state.look() as tx:
            proofs = [signal.proof for signal in tx.runs.signals(run)]
        return [proof for proof in proofs if proof is not None and proof.observer is Observer.PROBE]


@pytest.fixture
def state(tmp_path: Path) -> Iterator[SqlState]:
    with a_state(tmp_path, DEFAULT_PROJECT) as state:
        yield state


@pytest.fixture
def places() -> Iterator[Places]:
    places = Places()
    yield places
    places.let_go.set()


def promised(name: str, requirement: Requirement) -> Promise:
    return replace(a_promise({Stage.VISIBLE: requirement}), name=name)


def test_one_slow_surface_does_not_hold_up_the_others(state: SqlState, places: Places) -> None:
    loop = Loop(state, places, promised("slow", SLOW), promised("fast", VISIBLE), patience_s=0.2)
    slow = [loop.finish(f"s-{number}", "slow") for number in range(100)]
    fast = [loop.finish(f"f-{number}", "fast", 2.0) for number in range(20)]
    loop.clock.seconds = 3

    def are_kept(runs: list[RunId]) -> bool:
        loop.prober.tick()
        return {loop.verdict(run) for run in runs} == {Verdict.KEPT}

    until(lambda: are_kept(fast))
    until(lambda: sum("slow" in url for url in places.looked) == AT_ONE_PLACE_MAX)
    assert {loop.verdict(run) for run in slow} == {Verdict.PENDING}
    places.let_go.set()
    until(lambda: are_kept(slow))
    loop.prober.stop()


def test_surfaces_of_one_run_are_looked_at_side_by_side(state: SqlState, places: Places) -> None:
    both = a_promise({Stage.PERSISTED: SLOW, Stage.VISIBLE: SLOW})
    loop = Loop(state, places, both, patience_s=0.2)
    loop.tell(opened(0), closed(1, evidence={"batch_id": BATCH}))
    loop.clock.seconds = 2
    loop.prober.tick()
    until(lambda: len(places.looked) == 2)
    assert loop.verdict() is Verdict.PENDING
    places.let_go.set()

    def is_kept() -> bool:
        loop.prober.tick()
        return loop.verdict() is Verdict.KEPT

    until(is_kept)
    loop.prober.stop()


def test_a_probe_that_breaks_saw_nothing_and_says_so_without_its_text(state: SqlState, places: Places) -> None:
    places.broken = True
    loop = Loop(state, places, a_promise({Stage.VISIBLE: VISIBLE}))
    loop.tell(opened(0), closed(1, evidence={"batch_id": BATCH}))
    loop.clock.seconds = 2
    loop.prober.tick()
    [proof] = loop.proofs()
    assert (proof.passed, proof.detail) == (
        None,
        "could not look at https://fast.example/b-17: the probe failed (RuntimeError): see the server's log",
    )


def test_looks_are_repeated_ever_more_rarely_and_once_more_right_before_the_deadline(
    state: SqlState, places: Places
) -> None:
    places.broken = True
    promise = a_promise({Stage.GENERATED: Requirement(), Stage.VISIBLE: VISIBLE}, due_s=100.0)
    loop = Loop(state, places, promise)
    loop.tell(opened(0, evidence={"batch_id": BATCH}), proved(Stage.GENERATED, 1))
    at = []
    while loop.clock.seconds < 100:
        loop.clock.seconds += 0.5
        before = len(places.looked)
        loop.prober.tick()
        at += [loop.clock.seconds] * (len(places.looked) - before)
        loop.settler.tick()
    assert at == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 98.0]


def test_a_proof_is_renewed_before_it_expires_and_broken_when_the_surface_is_gone(
    state: SqlState, places: Places
) -> None:
    loop = Loop(state, places, a_promise({Stage.VISIBLE: replace(VISIBLE, expires_s=60.0)}))
    loop.tell(opened(0), closed(1, evidence={"batch_id": BATCH}))
    kept = []
    while loop.clock.seconds < 200:
        loop.clock.seconds += 0.5
        loop.prober.tick()
        loop.settler.tick()
        kept.append(loop.verdict() is Verdict.KEPT)
    assert all(kept[1:])
    assert 3 <= len(loop.proofs()) <= 6
    places.broken = True
    while loop.clock.seconds < 300:
        loop.clock.seconds += 0.5
        loop.prober.tick()
        loop.settler.tick()
    assert loop.verdict() is not Verdict.KEPT


def test_the_job_s_own_word_does_not_stand_in_for_our_look(state: SqlState, places: Places) -> None:
    places.broken = True
    loop = Loop(state, places, a_promise({Stage.VISIBLE: VISIBLE}))
    for observer in (Observer.JOB, Observer.INDEPENDENT):
        loop.tell(proved(Stage.VISIBLE, 0, observer=observer))
    loop.tell(closed(1, evidence={"batch_id": BATCH}))
    loop.clock.seconds = 30
    loop.prober.tick()
    loop.settler.tick()
    assert loop.verdict() is Verdict.UNVERIFIED


@pytest.fixture
def surface() -> Iterator[Surface]:
    with a_surface() as running:
        yield running


def test_a_batch_is_proven_on_its_page_in_its_database_and_by_its_file(
    state: SqlState, surface: Surface, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database, out = tmp_path / "app.db", tmp_path / "out"
    out.mkdir()
    monkeypatch.setenv("DIGEST_DB", f"sqlite:///{database}")
    query = "select count(*) from digests where batch = :batch_id"
    proofs = {
        Stage.GENERATED: Requirement(
            observer=Observer.PROBE, file=FileSurface(url=f"{out}/{{batch_id}}.json", min_bytes=2)
        ),
        Stage.PERSISTED: Requirement(
            observer=Observer.PROBE, sql=SqlSurface(dsn_env="DIGEST_DB", query=query, equals="valid")
        ),
        Stage.VISIBLE: Requirement(
            observer=Observer.PROBE,
            http=HttpSurface(url=f"http://127.0.0.1:{surface.port}/{{batch_id}}.json", json="$.count", equals="valid"),
        ),
    }
    clock = Clock()
    loop = Loop(state, Surfaces(["127.0.0.0/8"], [str(out)], clock), a_promise(proofs))
    loop.tell(opened(0, evidence={"batch_id": BATCH}), closed(1, counts=counts(input=2, valid=2)))
    loop.clock.seconds = 2
    loop.prober.tick()
    assert [proof.passed for proof in loop.proofs()].count(True) == 0

    (out / f"{BATCH}.json").write_bytes(b"[1, 2]")
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("create table digests (batch text)")
        connection.executemany("insert into digests values (?)", [(BATCH,), (BATCH,)])
    surface.show(f"/{BATCH}.json", {"count": 2})

    def is_kept() -> bool:  # a page that a busy machine is too slow to show is looked at again
        loop.clock.seconds += 2
        loop.prober.tick()
        return loop.verdict() is Verdict.KEPT

    until(is_kept)
    measured: dict[Stage, Mapping[str, object] | None] = {
        proof.stage: proof.measured for proof in loop.proofs() if proof.passed
    }
    assert measured[Stage.PERSISTED] == {"value": 2}
    assert measured[Stage.VISIBLE] == {"status": 200, "value": 2}
    generated = measured[Stage.GENERATED]
    assert generated is not None
    assert generated["size_bytes"] == 6
    surfaces = {proof.stage: proof.surface for proof in loop.proofs() if proof.passed}
    assert surfaces[Stage.PERSISTED] == "database DIGEST_DB"


def test_a_run_that_another_server_has_claimed_is_not_looked_at_twice(state: SqlState, places: Places) -> None:
    loop = Loop(state, places, promised(NIGHTLY, VISIBLE))
    other = Loop(state, places, promised(NIGHTLY, VISIBLE))
    loop.tell(closed(1, evidence={"batch_id": BATCH}))
    loop.clock.seconds = other.clock.seconds = 2
    threads = [threading.Thread(target=each.prober.tick) for each in (loop, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(places.looked) == 1
