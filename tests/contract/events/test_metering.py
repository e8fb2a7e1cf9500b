"""What a scrape counts is what windows count: the same spans through both, the sums held against each other."""

import random
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from outproof.core.attributes import ServerMetric as M
from outproof.core.time import after
from outproof.engine.metering import Metered, metered
from outproof.measure.dimension import Dimension
from outproof.measure.rate_book import RateBook
from outproof.measure.rate_card import LongContext, Price, RateCard
from outproof.measure.window import Window
from outproof.store.events.client import Client
from outproof.store.events.load import load
from tests.contract.events.store import SERVICE, a_body, windows_of
from tests.unit.wire.spans import NOW, a_span, read

BOOK = RateBook(
    (
        RateCard(
            version="card-1",
            models={
                "model-a": Price(
                    input=Decimal(1),
                    cached_input=Decimal("0.1"),
                    output=Decimal(5),
                    long_context=(LongContext(above_tokens=1_000, input=Decimal(2), output=Decimal(8)),),
                ),
                "model-b": Price(input=Decimal(3), output=Decimal(9)),
            },
        ),
    )
)


def a_random_span(draw: random.Random, number: int) -> dict[str, Any]:
    """An answer, a call, or both; with facts that are said or not."""
    values: dict[str, Any] = {}
    if draw.random() < 0.8:
        values |= {"gen_ai.operation.name": "chat", "gen_ai.request.model": draw.choice(("model-a", "model-b", "free"))}
        values |= {"gen_ai.usage.input_tokens": draw.choice((10, 400, 5_000)), "gen_ai.usage.output_tokens": 60}
        values |= {"gen_ai.usage.cache_read.input_tokens": 5} if draw.random() < 0.5 else {}
        values |= {"gen_ai.response.time_to_first_chunk": draw.random() / 10} if draw.random() < 0.7 else {}
    if draw.random() < 0.8:
        said = {
            "outproof.answer.route": draw.choice(("serve", "shorten", "abstain")),
            "outproof.answer.unsafe_claim_served": draw.random() < 0.2,
            "outproof.failure.stage": draw.choice(("passed", "claim_generation", "retrieval")),
            "outproof.prompt.template_id": draw.choice(("one", "two")),
            "outproof.evidence.version": "v17",
        }
        values |= {name: value for name, value in said.items() if draw.random() < 0.9}
    if draw.random() < 0.3:
        values |= {
            "outproof.sampled.ppm": 250_000,
            "outproof.sampled.policy": "p",
            "outproof.sampled.reason": "nominal",
        }
    start = NOW + number * 10**9
    end = start + draw.randrange(150, 4_000) * 1_000_000
    status = {"status": {"code": 2}} if draw.random() < 0.1 else {}
    return a_span(values, spanId=f"{number + 1:016x}", startTimeUnixNano=str(start), endTimeUnixNano=str(end), **status)


@pytest.fixture
def both(client: Client) -> tuple[Metered, Window]:
    draw = random.Random(7)
    spans = [a_random_span(draw, number) for number in range(300)]
    outcome = load(client, [(1, a_body(read(*spans)))])
    [rows] = outcome.rows
    found = metered(rows, (Dimension.SERVICE, Dimension.TEMPLATE), BOOK)
    return found, windows_of(client, book=BOOK).window(SERVICE, NOW, after(NOW, 3_600))


def total(found: Metered, metric: M) -> float:
    return float(found.sums[metric].sum())


def test_every_counter_is_what_the_window_counts(both: tuple[Metered, Window]) -> None:
    found, window = both
    expected: Mapping[M, float] = {
        M.REQUESTS: window.errors.of,
        M.REQUESTS_FAILED: window.errors.count,
        M.ANSWERS: window.answers,
        M.ANSWERS_UNDECIDED: window.unverified.count,
        M.ANSWERS_JUDGED: window.unsafe.of,
        M.ANSWERS_UNSAFE: window.unsafe.count,
        M.ANSWERS_DECIDED: window.safe_route.of,
        M.ANSWERS_SERVED: window.unsafe_serve.of,
        M.ANSWERS_SERVED_UNSAFE: window.unsafe_serve.count,
        M.ANSWERS_SERVED_SUPPORTED: window.supported_serve.count,
        M.ANSWERS_SAFELY_ROUTED: window.safe_route.count,
        M.ANSWERS_ROUTED: window.abstention.of,
        M.ANSWERS_ABSTAINED: window.abstention.count,
        M.ANSWERS_WITH_STAGE: window.coverage["first_failed_stage"].count,
        M.ANSWERS_WITH_TEMPLATE: window.coverage["template_id"].count,
        M.ANSWERS_WITH_EVIDENCE: window.coverage["evidence_version"].count,
        M.CALLS: window.calls,
        M.CALLS_RETRIED: window.retried.count,
        M.STREAMS: window.broken_streams.of,
        M.STREAMS_CUT: window.broken_streams.count,
        M.INPUT_TOKENS: window.tokens.input or 0,
        M.CACHED_INPUT_TOKENS: window.tokens.cached_input or 0,
        M.OUTPUT_TOKENS: window.tokens.output or 0,
        M.PACED_TOKENS: window.throughput.tokens,
        M.PACED_S: window.throughput.micros / 1e6,
        M.COST_USD: (window.cost.estimated_nano_usd or 0) / 1e9,
    }
    assert {metric: total(found, metric) for metric in expected} == pytest.approx(dict(expected))
    assert all(value > 0 for metric, value in expected.items() if metric not in (M.CALLS_RETRIED, M.STREAMS_CUT))
    assert set(found.sums) == {*expected, M.CALLS_UNPRICED}
    assert total(found, M.CALLS_UNPRICED) >= sum(each.calls for each in window.cost.unpriced) > 0


def test_every_time_is_in_one_bucket(both: tuple[Metered, Window]) -> None:
    found, window = both
    assert found.buckets[M.CALL_DURATION_S].sum() == pytest.approx(window.duration.n)
    assert found.buckets[M.TIME_TO_FIRST_TOKEN_S].sum() == pytest.approx(window.ttft.n)
    assert found.sums_s[M.CALL_DURATION_S].sum() > found.sums_s[M.TIME_TO_FIRST_TOKEN_S].sum() > 0


def test_stages_that_failed_are_counted_and_passed_is_none_of_them(both: tuple[Metered, Window]) -> None:
    found, window = both
    failed = {stage: count for stage, count in window.failure_stages.items() if stage != "passed"}
    assert {stage: count for (_, stage), count in found.stages.items()} == pytest.approx(failed)


def test_what_is_delivered_again_is_not_counted_again(client: Client) -> None:
    body = a_body(read(a_span({"outproof.answer.route": "serve"})))
    first, again = (load(client, [(position, body)]) for position in (1, 2))
    assert [rows.num_rows for rows in first.rows] == [1]
    assert sum(rows.num_rows for rows in again.rows) == 0
