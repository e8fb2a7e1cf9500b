"""A cost that was computed again under another card: usage and two books in, both figures out, side by side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from outproof.core.money import NanoUsd
from outproof.core.time import Instant
from outproof.measure.cost import Cost, Usage, costs
from outproof.measure.rate_book import RateBook


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A cost as it was said at one moment. `unpriced_calls` are left out of it; None: nothing had a price."""

    nano_usd: NanoUsd | None
    rate_cards: tuple[str, ...]
    unpriced_calls: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RestatedLine:
    """One model's cost before and after. The lines add up to the restatement's figures."""

    model: str | None
    calls: int
    before_nano_usd: NanoUsd | None
    after_nano_usd: NanoUsd | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Restatement:
    """Both figures for [start, end) of a service, or of all with None: what the cards said then, and what `card` says.

    It is never changed: usage stays as it is, and later cards make new restatements.
    """

    id: str
    by: str
    reason: str
    made_at: Instant
    start: Instant
    end: Instant
    service: str | None
    card: str
    before: Figure
    after: Figure
    lines: tuple[RestatedLine, ...]


@dataclass(frozen=True, slots=True)
class Restated:
    """What a restatement says, before anybody put it on record."""

    before: Figure
    after: Figure
    lines: tuple[RestatedLine, ...]


def restated(by_model: Mapping[str | None, Iterable[Usage]], before: RateBook, after: RateBook) -> Restated:
    """The same usage under two books."""
    usages = {model: tuple(found) for model, found in by_model.items()}
    old, old_lines = costs(usages, before)
    new, new_lines = costs(usages, after)
    lines = [
        RestatedLine(
            model=model,
            calls=sum(usage.calls for usage in found),
            before_nano_usd=old_lines[model].nano_usd,
            after_nano_usd=new_lines[model].nano_usd,
        )
        for model, found in usages.items()
    ]
    lines.sort(key=lambda line: (-(line.after_nano_usd or line.before_nano_usd or 0), line.model or ""))
    return Restated(_figure(old), _figure(new), tuple(lines))


def _figure(cost: Cost) -> Figure:
    unpriced_calls = sum(item.calls for item in cost.unpriced)
    return Figure(nano_usd=cost.nano_usd, rate_cards=cost.rate_cards, unpriced_calls=unpriced_calls)
