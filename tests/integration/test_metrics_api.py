import gzip
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from litestar import Litestar
from litestar.di import Provide
from litestar.testing import TestClient
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as text

from outproof.config.declared import Declared
from outproof.core.attributes import ServerMetric as M
from outproof.core.errors import Transient
from outproof.core.time import Instant, rfc3339
from outproof.engine.meter import BORN_FOR_S, Meter
from outproof.engine.record import record
from outproof.measure.rate_book import RateBook
from outproof.ports import State
from outproof.server.health import Component
from outproof.server.metrics import HANDLERS, registry_of
from outproof.server.scrape import Scraper
from tests.builders import a_promise
from tests.contract.state.opened import NOON, PROJECT, SetClock, a_state
from tests.unit.engine.test_meter import TRACE, a_policy, answers
from tests.unit.respond.findings import ROUTES, a_finding

OPENMETRICS = "application/openmetrics-text;version=1.0.0;q=0.9,text/plain;version=0.0.4;q=0.5"
DECLARED = replace(Declared(), promises=(a_promise(),), policies=(a_policy(name="unsafe"),))


class Loops:
    """The engine's loops, as the health of a server tells of them."""

    def components(self) -> list[Component]:
        at = rfc3339(NOON)
        return [Component("intake", at, 3, None, None), Component("roll", at, None, "stuck", "roll: stuck")]


class Away:
    """A state store that cannot be read."""

    def look(self) -> Any:
        raise Transient("away")


class Desk:
    def __init__(self, state: Any) -> None:
        self.state = state
        self.clock = SetClock()
        self.meter = Meter(lambda: DECLARED.policies, RateBook)
        scraper = Scraper(self.meter, state, Loops(), self.clock, lambda: DECLARED)  # type: ignore[arg-type]  # a fake of what it asks of a Health
        scraping = registry_of(scraper)
        app = Litestar(
            HANDLERS,
            dependencies={"scraping": Provide(lambda: scraping, sync_to_thread=False)},
            logging_config=None,
        )
        self.client = TestClient(app)

    def scrape(self, accept: str = "") -> Any:
        response = self.client.get("/metrics", headers={"accept": accept, "accept-encoding": "identity"})
        assert response.status_code == 200, response.text
        return response

    def samples(self) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
        families = text(self.scrape().text)
        return {(each.name, tuple(sorted(each.labels.items()))): each.value for f in families for each in f.samples}

    def value(self, metric: M, **labels: str) -> float:
        return self.samples()[metric, tuple(sorted(labels.items()))]


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    with a_state(tmp_path) as state:
        yield state


@pytest.fixture
def desk(state: State) -> Desk:
    return Desk(state)


def test_the_plain_text_is_what_prometheus_takes_without_being_asked(desk: Desk) -> None:
    response = desk.scrape()
    assert response.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert response.text.endswith("\n")


def test_openmetrics_carries_the_trace_of_an_unsafe_answer(desk: Desk) -> None:
    desk.meter.count(answers({"unsafe_claim_served": True}))
    desk.scrape()
    desk.clock.forward(BORN_FOR_S)
    response = desk.scrape(OPENMETRICS)
    assert response.headers["content-type"].startswith("application/openmetrics-text; version=1.0.0; charset=utf-8")
    assert response.text.endswith("# EOF\n")
    parsed = openmetrics(response.text)  # type: ignore[no-untyped-call]  # the parser has no types
    unsafe = [each for f in parsed for each in f.samples if each.name == M.ANSWERS_UNSAFE]
    [exemplar] = [each.exemplar for each in unsafe if each.exemplar]
    assert exemplar.labels == {"trace_id": TRACE.hex()}


def test_a_scraper_that_takes_gzip_gets_it(desk: Desk) -> None:
    with desk.client.stream("GET", "/metrics", headers={"accept-encoding": "gzip"}) as response:
        assert response.headers["content-encoding"] == "gzip"
        assert b"outproof_build_info" in gzip.decompress(b"".join(response.iter_raw()))


def test_what_is_declared_is_there_at_zero_before_anything_happens(desk: Desk) -> None:
    assert desk.value(M.RUNS_SETTLED, promise="nightly-digests", verdict="kept") == 0
    assert desk.value(M.RUNS_SETTLED, promise="nightly-digests", verdict="overdue") == 0
    assert desk.value(M.PROMISE_INCIDENTS, promise="nightly-digests") == 0
    assert desk.value(M.POLICY_ALERTS, policy="unsafe", state="firing") == 0
    assert desk.value(M.INCIDENTS, state="open", severity="critical") == 0
    assert desk.value(M.FEEDBACK, said="down") == 0


def test_every_metric_that_is_declared_is_exported_and_no_other_of_ours(desk: Desk) -> None:
    with desk.state.begin() as tx:
        tx.ledger.add("traces", "stored", "", 5)
    desk.meter.count(answers({"first_failed_stage": "retrieval", "is_call": True, "duration_us": 1, "ttft_us": 1}))
    names = {f.name for f in text(desk.scrape().text) if f.name.startswith("outproof_")}
    declared = {metric.removesuffix("_total") for metric in M}
    assert {name.removesuffix("_total") for name in names} == declared


def test_incidents_are_counted_by_state_and_severity(desk: Desk) -> None:
    with desk.state.begin() as tx:
        record(tx, a_finding(), project=PROJECT, routes=ROUTES, now=Instant(NOON))
    assert desk.value(M.INCIDENTS, state="open", severity="critical") == 1
    assert desk.value(M.INCIDENTS_OPENED) == 1


def test_loops_show_when_they_got_on_and_whether_they_fail(desk: Desk) -> None:
    assert desk.value(M.COMPONENT_PROGRESS_AT_S, component="roll") == NOON / 10**9
    assert [desk.value(M.COMPONENT_FAILING, component=name) for name in ("intake", "roll")] == [0, 1]
    assert desk.value(M.JOURNAL_BACKLOG) == 3


def test_a_state_store_that_is_away_does_not_hide_the_rest() -> None:
    desk = Desk(Away())
    assert desk.value(M.STATE_READABLE) == 0
    assert desk.value(M.JOURNAL_BACKLOG) == 3


def test_no_label_is_an_id(desk: Desk) -> None:
    desk.meter.count(answers({"request_id": "req_1", "conversation_id": "c", "response_id": "r"}))
    labels = {name for f in text(desk.scrape().text) for each in f.samples for name in each.labels}
    assert not {name for name in labels if name.endswith("_id")} - {"template_id"}
