from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from outproof.cli.incident_card import card, table
from outproof.contract.run import Stage
from outproof.core.time import Instant, after
from outproof.decide.finding import FindingKind, Subject, SubjectType
from outproof.prove.stage_report import StageReport, StageState
from outproof.respond.delivery import Attempt, DeliveryState, Outcome
from tests.contract.state.opened import NOON
from tests.integration.incident_desk import Desk, a_desk
from tests.unit.respond.findings import EXEMPLAR


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with a_desk(tmp_path) as desk:
        yield desk


def test_an_incident_is_listed_with_its_headline_and_how_many_were_told(desk: Desk) -> None:
    incident = desk.see()
    [listed] = desk.get("/v1/incidents")["incidents"]
    assert listed == {
        "id": incident,
        "state": "open",
        "severity": "critical",
        "kind": "invariant",
        "title": "Unsupported delivery claim reached customer response.",
        "headline": "unsafe_claim_served 2/6",
        "subject": {"type": "service", "name": "tracking-answerer"},
        "owner": "delivery-answers",
        "policy": None,
        "promise": None,
        "run_id": None,
        "opened_at": "2027-01-15T08:00:00.000000Z",
        "updated_at": "2027-01-15T08:00:00.000000Z",
        "acknowledged_at": None,
        "acknowledged_by": None,
        "resolved_at": None,
        "occurrences": 1,
        "assignee": None,
        "reopened": 0,
        "flapping": False,
        "suppression": None,
        "part_of": None,
        "deliveries": {"accepted": 0, "retrying": 0, "failed": 0, "queued": 2},
    }


def test_a_channel_that_is_told_again_and_again_counts_once(desk: Desk) -> None:
    desk.see()
    desk.see(60, firing=False)
    [listed] = desk.get("/v1/incidents", state="all")["incidents"]
    with desk.state.look() as tx:
        notices = sum(tx.outbox.counts([listed["id"]])[listed["id"]].values())
    assert notices == 4
    assert listed["deliveries"] == {"accepted": 0, "retrying": 0, "failed": 0, "queued": 2}


def test_an_incident_carries_exemplar_measure_evidence_timeline_and_deliveries(desk: Desk) -> None:
    incident = desk.see(runbook="https://runbooks.example/unsafe", policy="unsafe", policy_version="pol_1")
    with desk.state.begin() as tx:
        [claimed] = tx.outbox.claim("pager", NOON, after(NOON, 60), 10)
        tx.outbox.attempted(
            claimed,
            Attempt(number=1, at=NOON, outcome=Outcome.TRANSIENT, detail="503", duration_s=0.5, status_code=503),
            DeliveryState.RETRYING,
            after(NOON, 5),
        )
    shown = desk.get(f"/v1/incidents/{incident}")
    assert shown["first_check"] == "Compare serving-gate template with tracking-answerer-v1."
    assert shown["measure"] == {
        "name": "unsafe_claim_served",
        "text": "unsafe_claim_served == 0",
        "value": 2.0,
        "limit": 0.0,
        "numerator": 2,
        "denominator": 6,
        "window": {"start": "2027-01-15T07:45:00.000000Z", "end": "2027-01-15T08:00:00.000000Z"},
    }
    [exemplar] = shown["exemplars"]
    assert (exemplar["request_id"], exemplar["at"], exemplar["ttft_s"]) == (
        "req_205",
        "2027-01-15T08:00:00.000000Z",
        None,
    )
    assert shown["evidence"] == [{"key": "policy", "label": "Policy", "value": "unsafe"}]
    assert [entry["kind"] for entry in shown["timeline"]] == ["opened"]
    chat, pager = shown["deliveries"]
    assert (chat["state"], chat["attempts"]) == ("queued", [])
    assert (pager["state"], pager["next_attempt_at"]) == ("retrying", "2027-01-15T08:00:05.000000Z")
    assert pager["attempts"] == [
        {
            "number": 1,
            "at": "2027-01-15T08:00:00.000000Z",
            "outcome": "transient",
            "status_code": 503,
            "detail": "503",
            "duration_s": 0.5,
        }
    ]
    assert shown["last_good_run"] is None


def test_lists_are_filtered_by_state_and_newest_first(desk: Desk) -> None:
    first, second, third = (desk.see(n, key=f"k{n}") for n in range(3))
    desk.see(10, key="k1", firing=False)
    desk.client.post(f"/v1/incidents/{third}/acknowledge", json={"by": "ada"})

    def ids(**query: Any) -> list[str]:
        return [incident["id"] for incident in desk.get("/v1/incidents", **query)["incidents"]]

    assert ids() == ids(state="active") == [third, first]
    assert ids(state="resolved") == [second]
    assert ids(state="all") == [third, second, first]
    assert ids(state="all", limit=1) == [third]


def test_the_first_to_acknowledge_an_incident_stays_on_record(desk: Desk) -> None:
    incident = desk.see()
    desk.clock.forward(30)
    for by in ("ada\u202e\n", "bob"):
        response = desk.client.post(f"/v1/incidents/{incident}/acknowledge", json={"by": by})
        assert response.status_code == 200
        taken = response.json()
        assert (taken["state"], taken["acknowledged_by"]) == ("acknowledged", "ada")
        assert taken["acknowledged_at"] == "2027-01-15T08:00:30.000000Z"
        assert [entry["kind"] for entry in taken["timeline"]] == ["opened", "acknowledged"]


def test_an_unknown_incident_is_404_and_says_where_the_known_ones_are(desk: Desk) -> None:
    for response in (
        desk.client.get("/v1/incidents/inc_x"),
        desk.client.post("/v1/incidents/inc_x/acknowledge", json={"by": "ada"}),
    ):
        assert response.status_code == 404
        assert "GET /v1/incidents?state=all" in response.json()["message"]


@pytest.mark.parametrize("body", [{}, {"by": ""}, {"by": "x" * 101}, {"by": 7}, []])
def test_an_acknowledgement_without_a_name_is_refused(desk: Desk, body: object) -> None:
    response = desk.client.post(f"/v1/incidents/{desk.see()}/acknowledge", json=body)
    assert response.status_code == 422
    assert response.json()["message"]


@pytest.mark.parametrize("query", [{"state": "closed"}, {"limit": 0}, {"limit": 501}, {"limit": "many"}])
def test_a_list_that_cannot_be_meant_is_refused(desk: Desk, query: dict[str, Any]) -> None:
    assert desk.client.get("/v1/incidents", params=query).status_code == 400


def drawn(renderable: object, width: int = 100) -> str:
    console = Console(width=width, record=True, file=None, color_system=None, force_terminal=False)
    with console.capture() as captured:
        console.print(renderable)
    return captured.get()


def test_the_card_in_the_terminal_names_what_on_call_asks_first(desk: Desk) -> None:
    shown = drawn(card(desk.get(f"/v1/incidents/{desk.see()}"), "http://127.0.0.1:4318"))
    for fact in (
        "P0  Unsupported delivery claim reached customer response.",
        "unsafe_claim_served 2/6",
        "delivery-answers",
        "Compare serving-gate template with tracking-answerer-v1.",
        "req_205",
        "tracking-answerer-v1.1-regression",
        "fastship@v17",
        "serving_gate",
        "2027-01-15 08:00:00 UTC",
        "opened",
        "pager",
        "queued",
    ):
        assert fact in shown, shown
    assert "http://127.0.0.1:4318/incidents/inc_" in shown


def test_the_card_of_a_run_shows_its_stages_and_its_end(desk: Desk) -> None:
    missing = StageReport(stage=Stage.VISIBLE, state=StageState.MISSING, detail="nobody has seen it")
    passed = StageReport(stage=Stage.VALIDATED, state=StageState.PASSED)
    broken: dict[str, Any] = {
        "kind": FindingKind.UNVERIFIED,
        "subject": Subject(SubjectType.PROMISE, "nightly-digests"),
        "exemplars": (),
        "stages": (passed, missing),
    }
    incident = desk.see(**broken)
    shown = drawn(card(desk.get(f"/v1/incidents/{incident}"), "http://h"))
    assert "✓ validated" in shown
    assert "? visible" in shown
    assert "nobody has seen it" in shown
    assert "First exemplar" not in shown
    desk.see(60, firing=False, **{**broken, "stages": (passed, replace(missing, state=StageState.PASSED))})
    assert "2027-01-15 08:01:00 UTC" in drawn(card(desk.get(f"/v1/incidents/{incident}"), "http://h"))


def test_the_list_in_a_narrow_terminal_names_every_incident_in_full(desk: Desk) -> None:
    ids = [desk.see(key="a"), desk.see(key="b")]
    shown = drawn(table(desk.get("/v1/incidents")["incidents"]), width=80)
    assert all(incident in shown for incident in ids)
    assert shown.count("P0") == 2
    assert shown.count("unsafe_claim_served 2/6") == 2


@pytest.mark.parametrize(
    "hostile", ["[red]x[/red]", "\x1b[2Jgone", "a\rb", "\x9b31m", "\u202eevil", "[link=http://e]x"]
)
def test_what_was_monitored_cannot_command_the_terminal(desk: Desk, hostile: str) -> None:
    incident = desk.see(headline=hostile, exemplars=(replace(EXEMPLAR, request_id=hostile),))
    shown = drawn(card(desk.get(f"/v1/incidents/{incident}"), "http://h"))
    assert not set(shown) & set("\x1b\r\x9b\u202e")
    if "[" in hostile and hostile.isprintable():
        assert hostile in shown


def test_a_long_timeline_is_cut_at_its_beginning(desk: Desk) -> None:
    incident = desk.see()
    for number in range(1, 12):
        desk.see(number, occurrences=2**number)
    shown = drawn(card(desk.get(f"/v1/incidents/{incident}"), "http://h"))
    assert "4 earlier" in shown
    assert "2048 occurrences so far" in shown


def test_instants_of_the_far_past_are_shown_too(desk: Desk) -> None:
    old = replace(EXEMPLAR, at=Instant(0))
    shown = desk.get(f"/v1/incidents/{desk.see(exemplars=(old,))}")
    assert shown["exemplars"][0]["at"] == "1970-01-01T00:00:00.000000Z"
