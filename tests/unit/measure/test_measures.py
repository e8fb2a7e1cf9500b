import json
import math
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from outproof.core.money import NanoUsd, usd_text
from outproof.measure.cost import Unknown, Unpriced, Usage, cost
from outproof.measure.interval import wilson
from outproof.measure.rate_book import RateBook
from outproof.measure.rate_card import Price, RateCard
from outproof.measure.tally import Share
from outproof.measure.window import Throughput

CARD = RateCard(
    version="internal-fixture-2026-05-27",
    models={"support-model-prod": Price(input=Decimal(1), cached_input=Decimal("0.1"), output=Decimal(5))},
)
BOOK = RateBook((CARD,))


def usage(model: str | None = "support-model-prod", **tokens: int | None) -> Usage:
    counts: dict[str, int | None] = {"input_tokens": 100, "cached_input_tokens": None, "output_tokens": 10, **tokens}
    return Usage(
        model=model,
        calls=1,
        input_tokens=counts["input_tokens"],
        cached_input_tokens=counts["cached_input_tokens"],
        cache_write_tokens=None,
        output_tokens=counts["output_tokens"],
    )


@pytest.mark.parametrize(
    ("count", "of", "low", "high"),
    [(0, 10, 0, 0.277533), (2, 6, 0.096771, 0.700007), (0, 300, 0, 0.0126430), (3, 1000, 0.00102078, 0.00878301)],
)
def test_wilson_gives_the_published_vectors(count: int, of: int, low: float, high: float) -> None:
    assert wilson(count, of) == pytest.approx((low, high), abs=1e-6)


@given(st.integers(0, 5_000), st.integers(1, 5_000))
def test_wilson_agrees_with_statsmodels(count: int, of: int) -> None:
    count = min(count, of)
    oracle = proportion_confint(count, of, method="wilson")
    assert wilson(count, of) == pytest.approx(oracle, abs=1e-9)


def test_a_share_of_nothing_is_no_data_and_not_zero() -> None:
    assert Share(0, 0).ratio is None
    assert Share(0, 0).interval is None
    assert Share(0, 3).ratio == 0


def test_each_worked_request_costs_what_the_lesson_says_to_the_nano_dollar(realcases: Path) -> None:
    worked = json.loads((realcases / "seed_cases.json").read_text())["worked_window"]
    usages = {
        event["request_id"]: usage(**{k: event[k] for k in ("input_tokens", "cached_input_tokens", "output_tokens")})
        for event in worked["events"]
    }
    for request_id, expected in worked["expected"]["cost_by_request"].items():
        assert cost([usages[request_id]], BOOK).nano_usd == round(expected * 10**9)
    whole = cost(usages.values(), BOOK)
    assert whole.nano_usd is not None
    assert whole.nano_usd == round(worked["expected"]["window_cost_usd"] * 10**9)
    assert usd_text(whole.nano_usd) == "$" + worked["expected"]["window_cost_usd_text"]
    assert usd_text(NanoUsd(279_000)) == "$0.000279"


def test_a_model_without_a_price_costs_unknown_and_is_named() -> None:
    found = cost([usage("brand-new-model")], BOOK)
    assert found.nano_usd is None
    assert found.unpriced == (Unpriced("brand-new-model", 1, Unknown.MODEL),)


def test_what_can_be_priced_is_and_the_rest_is_named() -> None:
    found = cost([usage(), usage(None), usage(input_tokens=None)], BOOK)
    assert found.nano_usd == 150_000
    assert [item.calls for item in found.unpriced] == [1, 1]


def test_without_a_card_nothing_has_a_cost() -> None:
    assert cost([usage()], RateBook()).nano_usd is None


@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)), min_size=1, max_size=20))
def test_the_cost_of_a_sum_is_the_sum_of_costs(tokens: list[tuple[int, int]]) -> None:
    usages = [usage(input_tokens=given, output_tokens=written) for given, written in tokens]
    together = cost(usages, BOOK).nano_usd
    assert together == sum(cost([one], BOOK).nano_usd or 0 for one in usages)


def test_throughput_leaves_out_the_first_token_and_is_undefined_for_one_token() -> None:
    req_206 = Throughput(tokens=29, micros=215_000, n=1, undefined=0)
    assert req_206.tokens_per_s is not None
    assert math.isclose(req_206.tokens_per_s, 134.88372093023256)
    assert Throughput(tokens=0, micros=0, n=0, undefined=1).tokens_per_s is None


@pytest.mark.parametrize(("amount", "text"), [(0, "$0.000000"), (2_000_500, "$0.002000"), (-1_500, "$-0.000002")])
def test_money_is_rounded_once_half_to_even(amount: int, text: str) -> None:
    assert usd_text(NanoUsd(amount)).replace("-$", "$-") == text
