"""Price data of others as rate cards: what they would charge, and what a card cannot say of it."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import genai_prices
import pytest

from outproof.config.from_genai_prices import from_genai_prices
from outproof.config.from_litellm import from_litellm
from outproof.config.loading import load
from outproof.config.price_data import BadPriceData, CardImport, yaml_card
from outproof.measure.cost import Unknown, Usage, attos_of
from outproof.measure.rate_card import LongContext, Price, RateCard, TierPrice

ON = date(2026, 11, 21)


def usd(text: str) -> Decimal:
    return Decimal(text)


def of_litellm(**models: dict[str, Any]) -> CardImport:
    return from_litellm(json.dumps(models).encode(), frozenset())


def of_genai(*models: dict[str, Any], on: date = ON, **provider: Any) -> CardImport:
    data = [{"id": "openai", "model_match": {"contains": "gpt"}, **provider, "models": list(models)}]
    return from_genai_prices(json.dumps(data).encode(), frozenset(), on)


LITELLM = {
    "mode": "chat",
    "litellm_provider": "gemini",
    "input_cost_per_token": 1.25e-06,
    "output_cost_per_token": 1e-05,
    "cache_read_input_token_cost": 1.25e-07,
    "input_cost_per_token_above_200k_tokens": 2.5e-06,
    "output_cost_per_token_above_200k_tokens": 1.5e-05,
    "input_cost_per_token_batches": 6.25e-07,
    "output_cost_per_token_batches": 5e-06,
    "input_cost_per_token_priority": 2.25e-06,
    "input_cost_per_token_above_200k_tokens_priority": 4.5e-06,
}


def test_litellms_fields_become_tiers_and_steps_and_keep_what_they_do_not_say() -> None:
    assert of_litellm(m=LITELLM).models == {
        "m": Price(
            input=usd("1.25"),
            output=usd("10"),
            cached_input=usd("0.125"),
            long_context=(
                LongContext(above_tokens=200_000, input=usd("2.5"), output=usd("15"), cached_input=usd("0.125")),
            ),
            tiers={
                "batch": TierPrice(input=usd("0.625"), output=usd("5"), cached_input=usd("0.125")),
                "priority": TierPrice(
                    input=usd("2.25"),
                    output=usd("10"),
                    cached_input=usd("0.125"),
                    long_context=(
                        LongContext(
                            above_tokens=200_000, input=usd("4.5"), output=usd("10"), cached_input=usd("0.125")
                        ),
                    ),
                ),
            },
        )
    }


def test_a_tier_whose_long_inputs_have_no_price_is_named() -> None:
    said = "what tier batch costs above 200000 input tokens, which is not said: its plain prices go on"
    assert of_litellm(m=LITELLM).lost == [("m", said)]


def test_the_noise_of_binary_fractions_is_rounded_off() -> None:
    found = of_litellm(m={**LITELLM, "input_cost_per_token": 8.900000000000001e-07})
    assert found.models["m"].input == usd("0.89")


def test_ranges_of_input_become_steps() -> None:
    ranges = [
        {"range": [0, 256000.0], "input_cost_per_token": 5e-08, "output_cost_per_token": 4e-07},
        {"range": [256000.0, 1000000.0], "input_cost_per_token": 2.5e-07, "output_cost_per_token": 2e-06},
    ]
    price = of_litellm(m={"mode": "chat", "tiered_pricing": ranges}).models["m"]
    assert (price.input, [(step.above_tokens, step.output) for step in price.long_context]) == (
        usd("0.05"),
        [(256_000, usd("2"))],
    )


def test_an_embedding_model_bills_no_output() -> None:
    assert of_litellm(m={"mode": "embedding", "input_cost_per_token": 2e-08}).models["m"].output == 0


def test_models_that_are_not_billed_by_the_token_are_left_out_and_partly_read_ones_are_named() -> None:
    found = of_litellm(
        sample_spec=LITELLM,
        picture={"mode": "image_generation", "input_cost_per_token": 1e-06},
        half={"mode": "chat", "input_cost_per_token": 1e-06},
        cached={**LITELLM, "cache_creation_input_token_cost_above_1hr": 6e-06},
    )
    assert list(found.models) == ["cached"]
    assert ("half", "no price for output") in found.lost
    assert any(name == "cached" and "one-hour cache writes" in why for name, why in found.lost)


def test_litellms_whole_map_becomes_a_card_that_loads_as_it_was(tmp_path: Path) -> None:
    spec = find_spec("litellm")
    if spec is None or spec.origin is None:
        pytest.skip("needs litellm")
    data = Path(spec.origin).with_name("model_prices_and_context_window_backup.json").read_bytes()
    found = from_litellm(data, frozenset())
    card = found.card("litellm", ON)
    file = tmp_path / "card.yaml"
    file.write_text(yaml_card(card, "LiteLLM", found.lost))
    assert load(file).rate_cards == (card,)
    assert len(card.models) > 1_000
    entries = json.loads(data, parse_float=Decimal)
    for name, price in card.models.items():
        said = entries[name].get("input_cost_per_token")
        assert said is None or abs(price.input - Decimal(said) * 1_000_000) < Decimal("1e-11"), name


GENAI: dict[str, Any] = {
    "id": "gpt-x",
    "match": {"or": [{"equals": "gpt-x"}, {"starts_with": "gpt-x-pro"}, {"regex": r"^gpt-x-\d{4}-\d{2}$"}]},
    "prices": [
        {"prices": {"input_mtok": 9, "output_mtok": 9}},
        {
            "constraint": {"start_date": "2026-03-01"},
            "prices": {
                "input_mtok": {"base": 1, "tiers": [{"start": 1000, "price": 2}]},
                "cache_read_mtok": 0.1,
                "output_mtok": 8,
            },
        },
        {"constraint": {"start_date": "2027-01-01"}, "prices": {"input_mtok": 5, "output_mtok": 5}},
    ],
    "price_variants": [
        {"when": {"service_tier": "default"}, "prices": {}},
        {"when": {"processing": "batch"}, "prices": {"input_mtok": 0.5, "output_mtok": 4}},
        {"when": {"service_tier": "flex"}, "constraint": {"start_date": "2027-01-01"}, "prices": {"input_mtok": 0.4}},
        {"when": {"route": "eu"}, "prices": {"input_mtok": 3}},
    ],
}


def test_the_price_of_the_day_a_card_starts_is_taken_and_others_are_named() -> None:
    found = of_genai(GENAI)
    assert found.models == {
        "openai/gpt-x": Price(
            input=usd("1"),
            output=usd("8"),
            cached_input=usd("0.1"),
            long_context=(LongContext(above_tokens=1_000, input=usd("2"), output=usd("8"), cached_input=usd("0.1")),),
            tiers={"batch": TierPrice(input=usd("0.5"), output=usd("4"), cached_input=usd("0.1"))},
            also=("gpt-x", "gpt-x-pro*", "gpt-x-####-##", "openai/gpt-x-pro*", "openai/gpt-x-####-##"),
        )
    }
    assert [why.partition(":")[0] for _, why in found.lost] == [
        "other prices from 2027-01-01",
        "other prices from 2027-01-01",
        "earlier prices",
        'prices when {"route"',
    ]
    assert of_genai(GENAI, on=date(2026, 2, 28)).models["openai/gpt-x"].input == 9


def test_a_provider_that_resells_prices_its_models_only_under_its_own_name() -> None:
    found = of_genai({**GENAI, "match": {"contains": "gpt-x"}}, id="azure", model_match=None)
    assert found.models["azure/gpt-x"].also == ("azure/*gpt-x*",)
    card = found.card("v", None)
    assert (card.price("gpt-x", "openai"), card.price("my-gpt-x-2", "azure.ai.openai")) == (
        None,
        card.models["azure/gpt-x"],
    )


def package_data() -> bytes:
    return Path(genai_prices.__file__).with_name("data.py").read_bytes()


def test_the_whole_data_of_the_package_becomes_a_card_that_loads_as_it_was(tmp_path: Path) -> None:
    found = from_genai_prices(package_data(), frozenset(), ON)
    card = found.card("genai", ON)
    file = tmp_path / "card.yaml"
    file.write_text(yaml_card(card, "genai-prices", found.lost))
    assert load(file).rate_cards == (card,)
    assert len(card.models) > 500


COUNTS = [(1_000, 0, 0, 50), (150_000, 20_000, 0, 900), (250_000, 100_000, 1_000, 10), (900_000, 0, 0, 1)]


@pytest.mark.parametrize(
    ("provider", "context"),
    [
        *((provider, None) for provider in ("openai", "anthropic", "google")),
        *((provider, {"processing": "batch"}) for provider in ("openai", "anthropic", "google")),
        ("openai", {"service_tier": "priority"}),
        ("openai", {"service_tier": "flex"}),
    ],
)
def test_a_card_charges_what_the_package_charges(provider: str, context: dict[str, str] | None) -> None:
    card = from_genai_prices(package_data(), frozenset({provider}), ON).card("genai", None)
    tier = None if context is None else next(iter(context.values()))
    compared = 0
    for name in (name.partition("/")[2] for name in card.models):
        for tokens, cached, written, output in COUNTS:
            found = attos_of(a_usage(name, provider, tier, tokens, cached, written, output), card)
            theirs = charged(name, provider, context, tokens, cached, written, output)
            if theirs is not None and not isinstance(found, Unknown):
                assert Decimal(found) / 10**18 == theirs, (name, tokens)
                compared += 1
    assert compared > 20


def a_usage(model: str, provider: str, tier: str | None, tokens: int, cached: int, written: int, output: int) -> Usage:
    return Usage(
        model=model,
        provider=provider,
        tier=tier,
        calls=1,
        input_tokens=tokens,
        cached_input_tokens=cached,
        cache_write_tokens=written,
        output_tokens=output,
    )


def charged(
    model: str, provider: str, context: dict[str, str] | None, tokens: int, cached: int, written: int, output: int
) -> Decimal | None:
    """What the package says; None where it does not find a model by its own id."""
    usage = SimpleNamespace(
        input_tokens=tokens, output_tokens=output, cache_read_tokens=cached, cache_write_tokens=written
    )
    asked = {} if context is None else {"price_context": context}
    try:
        found = genai_prices.calc_price(
            usage, model, provider_id=provider, genai_request_timestamp=datetime(2026, 11, 21, tzinfo=UTC), **asked
        )
    except LookupError:
        return None
    return found.total_price


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"{", "expected LiteLLM's map"),
        (b"[]", "an object with a key for each model"),
    ],
)
def test_what_is_not_litellms_map_is_refused(data: bytes, said: str) -> None:
    with pytest.raises(BadPriceData, match=said):
        from_litellm(data, frozenset())


@pytest.mark.parametrize(
    "data", [b"[1]", b"{}", b"x = 1", b"providers: list = [f()]", b"providers: list = [1 + 1]", b"\xff", b"[" * 100_000]
)
def test_what_is_not_genai_prices_data_is_refused_and_never_run(data: bytes) -> None:
    with pytest.raises(BadPriceData):
        from_genai_prices(data, frozenset(), ON)


def test_a_filter_that_leaves_nothing_is_refused() -> None:
    found = from_litellm(json.dumps({"m": LITELLM}).encode(), frozenset(), taken=re.compile("gpt.*"))
    with pytest.raises(BadPriceData, match="found none"):
        found.card("v", None)


def test_of_two_models_that_claim_a_name_the_first_has_it() -> None:
    found = CardImport(models={name: Price(input=usd("1"), output=usd("1"), also=("x", name)) for name in ("a", "b")})
    card: RateCard = found.card("v", None)
    assert (card.models["a"].also, card.models["b"].also) == (("x",), ())
