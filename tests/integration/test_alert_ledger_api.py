"""What pages were worth, over REST and in the terminal: a responder says; the ledger counts."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from litestar import Litestar
from litestar.di import Provide
from litestar.testing import TestClient
from typer.testing import CliRunner

from outproof.cli.alert_ledger import alert_ledger, mark
from outproof.core.ids import IncidentId
from outproof.core.time import after
from outproof.engine.record import record
from outproof.respond.incident import EntryKind
from outproof.server import alert_ledger as ledger
from outproof.server.failures import HANDLERS as FAILURES
from outproof.store.state.state import SqlState
from tests.contract.state.opened import NOON, PROJECT, SetClock, a_state
from tests.integration.incident_desk import always
from tests.integration.sink import Answer, running
from tests.unit.respond.findings import ROUTES, a_finding


class Desk:
    """The ledger's API over a real store."""

    def __init__(self, state: SqlState) -> None:
        self.state = state
        self.clock = SetClock(after(NOON, 3_600))
        given = {"store": state, "clock": self.clock}
        app = Litestar(
            ledger.HANDLERS,
            dependencies={name: Provide(always(value), sync_to_thread=False) for name, value in given.items()},
            exception_handlers=FAILURES,
            logging_config=None,
        )
        self.client = TestClient(app)

    def see(self, number: int) -> IncidentId:
        finding = a_finding(key=f"policy:noisy{number}", policy="noisy", policy_version="v1")
        with self.state.begin() as tx:
            incident = record(tx, finding, project=PROJECT, routes=ROUTES, now=after(NOON, number))
        assert incident is not None
        return incident

    def mark(self, incident: str, status: int = 201, **body: Any) -> Any:
        response = self.client.post(f"/v1/incidents/{incident}/marks", json={"by": "ana", **body})
        assert response.status_code == status, response.text
        return response.json()

    def ledger(self, **query: Any) -> Any:
        response = self.client.get("/v1/alert-ledger", params=query)
        assert response.status_code == 200, response.text
        return response.json()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with a_state(tmp_path) as state:
        desk = Desk(state)
        with desk.client:
            yield desk


def test_what_a_responder_says_stands_in_ledger_timeline_and_audit(desk: Desk) -> None:
    incident = desk.see(0)
    said = desk.mark(incident, mark="too_late", note="found by a customer", began_at="2027-01-15T07:00:00Z")
    expected = {
        "mark": "too_late",
        "by": "ana",
        "at": "2027-01-15T09:00:00.000000Z",
        "note": "found by a customer",
        "began_at": "2027-01-15T07:00:00.000000Z",
    }
    assert said == {"marks": [expected]}
    assert desk.client.get(f"/v1/incidents/{incident}/marks").json() == said
    (page,) = desk.ledger()["pages"]
    assert (page["mark"], page["incident_id"], page["source"]) == (
        expected,
        incident,
        {"type": "policy", "name": "noisy"},
    )
    (account,) = desk.ledger()["accounts"]
    assert (account["precision_ratio"], account["detect_s_median"], account["detect_n"]) == (1.0, 3_600.0, 1)
    with desk.state.look() as tx:
        entry = tx.incidents.timeline(incident)[-1]
        audited = tx.audit.newest(1)[0]
    assert (entry.kind, entry.text) == (EntryKind.MARKED, "ana marks the page: too late (found by a customer)")
    assert (audited.verb, audited.subject, audited.detail) == ("page marked", incident, "too_late")


def test_chronic_noise_proposes_its_own_demotion_and_changes_nothing(desk: Desk) -> None:
    for number in range(6):
        desk.mark(desk.see(number), mark="noise")
    (account,) = desk.ledger(limit=2)["accounts"]
    assert account["demotion"]["to"] == "warning"
    assert account["severity"] == "critical"
    assert account["marks"] == {"acted_on": 0, "noise": 6, "duplicate": 0, "too_late": 0}
    assert len(desk.ledger(limit=2)["pages"]) == 2


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ({"mark": "annoying"}, 422, "annoying"),
        ({"mark": "noise", "began_at": "yesterday"}, 400, "began_at"),
        ({"mark": "noise", "began_at": "2099-01-01T00:00:00Z"}, 400, "expected an instant that is past"),
        ({"mark": "noise", "note": "n" * 501}, 422, "note"),
    ],
)
def test_what_cannot_be_meant_is_refused(desk: Desk, body: dict[str, str], status: int, said: str) -> None:
    refused = desk.mark(desk.see(0), status, **body)
    assert said in str(refused)
    assert desk.ledger()["pages"][0]["mark"] is None


def test_an_incident_that_nobody_knows_cannot_be_marked(desk: Desk) -> None:
    assert "no incident 'inc_none' is known" in desk.mark("inc_none", 404, mark="noise")["message"]
    assert desk.client.get("/v1/incidents/inc_none/marks").status_code == 404


cli = typer.Typer()
cli.command()(mark)
cli.command()(alert_ledger)


def test_the_terminal_marks_and_shows(desk: Desk) -> None:
    incident = desk.see(0)
    desk.mark(incident, mark="noise")
    answers = {f"/v1/incidents/{incident}/marks": desk.mark(incident, mark="acted_on")}
    for number in range(1, 9):
        desk.mark(desk.see(number), mark="noise")
    answers["/v1/alert-ledger?minutes=40320&limit=0"] = desk.ledger(limit=0)
    with running() as sink:
        for path, body in answers.items():
            sink.script(path, Answer(200, {"Content-Type": "application/json"}, json.dumps(body).encode()))
        environment = {"OUTPROOF_ENDPOINT": sink.url, "COLUMNS": "80"}
        marked = CliRunner().invoke(cli, ["mark", incident, "acted_on", "--by", "ana"], env=environment)
        assert marked.output == "acted on (before: noise, by ana)\n", marked.output
        shown = CliRunner().invoke(cli, ["alert-ledger"], env=environment)
    assert "11% (2% to 43%)" in shown.output
    assert "noisy proposes to be warning, not critical: 1 of 9 marked pages were right" in shown.output
    assert "outproof calibrate noisy" in shown.output
