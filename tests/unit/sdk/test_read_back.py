"""What the SDK writes of streams, calls and steps, as the server reads it."""

import time
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from outproof.core.time import Instant
from outproof.sdk.answer import Answer
from outproof.sdk.buffer import Buffer
from outproof.sdk.encode import trace_request
from outproof.sdk.settings import settings_from
from outproof.sdk.steps import Step
from outproof.sdk.tool_loop import ToolLoop
from outproof.wire.answers import Reader
from outproof.wire.dialects import aliases
from outproof.wire.otlp_protobuf import scopes_of_protobuf
from tests.unit.sdk.answers import a_buffer, into

WHERE = dict.fromkeys(("service", "endpoint", "key", "project", "deploy", "environment", "spool_dir"))
SETTINGS = settings_from({}, **WHERE)


def rows(buffer: Buffer) -> list[Mapping[str, Any]]:
    """What ended since the last look, as the server reads it."""
    body, _ = trace_request(buffer.take(), SETTINGS)
    columns = Reader(aliases()).read(scopes_of_protobuf(body), now=Instant(time.time_ns())).columns
    count = len(columns["span_id"])
    return [{name: column[row] for name, column in columns.items()} for row in range(count)]


def a_chunk(text: str, **more: object) -> dict[str, object]:
    """As OpenAI streams them."""
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": more.pop("finish", None)}
    return {"object": "chat.completion.chunk", "id": "chatcmpl-1", "model": "gpt-4o-mini", "choices": [choice]} | more


def chunks() -> Iterator[dict[str, object]]:
    yield a_chunk("")
    yield a_chunk("Your parcel")
    yield a_chunk(" left.", finish="stop")
    yield {**a_chunk("", usage={"prompt_tokens": 37, "completion_tokens": 12}), "choices": []}


def test_a_finished_stream_is_one_call_with_its_usage_and_the_time_to_its_first_visible_token() -> None:
    buffer = a_buffer()
    for _ in into(buffer)(chunks)():
        pass
    (row,) = rows(buffer)
    assert (row["is_call"], row["streaming"], row["stream_end"]) == (True, True, "finished")
    assert (row["input_tokens"], row["output_tokens"]) == (37, 12)
    assert (row["model"], row["response_id"], row["finish_reason"]) == ("gpt-4o-mini", "chatcmpl-1", "stop")
    assert row["ttft_kind"] == "token"
    assert 0 <= row["ttft_us"] <= row["duration_us"]


@pytest.mark.parametrize(("taken", "end"), [(1, "abandoned"), (2, "abandoned"), (3, "finished")])
def test_a_stream_that_was_left_is_abandoned_unless_the_model_had_finished(taken: int, end: str) -> None:
    buffer = a_buffer()
    stream = into(buffer)(chunks)()
    for _ in range(taken):
        next(stream)
    stream.close()
    (row,) = rows(buffer)
    assert (row["stream_end"], row["output_tokens"], row["failed"]) == (end, None, False)


def test_a_stream_that_ends_without_the_provider_having_said_so_is_broken() -> None:
    buffer = a_buffer()
    for _ in into(buffer)(lambda: iter_of([a_chunk("Your "), a_chunk("parcel")]))():
        pass
    (row,) = rows(buffer)
    assert (row["stream_end"], row["finish_reason"], row["output_tokens"]) == ("broken", None, None)


def iter_of(things: list[Any]) -> Iterator[Any]:
    yield from things


def test_counts_that_grow_from_chunk_to_chunk_end_at_the_last_one_that_was_seen() -> None:
    def counted(response_id: str) -> Iterator[dict[str, object]]:
        for number, finish in ((1, None), (2, "stop"), (3, "stop")):
            usage = {"prompt_tokens": 9, "completion_tokens": number}
            yield a_chunk("word ", finish=finish, usage=usage, id=response_id)

    buffer = a_buffer()
    for _ in into(buffer)(counted)("chatcmpl-1"):
        pass
    left = into(buffer)(counted)("chatcmpl-2")
    next(left)
    left.close()
    whole, part = rows(buffer)
    assert (whole["output_tokens"], whole["stream_end"]) == (3, "finished")
    assert (part["output_tokens"], part["stream_end"]) == (1, "abandoned")


def test_messages_of_the_applications_own_are_not_taken_for_a_models() -> None:
    own = [{"type": "message", "text": "hi"}, {"type": "response.sent", "response": "hi"}, {"choices": [1], "done": 1}]
    buffer = a_buffer()
    for _ in into(buffer)(lambda: iter_of(own))():
        pass
    assert into(buffer)(lambda: own[0])() is own[0]
    stream, plain = rows(buffer)
    assert (stream["is_call"], stream["stream_end"]) == (False, "finished")
    assert (plain["is_call"], plain["operation"]) == (False, None)


def test_a_stream_of_plain_text_is_no_call_and_still_says_how_it_ended() -> None:
    buffer = a_buffer()
    for _ in into(buffer)(lambda: iter_of(["Your ", "parcel"]))():
        pass
    (row,) = rows(buffer)
    assert (row["is_call"], row["ttft_kind"], row["stream_end"]) == (False, "token", "finished")


def test_steps_and_loops_are_read_as_tools_and_agents_in_the_trace_of_their_answer() -> None:
    buffer = a_buffer()
    with Answer(buffer, "answer") as a, ToolLoop(buffer, "tracking-agent") as loop:
        a.conversation("thread-7")
        a.route("serve", first_failed_stage="passed")
        with loop.step("lookup_tracking", {"order": "A1"}, "call_1") as step:
            step.progress("scan-3")
        with pytest.raises(OSError, match="down"), loop.step("lookup_tracking", {"order": "A1"}):
            raise OSError("down")
        with Step(buffer, "draft") as draft:
            draft.model("m1", provider="p1")
            draft.attempt(2)
            draft.usage(input_tokens=10, output_tokens=2)
    good, bad, drafted, agent, answer = rows(buffer)
    assert len({row["trace_id"] for row in (good, bad, drafted, agent, answer)}) == 1
    assert (good["operation"], good["tool"], good["tool_status"], good["tool_call_id"], good["progress"]) == (
        *("execute_tool", "lookup_tracking", "ok", "call_1"),
        "scan-3",
    )
    assert good["tool_input_hash"] == bad["tool_input_hash"]
    assert (bad["tool_status"], bad["failed"], bad["error_type"]) == ("error", True, "OSError")
    assert good["parent_span_id"] == bad["parent_span_id"] == agent["span_id"]
    assert (agent["operation"], agent["agent"], agent["is_call"]) == ("invoke_agent", "tracking-agent", False)
    assert (drafted["is_call"], drafted["step"], drafted["attempt"]) == (True, "draft", 2)
    assert (answer["is_answer"], answer["is_call"], answer["conversation_id"]) == (True, False, "thread-7")
