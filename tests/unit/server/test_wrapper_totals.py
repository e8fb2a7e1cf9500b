"""What a wrapper says of its calls is compared with what they say themselves."""

from __future__ import annotations

from typing import Any

from outproof.server.wrapper_totals import WrapperTotal, wrapper_totals


def a_span(span: int, parent: int = 0, *, call: bool = False, tokens: int | None = None, **more: Any) -> dict[str, Any]:
    apart = {"is_duplicate": False, "is_gateway": False}
    said = {"input_tokens": tokens, "output_tokens": None}
    return {"span_id": span, "parent_span_id": parent, "is_call": call, **apart, **said, **more}


def disagreeing(*rows: dict[str, Any]) -> list[WrapperTotal]:
    return wrapper_totals(rows, [f"span {row['span_id']}" for row in rows])


def test_a_wrapper_that_says_other_tokens_than_its_calls_is_found_at_any_depth() -> None:
    agent, step = a_span(1, tokens=350), a_span(2, 1, tokens=300)
    calls = a_span(3, 2, call=True, tokens=100), a_span(4, 2, call=True, tokens=200)
    assert disagreeing(*calls, step, agent) == [
        WrapperTotal(span_id=f"{1:016x}", name="span 1", field="input_tokens", said=350, counted=300, calls=2)
    ]


def test_a_call_that_does_not_know_its_tokens_leaves_nothing_to_compare() -> None:
    assert disagreeing(a_span(1, tokens=350), a_span(2, 1, call=True), a_span(3, 1, call=True, tokens=1)) == []


def test_wrappers_without_calls_or_without_totals_disagree_with_nothing() -> None:
    assert disagreeing(a_span(1, tokens=350), a_span(2, 1)) == []
    assert disagreeing(a_span(1), a_span(2, 1, call=True, tokens=5)) == []


def test_copies_of_a_call_and_the_call_itself_are_no_wrappers() -> None:
    copy = a_span(1, tokens=7, is_duplicate=True)
    assert disagreeing(copy, a_span(2, 1, call=True, tokens=5), a_span(3, 2, call=True, tokens=9)) == []


def test_ids_that_lead_in_a_circle_are_in_nobodys_sum() -> None:
    ring = a_span(1, 2, tokens=350), a_span(2, 1, call=True, tokens=5)
    assert disagreeing(*ring, a_span(3, 3, call=True, tokens=5)) == []
