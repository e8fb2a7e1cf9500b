import json
from typing import Any

import pytest

from outproof.channels.teams.config import TeamsConfig
from outproof.channels.teams.send import CARD_BYTES_MAX, Teams
from outproof.egress.http import Reply
from outproof.respond.delivery import Outcome, Sent
from outproof.respond.notification import NoticeKind, Notification
from tests.unit.channels.schemas import TEAMS, expect_valid
from tests.unit.channels.wire import HOSTILE, NOTICE, SITE, Wire, a_notification, hostile, the_longest
from tests.unit.respond.findings import NOON

CONFIG = TeamsConfig("teams", "https://prod-1.westeurope.logic.azure.com/workflows/x?sig=secret")


def sent(notification: Notification, reply: Reply | None = None) -> tuple[Sent, bytes, Any]:
    wire = Wire(reply or Reply(202, {}, b""))
    done = Teams(CONFIG, wire, SITE).send(NOTICE, notification, NOON)
    [(_, content)] = wire.sent
    return done, content, json.loads(content)["attachments"][0]["content"]


def shown(card: Any) -> list[str]:
    return ["".join(run["text"] for run in block["inlines"]) for block in card["body"]]


def test_a_card_has_a_heading_facts_and_buttons_that_lead_somewhere() -> None:
    _, _, card = sent(a_notification(runbook="https://runbooks.example/a"))
    assert shown(card)[:2] == [
        "P0 · Unsupported delivery claim reached customer response.",
        "What: unsafe_claim_served 2/6",
    ]
    assert card["body"][0]["inlines"][0]["color"] == "Attention"
    assert [action["title"] for action in card["actions"]] == ["Open the incident", "Handoff", "Runbook"]


def test_taken_by_the_workflow_is_not_called_posted() -> None:
    done, _, _ = sent(a_notification())
    assert (done.outcome, done.status_code) == (Outcome.ACCEPTED, 202)
    assert "does not say whether it was posted" in done.detail


@pytest.mark.parametrize("kind", NoticeKind)
def test_every_card_is_one_that_teams_accepts_even_the_longest(kind: NoticeKind) -> None:
    for notification in (a_notification(kind), the_longest(kind)):
        _, content, _ = sent(notification)
        expect_valid(json.loads(content), TEAMS)
        assert len(content) <= CARD_BYTES_MAX


@pytest.mark.parametrize("text", HOSTILE)
def test_text_from_outside_stands_where_teams_reads_no_markup(text: str) -> None:
    _, content, card = sent(hostile(text))
    expect_valid(json.loads(content), TEAMS)
    assert {run["type"] for block in card["body"] for run in block["inlines"]} == {"TextRun"}
    assert not any("://" in line for line in shown(card))
    assert "evil" not in json.dumps(card["actions"])


@pytest.mark.parametrize(
    ("status", "outcome"), [(400, "permanent"), (404, "permanent"), (429, "transient"), (502, "transient")]
)
def test_a_status_means_what_teams_says(status: int, outcome: str) -> None:
    assert sent(a_notification(), Reply(status, {}, b""))[0].outcome == outcome


def test_the_end_is_green_and_a_test_has_no_colour() -> None:
    kinds = (NoticeKind.RESOLVED, NoticeKind.CANARY)
    colours = [sent(a_notification(kind))[2]["body"][0]["inlines"][0]["color"] for kind in kinds]
    assert colours == ["Good", "Default"]


def test_the_secret_address_is_never_shown() -> None:
    assert "secret" not in repr(CONFIG)
