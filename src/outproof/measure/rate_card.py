"""Versioned token prices: usage in, exact nano-USD out. A model without a price costs None, never nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_EVEN, Decimal

from outproof.contract.evidence import Exemplar
from outproof.core.money import NANOS_PER_USD, NanoUsd

_TOKENS_PER_PRICE = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """US dollars per million tokens. A cache price that is None means the input price."""

    input: Decimal
    output: Decimal
    cached_input: Decimal | None = None
    cache_write: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RateCard:
    """Prices by model, under one version. A cost always names the card it was computed with."""

    version: str
    models: dict[str, Price]


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Tokens of `calls` calls of one model. None: no call of them said."""

    model: str | None
    calls: int
    input_tokens: int | None
    cached_input_tokens: int | None
    cache_write_tokens: int | None
    output_tokens: int | None
    calls_without_usage: int = 0


@dataclass(frozen=True, slots=True)
class Unpriced:
    """Calls that the cost leaves out, and why they could not be priced: no price for the model, or no usage."""

    model: str | None
    calls: int


@dataclass(frozen=True, slots=True)
class Cost:
    """What the priced calls cost. `nano_usd` None means that nothing could be priced."""

    nano_usd: NanoUsd | None
    rate_card: str | None
    unpriced: tuple[Unpriced, ...]


def cost(usages: Iterable[Usage], card: RateCard | None) -> Cost:
    """The cost of usages under a card, summed exactly and rounded once, half to even.

    Input includes the cached tokens and those written to a cache; output includes reasoning.
    """
    total, priced, unpriced = Decimal(0), False, []
    for usage in usages:
        price = card.models.get(usage.model) if card and usage.model else None
        if price is None or usage.input_tokens is None or usage.output_tokens is None:
            unpriced.append(Unpriced(usage.model, usage.calls))
            continue
        total += _usd_millionths(usage, price)
        priced = True
        if usage.calls_without_usage:
            unpriced.append(Unpriced(usage.model, usage.calls_without_usage))
    nanos = total * (NANOS_PER_USD // _TOKENS_PER_PRICE)
    amount = NanoUsd(int(nanos.quantize(Decimal(1), ROUND_HALF_EVEN))) if priced else None
    return Cost(amount, card.version if card else None, tuple(unpriced))


def _usd_millionths(usage: Usage, price: Price) -> Decimal:
    cached, written = usage.cached_input_tokens or 0, usage.cache_write_tokens or 0
    fresh = (usage.input_tokens or 0) - cached - written
    return (
        fresh * price.input
        + cached * (price.input if price.cached_input is None else price.cached_input)
        + written * (price.input if price.cache_write is None else price.cache_write)
        + (usage.output_tokens or 0) * price.output
    )


def priced(exemplar: Exemplar, card: RateCard | None) -> Exemplar:
    """The exemplar with what its call cost under a card; as it was where that cannot be known."""
    usage = Usage(
        model=exemplar.model,
        calls=1,
        input_tokens=exemplar.input_tokens,
        cached_input_tokens=exemplar.cached_input_tokens,
        cache_write_tokens=None,
        output_tokens=exemplar.output_tokens,
    )
    found = cost([usage], card)
    if found.nano_usd is None:
        return exemplar
    return replace(exemplar, cost_nano_usd=found.nano_usd, rate_card=found.rate_card)
