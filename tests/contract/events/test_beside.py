"""What log records say beside a span completes it, whichever of the two comes first."""

from typing import Any

from outproof.store.events.client import Client
from outproof.store.events.load import load
from tests.contract.events.store import a_body
from tests.unit.wire.records import a_record, read_records
from tests.unit.wire.spans import a_span, read

STREAM = {"gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.stream": True}
SPAN = a_body(read(a_span(STREAM)))
FACTS = {"gen_ai.usage.input_tokens": 12, "gen_ai.usage.output_tokens": 5, "gen_ai.response.finish_reasons": ["stop"]}
LOG = a_body(read_records(a_record("gen_ai.client.inference.operation.details", FACTS)).facts)


def stored(client: Client) -> dict[str, Any]:
    (row,) = client.rows("SELECT is_call, input_tokens, output_tokens, finish_reason, stream_end, model FROM answers")
    return row


COMPLETE = {
    "is_call": True,
    "input_tokens": 12,
    "output_tokens": 5,
    "finish_reason": "stop",
    "stream_end": "finished",
    "model": None,
}


def test_a_record_that_comes_first_waits_for_its_span(client: Client) -> None:
    assert load(client, [(1, LOG)]).beside == {"default": 1}
    assert client.rows("SELECT count() AS n FROM answers") == [{"n": 0}]
    load(client, [(2, SPAN)])
    assert stored(client) == COMPLETE


def test_a_record_that_comes_later_completes_its_span_and_again_changes_nothing(client: Client) -> None:
    load(client, [(1, SPAN)])
    for position in (2, 3):
        load(client, [(position, LOG)])
        assert stored(client) == COMPLETE
    assert client.rows("SELECT count() AS n FROM beside") == [{"n": 0}]


def test_a_record_in_the_same_portion_completes_its_span(client: Client) -> None:
    load(client, [(1, SPAN), (2, LOG)])
    assert stored(client) == COMPLETE


def test_what_the_span_says_itself_is_never_replaced(client: Client) -> None:
    said = a_body(read(a_span({**STREAM, "gen_ai.usage.output_tokens": 7})))
    load(client, [(1, said)])
    load(client, [(2, LOG)])
    assert (stored(client)["output_tokens"], stored(client)["input_tokens"]) == (7, 12)


def test_a_record_of_another_trace_with_the_same_span_id_changes_nothing(client: Client) -> None:
    other = a_record("gen_ai.choice", {"finish_reason": "length"}, traceId="f" * 32)
    load(client, [(1, SPAN)])
    load(client, [(2, a_body(read_records(other).facts))])
    assert stored(client)["finish_reason"] is None
