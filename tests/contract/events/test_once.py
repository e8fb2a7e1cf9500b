"""One call counts once in the store, in whichever requests its spans arrive."""

from collections.abc import Iterator
from itertools import combinations, permutations
from typing import Any

import pytest

from outproof.core.time import Instant, after
from outproof.measure.window import Window
from outproof.store.events.client import Client
from outproof.store.events.load import load
from tests.contract.events.store import SERVICE, a_body, windows_of
from tests.unit.wire.spans import NOW, a_span, read

MS = 1_000_000
TRACE, OTHER = "0af7651916cd43dd8448eb211c80319c", "1af7651916cd43dd8448eb211c80319d"
USAGE = {"gen_ai.usage.input_tokens": 100, "gen_ai.usage.output_tokens": 20}
CHAT = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4o"}
LLM = {"openinference.span.kind": "LLM", "llm.model_name": "gpt-4o"}


def span(
    number: int, values: dict[str, Any], *, parent: int = 0, trace: str = TRACE, at_ms: int = 0, for_ms: int = 400
) -> dict:
    return a_span(
        values,
        traceId=trace,
        spanId=f"{number:016x}",
        parentSpanId=f"{parent:016x}" if parent else "",
        startTimeUnixNano=str(NOW + at_ms * MS),
        endTimeUnixNano=str(NOW + (at_ms + for_ms) * MS),
    )


def window(client: Client) -> Window:
    return windows_of(client).window(SERVICE, Instant(NOW - 1), after(NOW, 60))


def rows(client: Client) -> dict[int, dict[str, Any]]:
    facts = "output_tokens, ttft_us, conversation_id, stream_end"
    found = client.rows(f"SELECT span_id, is_call, is_duplicate, call_id, attempt, retry_of, {facts} FROM answers")
    return {row["span_id"]: row for row in found}


APP = span(1, {**CHAT, **USAGE, "gen_ai.response.id": "chatcmpl-1"})
LIBRARY = span(
    2, {**LLM, "llm.token_count.prompt": 100, "llm.token_count.completion": 20}, parent=1, at_ms=1, for_ms=398
)
VERCEL = {"ai.operationId": "ai.streamText.doStream", "ai.model.id": "gpt-4o", "ai.response.msToFirstChunk": 40.0}
GATEWAY = span(3, {**CHAT, **USAGE, "gen_ai.response.id": "chatcmpl-1"}, parent=2, at_ms=5, for_ms=380)


@pytest.mark.parametrize("order", list(permutations((APP, LIBRARY, GATEWAY))))
def test_a_call_that_three_spans_tell_of_counts_once_in_whichever_order_they_arrive(
    client: Client, order: tuple[dict, ...]
) -> None:
    for position, each in enumerate(order, 1):
        load(client, [(position, a_body(read(each)))])
    found = window(client)
    assert (found.calls, found.tokens.input, found.tokens.output) == (1, 100, 20)
    assert sum(bool(row["is_duplicate"]) for row in rows(client).values()) == 2


def test_a_call_that_two_requests_of_one_portion_tell_of_counts_once(client: Client) -> None:
    load(client, [(1, a_body(read(APP))), (2, a_body(read(LIBRARY))), (3, a_body(read(GATEWAY)))])
    assert window(client).calls == 1


def test_delivering_the_twins_again_changes_nothing(client: Client) -> None:
    for position in range(1, 5):
        load(client, [(position, a_body(read(APP if position % 2 else LIBRARY)))])
    assert window(client).calls == 1
    assert len(rows(client)) == 2


def test_the_twin_that_knows_the_usage_counts_even_when_it_comes_second(client: Client) -> None:
    load(client, [(1, a_body(read(span(1, LLM))))])
    load(client, [(2, a_body(read(span(2, {**CHAT, **USAGE}, parent=1, at_ms=1, for_ms=398))))])
    found = window(client)
    assert (found.calls, found.tokens.output) == (1, 20)
    assert rows(client)[1]["is_duplicate"] is True
    assert rows(client)[1]["call_id"] == f"{2:016x}"


def test_two_emitters_of_one_service_with_traces_of_their_own_count_a_failed_call_once(client: Client) -> None:
    failed = {"status": {"code": 2}}
    load(client, [(1, a_body(read({**span(1, CHAT), **failed})))])
    load(client, [(2, a_body(read({**span(2, LLM, trace=OTHER, at_ms=1, for_ms=398), **failed})))])
    assert window(client).calls == 1


def test_the_same_response_id_in_another_trace_of_the_same_emitter_at_another_time_is_another_call(
    client: Client,
) -> None:
    load(client, [(1, a_body(read(APP)))])
    replayed = span(9, {**CHAT, **USAGE, "gen_ai.response.id": "chatcmpl-1"}, trace=OTHER, at_ms=5_000)
    load(client, [(2, a_body(read(replayed)))])
    assert window(client).calls == 2


def test_calls_side_by_side_in_one_trace_stay_two(client: Client) -> None:
    load(client, [(1, a_body(read(span(1, {**CHAT, **USAGE}, parent=7))))])
    load(client, [(2, a_body(read(span(2, {**CHAT, **USAGE}, parent=7, at_ms=1))))])
    assert window(client).calls == 2


def test_a_second_attempt_is_linked_to_the_first_though_it_comes_in_another_request(client: Client) -> None:
    failed = {**span(1, {**CHAT, "error.type": "RateLimitError"}, parent=7, for_ms=50), "status": {"code": 2}}
    load(client, [(1, a_body(read(failed)))])
    load(client, [(2, a_body(read(span(2, {**CHAT, **USAGE}, parent=7, at_ms=500))))])
    assert window(client).calls == 2
    assert (rows(client)[2]["attempt"], rows(client)[2]["retry_of"]) == (2, f"{1:016x}")


def portions_of(told: tuple[int, ...]) -> Iterator[tuple[tuple[int, ...], ...]]:
    """Every way in which spans can come: in one request, each in its own, and all between, in every order."""
    for size in range(1, len(told) + 1):
        for first in combinations(told, size):
            rest = tuple(each for each in told if each not in first)
            yield from ((first, *others) for others in portions_of(rest)) if rest else ((first,),)


def one_of_four(service: int, number: int) -> dict:
    """Two emitters nested in one trace, a third inside them, and a fourth in a trace of its own."""
    own, around = 16 * service + number, 16 * service + number - 1
    trace, other = f"{service + 1:016x}{1:016x}", f"{service + 1_001:016x}{2:016x}"
    match number:
        case 1:
            return span(own, {**LLM, "session.id": "talk"}, trace=trace, for_ms=410)
        case 2:
            return span(own, LLM, parent=around, trace=trace, at_ms=1, for_ms=408)
        case 3:
            return span(own, {**CHAT, **USAGE}, parent=around, trace=trace, at_ms=2, for_ms=400)
        case _:
            return span(own, VERCEL, trace=other, at_ms=3, for_ms=396)


def test_the_span_that_counts_is_named_by_its_twins_and_knows_what_they_know_in_whichever_requests_they_come(
    client: Client,
) -> None:
    ways = list(portions_of((1, 2, 3, 4)))
    assert len(ways) == 75
    for turn in range(4):
        bodies = [
            a_body(read(*(one_of_four(service, number) for number in way[turn]), service=f"service-{service}"))
            for service, way in enumerate(ways)
            if turn < len(way)
        ]
        load(client, [(1_000 * turn + place, body) for place, body in enumerate(bodies)])
    found = rows(client)
    known = {"output_tokens": 20, "ttft_us": 40_000, "conversation_id": "talk", "stream_end": "finished"}
    wrong = []
    for service, way in enumerate(ways):
        told = {number: found[16 * service + number] for number in (1, 2, 3, 4)}
        counted = {f"{16 * service + number:016x}" for number, row in told.items() if row["is_call"]}
        named = {row["call_id"] for row in told.values() if row["is_duplicate"]}
        facts = [{name: row[name] for name in known} for row in told.values() if row["is_call"]]
        if (len(counted), named, facts) != (1, counted, [known]):
            wrong.append((way, told))
    assert wrong == []
