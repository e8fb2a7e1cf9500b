from dataclasses import replace
from typing import Any

import pytest

from outproof.channels.opsgenie.config import OpsgenieConfig
from outproof.channels.opsgenie.send import Opsgenie
from outproof.egress.http import Reply
from outproof.respond.delivery import Outcome
from outproof.respond.notification import NoticeKind, Notification
from tests.unit.channels.schemas import OPSGENIE_CREATE, OPSGENIE_OTHER, OPSGENIE_PRIORITY, expect_valid
from tests.unit.channels.wire import HOSTILE, NOTICE, SITE, Request, Wire, a_notification, hostile, the_longest
from tests.unit.respond.findings import NOON

ALERTS = "https://api.opsgenie.com/v2/alerts"
INCIDENT = a_notification().incident_id
TAKEN = Reply(202, {}, b'{"result":"Request will be processed"}')


def sent(notification: Notification, *replies: Reply, **config: Any) -> tuple[Outcome, str, list[Request]]:
    wire = Wire(*(replies or (TAKEN,)))
    channel = Opsgenie(OpsgenieConfig(name="ops", key="k-1", **config), wire, SITE)
    done = channel.send(NOTICE, notification, NOON)
    return done.outcome, done.detail, wire.requests


def test_an_incident_is_an_alert_under_its_own_alias() -> None:
    outcome, detail, [request] = sent(a_notification(), teams=("delivery", "sre"))
    assert (outcome, request.method, request.url) == (Outcome.ACCEPTED, "POST", ALERTS)
    assert request.headers["authorization"] == "GenieKey k-1"
    alert = request.body
    assert (alert["alias"], alert["priority"], alert["entity"]) == (INCIDENT, "P1", "tracking-answerer")
    assert alert["responders"] == [{"type": "team", "name": "delivery"}, {"type": "team", "name": "sre"}]
    assert "First check: Compare serving-gate template" in alert["description"]
    assert f"{SITE}/incidents/{INCIDENT}" in alert["description"]
    assert "what becomes of it the receiver does not say" in detail


def test_an_acknowledgement_and_the_end_go_to_the_same_alias() -> None:
    _, _, [taken] = sent(replace(a_notification(NoticeKind.ACKNOWLEDGED), by="ana"))
    assert taken.url == f"{ALERTS}/{INCIDENT}/acknowledge?identifierType=alias"
    assert taken.body["user"] == "ana"
    _, _, [over] = sent(a_notification(NoticeKind.RESOLVED))
    assert over.url == f"{ALERTS}/{INCIDENT}/close?identifierType=alias"


def test_what_got_worse_raises_the_alert_that_is_there_and_says_so() -> None:
    _, _, requests = sent(a_notification(NoticeKind.UPDATED))
    assert [(request.method, request.url.rpartition("/")[2]) for request in requests] == [
        ("POST", "alerts"),
        ("PUT", "priority?identifierType=alias"),
        ("POST", "notes?identifierType=alias"),
    ]


def test_a_call_that_fails_ends_the_attempt_and_the_next_begins_anew() -> None:
    outcome, _, requests = sent(a_notification(NoticeKind.UPDATED), TAKEN, Reply(503, {}, b""))
    assert (outcome, len(requests)) == (Outcome.TRANSIENT, 2)


def test_a_test_ends_an_alert_that_never_was() -> None:
    _, _, [request] = sent(a_notification(NoticeKind.CANARY))
    assert request.url == f"{ALERTS}/test-{NOTICE}/close?identifierType=alias"


@pytest.mark.parametrize("kind", NoticeKind)
def test_every_kind_of_notice_is_what_the_alert_api_accepts(kind: NoticeKind) -> None:
    for notification in (a_notification(kind), the_longest(kind)):
        for request in sent(notification)[2]:
            if request.url == ALERTS:
                expect_valid(request.body, OPSGENIE_CREATE)
                assert sum(len(k) + len(v) for k, v in request.body["details"].items()) <= 8_000
            elif "/priority?" in request.url:
                expect_valid(request.body, OPSGENIE_PRIORITY)
            else:
                expect_valid(request.body, OPSGENIE_OTHER)


@pytest.mark.parametrize("text", HOSTILE)
def test_text_from_outside_stays_in_its_field(text: str) -> None:
    _, _, [request] = sent(hostile(text))
    expect_valid(request.body, OPSGENIE_CREATE)
    assert "\n" not in request.body["message"]


@pytest.mark.parametrize(
    ("status", "outcome"), [(202, "accepted"), (401, "permanent"), (422, "permanent"), (429, "transient")]
)
def test_a_status_means_what_the_alert_api_says(status: int, outcome: str) -> None:
    assert sent(a_notification(), Reply(status, {}, b""))[0] == outcome


def test_the_successor_of_opsgenie_is_another_address() -> None:
    jsm = "https://api.atlassian.com/jsm/ops/integration"
    assert sent(a_notification(), url=f"{jsm}/")[2][0].url == f"{jsm}/v2/alerts"


@pytest.mark.parametrize("key", ["", "two words", "line\nbreak", "ключ"])
def test_a_key_that_cannot_stand_in_a_header_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match="expected the key of an API integration"):
        OpsgenieConfig(name="ops", key=key)
