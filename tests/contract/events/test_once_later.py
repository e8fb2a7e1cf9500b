"""What shows only when more of a trace comes in: who asked, which attempt it was, and that others are left alone."""

from typing import Any

import pytest

from outproof.core.errors import Transient
from outproof.store.events.client import Client
from outproof.store.events.load import load
from tests.contract.events.store import a_body
from tests.unit.wire.spans import NOW, a_span, read

MS = 1_000_000
TRACE, OTHER = "0af7651916cd43dd8448eb211c80319c", "1af7651916cd43dd8448eb211c80319d"
CHAT = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4o"}
USAGE = {"gen_ai.usage.input_tokens": 100, "gen_ai.usage.output_tokens": 20}
LLM = {"openinference.span.kind": "LLM", "llm.model_name": "gpt-4o"}
LIMIT = {"error.type": "openai.RateLimitError"}
ASKER = 7


def span(number: int, values: dict[str, Any], *, parent: int = 0, at_ms: int = 0, trace: str = TRACE) -> dict:
    fields = {
        "traceId": trace,
        "spanId": f"{number:016x}",
        "parentSpanId": f"{parent:016x}" if parent else "",
        "startTimeUnixNano": str(NOW + at_ms * MS),
        "endTimeUnixNano": str(NOW + (at_ms + 100) * MS),
    }
    return a_span(values, **fields, **({"status": {"code": 2}} if "error.type" in values else {}))


def rows(client: Client) -> dict[int, dict[str, Any]]:
    found = client.rows("SELECT span_id, is_call, call_id, attempt, retry_of, segment FROM answers")
    return {row["span_id"]: row for row in found}


def test_spans_that_come_with_a_twin_of_a_stored_call_are_stored_as_they_are(client: Client) -> None:
    load(client, [(1, a_body(read(span(1, {**CHAT, **USAGE}, parent=2))))])
    outer = span(2, LLM)
    unrelated = span(9, {"outproof.answer.route": "serve", "outproof.segment": "new"}, trace=OTHER)
    load(client, [(2, a_body(read(outer, unrelated)))])
    found = rows(client)
    assert {number: row["is_call"] for number, row in found.items()} == {1: True, 2: False, 9: False}
    assert (found[9]["segment"], found[2]["call_id"]) == ("new", f"{1:016x}")


def test_attempts_are_linked_when_the_spans_around_them_come_and_show_who_asked(client: Client) -> None:
    load(client, [(1, a_body(read(span(11, {**CHAT, **LIMIT}, parent=1), span(1, {**LLM, **LIMIT}, parent=ASKER))))])
    load(client, [(2, a_body(read(span(12, {**CHAT, **USAGE}, parent=2, at_ms=200))))])
    assert rows(client)[12]["attempt"] is None
    around = span(2, LLM, parent=ASKER, at_ms=200)
    for position in (3, 4):  # the same again changes nothing
        load(client, [(position, a_body(read(around)))])
        assert (rows(client)[12]["attempt"], rows(client)[12]["retry_of"]) == (2, f"{11:016x}")
    assert rows(client)[2]["is_call"] is False


def test_a_span_that_asked_twice_is_the_asker_even_where_it_tells_of_a_call_itself(client: Client) -> None:
    first, second = span(11, {**CHAT, **LIMIT}, parent=ASKER), span(12, {**CHAT, **USAGE}, parent=ASKER, at_ms=200)
    asker = span(ASKER, {**LLM, **LIMIT})
    load(client, [(1, a_body(read(first))), (2, a_body(read(second, asker)))])
    assert (rows(client)[12]["attempt"], rows(client)[12]["retry_of"]) == (2, f"{11:016x}")


def test_a_second_call_inside_a_span_that_tells_of_another_already_is_a_call_of_its_own(client: Client) -> None:
    load(client, [(1, a_body(read(span(1, LLM), span(2, {**CHAT, **USAGE}, parent=1))))])
    load(client, [(2, a_body(read(span(3, {**CHAT, **USAGE}, parent=1, at_ms=60))))])
    assert {number: row["is_call"] for number, row in rows(client).items()} == {1: False, 2: True, 3: True}
    assert rows(client)[1]["call_id"] == f"{2:016x}"


def test_a_stored_call_that_gave_way_to_a_row_that_was_not_inserted_is_counted_by_the_replay(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(client, [(1, a_body(read(span(1, LLM), span(2, LLM, parent=1))))])
    inner = a_body(read(span(3, {**CHAT, **USAGE}, parent=2)))

    def full(*_: object) -> None:
        raise Transient("the disk is full")

    with monkeypatch.context() as broken:
        broken.setattr("outproof.store.events.load._insert_by_day", full)
        with pytest.raises(Transient):
            load(client, [(2, inner)])
    assert not any(row["is_call"] for row in rows(client).values())
    load(client, [(2, inner)])
    found = rows(client)
    assert {number: (row["is_call"], row["call_id"]) for number, row in found.items() if number != 3} == {
        1: (False, f"{3:016x}"),
        2: (False, f"{3:016x}"),
    }
    assert found[3]["is_call"] is True
