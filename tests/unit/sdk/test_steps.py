"""Steps of an answer, and the loop of an agent that is advised to stop when it goes in circles."""

import asyncio
import threading
from typing import Any, NoReturn

import pytest

import outproof
from outproof.loops.limits import Limits, Polling
from outproof.loops.stall import Advice
from outproof.sdk.answer import Answer, current
from outproof.sdk.steps import INPUT_CHARS_MAX, Step, input_token
from outproof.sdk.tool_loop import ToolLoop, limits_of
from tests.unit.sdk.answers import a_buffer, error_of, facts_of, only

HASH, STATUS, PROGRESS = "outproof.tool.input_hash", "outproof.tool.status", "outproof.progress"


def test_a_step_belongs_to_the_answer_around_it_and_says_what_it_was() -> None:
    buffer = a_buffer()
    with Answer(buffer, "answer") as a, Step(buffer, "look up", "lookup_tracking", {"id": "A1"}, "call_1") as step:
        step.progress("scan-3")
        step.status("pending")
        step.attempt(2)
        assert current() is a
    looked_up, answer = buffer.take()
    assert (looked_up[1], looked_up[3]) == (answer[1], answer[2])
    facts = facts_of(looked_up)
    assert len(str(facts.pop(HASH))) >= 26
    assert facts == {
        "outproof.step": "look up",
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": "lookup_tracking",
        "gen_ai.tool.call.id": "call_1",
        PROGRESS: "scan-3",
        STATUS: "pending",
        "outproof.attempt": 2,
    }
    assert facts_of(answer) == {}


def test_a_step_that_raises_has_failed_and_the_error_passes_through() -> None:
    buffer = a_buffer()
    with pytest.raises(TimeoutError, match="order A10234"), Step(buffer, None, "lookup_tracking"):
        raise TimeoutError("order A10234")
    entry = only(buffer)
    assert (error_of(entry), facts_of(entry)[STATUS], entry[0]) == (TimeoutError, "error", "lookup_tracking")
    assert "A10234" not in repr(entry)


def test_a_decorated_tool_is_a_step_per_call_with_its_arguments_hashed() -> None:
    buffer = a_buffer()

    @Step(buffer, None, "lookup_tracking")
    def look_up(order: str, *, carrier: str = "any") -> str:
        return f"{order} by {carrier}"

    @Step(buffer, "rank")
    async def rank(things: list[int]) -> list[int]:
        return sorted(things)

    with Answer(buffer, "answer"):
        assert look_up("A1", carrier="FastShip") == "A1 by FastShip"
        look_up("A1", carrier="FastShip")
        look_up("A2")
        assert asyncio.run(rank([2, 1])) == [1, 2]
    first, same, other, ranked, answer = buffer.take()
    hashes = [facts_of(entry)[HASH] for entry in (first, same, other)]
    assert hashes[0] == hashes[1] != hashes[2]
    assert HASH not in facts_of(ranked)
    assert {entry[3] for entry in (first, same, other, ranked)} == {answer[2]}


def test_what_a_tool_was_called_with_is_kept_as_a_hash_that_nobody_can_guess_or_not_at_all() -> None:
    assert input_token({"a": 1, "b": [2]}) == input_token({"b": [2], "a": 1})
    assert input_token({"a": 1}) != input_token({"a": 2})
    circular: list[Any] = []
    circular.append(circular)
    for odd in (object(), b"bytes", {1j: 2}, circular, "x" * (INPUT_CHARS_MAX + 1), list(range(10_000))):
        assert input_token(odd) is None


class Hostile(dict[str, object]):
    def __iter__(self) -> NoReturn:
        raise RuntimeError("hostile")

    values = __iter__


def test_arguments_that_cannot_be_looked_at_cost_only_their_hash() -> None:
    buffer = a_buffer()
    with Step(buffer, None, "tool", Hostile(a=1)):
        pass
    assert HASH not in facts_of(only(buffer))


def test_a_loop_that_repeats_itself_is_advised_to_stop_and_review() -> None:
    buffer = a_buffer()
    with ToolLoop(buffer, "tracking-agent") as loop:
        calls = 0
        while not loop.stop_and_review:
            assert loop.advice is Advice.CONTINUE
            assert loop.reason is None
            with loop.step("lookup_tracking", {"order_id": "A10234"}):
                calls += 1
            assert calls < 10
    assert calls == 3
    assert loop.advice == "stop_and_review"
    assert "lookup_tracking was called 3 times in a row" in str(loop.reason)
    *steps, agent = buffer.take()
    assert {entry[3] for entry in steps} == {agent[2]}
    assert facts_of(agent)["gen_ai.agent.name"] == "tracking-agent"
    assert facts_of(agent)["gen_ai.operation.name"] == "invoke_agent"


def test_a_marker_that_does_not_move_is_enough_at_the_second_time_and_one_that_moves_never() -> None:
    def turns(markers: list[str]) -> ToolLoop:
        loop = ToolLoop(a_buffer(), "agent")
        for marker in markers:
            with loop.step("read_page", {"page": 1}) as step:
                step.progress(marker)
        return loop

    assert turns(["p1", "p1"]).stop_and_review
    assert not turns([f"p{number}" for number in range(20)]).stop_and_review


def test_failures_in_a_row_are_told_and_declared_polling_is_fine() -> None:
    failing = ToolLoop(a_buffer(), "agent", Limits(errors=3))
    for number in range(3):
        assert not failing.stop_and_review
        with pytest.raises(OSError, match="down"), failing.step("search", {"q": number}):
            raise OSError("down")
    assert failing.stop_and_review

    polling = ToolLoop(a_buffer(), "agent", Limits(polling=(Polling(tool="job_status"),)))
    for _ in range(20):
        with polling.step("job_status", {"job": 7}):
            pass
    assert not polling.stop_and_review


def test_steps_of_a_loop_may_come_from_several_threads() -> None:
    loop = ToolLoop(a_buffer(), "agent")

    def work(number: int) -> None:
        for turn in range(20):
            with loop.step(f"tool-{number}", {"turn": turn}):
                pass

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert not loop.stop_and_review


def test_a_loop_without_a_block_keeps_its_steps_in_one_trace() -> None:
    buffer = a_buffer()
    loop = ToolLoop(buffer, "agent")
    for number in range(2):
        loop.step("tool", number).end()
    loop.end()
    assert len({entry[1] for entry in buffer.take()}) == 1


def test_limits_that_cannot_be_used_are_the_usual_ones() -> None:
    assert limits_of(repeats=2, polling=["job_status"]) == Limits(repeats=2, polling=(Polling(tool="job_status"),))
    assert limits_of(repeats=1_000_000) == Limits()
    assert limits_of(repeats="many", polling=7) == Limits()  # type: ignore[arg-type]  # on purpose


def test_the_public_calls_take_anything() -> None:
    odd: Any = object()
    with outproof.step(odd, odd, odd, odd, no_such=odd) as step:
        step.progress(odd)
    with outproof.loop(odd, odd, repeats=odd, polling=odd) as loop, loop.step(odd, odd, odd, odd, no_such=odd):
        pass
    assert loop.advice == "continue"
    assert outproof.step("n")(odd) is odd
