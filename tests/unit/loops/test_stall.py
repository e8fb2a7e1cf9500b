"""What is a loop and what is not: tables of calls, in the words of a trail."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outproof.core.time import Instant
from outproof.loops.limits import Limits, Polling
from outproof.loops.stall import PERIOD_TURNS_MAX, Advice, Stall, StallKind, advice
from outproof.loops.step import ToolStep, input_hash
from outproof.loops.trail import STEPS_MAX, Trail

SECOND = 10**9

Call = tuple[str, str | None, str | None]
"""A tool, what it was called with, and the progress marker."""


def stall_of(*steps: ToolStep, limits: Limits | None = None) -> Stall | None:
    trail = Trail(limits or Limits())
    for step in steps:
        trail.add(step)
    return trail.stall()


def a_step(number: int, tool: str = "search", given: str | None = "h", **fields: Any) -> ToolStep:
    """One call that takes half a second, one a second."""
    started = Instant(number * SECOND)
    fields.setdefault("ended_at", Instant(started + SECOND // 2))
    return ToolStep(tool=tool, input_hash=given, started_at=started, **fields)


def in_turn(*calls: Call, **fields: Any) -> list[ToolStep]:
    return [a_step(n, tool, given, progress=marker, **fields) for n, (tool, given, marker) in enumerate(calls)]


def plain(text: str) -> list[ToolStep]:
    """Calls by letter, each with the same input every time and no marker."""
    return in_turn(*((letter, f"input of {letter}", None) for letter in text))


def test_the_cases_of_the_lesson(realcases: Path) -> None:
    for case in json.loads((realcases / "seed_cases.json").read_text())["tool_loop"]:
        stall = stall_of(*in_turn(*((tool, given, marker) for tool, given, marker in case["steps"])))
        assert (stall is not None and stall.kind is StallKind.REPEAT) == case["stalled_repeat"], case
        assert advice(stall) == case["route"], case


@pytest.mark.parametrize(
    ("calls", "kind", "count"),
    [
        ("aaa", StallKind.REPEAT, 3),
        ("xyaaaaa", StallKind.REPEAT, 5),
        ("ababab", StallKind.CYCLE, 3),
        ("xabcabcabc", StallKind.CYCLE, 3),
        ("abababababab", StallKind.CYCLE, 6),
        ("aabaabaab", StallKind.CYCLE, 3),
    ],
)
def test_calls_that_come_round_again_are_a_loop(calls: str, kind: StallKind, count: int) -> None:
    stall = stall_of(*plain(calls))
    assert stall is not None
    assert (stall.kind, stall.count, stall.advice) == (kind, count, Advice.STOP_AND_REVIEW)


@pytest.mark.parametrize("calls", ["", "a", "aa", "abab", "abcdef", "abacad", "aabbaabb", "abcabcab", "aaab"])
def test_less_than_that_is_none(calls: str) -> None:
    assert stall_of(*plain(calls)) is None


def test_pages_of_a_listing_are_no_loop() -> None:
    pages = [a_step(n, "list_orders", input_hash({"page": n})) for n in range(40)]
    assert stall_of(*pages) is None


def test_calls_whose_input_nobody_told_are_not_taken_for_the_same() -> None:
    assert stall_of(*(a_step(n, given=None) for n in range(40))) is None


def test_a_marker_that_moves_is_progress_however_often_the_same_is_asked() -> None:
    assert stall_of(*in_turn(*(("job_status", "h", f"{n} %") for n in range(40)))) is None


def test_a_marker_that_stands_makes_the_second_call_a_repeat() -> None:
    stall = stall_of(*in_turn(("track", "h", "scan:v17"), ("track", "h", "scan:v17")))
    assert stall is not None
    assert (stall.kind, stall.count, stall.is_marked) == (StallKind.REPEAT, 2, True)
    assert "marker did not move" in stall.reason


def test_two_rounds_are_enough_where_the_marker_stands() -> None:
    stall = stall_of(*in_turn(("a", "h", "p"), ("b", "h", "p"), ("a", "h", "p"), ("b", "h", "p")))
    assert stall is not None
    assert (stall.kind, stall.count, stall.tools) == (StallKind.CYCLE, 2, ("a", "b"))


def test_a_marker_that_goes_back_and_forth_gets_nowhere() -> None:
    stall = stall_of(*in_turn(*(("poll", f"try {n}", f"p{n % 2}") for n in range(7))))
    assert stall is not None
    assert (stall.kind, stall.count) == (StallKind.NO_PROGRESS, 5)


def test_several_tools_at_work_under_one_coarse_marker_are_let_go_by_for_longer() -> None:
    calls: list[Call] = [("ab"[n % 2], f"h{n}", "phase 1") for n in range(20)]
    assert stall_of(*in_turn(*calls[:15])) is None
    stall = stall_of(*in_turn(*calls[:16]))
    assert stall is not None
    assert stall.kind is StallKind.NO_PROGRESS


def test_failures_in_a_row_are_a_loop_whichever_tools_fail() -> None:
    failures = [a_step(n, "abcde"[n], f"h{n}", status="error") for n in range(5)]
    stall = stall_of(*failures)
    assert stall is not None
    assert (stall.kind, stall.count, stall.tools) == (StallKind.ERROR_STREAK, 5, ("a", "b", "c", "d", "e"))
    assert stall_of(*failures[:4], a_step(9, "e", status="ok"), a_step(10, "f", "x", status="error")) is None


def test_a_retry_that_comes_through_is_no_repeat() -> None:
    marked = {"progress": "p"}
    assert stall_of(a_step(0, status="error", **marked), a_step(1, status="ok", **marked)) is None


def test_calls_at_once_are_one_turn() -> None:
    together = [a_step(0, "fetch", "h", ended_at=Instant(SECOND)) for _ in range(8)]
    assert stall_of(*together) is None
    failed = [
        ToolStep(tool=f"t{n}", started_at=Instant(n), ended_at=Instant(SECOND), status="error", input_hash=f"h{n}")
        for n in range(8)
    ]
    assert stall_of(*failed) is None


def test_pairs_of_calls_at_once_repeat_in_whichever_order_they_begin() -> None:
    steps = []
    for turn, (first, second) in enumerate([("a", "b"), ("b", "a"), ("a", "b")]):
        at = turn * 10 * SECOND
        steps += [
            ToolStep(tool=first, started_at=Instant(at), ended_at=Instant(at + SECOND), input_hash="h"),
            ToolStep(tool=second, started_at=Instant(at + 1), ended_at=Instant(at + SECOND), input_hash="h"),
        ]
    stall = stall_of(*steps)
    assert stall is not None
    assert (stall.kind, stall.count, stall.calls) == (StallKind.REPEAT, 3, 6)


def test_client_and_server_that_tell_of_one_call_tell_of_it_once() -> None:
    """The server's span lies within the client's, and does not know what it was called with."""
    steps = []
    for n in range(2):
        steps.append(a_step(n, given="h", call_id=f"c{n}"))
        steps.append(
            ToolStep(
                tool="search",
                started_at=Instant(n * SECOND + 1),
                ended_at=Instant(n * SECOND + 2),
                call_id=f"c{n}",
            )
        )
    assert stall_of(*steps) is None
    stall = stall_of(*steps, a_step(2))
    assert stall is not None
    assert (stall.count, stall.calls) == (3, 3)


def test_a_loop_inside_a_tool_that_is_an_agent_itself_is_found() -> None:
    outer = ToolStep(tool="research", started_at=Instant(0), ended_at=Instant(60 * SECOND), input_hash="q")
    stall = stall_of(outer, *(a_step(n) for n in range(1, 5)))
    assert stall is not None
    assert stall.kind is StallKind.REPEAT


def test_declared_polling_is_fine() -> None:
    calls = [a_step(n, "job_status") for n in range(30)]
    assert stall_of(*calls) is not None
    assert stall_of(*calls, limits=Limits(polling=(Polling(tool="job_status"),))) is None
    assert stall_of(*(a_step(n, "job_status", status="pending") for n in range(30))) is None


def test_declared_polling_that_outlasts_what_was_declared_is_not() -> None:
    limits = Limits(polling=(Polling(tool="job_status", lasts_s=20.0),))
    assert stall_of(*(a_step(n, "job_status") for n in range(20)), limits=limits) is None
    stall = stall_of(*(a_step(n, "job_status") for n in range(30)), limits=limits)
    assert stall is not None
    assert stall.kind is StallKind.NO_PROGRESS
    moving = [a_step(n, "job_status", progress=f"{n // 10}") for n in range(35)]
    assert stall_of(*moving, limits=limits) is None


def test_polling_between_other_calls_breaks_a_repeat() -> None:
    limits = Limits(polling=(Polling(tool="wait"),))
    assert stall_of(*(a_step(n, ["fetch", "wait"][n % 2]) for n in range(20)), limits=limits) is None


def test_steps_may_come_in_any_order() -> None:
    steps = plain("ababab")
    assert stall_of(*reversed(steps)) == stall_of(*steps)


def test_a_trail_is_bounded_and_still_sees_the_loop() -> None:
    trail = Trail()
    for n in range(1_000):
        trail.add(a_step(n, "ab"[n % 2]))
    assert len(trail) == STEPS_MAX
    stall = trail.stall()
    assert stall is not None
    assert stall.kind is StallKind.CYCLE


@pytest.mark.parametrize("field", ["repeats", "rounds", "unmoved", "errors", "no_progress"])
@pytest.mark.parametrize("value", [1, 11])
def test_limits_that_could_never_be_counted_are_refused(field: str, value: int) -> None:
    one: dict[str, Any] = {field: value}
    with pytest.raises(ValueError, match=rf"`{field}` from 2 to 10, got {value}"):
        replace(Limits(), **one)


def test_every_limit_that_may_be_declared_can_be_reached() -> None:
    limits = Limits(repeats=10, rounds=10, errors=10, no_progress=10)
    longest = [a_step(n, f"t{n % PERIOD_TURNS_MAX}") for n in range(10 * PERIOD_TURNS_MAX)]
    assert stall_of(*longest, limits=limits) is not None


def test_input_is_hashed_alike_whatever_the_order_and_never_told() -> None:
    assert input_hash({"a": 1, "b": [2]}) == input_hash({"b": [2], "a": 1}) != input_hash({"a": 1, "b": [3]})
    assert input_hash({"a": 1}, key=b"one") != input_hash({"a": 1}, key=b"two")
    assert input_hash(object()) is None
    assert "maya" not in str(input_hash("maya@example.com"))


@given(st.lists(st.sampled_from("abc"), max_size=30))
def test_distinct_inputs_never_loop_and_reasons_never_tell_the_input(letters: list[str]) -> None:
    assert stall_of(*(a_step(n, tool, f"{tool}{n}") for n, tool in enumerate(letters))) is None
    stall = stall_of(*plain("".join(letters)))
    assert stall is None or "input of" not in stall.reason + stall.repeats
