"""Spans, traces and quarantine over REST, on a real event store and a real database."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from litestar import Litestar
from litestar.di import Provide
from litestar.testing import TestClient

from outproof.config.declared import Declared
from outproof.core.ids import DEFAULT_PROJECT
from outproof.core.time import Instant, after, rfc3339
from outproof.measure.rate_book import RateBook
from outproof.server import quarantine, traces
from outproof.server.failures import HANDLERS
from outproof.store.events.client import Client
from outproof.store.events.load import load
from outproof.store.events.traces import Traces
from outproof.store.state.state import SqlState
from tests.builders import TestClock as Clock
from tests.contract.events.store import a_body
from tests.contract.events.test_traces import CARD, TRACE, call
from tests.contract.state.opened import engine_of
from tests.unit.wire.spans import NOW, a_span, read


class Api:
    """What pages ask, over an event store that tests load."""

    def __init__(self, http: TestClient[Litestar], client: Client) -> None:
        self._http = http
        self._client = client

    def load(self, *spans: dict[str, Any]) -> None:
        load(self._client, [(1, a_body(read(*spans, namespaces=("shopflow",))))])

    def get(self, path: str, status: int = 200, **query: Any) -> Any:
        answer = self._http.get(path, params=query)
        assert answer.status_code == status, answer.text
        return answer.json()


@pytest.fixture
def api(client: Client, tmp_path: Path) -> Iterator[Api]:
    engine = engine_of(tmp_path)
    clock = Clock()
    clock.seconds = (after(Instant(NOW), 60) - clock.now()) / 10**9
    given = {
        "store": SqlState(engine, DEFAULT_PROJECT, lambda _: None),
        "clock": clock,
        "traces": Traces(client, DEFAULT_PROJECT, lambda: RateBook((CARD,))),
        "declared": Declared(rate_cards=(CARD,)),
    }

    def always(value: object) -> Provide:
        return Provide(lambda: value, sync_to_thread=False)

    app = Litestar(
        [*traces.HANDLERS, *quarantine.HANDLERS],
        dependencies={name: always(value) for name, value in given.items()},
        exception_handlers=HANDLERS,
        logging_config=None,
    )
    with TestClient(app) as http:
        yield Api(http, client)
    engine.dispose()


def tool(number: int, name: str = "search") -> dict[str, Any]:
    start = NOW + number * 10**9
    values = {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": name,
        "gen_ai.tool.call.arguments": '{"q": "where is my parcel"}',
    }
    return a_span(values, spanId=f"{number:016x}", startTimeUnixNano=str(start), endTimeUnixNano=str(start + 10**8))


def test_filters_are_conditions_and_what_is_found_is_counted(api: Api) -> None:
    api.load(call(1, **{"shopflow.answer.route": "abstain"}), call(2), tool(3))
    listed = api.get("/v1/spans", where=["route=abstain"])
    assert [span["span_id"] for span in listed["spans"]] == [f"{1:016x}"]
    assert (listed["total"], listed["traces"], listed["next"]) == (1, 1, None)
    assert listed["spans"][0]["kind"] == "answer"
    assert api.get("/v1/spans")["total"] == 2  # a tool is no request
    assert api.get("/v1/spans", show="tools")["spans"][0]["name"] == "search"
    first = api.get("/v1/spans", show="everything", limit=2)
    rest = api.get("/v1/spans", show="everything", limit=2, after=first["next"])
    assert [span["span_id"][-1] for span in first["spans"] + rest["spans"]] == ["3", "2", "1"]
    assert (first["total"], rest["total"], rest["next"]) == (3, None, None)


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ({"where": ["password=x"]}, "expected one of"),
        ({"where": ["route=x"] * 31}, "at most 30"),
        ({"after": "x"}, "`after`"),
        ({"minutes": 0}, "from 1 min to 31 d, got 0 minutes"),
        ({"start": "2026-11-21T00:00:00Z", "end": "2026-11-20T00:00:00Z"}, "a start before the end"),
        ({"start": "2020-01-01T00:00:00Z", "end": "2026-11-20T00:00:00Z"}, "at most 31 d, got 2515 d"),
        ({"start": "yesterday"}, "yesterday"),
    ],
)
def test_a_question_that_means_nothing_is_refused_with_what_would(api: Api, query: dict[str, Any], says: str) -> None:
    answer = api.get("/v1/spans", 400, **query)
    assert says in answer["message"]


def test_the_values_of_a_fact_are_offered_with_their_counts(api: Api) -> None:
    api.load(call(1, **{"shopflow.answer.route": "abstain"}), call(2))
    values = api.get("/v1/spans/values", fact="route")["values"]
    assert sorted(values, key=str) == sorted([{"value": "abstain", "spans": 1}, {"value": None, "spans": 1}], key=str)
    assert "expected one of" in api.get("/v1/spans/values", 400, fact="request_id")["message"]


def test_a_trace_shows_its_loop_and_which_calls_are_in_it(api: Api) -> None:
    api.load(call(1), *[tool(n) for n in (2, 3, 4, 5)])
    trace = api.get(f"/v1/traces/{TRACE}")
    assert [item["offset_s"] for item in trace["spans"]] == [0, 1, 2, 3, 4]
    (loop,) = trace["loops"]
    assert (loop["kind"], loop["tools"], loop["count"], loop["advice"]) == ("repeat", ["search"], 4, "stop_and_review")
    assert loop["span_ids"] == [f"{n:016x}" for n in (2, 3, 4, 5)]
    assert (trace["services"], trace["unpriced_calls"], trace["cost_nano_usd"]) == (["tracking-answerer"], 1, None)


def test_a_span_says_where_each_number_was_read_and_what_it_costs_under_which_card(api: Api) -> None:
    api.load(call(1, **{"gen_ai.usage.input_tokens": 1_000, "gen_ai.usage.output_tokens": 100}))
    span = api.get(f"/v1/traces/{TRACE}/spans/{1:016x}", at=rfc3339(Instant(NOW)))
    facts = {fact["key"]: fact for fact in span["facts"]}
    assert facts["input_tokens"]["source"] == "gen_ai.usage.input_tokens"
    assert facts["duration_s"]["value"] == 0.1
    assert facts["duration_s"]["source"] == "the span's times"
    assert (facts["route"]["value"], facts["route"]["source"]) == (None, None)
    assert span["cost"]["nano_usd"] == 1_500_000
    assert span["cost"]["rate_card"] == "card-1"
    assert span["cost"]["prices"] == {"input": "1", "cached_input": "1", "cache_write": "1", "output": "5"}
    assert span["scrub"]["policy"]
    assert span["scrub"]["is_current"] is True
    assert span["incidents"] == []


def test_a_call_without_a_price_says_why(api: Api) -> None:
    api.load(call(1), tool(2))
    assert "how many tokens" in api.get(f"/v1/traces/{TRACE}/spans/{1:016x}")["cost"]["unknown"]
    assert "not a call" in api.get(f"/v1/traces/{TRACE}/spans/{2:016x}")["cost"]["unknown"]


def test_what_is_not_there_is_unknown_and_says_where_to_look(api: Api) -> None:
    api.load(call(1))
    assert "no span of trace" in api.get(f"/v1/traces/{'f' * 32}", 404)["message"]
    assert "32 hex digits" in api.get("/v1/traces/nonsense", 404)["message"]
    assert "has no span" in api.get(f"/v1/traces/{TRACE}/spans/{'f' * 16}", 404)["message"]
    assert "has no span" in api.get(f"/v1/traces/{TRACE}/spans/x", 404)["message"]
    api.get(f"/v1/traces/{TRACE}", 400, at="noon")


def test_quarantine_says_why_how_often_and_what_to_do_with_samples(api: Api) -> None:
    api.load(*[call(n, **{"gen_ai.usage.input_tokens": -1}) for n in (1, 2, 3)])
    found = api.get("/v1/quarantine", limit=2)
    (reason,) = found["reasons"]
    assert (reason["reason"], reason["spans"]) == ("negative_tokens", 3)
    assert reason["detail"]
    assert reason["remedy"]
    assert [entry["span_id"][-1] for entry in found["quarantine"]] == ["3", "2"]
    assert found["quarantine"][0]["fields"] == [{"key": "input_tokens", "value": -1}]
    rest = api.get("/v1/quarantine", limit=2, after=found["next"])
    assert [entry["span_id"][-1] for entry in rest["quarantine"]] == ["1"]
    assert rest["next"] is None
    assert api.get("/v1/quarantine", reason="cached_exceeds_input")["quarantine"] == []
    api.get("/v1/quarantine", 400, after="x")
