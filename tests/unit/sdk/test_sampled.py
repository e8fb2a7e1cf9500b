"""What the SDK sends where it samples: whole traces of a batch, labelled, and everything should anything go wrong."""

from collections import Counter
from typing import Any

import pytest

from outproof.sampling.draw import lot
from outproof.sampling.policy import Bound, Edge, Op, Sampling
from outproof.sdk.buffer import Entry
from outproof.sdk.encode import trace_request
from outproof.sdk.guard import faults
from outproof.sdk.sampled import sampled
from outproof.sdk.settings import Settings, settings_from
from outproof.wire.answers import Reader
from outproof.wire.dialects import aliases
from outproof.wire.otlp_protobuf import scopes_of_protobuf
from tests.unit.wire.spans import NOW

POLICY = Sampling(nominal_ratio=0.1)


def an_entry(trace: int, own: int = 1, *, error: object = None, **facts: Any) -> Entry:
    named = {name.replace("__", "."): fact for name, fact in facts.items()}
    return "answer", trace, own, 0, NOW, 1_000_000, None, named, error


def some_settings(**environment: str) -> Settings:
    return settings_from(
        environment,
        service="shop",
        endpoint=None,
        key=None,
        project=None,
        deploy=None,
        environment=None,
        spool_dir="/nowhere",
    )


def test_ordinary_answers_are_drawn_by_their_trace_and_say_their_chance() -> None:
    sent = sampled([an_entry(n) for n in range(1, 5_001)], POLICY)
    assert {entry[1] for entry in sent} == {
        n for n in range(1, 5_001) if lot(n.to_bytes(16, "big"), POLICY.version) < 100_000
    }
    assert {entry[7]["outproof.sampled.ppm"] for entry in sent} == {100_000}
    assert {entry[7]["outproof.sampled.policy"] for entry in sent} == {POLICY.version}


def test_what_failed_was_flagged_or_is_declared_goes_with_its_whole_trace() -> None:
    edge = Edge((Bound("ttft_us", Op.GT, 5_000_000),))
    policy = Sampling(nominal_ratio=0.000_001, edge=(edge,))
    batch = [an_entry(n, own) for n in range(1, 101) for own in (1, 2)]
    batch += [an_entry(7, 3, error=ValueError), an_entry(8, 3, outproof__answer__unsafe_claim_served=True)]
    batch += [an_entry(9, 3, outproof__answer__time_to_first_token=6.5)]
    batch += [an_entry(10, 3, outproof__stream__end="abandoned")]
    sent = sampled(batch, policy)
    assert Counter((entry[1], entry[7]["outproof.sampled.reason"]) for entry in sent) == {
        (7, "error"): 3,
        (8, "flagged"): 3,
        (9, "edge"): 3,
        (10, "error"): 3,
    }


def test_the_label_arrives_with_the_span() -> None:
    body, written = trace_request(sampled([an_entry(1, error=ValueError)], POLICY), some_settings())
    assert written == 1
    columns = Reader(aliases()).read(scopes_of_protobuf(body), now=NOW).columns
    labels = [columns[name][0] for name in ("sampled_ppm", "sample_policy", "sample_reason")]
    assert labels == [1_000_000, POLICY.version, "error"]


def test_the_application_s_own_facts_are_left_as_they_are() -> None:
    facts: dict[str, object] = {"outproof.segment": "retail"}
    sampled([("answer", 1, 1, 0, NOW, 1, None, facts, ValueError)], POLICY)
    assert facts == {"outproof.segment": "retail"}


class Spiteful:
    def __bool__(self) -> bool:
        raise RuntimeError("no")


def test_should_anything_go_wrong_everything_is_sent() -> None:
    batch = [an_entry(1), an_entry(2, outproof__answer__unsafe_claim_served=Spiteful())]
    before = faults.by_kind().get("internal:RuntimeError", 0)
    assert sampled(batch, POLICY) == batch
    assert faults.by_kind()["internal:RuntimeError"] == before + 1


def test_the_share_may_be_set_from_outside_and_a_bad_one_is_refused() -> None:
    assert some_settings().sampling is None
    assert some_settings(OUTPROOF_SAMPLE_RATIO="0.25").sampling == Sampling(nominal_ratio=0.25)
    with pytest.raises(ValueError, match="nominal_ratio"):
        some_settings(OUTPROOF_SAMPLE_RATIO="25")
