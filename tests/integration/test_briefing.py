"""What a page says of retries and of what is known, from the verdict of a run to the bytes of a channel."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from outproof.channels.slack.config import SlackConfig
from outproof.channels.slack.send import Slack
from outproof.channels.webhook.config import WebhookConfig
from outproof.channels.webhook.send import Webhook
from outproof.contract.item import ItemWord
from outproof.contract.promise import Promise
from outproof.contract.run import Stage
from outproof.contract.schedule import Schedule
from outproof.core.ids import NoticeId
from outproof.core.time import after
from outproof.decide.finding import FindingKind
from outproof.decide.promise import never_started
from outproof.egress.http import GuardedClient
from outproof.engine.knowledge import handoff
from outproof.engine.settle import Occasion, Terms, settle
from outproof.prove.holds import NO_HOLDS
from outproof.prove.items import marks
from outproof.prove.slots import a_slot
from outproof.respond.incident import Incident, respond
from outproof.respond.notification import Notification, lines
from outproof.respond.retry_safety import RetryVerdict
from outproof.respond.route import Routes
from outproof.store.state.state import SqlState
from tests.builders import NIGHTLY, RUN, START, a_promise, at, by_job, closed, opened, proved
from tests.contract.state.opened import PROJECT, a_state
from tests.integration.sink import running

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
V, P = Stage.VALIDATED, Stage.PERSISTED
PROMISE = a_promise(by_job(V, P))
ROUTES = Routes(("ops",))


@pytest.fixture
def state(tmp_path: Path) -> Iterator[SqlState]:
    with a_state(tmp_path) as state:
        yield state


def told(state: SqlState, promise: Promise = PROMISE) -> list[Notification]:
    """What is said of a run of which one item of two is saved: when it breaks, and when it is repaired."""
    terms = Terms({NIGHTLY: promise}, ROUTES)
    with state.begin() as tx:
        words = [ItemWord(item_id="a", stage=V), ItemWord(item_id="b", stage=V), ItemWord(item_id="a", stage=P)]
        tx.items.join(RUN, marks(words), START)
        for signal in (opened(), proved(V, 1), proved(P, 2), closed(3)):
            tx.runs.receive(signal)
        settle(tx, RUN, Occasion.SIGNAL, terms, project=PROJECT, now=at(13))
        tx.items.join(RUN, marks([ItemWord(item_id="b", stage=P)]), at(14))
        settle(tx, RUN, Occasion.SIGNAL, terms, project=PROJECT, now=at(14))
    with state.begin() as tx:
        first = tx.outbox.claim("ops", at(15), at(60), 10)
    with state.begin() as tx:
        return [claimed.notification for claimed in first]


def test_a_page_says_whether_to_retry_and_what_is_known(state: SqlState) -> None:
    [opened_notice] = told(state)
    said = {line.label: line.value for line in lines(opened_notice)}
    assert said["Retry"].startswith("safe for 1 item only: its job, which has ended, says of each item")
    assert said["Known"] == "1 good, 0 bad, 1 unknown (items); never proven right so far"
    briefing = opened_notice.briefing
    assert briefing is not None
    for verdict, words in ((RetryVerdict.UNSAFE, "do not: "), (RetryVerdict.UNKNOWN, "unknown, check first: Look.")):
        changed = replace(opened_notice, briefing=replace(briefing, retry=verdict, check_first="Look."))
        assert {line.label: line.value for line in lines(changed)}["Retry"].startswith(words)


def test_channels_carry_it_and_keep_the_fields_they_had(state: SqlState) -> None:
    [notice] = told(state)
    with running() as sink:
        client = GuardedClient(["127.0.0.0/8"], 60.0, 1_024)
        Webhook(WebhookConfig("hook", f"{sink.url}/hook", (SECRET,)), client, sink.url).send(
            NoticeId("m"), notice, START
        )
        Slack(SlackConfig("chat", f"{sink.url}/slack"), client, sink.url).send(NoticeId("m"), notice, START)
        data = json.loads(sink.bodies("/hook")[0].body)["data"]
        blocks = json.loads(sink.bodies("/slack")[0].body)["blocks"]
    assert data["retry_safety"]["verdict"] == "safe_for_items"
    assert data["retry_safety"]["item_count"] == 1
    assert data["boundary"].startswith("1 good, 0 bad, 1 unknown (items)")
    assert {"incident_id", "severity", "kind", "title", "stages", "evidence", "text"} <= data.keys()
    texts = [block["text"]["text"] for block in blocks if block["type"] == "section" and "text" in block]
    assert any(text.startswith("Retry: safe for 1 item only") for text in texts)
    assert any(text.startswith("Known: 1 good") for text in texts)


def test_a_run_that_never_came_is_named_by_the_time_it_was_expected(state: SqlState) -> None:
    schedule = Schedule(cron="0 3 * * *", grace_s=60.0, due_s=3_600.0)
    promise = replace(PROMISE, due_s=None, schedule=schedule)
    found = never_started(promise, a_slot(promise, schedule, START))
    incident = respond(found, None, project=PROJECT, now=after(START, 60)).incident
    assert isinstance(incident, Incident)
    with state.look() as tx:
        known = handoff(tx, incident, promise, NO_HOLDS, after(START, 90))
    assert known is not None
    assert known.retry.verdict is RetryVerdict.UNKNOWN
    assert known.retry.reason.startswith("no sign of the run expected at 2027-01-15 08:00 UTC")
    assert known.boundary.unknown.ids == ("2027-01-15 08:00 UTC",)


def test_an_incident_about_a_drill_that_is_due_has_nothing_to_retry(state: SqlState) -> None:
    finding = replace(
        never_started(PROMISE, a_slot(PROMISE, Schedule(cron="0 3 * * *"), START)), kind=FindingKind.DRILL_OVERDUE
    )
    incident = respond(finding, None, project=PROJECT, now=START).incident
    assert incident is not None
    with state.look() as tx:
        assert handoff(tx, incident, PROMISE, NO_HOLDS, START) is None
