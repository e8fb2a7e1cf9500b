"""Usage in, exact nano-USD out. What has no price costs None, never nothing, and is listed with the reason.

Sums are whole numbers of 1e-18 dollars (attos), in which every price of a token is one too: nothing is rounded before
the end, and then once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import TypeVar

from outproof.contract.evidence import Exemplar
from outproof.core.money import NanoUsd
from outproof.core.time import Instant
from outproof.measure.rate_book import RateBook
from outproof.measure.rate_card import DECIMALS_MAX, RateCard, Rates

_ATTOS_PER_NANO = 10**9
PPM = 1_000_000

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Tokens of `calls` calls that are priced alike. None: none of them said.

    `at` is when one of them began and `context_tokens` the input of one of them: the others fall under the same card
    and the same step of its prices. `sampled_ppm` is their probability of being kept; None: everything was kept.
    """

    model: str | None
    calls: int
    input_tokens: int | None
    cached_input_tokens: int | None
    cache_write_tokens: int | None
    output_tokens: int | None
    provider: str | None = None
    tier: str | None = None
    at: Instant | None = None
    context_tokens: int | None = None
    sampled_ppm: int | None = None


class Unknown(StrEnum):
    """Why calls have no price. Each is left out of the sum and counted."""

    NO_CARD = "no_card"  # no card had started
    MODEL = "model"  # the card has no price for the model, or the call names none
    TIER = "tier"  # the card has no price for the tier
    USAGE = "usage"  # the call did not say how many tokens
    CONTRADICTION = "contradiction"  # more tokens from and to a cache than were sent


@dataclass(frozen=True, slots=True)
class Unpriced:
    """Calls that the cost leaves out, and why."""

    model: str | None
    calls: int
    reason: Unknown
    tier: str | None = None


@dataclass(frozen=True, slots=True)
class Cost:
    """What the priced calls cost. `nano_usd` None means that nothing could be priced.

    `estimated_nano_usd` is what all calls cost, those that sampling dropped included: each kept one stands for one
    over its probability of being kept. It is `nano_usd` where everything was kept.
    """

    nano_usd: NanoUsd | None
    rate_cards: tuple[str, ...]
    unpriced: tuple[Unpriced, ...] = ()
    estimated_nano_usd: NanoUsd | None = None

    @property
    def rate_card(self) -> str | None:
        """The cards it was computed with, in one text."""
        return " + ".join(self.rate_cards) or None


def cost(usages: Iterable[Usage], book: RateBook) -> Cost:
    """The cost of usages under the cards that applied when they happened.

    Input includes the cached tokens and those written to a cache; output includes reasoning.
    """
    return costs({None: usages}, book)[0]


def costs(groups: Mapping[Key, Iterable[Usage]], book: RateBook) -> tuple[Cost, dict[Key, Cost]]:
    """The cost of everything, rounded once, half to even; and of each group, so that they add up to it exactly.

    A group's figure is less than a nano-dollar from its exact cost: rounding each by itself would leave a remainder.
    """
    sums = {key: _sum(usages, book) for key, usages in groups.items()}
    whole = _together(sums.values(), book)
    shares = _apportioned({key: each.attos for key, each in sums.items() if each.attos is not None})
    return whole, {key: each.cost(shares.get(key)) for key, each in sums.items()}


@dataclass(slots=True)
class _Sum:
    """Exact, and not rounded yet."""

    attos: int | None
    weighted: Fraction
    cards: dict[str, None]
    unpriced: Counter[tuple[str | None, Unknown, str | None]]

    def cost(self, nano_usd: NanoUsd | None) -> Cost:
        listed = [Unpriced(model, calls, why, tier) for (model, why, tier), calls in self.unpriced.items()]
        listed.sort(key=lambda each: (-each.calls, each.model or "", each.reason, each.tier or ""))
        if self.attos is None or nano_usd is None:
            return Cost(None, tuple(self.cards), tuple(listed))
        same = self.weighted == self.attos
        estimate = nano_usd if same else NanoUsd(round(self.weighted / _ATTOS_PER_NANO))
        return Cost(nano_usd, tuple(self.cards), tuple(listed), estimate)


def _sum(usages: Iterable[Usage], book: RateBook) -> _Sum:
    found = _Sum(None, Fraction(0), {}, Counter())
    for usage in usages:
        card = book.card_at(usage.at)
        if card is not None:
            found.cards[card.version] = None
        attos = attos_of(usage, card)
        if isinstance(attos, Unknown):
            found.unpriced[usage.model, attos, usage.tier if attos is Unknown.TIER else None] += usage.calls
            continue
        found.attos = (found.attos or 0) + attos
        found.weighted += attos if usage.sampled_ppm is None else Fraction(attos * PPM, max(1, usage.sampled_ppm))
    if not found.cards and book.newest is not None and not found.unpriced:
        found.cards[book.newest.version] = None  # nothing to price yet, and this is what would price it
    found.cards = dict.fromkeys(sorted(found.cards))
    return found


def _together(sums: Iterable[_Sum], book: RateBook) -> Cost:
    whole = _Sum(None, Fraction(0), {}, Counter())
    for each in sums:
        if each.attos is not None:
            whole.attos = (whole.attos or 0) + each.attos
        whole.weighted += each.weighted
        whole.cards |= each.cards
        whole.unpriced += each.unpriced
    if not whole.cards and book.newest is not None and not whole.unpriced:
        whole.cards[book.newest.version] = None
    whole.cards = dict.fromkeys(sorted(whole.cards))
    return whole.cost(None if whole.attos is None else rounded(whole.attos))


def attos_of(usage: Usage, card: RateCard | None) -> int | Unknown:
    """What usage costs under a card in 1e-18 dollars, exactly; or why that is not known."""
    if card is None:
        return Unknown.NO_CARD
    price = card.price(usage.model, usage.provider) if usage.model else None
    if price is None:
        return Unknown.MODEL
    context = usage.context_tokens
    if context is None and usage.calls == 1:
        context = usage.input_tokens
    rates = price.rates((usage.tier or "").lower(), context or 0)
    if rates is None:
        return Unknown.TIER
    return _attos(usage, rates)


def _attos(usage: Usage, rates: Rates) -> int | Unknown:
    """Tokens that nobody counted are unknown, unless they are free."""
    if usage.input_tokens is None or (usage.output_tokens is None and rates.output):
        return Unknown.USAGE
    cached, written = usage.cached_input_tokens or 0, usage.cache_write_tokens or 0
    fresh = usage.input_tokens - cached - written
    if fresh < 0:
        return Unknown.CONTRADICTION
    return (
        fresh * _per_token(rates.input)
        + cached * _per_token(rates.input if rates.cached_input is None else rates.cached_input)
        + written * _per_token(rates.input if rates.cache_write is None else rates.cache_write)
        + (usage.output_tokens or 0) * _per_token(rates.output)
    )


def _per_token(usd_per_million: Decimal) -> int:
    """In 1e-18 dollars: a price has at most so many decimals."""
    return int(usd_per_million.scaleb(DECIMALS_MAX))


def rounded(attos: int) -> NanoUsd:
    """Whole nano-USD, half to even."""
    return NanoUsd(round(Fraction(attos, _ATTOS_PER_NANO)))


def _apportioned(attos: Mapping[Key, int]) -> dict[Key, NanoUsd]:
    """Each amount in whole nano-USD, so that they add up to the rounded sum: the largest remainders are rounded up."""
    shares = {key: amount // _ATTOS_PER_NANO for key, amount in attos.items()}
    missing = rounded(sum(attos.values())) - sum(shares.values())
    by_remainder = sorted(attos, key=lambda key: -(attos[key] % _ATTOS_PER_NANO))
    for key in by_remainder[:missing]:
        shares[key] += 1
    return {key: NanoUsd(share) for key, share in shares.items()}


def priced(exemplar: Exemplar, book: RateBook) -> Exemplar:
    """The exemplar with what its call cost; as it was where that cannot be known."""
    usage = Usage(
        model=exemplar.model,
        calls=1,
        input_tokens=exemplar.input_tokens,
        cached_input_tokens=exemplar.cached_input_tokens,
        cache_write_tokens=exemplar.cache_write_tokens,
        output_tokens=exemplar.output_tokens,
        provider=exemplar.provider,
        tier=exemplar.service_tier,
        at=exemplar.at,
    )
    found = cost([usage], book)
    if found.nano_usd is None:
        return exemplar
    return replace(exemplar, cost_nano_usd=found.nano_usd, rate_card=found.rate_card)
