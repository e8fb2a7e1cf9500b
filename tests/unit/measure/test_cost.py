from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from outproof.contract.evidence import Exemplar
from outproof.core.time import Instant, instant_from_rfc3339
from outproof.measure.cost import Cost, Unknown, Unpriced, Usage, cost, costs, priced
from outproof.measure.rate_book import RateBook, always
from outproof.measure.rate_card import LongContext, Price, RateCard, TierPrice


def usd(text: str) -> Decimal:
    return Decimal(text)


GPT = Price(
    input=usd("1.25"),
    cached_input=usd("0.125"),
    output=usd("10"),
    tiers={
        "batch": TierPrice(input=usd("0.625"), output=usd("5")),
        "priority": TierPrice(input=usd("2.5"), output=usd("20")),
    },
    also=("gpt-5-####-##-##",),
)
GEMINI = Price(
    input=usd("1.25"),
    output=usd("10"),
    long_context=(LongContext(above_tokens=200_000, input=usd("2.5"), output=usd("15")),),
)
CLAUDE = Price(
    input=usd("3"), cached_input=usd("0.3"), cache_write=usd("3.75"), output=usd("15"), also=("claude-sonnet-4-5*",)
)
CARD = RateCard(
    version="2026-q3",
    models={
        "gpt-5": GPT,
        "gemini-2.5-pro": GEMINI,
        "anthropic/claude-sonnet-4-5": CLAUDE,
        "text-embedding-3-small": Price(input=usd("0.02"), output=usd("0")),
        "azure/gpt-5": Price(input=usd("2"), output=usd("12")),
    },
)
BOOK = RateBook((CARD,))
JULY, OCTOBER = (instant_from_rfc3339(f"2026-{month}-01T00:00:00Z") for month in ("07", "10"))


def a_usage(
    model: str | None = "gpt-5", *, input: int | None = 1_000, output: int | None = 100, **more: object
) -> Usage:
    tokens: dict[str, Any] = {"cached_input_tokens": None, "cache_write_tokens": None, "calls": 1, **more}
    return Usage(model=model, input_tokens=input, output_tokens=output, **tokens)


def nanos(usage: Usage, book: RateBook = BOOK) -> int | None:
    return cost([usage], book).nano_usd


def why(usage: Usage, book: RateBook = BOOK) -> Unknown:
    found = cost([usage], book)
    assert found.nano_usd is None
    [unpriced] = found.unpriced
    assert unpriced.calls == usage.calls
    return unpriced.reason


def test_each_class_of_tokens_has_its_own_price() -> None:
    usage = a_usage("claude-sonnet-4-5", input=1_000, output=10, cached_input_tokens=600, cache_write_tokens=300)
    assert nanos(usage) == 100 * 3_000 + 600 * 300 + 300 * 3_750 + 10 * 15_000


def test_a_cache_price_that_nobody_declared_is_the_input_price() -> None:
    assert nanos(a_usage("gpt-5", cache_write_tokens=500)) == nanos(a_usage("gpt-5"))


@pytest.mark.parametrize("tier", [None, "", "default", "standard", "auto", "Default", "on_demand"])
def test_whatever_a_provider_calls_its_plain_tier_has_the_plain_price(tier: str | None) -> None:
    assert nanos(a_usage(tier=tier)) == 1_000 * 1_250 + 100 * 10_000


@pytest.mark.parametrize(("tier", "input_nanos", "output_nanos"), [("batch", 625, 5_000), ("priority", 2_500, 20_000)])
def test_a_tier_has_its_own_price(tier: str, input_nanos: int, output_nanos: int) -> None:
    assert nanos(a_usage(tier=tier)) == 1_000 * input_nanos + 100 * output_nanos


def test_a_tier_without_a_price_is_listed_and_not_priced_as_if_it_were_the_plain_one() -> None:
    assert cost([a_usage(tier="scale")], BOOK).unpriced == (Unpriced("gpt-5", 1, Unknown.TIER, "scale"),)


def test_a_long_input_changes_the_price_of_the_whole_call_and_only_above_the_limit() -> None:
    assert nanos(a_usage("gemini-2.5-pro", input=200_000, output=10)) == 200_000 * 1_250 + 10 * 10_000
    assert nanos(a_usage("gemini-2.5-pro", input=200_001, output=10)) == 200_001 * 2_500 + 10 * 15_000


def test_cached_tokens_count_towards_the_length_of_an_input() -> None:
    usage = a_usage("gemini-2.5-pro", input=200_001, output=0, cached_input_tokens=200_000)
    assert nanos(usage) == 200_001 * 2_500


def test_many_short_calls_are_not_one_long_one() -> None:
    usage = a_usage("gemini-2.5-pro", input=900_000, output=0, calls=9, context_tokens=150_000)
    assert nanos(usage) == 900_000 * 1_250


def test_a_call_is_priced_by_the_card_that_had_started_when_it_began() -> None:
    later = RateCard(
        version="2026-q4", starts=date(2026, 10, 1), models={"gpt-5": Price(input=usd("1"), output=usd("8"))}
    )
    book = RateBook((later, CARD))
    before, after = a_usage(at=Instant(OCTOBER - 1)), a_usage(at=OCTOBER)
    assert (nanos(before, book), nanos(after, book)) == (2_250_000, 1_800_000)
    assert cost([before, after], book).rate_card == "2026-q3 + 2026-q4"


def test_before_the_first_card_started_nothing_is_known() -> None:
    card = RateCard(version="v", starts=date(2026, 10, 1), models={"gpt-5": GPT})
    assert why(a_usage(at=Instant(OCTOBER - 1)), RateBook((card,))) is Unknown.NO_CARD


def test_of_two_cards_that_start_on_one_day_the_last_one_declared_applies() -> None:
    again = RateCard(version="corrected", models={"gpt-5": Price(input=usd("1"), output=usd("1"))})
    assert cost([a_usage(at=JULY)], RateBook((CARD, again))).rate_card == "corrected"


@pytest.mark.parametrize(
    ("usage", "reason"),
    [
        (a_usage("brand-new-model"), Unknown.MODEL),
        (a_usage(None), Unknown.MODEL),
        (a_usage("gpt-5-mini"), Unknown.MODEL),
        (a_usage(input=None), Unknown.USAGE),
        (a_usage(output=None), Unknown.USAGE),
        (a_usage(cached_input_tokens=900, cache_write_tokens=101), Unknown.CONTRADICTION),
    ],
)
def test_what_cannot_be_priced_is_null_and_listed_with_the_reason(usage: Usage, reason: Unknown) -> None:
    assert why(usage) is reason


def test_tokens_that_are_free_need_not_be_counted() -> None:
    assert nanos(a_usage("text-embedding-3-small", input=1_000, output=None)) == 20_000


def test_nothing_is_not_free() -> None:
    assert cost([], BOOK) == Cost(None, ("2026-q3",))
    assert cost([], RateBook()) == Cost(None, ())


@pytest.mark.parametrize(
    ("model", "provider", "listed"),
    [
        ("gpt-5", "openai", "gpt-5"),
        ("GPT-5", None, "gpt-5"),
        ("openai/gpt-5", None, "gpt-5"),
        ("openai/gpt-5", "openai", "gpt-5"),
        ("gpt-5-2025-08-07", "openai", "gpt-5"),
        ("gpt-5-2025-08-0x", "openai", None),
        ("gpt-5", "azure.ai.openai", "azure/gpt-5"),
        ("gpt-5", "azure_openai", "azure/gpt-5"),
        ("claude-sonnet-4-5", "anthropic", "anthropic/claude-sonnet-4-5"),
        ("claude-sonnet-4-5-20250929", None, "anthropic/claude-sonnet-4-5"),
        ("llama/gpt-5", None, None),
        ("llama/gpt-5", "openai", None),
    ],
)
def test_a_model_is_found_by_the_names_its_calls_use(model: str, provider: str | None, listed: str | None) -> None:
    assert CARD.listed(model, provider) == listed


def test_of_two_patterns_the_one_that_says_more_applies_whatever_their_order() -> None:
    cheap, dear = (
        Price(input=usd(amount), output=usd("0"), also=(name,)) for amount, name in (("1", "gpt*"), ("9", "gpt-4*"))
    )
    for models in ({"a": cheap, "b": dear}, {"b": dear, "a": cheap}):
        card = RateCard(version="v", models=models)
        assert (card.listed("gpt-4o", None), card.listed("gpt-5", None)) == ("b", "a")


def test_the_lines_of_a_cost_add_up_to_it_where_each_rounded_alone_would_not() -> None:
    third = RateCard(version="v", models={"m": Price(input=usd("0.0004"), output=usd("0"))})
    whole, parts = costs({name: [a_usage("m", input=1)] for name in "abcde"}, always(third))
    assert whole.nano_usd == 2  # five times 0.4 nano-dollars, rounded once
    assert sum(part.nano_usd or 0 for part in parts.values()) == 2


def test_half_a_nano_dollar_goes_to_the_even_one() -> None:
    card = always(RateCard(version="v", models={"m": Price(input=usd("0.0005"), output=usd("0"))}))
    assert [nanos(a_usage("m", input=tokens), card) for tokens in (1, 2, 3, 5)] == [0, 1, 2, 2]


def test_a_sampled_call_stands_for_those_that_were_dropped() -> None:
    found = cost([a_usage(sampled_ppm=50_000), a_usage()], BOOK)
    assert (found.nano_usd, found.estimated_nano_usd) == (2 * 2_250_000, 21 * 2_250_000)


def test_an_exemplar_is_priced_in_its_tier_and_at_its_time() -> None:
    exemplar = Exemplar(
        at=JULY,
        service="s",
        trace_id="t",
        span_id="s",
        model="gpt-5",
        input_tokens=1_000,
        output_tokens=100,
        service_tier="batch",
    )
    found = priced(exemplar, BOOK)
    assert (found.cost_nano_usd, found.rate_card) == (1_125_000, "2026-q3")
    assert priced(exemplar, RateBook()) == exemplar


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Price(input=usd("-1"), output=usd("1")), "expected a price of 0 to 1000000"),
        (lambda: Price(input=usd("1e-13"), output=usd("1")), "at most 12 decimals"),
        (lambda: Price(input=usd("1"), output=usd("1"), tiers={"default": GPT}), "tiers other than the standard one"),
        (lambda: Price(input=usd("1"), output=usd("1"), long_context=GEMINI.long_context * 2), "ascending order"),
        (lambda: LongContext(above_tokens=0, input=usd("1"), output=usd("1")), "`above_tokens` of 1 to"),
        (lambda: RateCard(version="", models={}), "a version of 1 to"),
        (
            lambda: RateCard(version="v", models={"a": GPT, "b": Price(input=usd("1"), output=usd("1"), also=("A",))}),
            "'a' again",
        ),
        (lambda: RateCard(version="v", models={"*a*b*c*": GPT}), "at most 3 `*`"),
    ],
)
def test_a_card_that_cannot_be_meant_is_refused(make: Callable[[], object], said: str) -> None:
    with pytest.raises(ValueError, match=said.replace("*", r"\*")):
        make()
