"""Pings in one process, on a real database, with the time told."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from litestar import Litestar
from litestar.di import Provide
from litestar.testing import TestClient

from outproof.config.declared import Declared
from outproof.contract.promise import Promise
from outproof.contract.run import Stage
from outproof.contract.schedule import Heartbeat
from outproof.contract.surface import Freshness, HttpSurface
from outproof.core.ids import DEFAULT_PROJECT
from outproof.core.keys import KEY_BYTES, Scope, key_digest, key_text
from outproof.engine.settle import Terms
from outproof.respond.route import Routes
from outproof.server import pings, runs
from outproof.server.access import Access
from outproof.server.failures import HANDLERS
from outproof.store.state.state import SqlState
from tests.builders import START, a_promise, by_job
from tests.builders import TestClock as Clock
from tests.contract.state.opened import a_state

UUID = "31365bce-8da9-4729-8ff3-aaa71d56b712"
RID, OTHER_RID = "5bf66975-d4c7-4bf5-bcc8-b8d8a82ea278", "803f680d-e89b-492b-82ef-2be7b774a92d"
PING = f"/ping/{UUID}"
INGEST = key_text(b"i" * KEY_BYTES)
FRESH = Freshness(max_age_s=60.0, http=HttpSurface(url="https://app.example/news.json"))
HEADERS = {"ping-body-limit": "10000", "access-control-allow-origin": "*"}


class Pinged:
    """The addresses of a few promises."""

    def __init__(self, client: TestClient[Litestar], state: SqlState, clock: Clock) -> None:
        self.client = client
        self.state = state
        self.clock = clock

    def ping(self, path: str, body: str | None = None, *, status: int = 200) -> str:
        answer = self.client.get(path) if body is None else self.client.post(path, content=body)
        assert answer.status_code == status, answer.text
        return answer.text

    def runs(self, promise: str = "backup") -> list[dict[str, Any]]:
        """With all there is to know of each, the newest first."""
        listed = self.client.get(f"/v1/runs?promise={promise}").json()["runs"]
        return [self.client.get(f"/v1/runs/{run['id']}").json() for run in listed]

    def notes(self, run: str) -> list[str | None]:
        with self.state.look() as tx:
            return [signal.note for signal in tx.runs.signals(run) if signal.kind == "noted"]  # type: ignore[arg-type]  # an id is text

    @property
    def ledger(self) -> dict[tuple[str, str], int]:
        """What became of pings."""
        with self.state.look() as tx:
            return {(line.outcome, line.reason): line.count for line in tx.ledger.lines() if line.signal == "pings"}


def promises() -> tuple[Promise, ...]:
    backup = replace(a_promise(by_job(Stage.GENERATED)), name="backup", ping=UUID)
    return (
        backup,
        replace(a_promise(by_job(Stage.GENERATED, Stage.PERSISTED)), name="Nightly.Digests"),
        replace(backup, name="eu.daily", ping=None),
        replace(backup, name="eu-daily", ping=None),
        replace(backup, name="EU-daily", ping=None),
        replace(backup, name="page", ping=RID, proofs={}, freshness=FRESH),
        Promise(name="worker", outcome="It is alive.", owner="ops", heartbeat=Heartbeat(every_s=300.0)),
    )


@pytest.fixture
def pinged(tmp_path: Path) -> Iterator[Pinged]:
    with a_state(tmp_path, DEFAULT_PROJECT) as state:
        clock, declared = Clock(), Declared(promises=promises())
        given = {
            "store": state,
            "clock": clock,
            "project": DEFAULT_PROJECT,
            "declared": declared,
            "terms": Terms(declared.promises_by_name, Routes()),
            "access": Access({key_digest(INGEST): Scope.INGEST}.get),
        }

        def always(value: object) -> Provide:
            return Provide(lambda: value, sync_to_thread=False)

        app = Litestar(
            [*pings.HANDLERS, *runs.HANDLERS],
            dependencies={name: always(value) for name, value in given.items()},
            exception_handlers=HANDLERS,
            logging_config=None,
        )
        with TestClient(app) as client:
            yield Pinged(client, state, clock)


def test_one_success_is_a_kept_run(pinged: Pinged) -> None:
    answer = pinged.client.get(PING)
    assert (answer.status_code, answer.text, answer.headers["content-type"]) == (200, "OK", "text/plain; charset=utf-8")
    assert {key: answer.headers[key] for key in HEADERS} == HEADERS
    [run] = pinged.runs()
    assert (run["verdict"], run["external_id"]) == ("kept", "ping-2027-01-15T08:00:00.000000Z")
    assert [(stage["stage"], stage["observer"]) for stage in run["stages"] if stage["state"] == "passed"] == [
        ("generated", "job")
    ]


@pytest.mark.parametrize("method", ["HEAD", "GET", "POST"])
def test_every_method_counts(pinged: Pinged, method: str) -> None:
    assert pinged.client.request(method, PING).status_code == 200
    assert len(pinged.runs()) == 1


def test_a_start_and_its_end_are_one_run_without_a_run_id(pinged: Pinged) -> None:
    pinged.ping(f"{PING}/start")
    assert pinged.runs()[0]["verdict"] == "pending"
    pinged.clock.seconds = 90
    pinged.ping(PING)
    [run] = pinged.runs()
    assert (run["verdict"], run["duration_s"]) == ("kept", 90.0)


def test_an_end_without_a_start_closes_the_newest_run_that_is_open_and_else_is_its_own(pinged: Pinged) -> None:
    pinged.ping(f"{PING}/start")
    pinged.clock.seconds = 60
    pinged.ping(f"{PING}/start")
    for seconds in (61, 62, 63):
        pinged.clock.seconds = seconds
        pinged.ping(PING)
    assert [(run["external_id"][22:24], run["verdict"], run["duration_s"]) for run in pinged.runs()] == [
        ("03", "kept", None),
        ("00", "kept", 1.0),
        ("00", "kept", 62.0),
    ]


def test_a_start_that_is_sent_again_opens_no_second_run(pinged: Pinged) -> None:
    pinged.ping(f"{PING}/start")
    pinged.clock.seconds = 12  # as `curl --retry` does when the answer was lost
    pinged.ping(f"{PING}/start")
    pinged.clock.seconds = 60
    pinged.ping(PING)
    assert [run["verdict"] for run in pinged.runs()] == ["kept"]


def test_two_runs_at_once_are_told_apart_by_their_run_ids(pinged: Pinged) -> None:
    pinged.ping(f"{PING}/start?rid={RID}")
    pinged.clock.seconds = 10
    pinged.ping(f"{PING}/start?rid={OTHER_RID}")
    pinged.clock.seconds = 20
    pinged.ping(f"{PING}/7?rid={RID}")
    pinged.clock.seconds = 40
    pinged.ping(f"{PING}?rid={OTHER_RID.upper()}")
    assert {run["external_id"]: (run["verdict"], run["duration_s"]) for run in pinged.runs()} == {
        RID: ("broken", 20.0),
        OTHER_RID: ("kept", 30.0),
    }
    assert pinged.runs()[1]["reason"].startswith("the job reported failure (exit status 7)")


def test_a_ping_without_a_run_id_leaves_the_runs_with_one_alone(pinged: Pinged) -> None:
    pinged.ping(f"{PING}/start?rid={RID}")
    pinged.ping(PING)
    assert {run["external_id"][:5]: run["verdict"] for run in pinged.runs()} == {RID[:5]: "pending", "ping-": "kept"}


def test_a_ping_with_a_run_id_that_is_sent_again_changes_nothing(pinged: Pinged) -> None:
    for seconds in (0, 5):
        pinged.clock.seconds = seconds
        pinged.ping(f"{PING}/start?rid={RID}", "began")
        pinged.ping(f"{PING}/fail?rid={RID}", "ended")
    [run] = pinged.runs()
    with pinged.state.look() as tx:
        assert len(tx.runs.signals(run["id"])) == 4


def test_success_after_failure_of_one_run_is_told_and_the_worse_counts(pinged: Pinged) -> None:
    pinged.ping(f"{PING}/fail?rid={RID}")
    assert "closed before as failure" in pinged.ping(f"{PING}?rid={RID}", status=409)
    assert [run["verdict"] for run in pinged.runs()] == ["broken"]
    assert pinged.ledger == {("stored", ""): 1, ("rejected", "conflict"): 1}


def test_success_proves_no_more_than_that_something_was_generated(pinged: Pinged) -> None:
    pinged.ping(f"/ping/{INGEST}/nightly-digests")
    [run] = pinged.runs("Nightly.Digests")
    assert (run["verdict"], run["first_stage"]) == ("unverified", "persisted")


def test_a_log_is_kept_scrubbed_and_cut_and_is_a_sign_of_life_each_time(pinged: Pinged) -> None:
    pinged.ping(f"{PING}/start")
    for _ in range(2):
        pinged.clock.seconds += 5
        pinged.ping(f"{PING}/log", "mailed ann.lee@example.com, card 4111 1111 1111 1111")
    pinged.clock.seconds += 5
    pinged.ping(PING, "x" * 200_000)
    [run] = pinged.runs()
    *logs, last = pinged.notes(run["id"])
    assert logs == ["mailed [EMAIL], card [CARD]"] * 2
    assert last == "x" * 10_000


def test_a_log_alone_opens_no_run_that_nobody_would_close(pinged: Pinged) -> None:
    pinged.ping(f"{PING}/log", "hello")
    pinged.ping(f"{PING}/log?rid={RID}", "hello")
    assert pinged.runs() == []
    assert pinged.ledger == {("dropped", "no_open_run"): 2}


def test_bytes_that_are_no_text_do_not_cost_the_ping(pinged: Pinged) -> None:
    assert pinged.client.post(PING, content=b"\xff\x00\xfe done").status_code == 200
    [run] = pinged.runs()
    assert pinged.notes(run["id"]) == ["\x00 done"]


def test_who_is_not_known_and_who_may_not_are_told_the_same(pinged: Pinged) -> None:
    wrong = [
        f"/ping/{OTHER_RID}",
        "/ping/op_wrong/backup",
        f"/ping/{INGEST}/nobody",
        "/p/op_wrong/backup",
        "/ping/backup",
    ]
    answers = [pinged.client.get(path) for path in wrong]
    assert {(answer.status_code, answer.text) for answer in answers} == {(404, "not found")}
    assert pinged.ledger == {("rejected", "unknown_address"): 5}
    assert pinged.runs() == []


def test_what_is_not_declared_is_not_made_and_says_so(pinged: Pinged) -> None:
    told = {pinged.ping(f"/ping/{key}/nobody?create=1", status=404) for key in (INGEST, "op_wrong")}
    assert len(told) == 1
    assert "declared in files" in told.pop()


def test_a_slug_that_several_share_is_ambiguous_unless_one_is_called_just_that(pinged: Pinged) -> None:
    assert pinged.ping(f"/ping/{INGEST}/eu-daily") == "OK"
    assert len(pinged.runs("eu-daily")) == 1
    assert pinged.ping(f"/ping/{INGEST}/Eu-Daily", status=409) == "ambiguous slug"


@pytest.mark.parametrize(
    ("path", "said"),
    [
        (f"{PING}/256", "exit status"),
        (f"{PING}?rid=1", "UUID as rid"),
        (f"{PING}/stop", "/start, /fail, /log"),
        (f"/ping/{RID}", "the freshness"),
    ],
)
def test_what_cannot_be_meant_is_400_with_a_sentence(pinged: Pinged, path: str, said: str) -> None:
    assert said in pinged.ping(path, status=400)
    assert sum(pinged.ledger.values()) == 1


def test_a_heartbeat_beats_on_success_only(pinged: Pinged) -> None:
    worker = f"/ping/{INGEST}/worker"
    for path in (worker, f"{worker}/0", f"/p/{INGEST}/worker"):
        pinged.clock.seconds += 10
        pinged.ping(path)
    for suffix in ("fail", "3", "start", "log"):
        pinged.clock.seconds += 10
        pinged.ping(f"{worker}/{suffix}")
    with pinged.state.look() as tx:
        pulse = tx.pulses.load("worker")
    assert pulse is not None
    assert pulse.newest_at == START + 30 * 10**9
    assert pinged.ledger == {("stored", ""): 3, ("dropped", "not_a_beat"): 4}


def test_cronitor_says_the_same_in_its_own_words(pinged: Pinged) -> None:
    cronitor = f"/p/{INGEST}/backup"
    pinged.ping(f"{cronitor}?state=run&series=b-17")
    pinged.clock.seconds = 30
    pinged.ping(
        f"{cronitor}?state=complete&series=b-17&metric=count:980&metric=error_count:20&metric=x:1"
        "&message=mailed+ann%40example.com&host=web-1"
    )
    [run] = pinged.runs()
    assert (run["external_id"], run["verdict"], run["duration_s"]) == ("b-17", "kept", 30.0)
    assert (run["counts"]["valid"], run["counts"]["invalid"]) == (980, 20)
    assert pinged.notes(run["id"]) == ["mailed [EMAIL] host web-1"]
    assert pinged.ledger == {("stored", ""): 2, ("dropped", "unreadable_metric"): 1}


def test_a_duration_of_a_run_that_told_no_start_is_its_own(pinged: Pinged) -> None:
    pinged.ping(f"/p/{INGEST}/backup?state=complete&metric=duration:42.5")
    pinged.ping(f"/p/{INGEST}/backup?state=fail&series=x&status_code=137&metric=duration:3")
    assert [(run["verdict"], run["duration_s"]) for run in pinged.runs()] == [("broken", 3.0), ("kept", 42.5)]


def test_a_reset_by_hand_proves_nothing(pinged: Pinged) -> None:
    pinged.ping(f"/p/{INGEST}/backup?state=run")
    pinged.ping(f"/p/{INGEST}/backup?state=ok&message=all+good")
    [run] = pinged.runs()
    assert (run["verdict"], pinged.notes(run["id"])) == ("pending", ["all good"])
