from dataclasses import replace
from typing import Any

import pytest

from outproof.channels.pagerduty.config import PagerDutyConfig, Region
from outproof.channels.pagerduty.send import EVENT_BYTES_MAX, PagerDuty
from outproof.contract.severity import Severity
from outproof.egress.http import Reply
from outproof.respond.delivery import Outcome, Sent
from outproof.respond.notification import NoticeKind, Notification
from tests.unit.channels.schemas import PAGERDUTY_OTHER, PAGERDUTY_TRIGGER, expect_valid
from tests.unit.channels.wire import HOSTILE, NOTICE, SITE, Wire, a_notification, hostile, the_longest
from tests.unit.respond.findings import NOON

KEY = "R015S0TQ4Z7X2K9D3C8V1B6N5M0L4J2H"
TRIGGERS = {
    NoticeKind.OPENED,
    NoticeKind.UPDATED,
    NoticeKind.ESCALATED,
    NoticeKind.REMINDED,
    NoticeKind.REOPENED,
}


def sent(notification: Notification, reply: Reply | None = None, **config: Any) -> tuple[Sent, Any, str]:
    wire = Wire(reply or Reply(202, {}, b'{"status":"success"}'))
    channel = PagerDuty(PagerDutyConfig(name="pager", routing_key=KEY, **config), wire, f"{SITE}/")
    done = channel.send(NOTICE, notification, NOON)
    [request] = wire.requests
    assert request.method == "POST"
    return done, request.body, request.url


def test_an_incident_triggers_an_alert_that_says_what_a_responder_needs() -> None:
    done, event, url = sent(a_notification(runbook="https://runbooks.example/unsafe"))
    assert (done.outcome, done.status_code) == (Outcome.ACCEPTED, 202)
    assert url == "https://events.pagerduty.com/v2/enqueue"
    incident = a_notification().incident_id
    assert (event["event_action"], event["dedup_key"], event["routing_key"]) == ("trigger", incident, KEY)
    payload = event["payload"]
    assert payload["summary"] == (
        "P0 · Unsupported delivery claim reached customer response. (unsafe_claim_served 2/6)"
    )
    assert (payload["severity"], payload["source"], payload["class"]) == ("critical", "tracking-answerer", "invariant")
    assert payload["timestamp"] == "2027-01-15T08:00:00.000000Z"
    assert payload["custom_details"]["First check"] == "Compare serving-gate template with tracking-answerer-v1."
    assert "request req_205" in payload["custom_details"]["Example"]
    assert payload["custom_details"]["label severity"] == "critical"
    assert event["client_url"] == f"{SITE}/incidents/{incident}"
    assert [link["text"] for link in event["links"]] == ["Open the incident", "Handoff", "Runbook"]


@pytest.mark.parametrize("kind", NoticeKind)
def test_every_kind_of_notice_is_an_event_that_pagerduty_accepts(kind: NoticeKind) -> None:
    for notification in (a_notification(kind), the_longest(kind)):
        _, event, _ = sent(notification)
        expect_valid(event, PAGERDUTY_TRIGGER if kind in TRIGGERS else PAGERDUTY_OTHER)


@pytest.mark.parametrize("text", HOSTILE)
def test_text_from_outside_makes_no_other_event(text: str) -> None:
    _, event, _ = sent(hostile(text))
    expect_valid(event, PAGERDUTY_TRIGGER)
    assert event["dedup_key"] == hostile(text).incident_id
    assert "\n" not in event["payload"]["summary"]


def test_the_incident_is_the_key_from_the_trigger_to_the_end() -> None:
    kinds = [NoticeKind.OPENED, NoticeKind.ACKNOWLEDGED, NoticeKind.RESOLVED, NoticeKind.REOPENED]
    events = [sent(a_notification(kind))[1] for kind in kinds]
    assert [event["event_action"] for event in events] == ["trigger", "acknowledge", "resolve", "trigger"]
    assert len({event["dedup_key"] for event in events}) == 1


def test_a_test_ends_an_alert_that_never_was_so_that_nobody_is_woken() -> None:
    _, event, _ = sent(a_notification(NoticeKind.CANARY))
    assert event["event_action"] == "resolve"
    assert event["dedup_key"] not in (a_notification().incident_id, "")


@pytest.mark.parametrize(
    ("severity", "theirs"), [(Severity.CRITICAL, "critical"), (Severity.WARNING, "warning"), (Severity.INFO, "info")]
)
def test_each_severity_has_its_own(severity: Severity, theirs: str) -> None:
    assert sent(a_notification(severity=severity))[1]["payload"]["severity"] == theirs


def test_an_event_over_the_limit_goes_without_its_details() -> None:
    labels = {f"l{number}": "\U00020000" * 200 for number in range(3_000)}
    _, event, _ = sent(replace(a_notification(), labels=labels))
    assert event["payload"]["custom_details"] == {}
    assert len(str(event)) < EVENT_BYTES_MAX


@pytest.mark.parametrize(
    ("status", "outcome"),
    [(202, "accepted"), (400, "permanent"), (429, "transient"), (500, "transient"), (503, "transient")],
)
def test_a_status_means_what_pagerduty_says(status: int, outcome: str) -> None:
    done, _, _ = sent(a_notification(), Reply(status, {"retry-after": "60"}, b'{"errors":["secret"]}'))
    assert done.outcome == outcome
    assert "secret" not in done.detail


def test_an_account_in_europe_and_another_product_have_their_own_address() -> None:
    assert sent(a_notification(), region=Region.EU)[2] == "https://events.eu.pagerduty.com/v2/enqueue"
    assert sent(a_notification(), url="https://on-call.example/pd/")[2] == "https://on-call.example/pd/v2/enqueue"


@pytest.mark.parametrize("key", ["", "short", KEY + "0", KEY[:-1] + "-"])
def test_a_key_that_is_none_is_refused_and_not_repeated(key: str) -> None:
    with pytest.raises(ValueError, match="expected the integration key") as error:
        PagerDutyConfig(name="pager", routing_key=key)
    assert not key or key not in str(error.value)
    assert KEY not in repr(PagerDutyConfig(name="pager", routing_key=KEY))
