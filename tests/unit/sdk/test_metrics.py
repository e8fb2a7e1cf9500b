import re
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.openmetrics.exposition import generate_latest as open_metrics

from outproof.core.attributes import AppMetric, Decision, GenAi, Work
from outproof.sdk.buffer import Entry
from outproof.sdk.guard import faults
from outproof.sdk.host import Host
from outproof.sdk.ledger import DropReason
from outproof.sdk.metrics import (
    DURATION_BUCKETS_S,
    ENDPOINTS_MAX,
    FIRST_TOKEN_BUCKETS_S,
    LENGTH_BUCKETS_TOKENS,
    OTHER,
    QUALITY_BUCKETS_RATIO,
    Metrics,
)

TRACE = 0x5B8AA5A2D2C872E8321CF37308D69DF2


class Shop:
    """An application that counts under `shop`, with a registry of its own."""

    def __init__(self, **declared: Any) -> None:
        self.host = Host()
        self.registry = CollectorRegistry()
        self.metrics = Metrics("shop", registry=self.registry, host=self.host, **declared)

    def ends(self, name: object = "answer", *, took_s: float = 1.5, error: object = None, **facts: object) -> None:
        self.host.buffer.put(an_entry(name, took_s, error, facts_that(**facts)))

    def value(self, metric: AppMetric | str, **labels: str) -> float | None:
        """What a scrape reads now."""
        generate_latest(self.registry)
        return self.registry.get_sample_value(f"shop_{metric}", labels)

    def series(self) -> set[str]:
        """The names of all series, without their labels."""
        text = generate_latest(self.registry).decode()
        return {re.split(r"[{ ]", line)[0] for line in text.splitlines() if line and not line.startswith("#")}


def facts_that(**said: object) -> dict[str, object]:
    names = {
        "model": GenAi.REQUEST_MODEL,
        "input": GenAi.INPUT_TOKENS,
        "cached": GenAi.CACHED_INPUT_TOKENS,
        "output": GenAi.OUTPUT_TOKENS,
        "reasoning": GenAi.REASONING_TOKENS,
        "ttft": Decision.TIME_TO_FIRST_TOKEN_S,
        "chunk": GenAi.TIME_TO_FIRST_CHUNK_S,
        "step": Work.STEP,
    }
    return {names[name].value: value for name, value in said.items()}


def an_entry(name: object, took_s: float, error: object, facts: dict[str, object]) -> Entry:
    return (name, TRACE, 7, 0, 1_800_000_000_000_000_000, round(took_s * 1e9), None, facts, error)


@pytest.fixture
def shop() -> Shop:
    return Shop(endpoints=["answer"], models=["m1"], scorers=["groundedness"])


def test_requests_are_counted_by_endpoint_and_status(shop: Shop) -> None:
    shop.ends()
    shop.ends(error=ValueError)
    shop.ends("search")
    assert shop.value(AppMetric.REQUESTS, endpoint="answer", status="success") == 1
    assert shop.value(AppMetric.REQUESTS, endpoint="answer", status="error") == 1
    assert shop.value(AppMetric.REQUESTS, endpoint="search", status="error") == 0


def test_what_is_declared_is_zero_before_anything_happened(shop: Shop) -> None:
    for status in ("success", "error"):
        assert shop.value(AppMetric.REQUESTS, endpoint="answer", status=status) == 0
    assert shop.value(f"{AppMetric.REQUEST_DURATION_S}_count", endpoint="answer") == 0
    assert shop.value(AppMetric.OUTPUT_TOKENS, endpoint="answer", model="m1") == 0
    for reason in DropReason:
        assert shop.value(AppMetric.TELEMETRY_DROPPED, reason=reason.value) == 0


def test_what_would_be_a_false_zero_is_absent_until_it_is_known(shop: Shop) -> None:
    assert shop.value(AppMetric.MODEL_LOADED, model="m1") is None
    assert shop.value(AppMetric.LAST_SUCCESS_AT_S, endpoint="answer") is None
    assert shop.value(f"{AppMetric.QUALITY_RATIO}_count", endpoint="answer", scorer="groundedness") is None
    shop.ends(error="Timeout")
    assert shop.value(AppMetric.LAST_SUCCESS_AT_S, endpoint="answer") is None
    shop.ends(took_s=2.0)
    assert shop.value(AppMetric.LAST_SUCCESS_AT_S, endpoint="answer") == 1_800_000_002


def test_a_loaded_model_is_told_only_where_it_was_declared(shop: Shop) -> None:
    shop.metrics.model_loaded("m1")
    assert shop.value(AppMetric.MODEL_LOADED, model="m1") == 1
    shop.metrics.model_loaded("m1", False)
    assert shop.value(AppMetric.MODEL_LOADED, model="m1") == 0
    shop.metrics.model_loaded("m2")
    assert shop.value(AppMetric.MODEL_LOADED, model="m2") is None
    nothing_declared = Shop()
    nothing_declared.metrics.model_loaded("m1")
    assert not [name for name in nothing_declared.series() if "model_loaded" in name or "quality" in name]


def test_tokens_are_the_providers_counts_and_unknown_ones_are_not_zero(shop: Shop) -> None:
    shop.ends(model="m1", input=201, cached=80, output=30, reasoning=10)
    shop.ends(model="m1")
    shop.ends(input=5)
    said = {"endpoint": "answer", "model": "m1"}
    assert shop.value(AppMetric.INPUT_TOKENS, **said) == 201
    assert shop.value(AppMetric.CACHED_INPUT_TOKENS, **said) == 80
    assert shop.value(AppMetric.OUTPUT_TOKENS, **said) == 30
    assert shop.value(AppMetric.INPUT_TOKENS, endpoint="answer", model="unknown") == 5
    assert shop.value(f"{AppMetric.RESPONSE_LENGTH_TOKENS}_count", endpoint="answer") == 1
    assert shop.value(f"{AppMetric.RESPONSE_LENGTH_TOKENS}_sum", endpoint="answer") == 20


def test_counts_that_contradict_each_other_are_left_out(shop: Shop) -> None:
    shop.ends(model="m1", input=10, cached=11, output=5, reasoning=6)
    shop.ends(model="m1", input=-3, output="many")
    said = {"endpoint": "answer", "model": "m1"}
    assert shop.value(AppMetric.INPUT_TOKENS, **said) == 10
    assert shop.value(AppMetric.CACHED_INPUT_TOKENS, **said) == 0
    assert shop.value(f"{AppMetric.RESPONSE_LENGTH_TOKENS}_count", endpoint="answer") == 0


def test_a_step_is_no_request_but_its_tokens_were_used(shop: Shop) -> None:
    shop.ends("look up", step="look up", model="m1", input=7)
    assert shop.value(AppMetric.REQUESTS, endpoint="look up", status="success") is None
    assert shop.value(AppMetric.INPUT_TOKENS, endpoint="look up", model="m1") == 7


@pytest.mark.parametrize(
    ("facts", "seconds"), [({"ttft": 0.25}, 0.25), ({"chunk": 0.5}, 0.5), ({"ttft": 0.25, "chunk": 0.1}, 0.25)]
)
def test_the_first_token_counts_and_the_first_chunk_where_there_is_no_better(
    shop: Shop, facts: dict[str, Any], seconds: float
) -> None:
    shop.ends(**facts)
    assert shop.value(f"{AppMetric.TIME_TO_FIRST_TOKEN_S}_sum", endpoint="answer") == seconds


def test_an_answer_of_minutes_still_has_its_bucket(shop: Shop) -> None:
    shop.ends(took_s=250)
    assert DURATION_BUCKETS_S[-1] == 600
    assert shop.value(f"{AppMetric.REQUEST_DURATION_S}_bucket", endpoint="answer", le="180.0") == 0
    assert shop.value(f"{AppMetric.REQUEST_DURATION_S}_bucket", endpoint="answer", le="300.0") == 1


def test_names_that_never_end_become_one_label(shop: Shop) -> None:
    for number in range(3 * ENDPOINTS_MAX):
        shop.ends(f"order {number}", model=f"model {number}", input=1)
    text = generate_latest(shop.registry).decode()
    assert len(set(re.findall(r'shop_requests_total\{endpoint="([^"]*)"', text))) == ENDPOINTS_MAX + 1
    assert shop.value(AppMetric.REQUESTS, endpoint=OTHER, status="success") == 2 * ENDPOINTS_MAX + 1
    assert len(set(re.findall(r'model="([^"]*)"', text))) <= ENDPOINTS_MAX + 1


def test_series_grow_with_what_happens_not_with_what_could(shop: Shop) -> None:
    for number in range(30):
        shop.ends(f"endpoint {number}", model=f"model {number}", input=1)
        shop.ends(f"step {number}", step="any", model="m1", input=1)
    text = generate_latest(shop.registry).decode()
    assert len(re.findall(r"^shop_input_tokens_total\{", text, re.MULTILINE)) == 1 + 30 * 2 + 30
    assert (
        shop.value(AppMetric.REQUESTS, endpoint="endpoint 29", status="success") == 1
    )  # steps take no endpoint's place


def test_no_label_holds_what_must_not_be_kept(shop: Shop) -> None:
    shop.ends("for jane.doe@example.com", model="jane.doe@example.com", input=1)
    assert b"jane" not in generate_latest(shop.registry)


def test_hostile_facts_cost_their_own_answer_at_most(shop: Shop) -> None:
    class Hostile:
        __index__ = __float__ = __str__ = property(lambda self: 1 / 0)

    shop.ends(Hostile(), input=Hostile(), ttft=Hostile())
    shop.ends()
    assert shop.value(AppMetric.REQUESTS, endpoint="answer", status="success") in (1, 2)


def test_scores_stay_apart_and_within_their_scale(shop: Shop) -> None:
    shop.metrics.quality("groundedness", 0.4)
    shop.metrics.quality("groundedness", 40)
    shop.metrics.quality("overall", 0.9)
    said = {"endpoint": "answer", "scorer": "groundedness"}
    assert shop.value(f"{AppMetric.QUALITY_RATIO}_count", **said) == 1
    assert shop.value(f"{AppMetric.QUALITY_RATIO}_bucket", le="0.4", **said) == 1


def test_what_the_sdk_gave_up_is_exported_by_reason_and_once(shop: Shop) -> None:
    shop.ends()
    shop.ends()
    shop.host.ledger.drop(DropReason.SPOOL_FULL, 5)
    for _ in range(2):
        assert shop.value(AppMetric.TELEMETRY_DROPPED, reason="not_initialised") == 2
        assert shop.value(AppMetric.TELEMETRY_DROPPED, reason="spool_full") == 5
    shop.host.ledger.forget()  # as in a forked child, which counts its own losses from zero
    shop.host.ledger.drop(DropReason.SPOOL_FULL, 7)
    assert shop.value(AppMetric.TELEMETRY_DROPPED, reason="spool_full") == 12


def test_what_is_declared_is_what_is_exported(shop: Shop) -> None:
    shop.ends(model="m1", input=1, output=1, ttft=0.1)
    shop.metrics.model_loaded("m1")
    shop.metrics.quality("groundedness", 1)
    plain = {re.sub(r"_(bucket|count|sum|created)$", "", name) for name in shop.series()}
    created = {name.removesuffix("_total") for name in AppMetric}  # a client may add when a counter began
    assert {f"shop_{name}" for name in AppMetric} <= plain <= {f"shop_{name}" for name in {*AppMetric, *created}}


def test_an_exemplar_names_the_trace_and_is_valid(shop: Shop) -> None:
    shop.ends(ttft=0.2)
    text = open_metrics(shop.registry).decode()  # type: ignore[no-untyped-call]  # the package types only a part
    assert text.count(f'# {{trace_id="{TRACE:032x}"}}') == 2


@pytest.mark.parametrize("prefix", ["", "a-b", "1shop", 7, "é", "x" * 64])
def test_a_prefix_that_prometheus_would_refuse_is_a_problem_in_words(prefix: Any) -> None:
    metrics = Metrics(prefix, registry=CollectorRegistry(), host=Host())
    assert metrics.problem is not None
    assert "expected a prefix such as 'shop'" in metrics.problem
    metrics.model_loaded("m1")
    metrics.quality("groundedness", 1)


def test_a_name_that_is_taken_is_a_problem_in_words_and_leaves_the_registry_alone(shop: Shop) -> None:
    before = generate_latest(shop.registry)
    again = Metrics("shop", registry=shop.registry, host=shop.host)
    assert again.problem is not None
    assert "expected a prefix whose names are free" in again.problem
    shop.ends()
    assert generate_latest(shop.registry) != before


def test_arguments_of_the_wrong_kind_raise_nothing() -> None:
    nonsense: Any = 5
    metrics = Metrics("shop", endpoints=nonsense, registry=CollectorRegistry(), host=Host())
    assert metrics.problem is not None
    assert "internal:TypeError" in faults.by_kind()


def test_the_page_names_every_metric_and_every_bucket() -> None:
    page = (Path(__file__).parents[3] / "docs" / "reference" / "sdk-metrics.md").read_text()
    assert [name for name in AppMetric if f"| `{name}` |" not in page] == []
    for buckets in (DURATION_BUCKETS_S, FIRST_TOKEN_BUCKETS_S, LENGTH_BUCKETS_TOKENS, QUALITY_BUCKETS_RATIO):
        assert f"| {', '.join(map(str, buckets))} |" in page
