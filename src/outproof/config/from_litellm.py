"""LiteLLM's map of model prices (model_prices_and_context_window.json) in; a rate card out."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from outproof.config.price_data import DATA_BYTES_MAX, BadPriceData, CardImport, model_price, number, rounded
from outproof.measure.rate_card import Price

_PER_MILLION = 1_000_000
_CLASSES = {
    "input_cost_per_token": "input",
    "output_cost_per_token": "output",
    "cache_read_input_token_cost": "cached_input",
    "cache_creation_input_token_cost": "cache_write",
}
_TIERS = {"": "standard", "batches": "batch"}  # every other ending is the tier's name
_FIELD = re.compile(
    rf"(?P<class>{'|'.join(_CLASSES)})(?P<hour>_above_1hr)?(?:_above_(?P<thousands>\d{{1,5}})k_tokens)?"
    r"(?:_(?P<tier>[a-z][a-z0-9]*))?"
)
_TOKEN_MODES = frozenset({"chat", "completion", "embedding", "responses"})
_OTHER_TOKENS = re.compile(r"(?:input|output)_cost_per_(?:audio|image|video|reasoning)_token")

Steps = dict[int, dict[str, Decimal]]


def from_litellm(data: bytes, providers: frozenset[str], *, taken: re.Pattern[str] | None = None) -> CardImport:
    """Every model that is priced by the token, of these providers, or of all where none are named.

    Raises:
        BadPriceData: it is not that map.
    """
    found = CardImport()
    for name, facts in _entries(data).items():
        if name == "sample_spec" or not isinstance(facts, dict):
            continue
        if providers and facts.get("litellm_provider") not in providers:
            continue
        if facts.get("mode") not in _TOKEN_MODES or (taken is not None and not taken.fullmatch(name)):
            continue
        try:
            price = model_price(_tiers(facts))
        except ValueError as error:
            found.lost.append((name, str(error)))
            continue
        found.add(name, price)
        found.lost += [(name, why) for why in (*_lost(facts), *_without_steps(price))]
    return found


def _entries(data: bytes) -> Mapping[str, Any]:
    if len(data) > DATA_BYTES_MAX:
        raise BadPriceData(f"expected at most {DATA_BYTES_MAX} bytes, got {len(data)}")
    try:
        entries = json.loads(data, parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        raise BadPriceData(f"expected LiteLLM's map of model prices as JSON: {error}") from error
    if not isinstance(entries, dict):
        raise BadPriceData("expected LiteLLM's map of model prices: an object with a key for each model")
    return entries


def _tiers(facts: Mapping[str, Any]) -> dict[str, Steps]:
    """The rates by tier and by the input above which they apply. A tier keeps what it does not say from standard."""
    tiers: dict[str, Steps] = {"standard": {}}
    for key, value in facts.items():
        match = _FIELD.fullmatch(key)
        price = number(value)
        if match is None or match["hour"] or price is None:
            continue
        tier = _TIERS.get(match["tier"] or "", match["tier"] or "")
        above = int(match["thousands"] or 0) * 1_000
        tiers.setdefault(tier, {}).setdefault(above, {})[_CLASSES[match["class"]]] = _per_million(price)
    _add_ranges(tiers["standard"], facts.get("tiered_pricing"))
    if facts.get("mode") == "embedding":
        tiers["standard"].setdefault(0, {}).setdefault("output", Decimal(0))
    for steps in tiers.values():
        _complete(steps, tiers["standard"].get(0, {}))
    return tiers


def _complete(steps: Steps, plain: Mapping[str, Decimal]) -> None:
    """Each step keeps what it does not say from the one below it, and a tier's first from the plain rates."""
    below = dict(plain)
    for above in sorted({0, *steps}):
        below = {**below, **steps.get(above, {})}
        steps[above] = below


def _add_ranges(steps: Steps, ranges: object) -> None:
    """`tiered_pricing`: rates by the range of the input."""
    for each in ranges if isinstance(ranges, list) else ():
        if not isinstance(each, dict) or not isinstance(each.get("range"), list) or not each["range"]:
            continue
        above = number(each["range"][0])
        for key, value in each.items():
            price = number(value)
            if key in _CLASSES and price is not None and above is not None:
                steps.setdefault(int(above), {})[_CLASSES[key]] = _per_million(price)


def _per_million(price: Decimal) -> Decimal:
    return rounded(price * _PER_MILLION)


def _without_steps(price: Price) -> Iterator[str]:
    """Tiers of which the map does not say what long inputs cost."""
    for tier, each in price.tiers.items():
        if price.long_context and not each.long_context:
            above = price.long_context[0].above_tokens
            yield f"what tier {tier} costs above {above} input tokens, which is not said: its plain prices go on"


def _lost(facts: Mapping[str, Any]) -> list[str]:
    """What its calls may cost beside tokens of text."""
    lost = []
    if any("above_1hr" in key for key in facts):
        lost.append("one-hour cache writes: no emitter tells them from five-minute ones")
    if any(_OTHER_TOKENS.fullmatch(key) for key in facts):
        lost.append("prices of audio, image, video or reasoning tokens")
    if isinstance(facts.get("search_context_cost_per_query"), dict) or "input_cost_per_request" in facts:
        lost.append("prices per search or per request")
    return lost
