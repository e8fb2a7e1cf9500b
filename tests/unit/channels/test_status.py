import pytest

from outproof.channels.slack.send import PERMANENT as SLACK
from outproof.channels.status import attempt, judged, retry_after_s
from outproof.channels.webhook.send import PERMANENT as WEBHOOK
from outproof.core.errors import Transient
from outproof.core.time import instant_from_rfc3339
from outproof.egress.http import Refused, Reply
from outproof.respond.delivery import Outcome

NOW = instant_from_rfc3339("2026-11-21T03:00:00Z")
ACCEPTED, TRANSIENT, PERMANENT = Outcome


def a_reply(status: int, **headers: str) -> Reply:
    return Reply(
        status, {name.replace("_", "-"): value for name, value in headers.items()}, b"top secret of the inside"
    )


@pytest.mark.parametrize(
    ("status", "webhook", "slack"),
    [
        (200, ACCEPTED, ACCEPTED),
        (202, ACCEPTED, ACCEPTED),
        (204, ACCEPTED, ACCEPTED),
        (301, PERMANENT, PERMANENT),
        (302, PERMANENT, PERMANENT),
        (304, PERMANENT, PERMANENT),
        (308, PERMANENT, PERMANENT),
        (400, PERMANENT, PERMANENT),
        (401, TRANSIENT, TRANSIENT),
        (403, TRANSIENT, PERMANENT),
        (404, TRANSIENT, PERMANENT),
        (408, TRANSIENT, TRANSIENT),
        (410, PERMANENT, PERMANENT),
        (413, PERMANENT, PERMANENT),
        (429, TRANSIENT, TRANSIENT),
        (500, TRANSIENT, TRANSIENT),
        (502, TRANSIENT, TRANSIENT),
        (503, TRANSIENT, TRANSIENT),
        (599, TRANSIENT, TRANSIENT),
        (101, TRANSIENT, TRANSIENT),
    ],
)
def test_a_status_means_what_the_table_says(status: int, webhook: Outcome, slack: Outcome) -> None:
    assert judged(a_reply(status), permanent=WEBHOOK, now=NOW).outcome is webhook
    assert judged(a_reply(status), permanent=SLACK, now=NOW).outcome is slack


def test_nothing_of_a_body_is_kept() -> None:
    for status in (200, 302, 410, 500):
        assert "secret" not in repr(
            judged(a_reply(status, location="http://inside/secret"), permanent=WEBHOOK, now=NOW)
        )


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120.0),
        (" 5 ", 5.0),
        ("Sat, 21 Nov 2026 03:01:30 GMT", 90.0),
        ("Sat, 21 Nov 2026 02:00:00 GMT", 0.0),
        ("soon", None),
        ("-5", None),
        ("", None),
        (None, None),
        ("9" * 400, 999_999_999.0),
        ("\u0665", 5.0),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date(header: str | None, seconds: float | None) -> None:
    assert retry_after_s(header, NOW) == seconds


def test_a_retry_after_travels_with_the_failure() -> None:
    assert judged(a_reply(429, retry_after="7"), permanent=WEBHOOK, now=NOW).retry_after_s == 7.0


def test_a_network_failure_is_transient_and_a_refused_address_permanent() -> None:
    def away() -> Reply:
        raise Transient("x did not answer within 15 s")

    def denied() -> Reply:
        raise Refused("x is at 10.0.0.1 (private)")

    assert attempt(away, permanent=WEBHOOK, now=NOW).outcome is TRANSIENT
    refused = attempt(denied, permanent=WEBHOOK, now=NOW)
    assert (refused.outcome, refused.detail) == (PERMANENT, "x is at 10.0.0.1 (private)")
