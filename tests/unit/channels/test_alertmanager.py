import json
from dataclasses import replace
from typing import Any

import pytest

from outproof.channels.alertmanager.config import AlertmanagerConfig
from outproof.channels.alertmanager.send import PEER_TIMEOUT_S, Alertmanager
from outproof.core.errors import Permanent, Transient
from outproof.core.time import Instant, after
from outproof.egress.http import Reply
from outproof.engine.dispatch import CLAIM_S
from outproof.respond.delivery import Outcome, Sent
from outproof.respond.notification import NoticeKind, Notification
from tests.unit.channels.schemas import ALERTMANAGER, expect_valid
from tests.unit.channels.wire import HOSTILE, NOTICE, SITE, Wire, a_notification, hostile, the_longest
from tests.unit.respond.findings import NOON

PEERS = ("http://am-1:9093", "http://am-2:9093/")
TAKEN = Reply(200, {}, b"")


def sent(
    notification: Notification, *replies: Reply | Transient | Permanent, now: Instant = NOON, **config: Any
) -> tuple[Sent, Wire]:
    wire = Wire(*(replies or (TAKEN,)))
    declared = AlertmanagerConfig(**{"name": "am", "urls": PEERS, **config})
    return Alertmanager(declared, wire, SITE).send(NOTICE, notification, now), wire


def alert(notification: Notification, now: Instant = NOON) -> Any:
    [found] = sent(notification, now=now)[1].requests[0].body
    return found


def test_every_peer_gets_the_alert_with_the_labels_of_the_finding() -> None:
    done, wire = sent(a_notification(policy="unsafe"), token="t0")
    assert done.outcome is Outcome.ACCEPTED
    assert [request.url for request in wire.requests] == [
        "http://am-1:9093/api/v2/alerts",
        "http://am-2:9093/api/v2/alerts",
    ]
    assert {request.headers["authorization"] for request in wire.requests} == {"Bearer t0"}
    [told] = wire.requests[0].body
    assert told["labels"] == {
        "alertname": "unsafe",
        "policy": "unsafe",
        "project": "shop",
        "severity": "critical",
        "owner": "delivery-answers",
        "service": "tracking-answerer",
        "raised_by": "outproof",
    }
    assert told["annotations"]["summary"] == "P0 · Unsupported delivery claim reached customer response."
    assert told["annotations"]["kind"] == "invariant"
    assert told["startsAt"] == "2027-01-15T08:00:00.000000Z"
    assert told["generatorURL"].startswith(f"{SITE}/incidents/")


def test_it_fires_until_it_was_not_told_again_for_four_repeats() -> None:
    later = after(NOON, 3_600)
    told = alert(a_notification(NoticeKind.REMINDED), later)
    assert (told["startsAt"], told["endsAt"]) == ("2027-01-15T08:00:00.000000Z", "2027-01-15T09:20:00.000000Z")


def test_the_end_has_the_labels_of_the_beginning() -> None:
    over = alert(a_notification(NoticeKind.RESOLVED), after(NOON, 9_999))
    assert over["endsAt"] == "2027-01-15T08:05:00.000000Z"
    assert over["labels"] == alert(a_notification())["labels"]


def test_a_test_is_over_before_anybody_was_told() -> None:
    told = alert(a_notification(NoticeKind.CANARY))
    assert told["labels"] == {"alertname": "OutproofTest", "severity": "none", "raised_by": "outproof"}
    assert told["endsAt"] == "2027-01-15T08:05:00.000000Z"


@pytest.mark.parametrize("kind", NoticeKind)
def test_every_alert_is_one_that_alertmanager_accepts(kind: NoticeKind) -> None:
    for notification in (a_notification(kind), the_longest(kind)):
        _, wire = sent(notification)
        expect_valid(wire.requests[0].body, ALERTMANAGER)
        [told] = wire.requests[0].body
        assert told["startsAt"] <= told["endsAt"]


@pytest.mark.parametrize("text", HOSTILE)
def test_text_from_outside_makes_no_other_label(text: str) -> None:
    told = alert(hostile(text))
    expect_valid([told], ALERTMANAGER)
    assert "\n" not in json.dumps(told["labels"])


def test_names_of_labels_are_written_as_every_version_takes_them() -> None:
    said = replace(a_notification(), labels={"query.type": "eta", "2xx": "y", "": "z", "empty": "", "ключ": "v"})
    labels = alert(said)["labels"]
    assert (labels["query_type"], labels["_2xx"], labels["____"]) == ("eta", "y", "v")
    assert "empty" not in labels


def test_one_peer_that_knows_is_enough_and_the_other_is_named() -> None:
    done, wire = sent(a_notification(), Transient("am-1 did not answer within 8 s"), TAKEN)
    assert (done.outcome, len(wire.requests)) == (Outcome.ACCEPTED, 2)
    assert done.detail == "1 of 2 peers know; am-1:9093: am-1 did not answer within 8 s"


def test_that_it_is_over_every_peer_must_know() -> None:
    done, wire = sent(a_notification(NoticeKind.RESOLVED), Transient("am-1 did not answer within 8 s"), TAKEN)
    assert (done.outcome, len(wire.requests)) == (Outcome.TRANSIENT, 2)
    assert sent(a_notification(NoticeKind.RESOLVED), TAKEN, TAKEN)[0].outcome is Outcome.ACCEPTED


@pytest.mark.parametrize(
    ("replies", "outcome"),
    [
        ((Transient("away"), Reply(400, {}, b"")), Outcome.TRANSIENT),
        ((Reply(400, {}, b""), Reply(400, {}, b"")), Outcome.PERMANENT),
        ((Permanent("refused"), Reply(503, {}, b"")), Outcome.TRANSIENT),
    ],
)
def test_no_peer_that_knows_is_a_failure(replies: tuple[Any, ...], outcome: Outcome) -> None:
    assert sent(a_notification(), *replies)[0].outcome is outcome


def test_it_is_told_again_until_it_is_over_and_peers_that_hang_do_not_hold_a_claim() -> None:
    config = AlertmanagerConfig(name="am", urls=PEERS, repeat_s=60)
    assert (config.manners.repeat_s, config.manners.acknowledged) == (60, False)
    assert 5 * PEER_TIMEOUT_S < CLAIM_S


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({"urls": ()}, "1 to 5 addresses"),
        ({"urls": ("ftp://am",)}, "expected an http or https URL"),
        ({"urls": PEERS, "repeat_s": 5.0}, "between 30s and 1h"),
    ],
)
def test_what_cannot_be_meant_is_refused(config: dict[str, Any], expected: str) -> None:
    with pytest.raises(ValueError, match=expected):
        AlertmanagerConfig(name="am", **config)
