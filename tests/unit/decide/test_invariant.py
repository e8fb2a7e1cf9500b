from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from outproof.contract.answer import COLUMN_NAMES
from outproof.decide.invariant import breaking, exemplar, where
from outproof.decide.names import ANSWER_FACTS
from outproof.decide.parser import parse
from outproof.measure.dimension import Dimension
from tests.unit.decide.policies import an_invariant


def a_batch(count: int, **columns: list[Any]) -> dict[str, Any]:
    """A batch of answers that say nothing but what is given."""
    known: dict[str, Any] = {
        "trace_id": [bytes([n]) * 16 for n in range(count)],
        "span_id": list(range(1, count + 1)),
        "started_at": [1_000 + n for n in range(count)],
        "service": ["tracking-answerer"] * count,
        "is_answer": [True] * count,
    }
    return {name: columns.get(name, known.get(name, [None] * count)) for name in COLUMN_NAMES}


def test_only_a_known_breach_breaks_an_invariant() -> None:
    batch = a_batch(4, unsafe_claim_served=[False, True, None, True])
    assert breaking(batch, an_invariant()) == [1, 3]


def test_an_unknown_fact_is_not_safe_either() -> None:
    batch = a_batch(1, unsafe_claim_served=[None])
    safe = parse("unsafe_claim_served == 0", ANSWER_FACTS)
    assert list(where(batch, safe)) == list(where(batch, safe, is_held=False)) == []


def test_a_span_without_a_decision_of_its_own_is_not_judged() -> None:
    batch = a_batch(2, unsafe_claim_served=[True, True], is_answer=[True, False])
    assert breaking(batch, an_invariant()) == [0]


def test_an_answer_of_another_service_is_not_judged() -> None:
    batch = a_batch(3, unsafe_claim_served=[True] * 3, service=["a", "b", None])
    assert breaking(batch, an_invariant(over={Dimension.SERVICE: "b"})) == [1]
    assert breaking(batch, an_invariant()) == [0, 1, 2]


def test_a_condition_of_several_facts_is_judged_answer_by_answer() -> None:
    policy = an_invariant(invariant='not (route == "serve" and ttft > 500ms)')
    batch = a_batch(
        4,
        route=["serve", "serve", "abstain", None],
        ttft_us=[500_000, 500_001, 900_000, 900_000],
        unsafe_claim_served=[False] * 4,
    )
    assert breaking(batch, policy) == [1]


def test_a_column_the_batch_does_not_have_is_unknown() -> None:
    batch = {name: values for name, values in a_batch(1).items() if name != "route"}
    assert breaking(batch, an_invariant(invariant='route == "serve"')) == []


@given(st.lists(st.sampled_from([True, False, None])))
def test_the_fast_road_and_the_general_one_agree(flags: list[bool | None]) -> None:
    batch = a_batch(len(flags), unsafe_claim_served=flags)
    fast = an_invariant()
    general = an_invariant(invariant="unsafe_claim_served == 0 and unsafe_claim_served == 0")
    assert breaking(batch, fast) == breaking(batch, general) == [n for n, flag in enumerate(flags) if flag]


def test_an_exemplar_says_what_the_answer_said_and_none_for_the_rest() -> None:
    batch = a_batch(
        1,
        request_id=["req_205"],
        template_id=["t-1.1"],
        unsafe_claim_served=[True],
        ttft_us=[218_000],
        input_tokens=[0],
    )
    shown = exemplar(batch, 0)
    assert (shown.trace_id, shown.span_id, shown.at) == ("00" * 16, "0000000000000001", 1_000)
    assert (shown.request_id, shown.template_id, shown.unsafe_claim_served) == ("req_205", "t-1.1", True)
    assert (shown.ttft_s, shown.input_tokens, shown.output_tokens, shown.evidence_version) == (0.218, 0, None, None)
