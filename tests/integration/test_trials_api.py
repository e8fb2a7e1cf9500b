"""Backtests and calibrations over REST: what is ordered, what is refused, and what is known to have been broken."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from litestar import Litestar
from litestar.di import Provide
from litestar.testing import TestClient

from outproof.core.ids import IncidentId
from outproof.core.time import Instant, after
from outproof.engine.record import record
from outproof.learn.alert_ledger import Marked, PageMark
from outproof.learn.trial import Trial
from outproof.ports import Version
from outproof.server import trials
from outproof.server.failures import HANDLERS as FAILURES
from outproof.server.trials import UNFINISHED_MAX
from outproof.store.state.state import SqlState
from tests.contract.state.opened import NOON, PROJECT, SetClock, a_state
from tests.integration.incident_desk import always
from tests.unit.respond.findings import ROUTES, a_finding

SLOW = """
name: slow
severity: warning
owner: platform
when: ttft_p95 > 500ms
window: 5m
min_answers: 20
no_data: keep
first_check: Look at the queue of the model server.
"""
TODAY = after(NOON, 86_400)


class Desk:
    """The API of trials over a real store."""

    def __init__(self, state: SqlState) -> None:
        self.state = state
        given: dict[str, Any] = {"store": state, "clock": SetClock(TODAY), "project": PROJECT}
        app = Litestar(
            trials.HANDLERS,
            dependencies={name: Provide(always(value), sync_to_thread=False) for name, value in given.items()},
            exception_handlers=FAILURES,
            logging_config=None,
        )
        self.client = TestClient(app)

    def order(self, status: int = 202, *, path: str = "/v1/backtests", **body: Any) -> Any:
        response = self.client.post(path, json={"policy": "slow", "by": "ana", **body})
        assert response.status_code == status, response.text
        return response.json()

    def stored(self, trial: str) -> Trial:
        with self.state.look() as tx:
            found = tx.trials.load(trial)
        assert found is not None
        return found


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with a_state(tmp_path) as state:
        desk = Desk(state)
        with desk.client:
            yield desk


def declare(desk: Desk) -> None:
    with desk.state.begin() as tx:
        tx.declarations.apply(Version("policy", "slow", "pol_1", SLOW), NOON)


@pytest.mark.parametrize("path", ["/v1/backtests", "/v1/calibrations"])
def test_a_policy_in_force_is_tried_by_its_name(desk: Desk, path: str) -> None:
    declare(desk)
    made = desk.order(path=path, minutes=1_440)
    assert (made["state"], made["done_ratio"], made["policy"]) == ("waiting", 0.0, "slow")
    assert (made["start"], made["end"]) == ("2027-01-15T08:00:00.000000Z", "2027-01-16T08:00:00.000000Z")
    assert made["labels"] == {"broken": 0, "quiet": 0, "is_complete": False}
    assert desk.client.get(f"/v1/trials/{made['id']}").json() == made
    assert desk.client.get("/v1/trials?policy=slow").json() == {"trials": [made]}
    with desk.state.look() as tx:
        assert tx.audit.newest(1)[0].verb == "trial ordered"


def test_a_policy_may_be_tried_before_it_is_in_force(desk: Desk) -> None:
    made = desk.order(text=SLOW.replace("500ms", "800ms"))
    assert desk.stored(made["id"]).body.count("800ms") == 1
    assert "no policy 'slow' is in force" in desk.order(404)["message"]


def test_an_unknown_policy_is_refused_with_the_one_that_was_probably_meant(desk: Desk) -> None:
    declare(desk)
    assert desk.order(404, policy="slwo")["message"] == "no policy 'slwo' is in force; did you mean 'slow'?"


def test_history_reaches_back_thirty_five_days(desk: Desk) -> None:
    made = desk.order(text=SLOW, minutes=35 * 1_440)
    assert (made["start"][:10], made["end"][:10]) == ("2026-12-12", "2027-01-16")


def test_whole_minutes_are_tried(desk: Desk) -> None:
    made = desk.order(text=SLOW, start="2027-01-15T08:00:42Z", end="2027-01-15T09:00:17Z")
    assert (made["start"][11:19], made["end"][11:19]) == ("08:00:00", "09:00:00")
    made = desk.order(text=SLOW, start="2027-01-15T08:00:02Z", end="2027-01-15T08:00:17Z")
    assert (made["start"][11:19], made["end"][11:19]) == ("07:59:00", "08:00:00")


@pytest.mark.parametrize(
    ("body", "path", "status", "said"),
    [
        ({"text": "when: ["}, "/v1/backtests", 422, "policy:2:1: expected YAML"),
        ({"text": SLOW.replace("ttft_p95", "ttft_p96")}, "/v1/backtests", 422, "ttft_p96"),
        ({"text": SLOW.replace("5m", "90s")}, "/v1/backtests", 422, "expected windows of whole minutes"),
        ({"text": SLOW.replace(">", "==")}, "/v1/calibrations", 422, "expected a condition that begins with a limit"),
        (
            {"text": SLOW, "minutes": 100_000},
            "/v1/backtests",
            400,
            "expected a range from 1 min to 35 d, got 69 d 10 h",
        ),
        (
            {"text": SLOW, "breaks": [{"start": "noon", "end": "2027-01-15T08:00:00Z"}]},
            "/v1/backtests",
            400,
            "breaks, number 1",
        ),
        (
            {"text": SLOW, "breaks": [{"start": "2027-01-15T08:00:00Z", "end": "2027-01-15T08:00:00Z"}]},
            "/v1/backtests",
            400,
            "expected a start before the end",
        ),
    ],
)
def test_what_cannot_be_tried_is_refused(desk: Desk, body: dict[str, Any], path: str, status: int, said: str) -> None:
    assert said in str(desk.order(status, path=path, **body))
    assert desk.client.get("/v1/trials").json() == {"trials": []}


def test_only_so_many_wait_at_once(desk: Desk) -> None:
    for number in range(UNFINISHED_MAX):
        desk.order(text=SLOW + f"summary: take {number}")
    assert "wait until one is over" in desk.order(429, text=SLOW)["message"]


def test_an_unknown_trial_is_not_found(desk: Desk) -> None:
    assert desk.client.get("/v1/trials/tri_none").status_code == 404


def a_page(desk: Desk, policy: str, at_s: float, mark: PageMark | None, *, began_s: float | None = None) -> IncidentId:
    at = after(NOON, at_s)
    finding = a_finding(key=f"{policy}-{at_s}", policy=policy, exemplars=())
    with desk.state.begin() as tx:
        incident = record(tx, finding, project=PROJECT, routes=ROUTES, now=at)
        assert incident is not None
        over = a_finding(key=finding.key, policy=policy, firing=False)
        record(tx, over, project=PROJECT, routes=ROUTES, now=after(at, 600))
        if mark is not None:
            began = None if began_s is None else Instant(after(NOON, began_s))
            tx.alert_ledger.add(Marked(incident_id=incident, mark=mark, by="ana", at=TODAY, began_at=began))
    return incident


def test_what_responders_said_is_what_is_known(desk: Desk) -> None:
    right = a_page(desk, "slow", 1_000, PageMark.ACTED_ON, began_s=700)
    late = a_page(desk, "other", 5_000, PageMark.TOO_LATE)
    same = a_page(desk, "slow", 1_200, PageMark.DUPLICATE)
    noise = a_page(desk, "slow", 9_000, PageMark.NOISE)
    a_page(desk, "slow", 12_000, None)
    a_page(desk, "unrelated", 14_000, PageMark.ACTED_ON)
    plain = desk.stored(desk.order(text=SLOW, minutes=1_440)["id"]).labels
    assert [(each.name, each.start) for each in plain.broken] == [(right, after(NOON, 700))]
    assert same not in {each.name for each in plain.broken}
    assert [each.name for each in plain.quiet] == [noise]
    assert not plain.is_complete
    alike = desk.stored(desk.order(text=SLOW + "summary: again", minutes=1_440, like=["other"])["id"]).labels
    assert [each.name for each in alike.broken] == [right, late]


def test_a_list_of_breaks_is_all_that_was_broken(desk: Desk) -> None:
    a_page(desk, "slow", 1_000, PageMark.ACTED_ON)
    breaks = [{"start": "2027-01-15T10:00:00+01:00", "end": "2027-01-15T09:30:00Z", "name": "the outage"}]
    labels = desk.stored(desk.order(text=SLOW, breaks=breaks)["id"]).labels
    assert [(each.name, each.start) for each in labels.broken] == [("the outage", after(NOON, 3_600))]
    assert labels.is_complete
