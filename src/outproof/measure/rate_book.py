"""All rate cards in the order of their starts: an instant in, the card that prices a call of that instant out."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from outproof.core.time import NANOS_PER_S, Instant
from outproof.measure.rate_card import LongContext, RateCard

_EPOCH = date(1970, 1, 1)
_DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class RateBook:
    """The cards as they are declared. Of cards that start on the same day, the last one declared applies."""

    cards: tuple[RateCard, ...] = ()
    _in_order: tuple[RateCard, ...] = field(init=False, repr=False, compare=False)
    _starts: tuple[Instant, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        last = {start_of(card): card for card in self.cards}
        starts = tuple(sorted(last))
        object.__setattr__(self, "_starts", starts)
        object.__setattr__(self, "_in_order", tuple(last[start] for start in starts))

    @property
    def newest(self) -> RateCard | None:
        """The card that starts last. None: there is none."""
        return self._in_order[-1] if self._in_order else None

    def card_at(self, at: Instant | None) -> RateCard | None:
        """The newest card that has started by then; the newest of all when the instant is unknown.

        None: no card had started.
        """
        if at is None:
            return self.newest
        place = bisect_right(self._starts, at)
        return self._in_order[place - 1] if place else None

    def card(self, version: str) -> RateCard | None:
        """The card of that version. None: it is not declared."""
        return next((card for card in self.cards if card.version == version), None)

    def only(self, version: str) -> RateBook | None:
        """A book in which that card alone prices everything, whenever it was. None: it is not declared."""
        card = self.card(version)
        return None if card is None else always(card)

    @property
    def starts(self) -> tuple[Instant, ...]:
        """Where one card gives way to the next; calls between two of them are priced alike."""
        return self._starts

    @property
    def contexts(self) -> tuple[int, ...]:
        """Every limit of input tokens at which a price changes, ascending; calls between two are priced alike."""
        return tuple(sorted({step.above_tokens for card in self.cards for step in _steps(card)}))


def always(card: RateCard) -> RateBook:
    """A book in which one card prices everything, whenever it was."""
    return RateBook((RateCard(version=card.version, models=card.models),))


def start_of(card: RateCard) -> Instant:
    """The first instant of the day a card starts; the first there is when it always applies."""
    return Instant(0) if card.starts is None else midnight(card.starts)


def midnight(day: date) -> Instant:
    """The first instant of a day, UTC."""
    return Instant((day - _EPOCH).days * _DAY_S * NANOS_PER_S)


def _steps(card: RateCard) -> Iterator[LongContext]:
    for price in card.models.values():
        yield from price.long_context
        for tier in price.tiers.values():
            yield from tier.long_context
