"""Single spans and traces out of the event store."""

from decimal import Decimal
from typing import Any

import pytest

from outproof.core.ids import DEFAULT_PROJECT, ProjectId
from outproof.core.time import NEVER, Instant, after
from outproof.measure.condition import condition
from outproof.measure.rate_book import RateBook
from outproof.measure.rate_card import Price, RateCard
from outproof.store.events.client import Client
from outproof.store.events.load import load
from outproof.store.events.trace_queries import GROUPED, Show
from outproof.store.events.traces import Cursor, Traces, cursor
from tests.contract.events.store import a_body
from tests.unit.wire.spans import NOW, a_span, read

CARD = RateCard(version="card-1", models={"model-a": Price(input=Decimal(1), output=Decimal(5))})
TRACE = "0af7651916cd43dd8448eb211c80319c"
START, END = NOW, after(NOW, 3_600)


def call(number: int, **more: Any) -> dict[str, Any]:
    """A call of a model that starts `number` seconds after the first."""
    fields = {name: more.pop(name) for name in ("traceId", "parentSpanId", "status") if name in more}
    values = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "model-a", **more}
    start = NOW + number * 10**9
    return a_span(
        values,
        spanId=f"{number:016x}",
        startTimeUnixNano=str(start),
        endTimeUnixNano=str(start + number * 100_000_000),
        **fields,
    )


def traces_with(client: Client, *spans: dict[str, Any], project: ProjectId = DEFAULT_PROJECT) -> Traces:
    load(client, [(1, a_body(read(*spans, namespaces=("shopflow",)), project=project))])
    return Traces(client, DEFAULT_PROJECT, lambda: RateBook((CARD,)))


def found(traces: Traces, *where: str, show: Show = Show.EVERYTHING) -> list[int]:
    page = traces.spans(show, [condition(each) for each in where], START, END, after=None, limit=100)
    return [row["span_id"] for row, _ in page.rows]


def test_the_newest_spans_come_first_and_pages_leave_none_out(client: Client) -> None:
    traces = traces_with(client, *[call(n) for n in range(1, 8)])
    seen: list[int] = []
    place: Cursor | None = None
    while True:
        page = traces.spans(Show.CALLS, [], START, END, after=place, limit=3)
        seen += [row["span_id"] for row, _ in page.rows]
        if page.next is None:
            break
        place = cursor(page.next.text)
    assert seen == [7, 6, 5, 4, 3, 2, 1]
    assert traces.count(Show.CALLS, [], START, END) == (7, 1)


def test_a_span_that_arrives_while_somebody_turns_pages_moves_none(client: Client) -> None:
    traces = traces_with(client, *[call(n) for n in range(1, 6)])
    first = traces.spans(Show.CALLS, [], START, END, after=None, limit=2)
    load(client, [(2, a_body(read(call(9))))])
    second = traces.spans(Show.CALLS, [], START, END, after=first.next, limit=9)
    assert [row["span_id"] for row, _ in second.rows] == [3, 2, 1]


@pytest.mark.parametrize("text", ["", "1", "x-0000000000000001-" + TRACE, "1-1-" + TRACE, f"1-{'0' * 16}-ab"])
def test_a_cursor_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="`after`"):
        cursor(text)


def test_conditions_hold_together_and_unknown_is_a_value_of_its_own(client: Client) -> None:
    traces = traces_with(
        client,
        call(1, **{"shopflow.answer.route": "abstain"}),
        call(2, **{"shopflow.answer.route": "serve", "shopflow.answer.unsafe_claim_served": True}),
        call(3, status={"code": 2}),
    )
    assert found(traces, "route=abstain") == [1]
    assert found(traces, "route!=abstain") == [3, 2]  # what does not say is not known to abstain
    assert found(traces, "route=") == [3]
    assert found(traces, "route!=") == [2, 1]
    assert found(traces, "unsafe_claim_served=true", "model=model-a") == [2]
    assert found(traces, "unsafe_claim_served=") == [3, 1]
    assert found(traces, "failed=true") == [3]
    assert found(traces, "duration_s>=0.2") == [3, 2]
    assert found(traces, "duration_s<=0.2", "duration_s>=0.2") == [2]
    assert found(traces, "inclusion_ratio<=0.5") == []


@pytest.mark.parametrize("fact", ["service", "model", "tool_status", "call_id", "progress", "sample_reason", "tool"])
def test_every_text_can_be_filtered_by_and_nothing_matches_a_hostile_value(client: Client, fact: str) -> None:
    traces = traces_with(client, call(1))
    assert found(traces, f"{fact}=x' OR 1=1 --{{y:String}}") == []


def test_spans_are_found_by_what_they_cost_and_unpriced_ones_are_not_free(client: Client) -> None:
    usage = {"gen_ai.usage.input_tokens": 1_000, "gen_ai.usage.output_tokens": 100}
    traces = traces_with(
        client,
        call(1, **usage),
        call(2, **{**usage, "gen_ai.request.model": "never-priced"}),
        call(3, **{**usage, "gen_ai.usage.output_tokens": 1_000}),
    )
    assert found(traces, "cost_usd>=0.002") == [3]
    assert found(traces, "cost_usd<=0.002") == [1]
    assert found(traces, "cost_usd=") == [2]
    assert found(traces, "cost_usd!=") == [3, 1]
    assert traces.count(Show.CALLS, [condition("cost_usd>=0.002")], START, END) is None
    page = traces.spans(Show.CALLS, [], START, END, after=None, limit=1)
    assert page.rows[0][1].nano_usd == 6_000_000
    assert page.rows[0][1].rate_card == "card-1"


def test_a_search_by_cost_looks_at_so_many_spans_at_once_and_goes_on_from_there(client: Client) -> None:
    usage = {"gen_ai.usage.input_tokens": 1_000, "gen_ai.usage.output_tokens": 100}
    traces_with(client, call(1, **usage), call(2), call(3), call(4))
    traces = Traces(client, DEFAULT_PROJECT, lambda: RateBook((CARD,)), scanned_max=2)
    wanted = [condition("cost_usd>=0.001")]
    page = traces.spans(Show.CALLS, wanted, START, END, after=None, limit=10)
    assert (page.rows, page.next is None) == ([], False)
    page = traces.spans(Show.CALLS, wanted, START, END, after=page.next, limit=10)
    assert [row["span_id"] for row, _ in page.rows] == [1]
    assert page.next is None


def test_the_values_of_a_fact_are_counted_with_those_that_do_not_say(client: Client) -> None:
    traces = traces_with(
        client,
        *[call(n, **{"shopflow.prompt.template_id": "strict-v1"}) for n in (1, 2)],
        call(3, **{"shopflow.prompt.template_id": "loose-v2"}),
        call(4),
    )
    counted = traces.values("template_id", Show.CALLS, [], START, END, contains="")
    assert dict(counted) == {"strict-v1": 2, "loose-v2": 1, None: 1}
    assert counted[0] == ("strict-v1", 2)
    assert traces.values("template_id", Show.CALLS, [], START, END, contains="LOOSE") == [("loose-v2", 1)]
    narrowed = traces.values("template_id", Show.CALLS, [condition("duration_s>=0.3")], START, END, contains="")
    assert dict(narrowed) == {"loose-v2": 1, None: 1}


@pytest.mark.parametrize("fact", GROUPED)
def test_every_fact_with_few_values_can_be_counted(client: Client, fact: str) -> None:
    traces = traces_with(client, call(1))
    assert sum(spans for _, spans in traces.values(fact, Show.EVERYTHING, [], START, END, contains="")) == 1


def test_a_trace_has_its_spans_in_order_with_what_was_not_believed(client: Client) -> None:
    traces = traces_with(
        client,
        call(3, parentSpanId=f"{1:016x}", **{"gen_ai.usage.input_tokens": 10, "gen_ai.usage.cached_tokens": 1}),
        call(1),
        call(2, parentSpanId=f"{1:016x}", **{"gen_ai.usage.input_tokens": -5}),
        call(4, traceId="ffffffffffffffffffffffffffffffff"),
    )
    trace = traces.trace(TRACE, START, END)
    assert [(row["span_id"], row["parent_span_id"]) for row, _ in trace.rows] == [(1, 0), (2, 1), (3, 1)]
    assert trace.left_out == 0
    assert trace.set_aside[2][0][0] == "negative_tokens"
    assert traces.trace("0" * 32, START, END).rows == []


def test_a_trace_that_is_too_long_says_how_much_is_left_out(client: Client) -> None:
    traces_with(client, *[call(n) for n in range(1, 6)])
    trace = Traces(client, DEFAULT_PROJECT, RateBook, trace_spans_max=2).trace(TRACE, START, END)
    assert ([row["span_id"] for row, _ in trace.rows], trace.left_out) == ([1, 2], 3)


def test_what_another_project_stored_is_not_there(client: Client) -> None:
    theirs = traces_with(client, call(1), project=ProjectId("other"))
    assert found(theirs) == []
    assert theirs.trace(TRACE, START, END).rows == []
    assert theirs.values("model", Show.EVERYTHING, [], START, END, contains="") == []


def test_why_facts_were_set_aside_is_counted_and_the_spans_can_be_turned_over(client: Client) -> None:
    bad = {"gen_ai.usage.input_tokens": -1}
    body = a_body(read(*[call(n, **bad) for n in (1, 2, 3)]))
    load(client, [(1, body), (2, body)])
    traces = Traces(client, DEFAULT_PROJECT, RateBook)
    (reason,) = traces.set_aside_reasons(START, END)
    assert (reason["reason"], reason["spans"], list(reason["services"])) == (
        "negative_tokens",
        3,
        ["tracking-answerer"],
    )
    place = (int(NEVER), 2**64 - 1, "")
    first = traces.set_aside(START, END, reason="negative_tokens", service="", after=place, limit=2)
    assert [row["span_id"] for row in first] == [3, 2]
    assert first[0]["facts"] == {"input_tokens": -1}
    last = (first[1]["at"], first[1]["span_id"], first[1]["reason"])
    rest = traces.set_aside(START, END, reason="", service="tracking-answerer", after=last, limit=2)
    assert [row["span_id"] for row in rest] == [1]
    assert traces.set_aside(START, END, reason="cached_exceeds_input", service="", after=place, limit=2) == []


def test_spans_are_filtered_by_why_facts_of_them_were_set_aside(client: Client) -> None:
    traces = traces_with(client, call(1, **{"gen_ai.usage.input_tokens": -1}), call(2))
    assert found(traces, "quarantine=negative_tokens") == [1]
    assert found(traces, "quarantine!=") == [1]
    assert found(traces, "quarantine=") == [2]
    assert found(traces, "quarantine!=negative_tokens") == [2]


def test_a_range_is_half_open(client: Client) -> None:
    traces = traces_with(client, call(1), call(2))
    page = traces.spans(Show.CALLS, [], after(NOW, 1), Instant(NOW + 2 * 10**9), after=None, limit=10)
    assert [row["span_id"] for row, _ in page.rows] == [1]
