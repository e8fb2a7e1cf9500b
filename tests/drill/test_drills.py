"""`outproof drill` on a running server: every fault is noticed, told to the drill's channel alone, and over after."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from outproof.contract.drill import DEAD_ROUTE, LOOPBACK, Fault
from tests.drill.drilled_server import PROMISE, Site, a_site, until_over

KINDS = {
    Fault.SKIP_PERSISTENCE: {"unverified"},
    Fault.FAIL_VALIDATION: {"broken"},
    Fault.FREEZE_SURFACE: {"broken", "unverified"},
    Fault.NEVER_START: {"never_started"},
    Fault.NEVER_CLOSE: {"late"},
    Fault.LATE: {"late"},
    Fault.WRONG_COUNT: {"conservation"},
    Fault.DEAD_ROUTE: {"failed"},
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with a_site(tmp_path_factory.mktemp("site")) as started:
        yield started


def incident_of(site: Site, drill: Any) -> Any:
    return site.server.get(f"/v1/incidents/{drill['incident_id']}")


def checks(drill: Any) -> dict[str, Any]:
    return {check["name"]: check for check in drill["checks"]}


@pytest.mark.parametrize("fault", list(Fault))
def test_a_fault_is_noticed_told_to_the_drill_channel_and_over_when_it_is_mended(site: Site, fault: Fault) -> None:
    code, drill = site.drill("--fault", fault.value)
    assert (code, drill["state"]) == (0, "passed"), json.dumps(drill, indent=2)
    incident = incident_of(site, drill)
    assert incident["state"] == "resolved"
    assert checks(drill)["kind"]["seen"] in KINDS[fault]
    assert incident["title"].startswith("[drill] nightly-digests")
    assert drill["seconds_to_incident"] >= 0
    by_channel = {(one["channel"], one["kind"]): one["state"] for one in incident["deliveries"]}
    assert by_channel["drill-room", "opened"] == by_channel["drill-room", "resolved"] == "accepted"
    assert by_channel.get((DEAD_ROUTE, "opened")) == ("failed" if fault is Fault.DEAD_ROUTE else None)
    assert {"one incident", "seconds to incident", "owner", "runbook", "recovery"} <= checks(drill).keys()


def test_drills_woke_nobody_and_are_in_no_list_that_did_not_ask_for_them(site: Site) -> None:
    code, _ = site.drill()
    assert code == 0
    assert site.told("on-call") == []
    assert site.incidents() == []
    assert site.server.get("/v1/runs")["runs"] == []
    assert site.incidents("state=all&drills=true") != []
    assert site.server.get("/v1/runs?drills=true")["runs"] != []
    [promise] = [one for one in site.server.get("/v1/promises")["promises"] if one["name"] == PROMISE]
    assert (promise["last_run"], set(promise["verdicts"].values())) == (None, {0})


def test_without_a_drill_channel_the_built_in_receiver_takes_the_notices(site: Site) -> None:
    code, drill = site.drill(promise="on-demand-report")
    assert code == 0, drill
    receipt = checks(drill)[f"{LOOPBACK} told"]
    assert "nobody was told" in receipt["expected"]
    assert receipt["passed"]


def test_people_are_told_when_somebody_asks_for_it(tmp_path: Path) -> None:
    with a_site(tmp_path) as own:
        code, drill = own.drill("--notify", promise="on-demand-report")
        assert code == 0, drill
        assert own.told("on-call") == ["incident.opened", "incident.resolved"]
        assert b"[drill]" in own.sink.bodies("/on-call")[0].body


def test_a_drill_that_fails_exits_with_1_and_every_check_that_failed_is_named(site: Site, tmp_path: Path) -> None:
    junit = tmp_path / "drill.xml"
    code, drill = site.drill("--junit", str(junit), promise="hasty-report")
    assert (code, drill["state"]) == (1, "failed")
    failed = [check for check in drill["checks"] if not check["passed"]]
    assert failed
    root = ElementTree.parse(junit).getroot()
    assert (root.tag, root.get("failures")) == ("testsuites", str(len(failed)))
    messages = [failure.get("message") for failure in root.iter("failure")]
    assert messages == [f"expected {check['expected']}, saw {check['seen']}" for check in failed]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["drill", "nightly-digest"], "no promise 'nightly-digest' is declared; declared are: nightly-digests"),
        (["drill", "on-demand-report", "--fault", "never-start"], "it has no schedule"),
        (["drill", PROMISE, "--wait", "soon"], "expected a duration"),
        (["drill", PROMISE, "--endpoint", "http://127.0.0.1:1"], "no server at"),
    ],
)
def test_what_cannot_be_run_exits_with_2_and_says_why(site: Site, arguments: list[str], said: str) -> None:
    done = site.outproof(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in " ".join(done.stderr.split())


def test_progress_is_told_and_every_check_is_named(site: Site, tmp_path: Path) -> None:
    junit = tmp_path / "drill.xml"
    done = site.outproof("drill", "on-demand-report", "--junit", str(junit))
    assert done.returncode == 0, done.stderr
    assert "the job said: opened, closed as success" in done.stderr
    assert "drill of on-demand-report (skip-persistence) passed, incident after" in done.stdout
    assert "passed  recovery: resolved after" in done.stdout
    root = ElementTree.parse(junit).getroot()
    assert (root.get("failures"), root.get("errors")) == ("0", "0")
    assert int(root.get("tests", "0")) == len(list(root.iter("testcase"))) > 8


def test_the_age_of_the_last_passed_drill_is_known_of_promise_route_and_evaluator(site: Site) -> None:
    code, drill = site.drill()
    assert code == 0
    passed = site.server.get(f"/v1/drills?promise={PROMISE}")["last_passed"]
    assert passed["promises"][PROMISE] == passed["routes"]["drill-room"] == drill["finished_at"]
    assert passed["evaluators"]["probe"] == drill["finished_at"]


def test_two_drills_of_one_promise_do_not_mix(site: Site) -> None:
    site.hold_up()
    status, body = site.server.post("/v1/drills", json.dumps({"promise": PROMISE, "by": "ann"}).encode())
    assert status == 202
    first = json.loads(body)
    status, body = site.server.post("/v1/drills", json.dumps({"promise": PROMISE, "by": "bob"}).encode())
    assert (status, first["id"] in body.decode()) == (409, True)
    site.sink.let_go()
    assert until_over(site, first["id"])["state"] == "passed"
