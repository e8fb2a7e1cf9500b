"""Prices that others publish, as a rate card: their data in; a card, and what it could not take along, out."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from outproof.core.errors import Permanent
from outproof.measure.rate_card import DECIMALS_MAX, LongContext, Price, RateCard, Rates, TierPrice, spelled

DATA_BYTES_MAX = 64 * 2**20
LOST_SHOWN_MAX = 20
_LAST_PLACE = Decimal(1).scaleb(-DECIMALS_MAX)
_WIDTH = 120
_NAMES = tuple(each.name for each in fields(Rates))


class BadPriceData(Permanent):
    """The file is not what it was said to be."""


@dataclass(slots=True)
class CardImport:
    """A card in the making. `lost` are facts it has no place for, by model; such a model is not in `models` when its
    price would be wrong without them."""

    models: dict[str, Price] = field(default_factory=dict)
    lost: list[tuple[str, str]] = field(default_factory=list)

    def add(self, name: str, price: Price) -> None:
        """Take a model in; of two with one name, the first."""
        if name in self.models:
            self.lost.append((name, "a second price under the same name"))
        else:
            self.models[name] = price

    def card(self, version: str, starts: date | None) -> RateCard:
        """The card.

        Raises:
            BadPriceData: there is nothing in it, or it cannot be one.
        """
        if not self.models:
            raise BadPriceData("expected models with prices per token, found none: is it the right file and filter?")
        try:
            return RateCard(version=version, starts=starts, models=dict(sorted(self._apart().items())))
        except ValueError as error:
            raise BadPriceData(str(error)) from error

    def _apart(self) -> dict[str, Price]:
        """The models, with no name twice: of two that claim one, the first has it."""
        taken: set[str] = set()
        models = {name: price for name, price in self.models.items() if not _claimed(name, taken)}
        return {
            name: replace(price, also=tuple(other for other in price.also if not _claimed(other, taken)))
            for name, price in models.items()
        }


def _claimed(name: str, taken: set[str]) -> bool:
    """Whether somebody had the name before; now somebody has."""
    before = len(taken)
    taken.add(spelled(name))
    return len(taken) == before


def number(value: object) -> Decimal | None:
    """A price exactly as it is written. None: it is none."""
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        return None
    try:
        exact = Decimal(str(value))
    except ArithmeticError:
        return None
    return exact if exact.is_finite() and exact >= 0 else None


def rounded(usd_per_million: Decimal) -> Decimal:
    """As many decimals as a card keeps: what is beyond them in such data is noise of binary fractions."""
    return Decimal(f"{usd_per_million.quantize(_LAST_PLACE, ROUND_HALF_EVEN).normalize():f}")


def tier_price(steps: Mapping[int, Mapping[str, Decimal]]) -> TierPrice:
    """The price of one tier from its rates by the input tokens above which they apply; 0: from the first.

    Raises:
        ValueError: there is no price for input or for output.
    """
    plain_rates = _rates(steps.get(0, {}))
    return TierPrice(
        **{name: getattr(plain_rates, name) for name in _NAMES},
        long_context=tuple(
            LongContext(above_tokens=above, **rates)
            for above, rates in sorted(steps.items())
            if above and rates != steps.get(0)
        ),
    )


def model_price(tiers: Mapping[str, Mapping[int, Mapping[str, Decimal]]], also: Sequence[str] = ()) -> Price:
    """The price of a model from the steps of its tiers; the plain one is named `standard`.

    Raises:
        ValueError: there is no price for input or for output.
    """
    standard = tier_price(tiers["standard"])
    return Price(
        **{name: getattr(standard, name) for name in (*_NAMES, "long_context")},
        tiers={name: tier_price(steps) for name, steps in tiers.items() if name != "standard"},
        also=tuple(also),
    )


def _rates(rates: Mapping[str, Decimal]) -> Rates:
    if missing := [name for name in ("input", "output") if name not in rates]:
        raise ValueError(f"no price for {' and '.join(missing)}")
    return Rates(**rates)


def yaml_card(card: RateCard, origin: str, lost: Sequence[tuple[str, str]]) -> str:
    """The card as a file, below what was not carried over."""
    lines = [
        f"# Prices imported from {origin}, in US dollars per million tokens. Check them against your contract.",
        *(f"# not carried over: {name}: {why}" for name, why in lost[:LOST_SHOWN_MAX]),
    ]
    if len(lost) > LOST_SHOWN_MAX:
        lines.append(f"# and {len(lost) - LOST_SHOWN_MAX} more; --json lists them all")
    lines += ["rate_cards:", f"  - version: {json.dumps(card.version, ensure_ascii=False)}"]
    if card.starts is not None:
        lines.append(f'    starts: "{card.starts}"')  # quoted: some readers of YAML make a date of it
    lines.append("    models:")
    for name, price in card.models.items():
        lines += _model_lines(name, price)
    return "\n".join(lines) + "\n"


def _model_lines(name: str, price: Price) -> Iterator[str]:
    """On one line where it is short, else a line for each tier."""
    named = f"      {json.dumps(name, ensure_ascii=False)}:"
    line = f"{named} {_flow(price)}"
    if len(line) <= _WIDTH:
        yield line
        return
    yield named
    for key, value in _written(price):
        if key == "tiers":
            yield "        tiers:"
            yield from (f"          {tier}: {_flow(each)}" for tier, each in value.items())
        else:
            yield f"        {key}: {_flow(value)}"


def _flow(value: Any) -> str:
    match value:
        case Decimal():
            return f"{value:f}"
        case int():
            return str(value)
        case str():
            return json.dumps(value, ensure_ascii=False)
        case Mapping():
            return f"{{{', '.join(f'{key}: {_flow(each)}' for key, each in value.items())}}}"
        case tuple():
            return f"[{', '.join(map(_flow, value))}]"
    return f"{{{', '.join(f'{key}: {_flow(each)}' for key, each in _written(value))}}}"


def _written(rates: Rates) -> list[tuple[str, Any]]:
    said = [(each.name, getattr(rates, each.name)) for each in fields(rates)]
    return [(name, value) for name, value in said if value is not None and value != () and value != {}]
