import json
import math
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from outproof.core.ids import DEFAULT_PROJECT
from outproof.core.time import NEVER, Instant, after
from outproof.measure.cost import Unknown, Unpriced
from outproof.measure.dimension import Dimension
from outproof.measure.rate_book import RateBook
from outproof.measure.rate_card import Price, RateCard
from outproof.measure.window import Window
from outproof.store.events.client import Client
from outproof.store.events.load import load
from outproof.store.events.traces import Traces
from outproof.store.events.windows import Windows
from tests.contract.events.store import SERVICE, a_body, windows_of
from tests.unit.wire.spans import NOW, a_span, read

CARD = RateCard(
    version="internal-fixture-2026-05-27",
    models={"support-model-prod": Price(input=Decimal(1), cached_input=Decimal("0.1"), output=Decimal(5))},
)


def answer(number: int = 1, **event: Any) -> dict[str, Any]:
    """A worked event as one span in the application's own namespace."""
    values: dict[str, Any] = {
        "gen_ai.operation.name": "chat",
        "gen_ai.request.model": "support-model-prod",
        "shopflow.request_id": event.get("request_id", f"req_{number}"),
    }
    names = {
        "route": "shopflow.answer.route",
        "unsafe_claim_served": "shopflow.answer.unsafe_claim_served",
        "first_failed_stage": "shopflow.failure.stage",
        "prompt_template_id": "shopflow.prompt.template_id",
        "evidence_version": "shopflow.evidence.version",
        "input_tokens": "gen_ai.usage.input_tokens",
        "cached_input_tokens": "gen_ai.usage.cache_read.input_tokens",
        "output_tokens": "gen_ai.usage.output_tokens",
    }
    values |= {name: event[key] for key, name in names.items() if event.get(key) is not None}
    if event.get("ttft_ms") is not None:
        values["gen_ai.response.time_to_first_chunk"] = event["ttft_ms"] / 1_000
    start = NOW + number * 10**9
    end = start + event.get("total_ms", 400) * 1_000_000
    return a_span(values, spanId=f"{number:016x}", startTimeUnixNano=str(start), endTimeUnixNano=str(end))


def loaded(client: Client, *spans: dict[str, Any], card: RateCard = CARD) -> Windows:
    load(client, [(1, a_body(read(*spans, namespaces=("shopflow",))))])
    return windows_of(client, book=RateBook((card,)))


def whole(windows: Windows) -> Window:
    return windows.window(SERVICE, NOW, after(NOW, 3_600))


@pytest.fixture
def worked(realcases: Path) -> dict[str, Any]:
    return json.loads((realcases / "seed_cases.json").read_text())


def test_the_worked_window_gives_every_number_of_the_lesson(client: Client, worked: dict[str, Any]) -> None:
    events, expected = worked["worked_window"]["events"], worked["worked_window"]["expected"]
    windows = loaded(client, *[answer(n, **event) for n, event in enumerate(events, 1)])
    window = whole(windows)
    assert (window.unsafe.count, window.unsafe.of) == (expected["unsafe_serves"], expected["events"])
    assert window.safe_route.ratio == expected["safe_route_rate"]
    assert window.abstention.count == expected["abstentions"]
    assert window.abstention.ratio == expected["abstention_rate"]
    assert window.failure_stages == expected["failure_stages"]
    assert window.ttft.p95_s == expected["p95_ttft_ms"] / 1_000
    assert window.ttft.p50_s == expected["p50_ttft_ms"] / 1_000
    assert window.duration.p95_s == expected["p95_total_ms"] / 1_000
    assert window.cost.nano_usd == round(expected["window_cost_usd"] * 10**9)
    assert window.cost.rate_card == expected["rate_card"]["version"]
    totals = expected["totals"]
    assert (window.tokens.input, window.tokens.cached_input, window.tokens.output) == (
        totals["input_tokens"],
        totals["cached_input_tokens"],
        totals["output_tokens"],
    )
    assert window.unverified.count == 0
    for number, event in enumerate(events, 1):
        alone = windows.window(SERVICE, Instant(NOW + number * 10**9), Instant(NOW + number * 10**9 + 1))
        assert alone.throughput.tokens_per_s is not None
        tps = expected["post_first_tps_by_request"][event["request_id"]]
        assert math.isclose(alone.throughput.tokens_per_s, tps, abs_tol=1e-6)


def test_malformed_timing_is_quarantined_and_not_averaged(client: Client, worked: dict[str, Any]) -> None:
    events = [*worked["worked_window"]["events"], worked["malformed_timing"]["event"]]
    windows = loaded(client, *[answer(n, **event) for n, event in enumerate(events, 1)])
    window = whole(windows)
    assert window.ttft.n == 6
    assert window.ttft.p95_s == 0.24
    assert window.quarantined == {"first_token_after_end": 1}
    # What the answer did is not in doubt, only how long it took: it counts, so a broken clock hides no unsafe answer.
    assert (window.unsafe.count, window.unsafe.of) == (3, 7)
    newest = (int(NEVER), 2**64 - 1, "")
    traces = Traces(client, DEFAULT_PROJECT, RateBook)
    (aside,) = traces.set_aside(NOW, after(NOW, 3_600), reason="", service="", after=newest, limit=10)
    assert aside["facts"] == {"duration_us": 240_000, "ttft_us": 240_000}


def test_what_was_set_aside_counts_once_however_often_it_is_delivered(client: Client) -> None:
    body = a_body(read(answer(1, output_tokens=30, ttft_ms=300, total_ms=240), namespaces=("shopflow",)))
    load(client, [(1, body), (2, body)])
    windows = windows_of(client)
    assert whole(windows).quarantined == {"first_token_after_end": 1}


def test_an_empty_window_has_no_data_and_no_zeros(client: Client) -> None:
    window = whole(loaded(client))
    assert window.empty
    assert {name for name, value in window.measures.items() if value is not None} == {"answers", "calls", "decided"}
    assert window.measures["answers"] == 0


@pytest.mark.parametrize(
    ("ttfts_ms", "p95_ms"),
    [
        ([100] * 19 + [9_000], 100),
        ([100] * 18 + [501] * 2, 501),
        ([500] * 20, 500),
        ([172, 181, 188, 205, 218, 240], 240),
    ],
)
def test_p95_is_the_nearest_rank(client: Client, ttfts_ms: list[int], p95_ms: int) -> None:
    spans = [answer(n, ttft_ms=ttft, total_ms=10_000) for n, ttft in enumerate(ttfts_ms, 1)]
    assert whole(loaded(client, *spans)).ttft.p95_s == p95_ms / 1_000


def test_nearest_rank_holds_where_the_rank_steps(client: Client) -> None:
    """Up to 20 answers it is the slowest, up to 40 the second slowest, and so on."""
    for size in (1, 2, 3, 19, 20, 21, 22, 39, 40, 41, 59, 60, 61):
        client.command("TRUNCATE TABLE answers")
        windows = loaded(client, *[answer(n, ttft_ms=n, total_ms=10_000) for n in range(1, size + 1)])
        assert whole(windows).ttft.p95_s == max(1, math.ceil(0.95 * size)) / 1_000, size


def test_a_missing_decision_is_unverified_and_counts_as_neither_safe_nor_unsafe(client: Client) -> None:
    spans = [answer(1, route="serve", unsafe_claim_served=False), answer(2, route="serve"), answer(3)]
    window = whole(loaded(client, *spans))
    assert (window.unsafe.count, window.unsafe.of) == (0, 1)
    assert (window.safe_route.count, window.safe_route.of) == (1, 1)
    assert (window.unverified.count, window.unverified.of) == (2, 3)


def test_one_token_has_no_throughput_and_is_counted_as_undefined(client: Client) -> None:
    window = whole(loaded(client, answer(1, output_tokens=1, ttft_ms=240, total_ms=240)))
    assert window.throughput.tokens_per_s is None
    assert window.throughput.undefined == 1
    assert window.quarantined == {}


def test_an_unknown_model_has_no_cost_and_is_listed(client: Client) -> None:
    span = answer(1, input_tokens=10, output_tokens=5)
    windows = loaded(client, span, card=RateCard(version="empty", models={}))
    assert whole(windows).cost.nano_usd is None
    assert whole(windows).cost.unpriced == (Unpriced("support-model-prod", 1, Unknown.MODEL),)


def test_a_window_is_half_open(client: Client) -> None:
    windows = loaded(client, answer(1), answer(2))
    start = Instant(NOW + 10**9)
    assert windows.window(SERVICE, start, after(start, 1)).calls == 1
    assert windows.window(SERVICE, start, Instant(after(start, 1) + 1)).calls == 2


def test_the_series_has_a_step_for_every_step_and_no_data_where_nothing_was(client: Client) -> None:
    windows = loaded(client, answer(1, route="abstain", unsafe_claim_served=False, ttft_ms=100), answer(25))
    points = windows.series(SERVICE, NOW, after(NOW, 30), 10)
    assert [point.answers for point in points] == [1, 0, 1]
    assert [point.abstentions for point in points] == [1, None, None]
    assert points[0].ttft_p95_s == 0.1
    assert points[1].cost.nano_usd is None


def test_services_and_templates_are_found(client: Client) -> None:
    spans = [
        answer(1, prompt_template_id="v1", route="serve", unsafe_claim_served=False),
        answer(2, prompt_template_id="v1.1", route="serve", unsafe_claim_served=True),
    ]
    windows = loaded(client, *spans)
    assert [(row["name"], row["answers"]) for row in windows.services(NOW)] == [("tracking-answerer", 2)]
    templates = windows.templates(SERVICE, NOW, after(NOW, 60))
    assert [(row["template_id"], row["unsafe"]) for row in templates] == [("v1.1", 1), ("v1", 0)]


def test_a_hostile_service_name_is_data_and_not_sql(client: Client) -> None:
    windows = loaded(client, answer(1))
    assert windows.window({Dimension.SERVICE: "' OR 1=1 --"}, NOW, after(NOW, 60)).empty
    assert windows.window({Dimension.MODEL: "{x:String}"}, NOW, after(NOW, 60)).empty
