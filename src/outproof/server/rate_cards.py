"""The rate cards in force over REST: which there are, from when each applies, and what each says of a model."""

from __future__ import annotations

from dataclasses import dataclass

from litestar import get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from outproof.measure.rate_card import LongContext, Price, RateCard, Rates, TierPrice
from outproof.server import given

REVISIONS_SHOWN_MAX = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class RateCardSummary:
    """`starts` null: it always applied. `revisions` above 1: its prices were changed after it came into force."""

    version: str
    starts: str | None
    models: int
    revisions: int


@dataclass(frozen=True, slots=True)
class RateCardList:
    """In the order in which they are declared."""

    rate_cards: list[RateCardSummary]


@dataclass(frozen=True, slots=True, kw_only=True)
class RatesView:
    """US dollars per million tokens, as exact decimals. `above_tokens`: for calls with more input; null: for all."""

    above_tokens: int | None
    input: str
    cached_input: str | None
    cache_write: str | None
    output: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelPriceView:
    """A model's price in one tier of its provider, long inputs last; `standard` is the tier that needs no name."""

    model: str
    also: list[str]
    tiers: dict[str, list[RatesView]]


@dataclass(frozen=True, slots=True, kw_only=True)
class RateCardView:
    version: str
    starts: str | None
    models: list[ModelPriceView]


@get("/v1/rate-cards", sync_to_thread=True)
def list_rate_cards(declared: given.Declared, store: given.Store) -> RateCardList:
    """Which cards are declared, and from when each applies."""
    with store.look() as tx:
        revisions = {
            card.version: {
                each.version for each in tx.declarations.history("rate_card", card.version, REVISIONS_SHOWN_MAX)
            }
            for card in declared.rate_cards
        }
    return RateCardList(
        [
            RateCardSummary(
                version=card.version,
                starts=_starts(card),
                models=len(card.models),
                revisions=max(1, len(revisions[card.version])),
            )
            for card in declared.rate_cards
        ]
    )


@get("/v1/rate-cards/{version:str}", sync_to_thread=True)
def get_rate_card(version: FromPath[str], declared: given.Declared) -> RateCardView:
    """What one card says of each model."""
    card = declared.rates.card(version)
    if card is None:
        known = ", ".join(each.version for each in declared.rate_cards) or "none"
        raise NotFoundException(f"expected the version of a declared rate card ({known}), got {version!r}")
    models = [_model(name, price) for name, price in card.models.items()]
    return RateCardView(version=card.version, starts=_starts(card), models=models)


def _starts(card: RateCard) -> str | None:
    return None if card.starts is None else card.starts.isoformat()


def _model(name: str, price: Price) -> ModelPriceView:
    tiers = {"standard": _all_rates(price), **{tier: _all_rates(each) for tier, each in price.tiers.items()}}
    return ModelPriceView(model=name, also=list(price.also), tiers=tiers)


def _all_rates(price: TierPrice) -> list[RatesView]:
    return [_rates(price), *(_rates(step) for step in price.long_context)]


def _rates(rates: Rates) -> RatesView:
    return RatesView(
        above_tokens=rates.above_tokens if isinstance(rates, LongContext) else None,
        input=str(rates.input),
        cached_input=None if rates.cached_input is None else str(rates.cached_input),
        cache_write=None if rates.cache_write is None else str(rates.cache_write),
        output=str(rates.output),
    )


HANDLERS = [list_rate_cards, get_rate_card]
