"""The tables themselves, and what is said of them."""

from pathlib import Path

import pytest

from outproof.contract.answer import SLOT
from outproof.core.time import Instant
from outproof.wire.dialects import DIALECTS, TABLES_VERSION, aliases
from outproof.wire.dialects.content import is_content
from outproof.wire.dialects.reference import reference
from outproof.wire.explain import Explained, explained
from outproof.wire.otlp_json import scopes_of_json
from tests.unit.wire.spans import NOW, a_request, a_span, row_of

ROOT = Path(__file__).resolve().parents[3]
CHAT = {"gen_ai.operation.name": "chat"}


def test_the_page_of_the_reference_is_what_the_tables_say() -> None:
    page = (ROOT / "docs" / "reference" / "dialects.md").read_text()
    assert page == reference(), "run `outproof explain-span --tables > docs/reference/dialects.md`"


def test_every_row_says_a_fact_that_exists_and_every_dialect_says_where_it_was_read() -> None:
    for dialect in DIALECTS:
        assert dialect.source
        assert dialect.rows
        for row in dialect.rows:
            assert row.fact in SLOT, (dialect.name, row)
            assert (row.fact == "ttft_us") == (row.ttft is not None), (dialect.name, row)


def test_dialects_have_names_of_their_own() -> None:
    names = [dialect.name for dialect in DIALECTS]
    assert len(set(names)) == len(names)


def test_no_attribute_of_contents_becomes_a_fact_but_a_hash_or_one_field() -> None:
    allowed = {"tool_input_hash", "model_request", "streaming", "provider", "finish_reason", "template_id"}
    for dialect in DIALECTS:
        for row in dialect.rows:
            assert not is_content(row.attribute) or row.fact in allowed, (dialect.name, row)


def test_a_row_names_the_version_of_the_tables_that_read_it() -> None:
    assert row_of(CHAT)["wire_version"] == TABLES_VERSION


def test_what_a_tool_was_called_with_is_the_same_hash_whatever_its_spelling_and_another_under_another_key() -> None:
    tool = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "lookup"}
    one = row_of({**tool, "gen_ai.tool.call.arguments": '{"b": 2, "a": "A10234"}'})["tool_input_hash"]
    assert one == row_of({**tool, "gen_ai.tool.call.arguments": '{"a":"A10234","b":2}'})["tool_input_hash"]
    assert one != row_of({**tool, "gen_ai.tool.call.arguments": '{"a":"A10235","b":2}'})["tool_input_hash"]
    assert len(one) == 32
    assert "A10234" not in one


def test_what_a_model_was_asked_is_never_hashed() -> None:
    values = {"openinference.span.kind": "LLM", "tool.name": "x", "input.value": '{"messages": []}'}
    assert row_of(values)["tool_input_hash"] is None


@pytest.mark.parametrize(("status", "said"), [(1, "ok"), (2, "error")])
def test_a_tool_that_says_nothing_of_its_end_has_that_of_its_span(status: int, said: str) -> None:
    assert row_of({"gen_ai.operation.name": "execute_tool"}, status={"code": status})["tool_status"] == said


def explain(*spans: dict) -> list[Explained]:
    return explained(scopes_of_json(a_request(*spans)), aliases(["shop"]), key=b"", now=Instant(NOW))


def test_an_explanation_names_the_attribute_of_each_fact_and_why_others_were_passed_over() -> None:
    (span,) = explain(
        a_span(
            {
                **CHAT,
                "gen_ai.usage.prompt_tokens": 9,
                "gen_ai.usage.input_tokens": 7,
                "gen_ai.usage.output_tokens": "soon",
                "gen_ai.input.messages": "where is my parcel",
                "color": "blue",
                "model": "gpt",
                "shop.route": "serve",
            }
        )
    )
    facts = {fact.name: (fact.value, fact.source) for fact in span.facts}
    assert facts["input_tokens"] == (7, "gen_ai.usage.input_tokens")
    assert facts["route"] == ("serve", "shop.route")
    assert {item.attribute: item.reason for item in span.ignored} == {
        "gen_ai.usage.prompt_tokens": "input_tokens was read from gen_ai.usage.input_tokens",
        "gen_ai.usage.output_tokens": "no usable output_tokens",
        "gen_ai.input.messages": "content: never kept",
        "color": "no table names it",
        "model": "says model only beside span.type",
    }
    assert span.counts_as == "a call and an answer"
    assert "parcel" not in repr(span)


def test_an_explanation_says_which_span_counts_for_a_twin_and_what_was_refused_or_set_aside() -> None:
    outer = a_span({**CHAT, "gen_ai.response.id": "r"}, spanId="0" * 15 + "1")
    inner = a_span({**CHAT, "gen_ai.response.id": "r"}, spanId="0" * 15 + "2", parentSpanId="0" * 15 + "1")
    late = a_span({**CHAT, "gen_ai.response.time_to_first_chunk": 99.0}, traceId="a" * 32)
    refused = a_span(CHAT, traceId="00" * 16, spanId="0" * 15 + "7")
    said = {span.span_id[-1] + span.trace_id[0]: span for span in explain(outer, inner, late, refused)}
    assert said["10"].counts_as == "nothing: span 0000000000000002 counts this call"
    assert said["20"].counts_as == "a call"
    assert said["1a"].set_aside == ("first_token_after_end: duration_us 400000, ttft_us 99000000",)
    assert next(s for s in explain(refused)).counts_as == "refused: its ids or times cannot be kept"
