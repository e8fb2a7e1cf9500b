from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from litestar import Litestar
from litestar.di import Provide
from litestar.testing import TestClient

from outproof.contract.severity import Severity
from outproof.core.time import after, rfc3339
from outproof.decide.finding import FindingKind
from outproof.engine.settle import Terms
from outproof.respond.incident import Incident, IncidentState
from outproof.server.alertmanager_in import HANDLERS
from outproof.server.failures import HANDLERS as FAILURES
from outproof.store.state.state import SqlState
from tests.contract.state.opened import NOON, PROJECT, SetClock, a_state
from tests.unit.respond.findings import ROUTES

NEVER = "0001-01-01T00:00:00Z"


def an_alert(name: str = "HighLatency", *, ends: str = NEVER, **labels: str) -> dict[str, Any]:
    known = {"alertname": name, "severity": "critical", "service": "checkout", **labels}
    return {
        "status": "firing" if ends == NEVER else "resolved",
        "labels": known,
        "annotations": {
            "summary": "Checkout is slow",
            "description": "p95 is 3 s",
            "runbook_url": "https://r.example/1",
        },
        "startsAt": rfc3339(after(NOON, -60)),
        "endsAt": ends,
        "generatorURL": "https://prometheus.example/graph?g0",
        "fingerprint": "-".join(known.values()),
    }


def a_message(*alerts: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {
        "version": "4",
        "groupKey": '{}:{alertname="HighLatency"}',
        "truncatedAlerts": 0,
        "status": "firing",
        "receiver": "outproof",
        "groupLabels": {"alertname": "HighLatency"},
        "commonLabels": {},
        "commonAnnotations": {},
        "externalURL": "https://alertmanager.example",
        "notification_reason": "first notification",
        "alerts": list(alerts),
        **changes,
    }


class Desk:
    def __init__(self, state: SqlState) -> None:
        self.state = state
        self.clock = SetClock()
        given = {"store": state, "clock": self.clock, "project": PROJECT, "terms": Terms({}, ROUTES)}
        app = Litestar(
            HANDLERS,
            dependencies={name: Provide(_always(value), sync_to_thread=False) for name, value in given.items()},
            exception_handlers=FAILURES,
            logging_config=None,
        )
        self.client = TestClient(app)

    def take(self, message: dict[str, Any], status: int = 200) -> Any:
        response = self.client.post("/v1/alertmanager", json=message)
        assert response.status_code == status, response.text
        return response.json()

    def incidents(self) -> list[Incident]:
        with self.state.look() as tx:
            return list(tx.incidents.newest(list(IncidentState), 100))

    def only(self) -> Incident:
        [incident] = self.incidents()
        return incident

    def ledger(self) -> dict[tuple[str, str], int]:
        with self.state.look() as tx:
            return {(line.outcome, line.reason): line.count for line in tx.ledger.lines()}


def _always(value: Any) -> Any:
    return lambda: value


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with a_state(tmp_path) as state:
        yield Desk(state)


def test_an_alert_of_prometheus_is_an_incident_with_all_that_it_says(desk: Desk) -> None:
    told = desk.take(a_message(an_alert(team="shop")))
    incident = desk.only()
    finding = incident.finding
    assert told == {"firing": 1, "resolved": 0, "incident": incident.id}
    assert (finding.kind, finding.severity) == (FindingKind.EXTERNAL, Severity.CRITICAL)
    assert (finding.title, finding.owner, finding.subject.name) == ("Checkout is slow", "shop", "checkout")
    assert finding.reason == "Alertmanager (outproof): p95 is 3 s"
    assert finding.runbook == "https://r.example/1"
    assert finding.labels["alertname"] == "HighLatency"


def test_the_same_message_again_changes_nothing(desk: Desk) -> None:
    desk.take(a_message(an_alert()))
    before = desk.only()
    desk.clock.forward(300)
    desk.take(a_message(an_alert(), notification_reason="repeat interval elapsed"))
    assert desk.only() == before


def test_a_group_is_one_incident_until_all_its_alerts_are_over(desk: Desk) -> None:
    one, two = an_alert(instance="a"), an_alert(instance="b")
    desk.take(a_message(one, two))
    assert {about.name for about in desk.only().broken} == {
        f"HighLatency instance={name} service=checkout severity=critical" for name in "ab"
    }
    over = rfc3339(after(NOON, 30))
    desk.clock.forward(60)
    desk.take(a_message(an_alert(instance="a", ends=over), two))
    assert desk.only().state is IncidentState.OPEN
    desk.take(a_message(an_alert(instance="a", ends=over), an_alert(instance="b", ends=over)))
    assert desk.only().state is IncidentState.RESOLVED


def test_what_was_never_open_here_is_not_opened_by_its_end(desk: Desk) -> None:
    told = desk.take(a_message(an_alert(ends=rfc3339(after(NOON, -1)))))
    assert told == {"firing": 0, "resolved": 1, "incident": None}
    assert desk.incidents() == []


def test_an_end_that_has_passed_ends_an_alert_whatever_its_status_says(desk: Desk) -> None:
    desk.take(a_message(an_alert()))
    desk.take(a_message(an_alert() | {"endsAt": rfc3339(after(NOON, -1))}))
    assert desk.only().state is IncidentState.RESOLVED


def test_groups_are_apart(desk: Desk) -> None:
    desk.take(a_message(an_alert()))
    desk.take(a_message(an_alert("DiskFull"), groupKey='{}:{alertname="DiskFull"}'))
    assert len(desk.incidents()) == 2


@pytest.mark.parametrize(
    ("said", "severity"),
    [
        ("page", Severity.CRITICAL),
        ("Warning", Severity.WARNING),
        ("none", Severity.INFO),
        ("who knows", Severity.WARNING),
    ],
)
def test_severities_of_others_become_ours(desk: Desk, said: str, severity: Severity) -> None:
    desk.take(a_message(an_alert(severity=said)))
    assert desk.only().finding.severity is severity


def test_texts_of_others_are_scrubbed_and_cut(desk: Desk) -> None:
    alert = an_alert() | {"annotations": {"summary": "mail jane@example.com " + "x" * 900}}
    desk.take(a_message(alert))
    title = desk.only().finding.title
    assert "jane@example.com" not in title
    assert len(title) <= 300


def test_an_echo_of_our_own_alert_is_left_out_and_counted(desk: Desk) -> None:
    told = desk.take(a_message(an_alert(raised_by="outproof")))
    assert told["incident"] is None
    assert desk.incidents() == []
    assert desk.ledger() == {("dropped", "own_alert"): 1}


def test_a_runbook_that_is_no_address_is_not_shown_as_one(desk: Desk) -> None:
    desk.take(a_message(an_alert() | {"annotations": {"runbook_url": "javascript:alert(1)"}}))
    assert desk.only().finding.runbook is None


@pytest.mark.parametrize(
    ("message", "status", "says"),
    [
        (a_message(version="3"), 400, "expected version 4"),
        (a_message(an_alert() | {"startsAt": "yesterday"}), 400, "alerts[0].startsAt"),
        ({"version": "4"}, 422, "groupKey"),
        (a_message({"status": "loud"}), 422, "status"),
    ],
)
def test_a_message_that_cannot_be_meant_is_refused_with_the_place(
    desk: Desk, message: dict[str, Any], status: int, says: str
) -> None:
    assert says in str(desk.take(message, status))
