"""What people do about incidents and silences, over the API, on a real store."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from outproof.cli.incident_card import card, table
from outproof.contract.severity import Severity
from outproof.core.ids import IncidentId, RunId
from outproof.core.time import after, rfc3339
from outproof.decide.finding import About
from outproof.respond.notification import NoticeKind
from tests.contract.state.opened import NOON
from tests.integration.incident_desk import Desk, a_desk
from tests.unit.respond.test_silence import a_window, matchers


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    window = a_window(matchers=matchers('service="answers"'))
    with a_desk(tmp_path, maintenance=(window,)) as desk:
        yield desk


@pytest.fixture(scope="module")
def refusing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """One desk for all that is refused and so changes nothing."""
    with a_desk(tmp_path_factory.mktemp("refusing")) as desk:
        yield desk


def lines(incident: Any, kind: str) -> list[tuple[str, str]]:
    return [(entry["actor"], entry["text"]) for entry in incident["timeline"] if entry["kind"] == kind]


def told(desk: Desk, incident: IncidentId) -> list[tuple[str, NoticeKind]]:
    with desk.state.look() as tx:
        return [(each.channel, each.kind) for each in tx.outbox.deliveries(incident)]


def drawn(renderable: object) -> str:
    console = Console(width=120, color_system=None, force_terminal=False)
    with console.capture() as captured:
        console.print(renderable)
    return captured.get()


# --- whose it is, and what people found out -------------------------------------------------------------------------


def test_an_incident_is_given_to_somebody_and_that_is_on_record(desk: Desk) -> None:
    incident = desk.see()
    desk.post(f"/v1/incidents/{incident}/assign", by="ada", to="bob")
    given = desk.post(f"/v1/incidents/{incident}/assign", by="eve", to="bob")  # changes nothing
    assert (given["assignee"], given["state"], given["acknowledged_by"]) == ("bob", "open", None)
    assert lines(given, "assigned") == [("ada", "ada gives it to bob")]
    assert desk.post(f"/v1/incidents/{incident}/acknowledge", by="eve")["assignee"] == "bob"
    assert desk.post(f"/v1/incidents/{incident}/assign", by="ada", to=None)["assignee"] is None
    with desk.state.look() as tx:
        assert [entry.verb.value for entry in tx.audit.newest(10)] == [
            "incident assigned",
            "incident acknowledged",
            "incident assigned",
        ]


def test_a_note_stays_on_the_timeline_without_secrets_and_tells_nobody(desk: Desk) -> None:
    incident = desk.see()
    before = told(desk, incident)
    text = "key sk-ant-api03-" + "Ab1" * 30 + " of jane@example.com\nwas\u202e rotated"
    noted = desk.post(f"/v1/incidents/{incident}/notes", 201, by="ada", text=text)
    [(actor, kept)] = lines(noted, "noted")
    assert actor == "ada"
    assert "was rotated" in kept
    assert not any(part in kept for part in ("Ab1", "jane@", "\u202e", "\n"))
    assert told(desk, incident) == before
    desk.see(60, firing=False)
    assert (
        len(lines(desk.post(f"/v1/incidents/{incident}/notes", 201, by="bob", text="why: a bad deploy"), "noted")) == 2
    )


@pytest.mark.parametrize(
    ("act", "body"),
    [
        ("assign", {"by": "ada"}),
        ("assign", {"by": "ada", "to": ""}),
        ("notes", {"by": "ada", "text": ""}),
        ("notes", {"by": "ada", "text": "x" * 2_001}),
        ("notes", {"text": "x"}),
        ("merge", {"by": "ada"}),
        ("split", {}),
    ],
)
def test_an_act_that_cannot_be_meant_is_refused(refusing: Desk, act: str, body: Any) -> None:
    assert refusing.post(f"/v1/incidents/{refusing.see()}/{act}", 422, **body)["message"]


@pytest.mark.parametrize(
    ("act", "body"), [("assign", {"to": "bob"}), ("notes", {"text": "x"}), ("merge", {"into": "inc_y"}), ("split", {})]
)
def test_an_act_on_an_unknown_incident_is_404(refusing: Desk, act: str, body: Any) -> None:
    assert "GET /v1/incidents" in refusing.post(f"/v1/incidents/inc_x/{act}", 404, by="ada", **body)["message"]


# --- what belongs together ------------------------------------------------------------------------------------------


def test_what_is_merged_is_not_told_by_itself_until_it_is_split(desk: Desk) -> None:
    whole, part = desk.see(key="policy:whole", title="the gateway is down"), desk.see(1, key="policy:part")
    merged = desk.post(f"/v1/incidents/{part}/merge", by="ada", into=whole)
    assert (merged["part_of"], merged["suppression"]["kind"]) == (whole, "merged")
    assert lines(merged, "held_back")[-1][1] == "nobody is told: it is part of the gateway is down"
    shown = desk.get(f"/v1/incidents/{whole}")
    assert [each["id"] for each in shown["merged"]] == [part]
    assert lines(shown, "merged") == [
        ("ada", f"ada says that {part} is part of it: Unsupported delivery claim reached customer response.")
    ]
    assert "Merged into it" in drawn(card(shown, "http://h"))
    before = told(desk, part)
    assert desk.post(f"/v1/incidents/{part}/merge", by="ada", into=whole) == merged
    alone = desk.post(f"/v1/incidents/{part}/split", by="bob")
    assert (alone["part_of"], alone["suppression"]) == (None, None)
    assert told(desk, part) == before  # its channels knew it before it was merged


def test_what_was_merged_into_an_incident_goes_along_with_it(desk: Desk) -> None:
    one, two, three = (desk.see(number, key=f"policy:{number}") for number in range(3))
    desk.post(f"/v1/incidents/{one}/merge", by="ada", into=two)
    desk.post(f"/v1/incidents/{two}/merge", by="ada", into=three)
    assert {each["id"] for each in desk.get(f"/v1/incidents/{three}")["merged"]} == {one, two}
    assert desk.get(f"/v1/incidents/{two}")["merged"] == []


def test_what_cannot_be_merged_or_split_is_refused_and_nothing_is_changed(desk: Desk) -> None:
    one, over = desk.see(), desk.see(key="policy:over")
    desk.see(1, key="policy:over", firing=False)
    assert "not over" in desk.post(f"/v1/incidents/{one}/merge", 409, by="ada", into=over)["message"]
    assert "twice" in desk.post(f"/v1/incidents/{one}/merge", 409, by="ada", into=one)["message"]
    assert desk.post(f"/v1/incidents/{one}/merge", 404, by="ada", into="inc_x")["message"]
    assert "part of no other" in desk.post(f"/v1/incidents/{one}/split", 409, by="ada")["message"]
    assert desk.get(f"/v1/incidents/{one}")["updated_at"] == rfc3339(NOON)
    with desk.state.look() as tx:
        assert tx.audit.newest(10) == []


def test_an_incident_links_to_its_runs_traces_and_service_and_a_run_to_its_incidents(desk: Desk) -> None:
    incident = desk.see(run_id=RunId("run_1"), promise="nightly")
    links = {(link["what"], link["path"]) for link in desk.get(f"/v1/incidents/{incident}")["links"]}
    assert links == {
        ("run", "/runs/run_1"),
        ("trace", f"/traces/{'0a' * 16}/spans/{'0b' * 8}"),
        ("promise", "/promises/nightly"),
        ("service", "/services/tracking-answerer"),
    }
    assert [each["id"] for each in desk.get("/v1/incidents", run="run_1", state="all")["incidents"]] == [incident]
    assert desk.get("/v1/incidents", run="run_2")["incidents"] == []


def test_an_incident_shows_its_broken_parts_and_that_it_was_reopened(desk: Desk) -> None:
    eu, us = (About(f"policy:unsafe|route={route}", NOON, f"route {route}", makes_up=False) for route in ("eu", "us"))
    incident = desk.see(about=eu, labels={"route": "eu"})
    assert desk.see(1, about=us, labels={"route": "us"}) == incident
    shown = desk.get(f"/v1/incidents/{incident}")
    assert [(part["name"], part["severity"], part["labels"]["route"]) for part in shown["broken"]] == [
        ("route eu", "critical", "eu"),
        ("route us", "critical", "us"),
    ]
    assert shown["labels"]["severity"] == "critical"
    assert "route eu" in drawn(card(shown, "http://h"))
    desk.see(10, firing=False)
    desk.see(20)
    again = desk.get(f"/v1/incidents/{incident}")
    assert (again["state"], again["reopened"], again["flapping"]) == ("open", 1, False)
    assert ("chat", NoticeKind.REOPENED) in told(desk, incident)
    assert "once" in drawn(card(again, "http://h"))


# --- silences -------------------------------------------------------------------------------------------------------

IT = {"by": "ada", "reason": "a known break", "matchers": ['owner="delivery-answers"']}


def until(seconds: float) -> str:
    return rfc3339(after(NOON, seconds))


def test_what_is_silenced_opens_is_shown_with_why_and_nobody_is_told(desk: Desk) -> None:
    made = desk.post("/v1/silences", 201, **IT, ends_at=until(3_600))
    assert (made["state"], made["ended_by"]) == ("active", None)
    incident = desk.see(1)
    assert told(desk, incident) == []
    shown = desk.get(f"/v1/incidents/{incident}")
    assert shown["suppression"] == {
        "kind": "silence",
        "by": made["id"],
        "reason": "silenced by ada: a known break",
        "until": until(3_600),
    }
    assert lines(shown, "held_back") == [
        ("outproof", "nobody is told: silenced by ada: a known break until 2027-01-15 09:00 UTC")
    ]
    assert "silenced by ada: a known break, until 2027-01-15 09:00:00 UTC" in drawn(card(shown, "http://h"))
    assert "silence" in drawn(table(desk.get("/v1/incidents")["incidents"]))


def test_silences_are_listed_ended_and_audited(desk: Desk) -> None:
    made = desk.post("/v1/silences", 201, **IT, ends_at=until(3_600))
    assert desk.post(f"/v1/silences/{made['id']}/extend", 200, by="bob", ends_at=until(7_200))["ends_at"] == until(
        7_200
    )
    desk.clock.forward(60)
    over = desk.post(f"/v1/silences/{made['id']}/end", by="bob")
    assert (over["state"], over["ended_by"], over["ends_at"]) == ("expired", "bob", until(60))
    assert desk.post(f"/v1/silences/{made['id']}/end", by="eve") == over == desk.get(f"/v1/silences/{made['id']}")
    assert "make a new one" in desk.post(f"/v1/silences/{made['id']}/extend", 409, by="x", ends_at=until(99))["message"]
    assert desk.get("/v1/silences")["silences"] == []
    assert desk.get("/v1/silences", state="all")["silences"] == [over]
    with desk.state.look() as tx:
        assert [entry.verb.value for entry in tx.audit.newest(10)] == [
            "silence ended",
            "silence extended",
            "silence made",
        ]


def test_maintenance_windows_of_the_files_are_listed_with_when_they_open(desk: Desk) -> None:
    [window] = desk.get("/v1/silences")["maintenance"]
    assert (window["name"], window["until"], window["next_at"]) == ("deploys", None, "2027-01-19T01:00:00.000000Z")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"matchers": []}, "matchers"),
        ({"matchers": ["nonsense"]}, "expected a matcher"),
        ({"matchers": ['owner!="x"']}, "nearly everything"),
        ({"matchers": ['owner=~"(a)\\1"']}, "expected"),
        ({"ends_at": until(-1)}, "after the start"),
        ({"ends_at": until(91 * 86_400)}, "within 90 d"),
        ({"ends_at": "tomorrow"}, "tomorrow"),
        ({"ends_at": "2027-01-15T09:00:00"}, "offset"),
        ({"reason": "\u202e"}, "why"),
        ({"by": ""}, "by"),
    ],
)
def test_a_silence_that_cannot_be_meant_is_refused_with_why(refusing: Desk, wrong: Any, said: str) -> None:
    answer = refusing.post("/v1/silences", 422, **{**IT, "ends_at": until(60), **wrong})
    assert said in str(answer)
    assert refusing.get("/v1/silences", state="all")["silences"] == []


def test_a_preview_shows_what_is_covered_now_and_would_have_been(desk: Desk) -> None:
    now, before = desk.see(key="policy:now", severity=Severity.WARNING), desk.see(key="policy:before")
    desk.see(key="policy:other", owner="somebody else")
    desk.see(key="drill:1", drill=True)
    desk.see(60, key="policy:before", firing=False)
    desk.clock.forward(3_600)
    shown = desk.post("/v1/silences/preview", matchers=IT["matchers"])
    assert [each["id"] for each in shown["now"]] == [now]
    assert [each["id"] for each in shown["before"]] == [before]
    assert (shown["notices"], shown["critical"], shown["days"], shown["not_looked_at"]) == (5, 1, 7, False)
    desk.clock.forward(7 * 86_400)
    assert desk.post("/v1/silences/preview", matchers=IT["matchers"])["before"] == []
    assert desk.get("/v1/silences", state="all")["silences"] == []
    assert desk.post("/v1/silences/preview", 422, matchers=["nonsense"])["message"]


def test_an_unknown_silence_is_404(desk: Desk) -> None:
    assert desk.client.get("/v1/silences/sil_x").status_code == 404
    for act, body in (("end", {"by": "ada"}), ("extend", {"by": "ada", "ends_at": until(60)})):
        assert "no silence" in desk.post(f"/v1/silences/sil_x/{act}", 404, **body)["message"]
