"""Versioned token prices: what a file declares in; for one call the rates that apply, or why there are none, out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from outproof.wire.folding import PROVIDERS
from outproof.wire.folding import provider as folded

DECIMALS_MAX = 12
"""Of a price in US dollars per million tokens: a token's price is then a whole number of 1e-18 dollars."""

USD_PER_MILLION_MAX = 1_000_000
MODELS_MAX = 20_000
NAME_CHARS_MAX = 200
STARS_MAX = 3
TOKENS_MAX = 10**9
_LOOKED_UP_MAX = 10_000

STANDARD = frozenset({"", "auto", "default", "none", "on_demand", "standard", "standard_only"})
"""What providers call the tier that the plain prices are for; a call that names no tier is in it too."""

_TIER = re.compile(r"[a-z][a-z0-9_-]{0,39}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """US dollars per million tokens. A cache price that is None means the input price."""

    input: Decimal
    output: Decimal
    cached_input: Decimal | None = None
    cache_write: Decimal | None = None

    def __post_init__(self) -> None:
        for amount in (self.input, self.output, self.cached_input, self.cache_write):
            if amount is not None:
                check_amount(amount)


@dataclass(frozen=True, slots=True, kw_only=True)
class LongContext(Rates):
    """Rates of the whole call once its input, cached tokens included, is more than `above_tokens`."""

    above_tokens: int

    def __post_init__(self) -> None:
        Rates.__post_init__(self)
        if not 1 <= self.above_tokens <= TOKENS_MAX:
            raise ValueError(f"expected `above_tokens` of 1 to {TOKENS_MAX}, got {self.above_tokens}")


@dataclass(frozen=True, slots=True, kw_only=True)
class TierPrice(Rates):
    """What a model costs in one tier of its provider."""

    long_context: tuple[LongContext, ...] = ()

    def __post_init__(self) -> None:
        Rates.__post_init__(self)
        limits = [step.above_tokens for step in self.long_context]
        if limits != sorted(set(limits)):
            raise ValueError(f"expected `long_context` in ascending order of `above_tokens`, each once, got {limits}")

    def at(self, context_tokens: int) -> Rates:
        """What applies to a call with so much input."""
        reached = [step for step in self.long_context if context_tokens > step.above_tokens]
        return reached[-1] if reached else self


@dataclass(frozen=True, slots=True, kw_only=True)
class Price(TierPrice):
    """What a model costs: in US dollars per million tokens, in other tiers, and with long inputs.

    `also` are other names of the model, in which `*` stands for any text and `#` for one digit.
    """

    tiers: Mapping[str, TierPrice] = field(default_factory=dict)
    also: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        TierPrice.__post_init__(self)
        for tier in self.tiers:
            if tier in STANDARD or not _TIER.fullmatch(tier):
                raise ValueError(
                    "expected tiers other than the standard one, in small letters, such as batch, flex or priority; "
                    f"got {tier!r}"
                )

    def rates(self, tier: str, context_tokens: int) -> Rates | None:
        """What applies to a call with so much input. None: nobody said what the tier costs."""
        plain = self if tier in STANDARD else self.tiers.get(tier)
        return None if plain is None else plain.at(context_tokens)


@dataclass(frozen=True, slots=True, kw_only=True)
class RateCard:
    """Prices by model, under one version, for calls that began on the day it starts (UTC) or later.

    A model is named `model` or `provider/model`; the first is its price whoever serves it. None as the start: always.
    """

    version: str = field(metadata={"unique": True})
    starts: date | None = None
    models: Mapping[str, Price]
    _exact: Mapping[str, Price] = field(init=False, repr=False, compare=False)
    _patterns: tuple[tuple[re.Pattern[str], Price], ...] = field(init=False, repr=False, compare=False)
    _looked_up: dict[tuple[str, str | None], tuple[Price | None]] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )

    def __post_init__(self) -> None:
        if not 1 <= len(self.version) <= NAME_CHARS_MAX:
            raise ValueError(f"expected a version of 1 to {NAME_CHARS_MAX} characters, got {self.version!r}")
        if len(self.models) > MODELS_MAX:
            raise ValueError(f"expected at most {MODELS_MAX} models in card {self.version}, got {len(self.models)}")
        exact: dict[str, Price] = {}
        patterns = []
        for name, price in self._names():
            if len(name) > NAME_CHARS_MAX or name.count("*") > STARS_MAX:
                raise ValueError(
                    f"expected names of at most {NAME_CHARS_MAX} characters with at most {STARS_MAX} `*`, got {name!r}"
                )
            if "*" in name or "#" in name:
                patterns.append((_literals(name), _pattern(name), price))
            elif exact.setdefault(name, price) is not price:
                raise ValueError(f"expected each model once in card {self.version}, got {name!r} again")
        patterns.sort(key=lambda entry: -entry[0])  # of several that match, the one that says most
        object.__setattr__(self, "_exact", exact)
        object.__setattr__(self, "_patterns", tuple((pattern, price) for _, pattern, price in patterns))

    def price(self, model: str, provider: str | None) -> Price | None:
        """The price of a model as a call names it. A name of its own beats a pattern, `provider/model` beats `model`.

        None: the card does not know it.
        """
        key = (model[:NAME_CHARS_MAX], provider)
        known = self._looked_up.get(key)
        if known is not None:
            return known[0]
        if len(self._looked_up) >= _LOOKED_UP_MAX:
            self._looked_up.clear()  # whoever sends ever new names gets no memory for them
        return self._looked_up.setdefault(key, (self._find(*key),))[0]

    def listed(self, model: str, provider: str | None) -> str | None:
        """Under which name the card has a model. None: it does not know it."""
        price = self.price(model, provider)
        return next((name for name, each in self.models.items() if each is price), None)

    def _find(self, model: str, provider: str | None) -> Price | None:
        names = _names_of(model, provider)
        for name in names:
            if (price := self._exact.get(name)) is not None:
                return price
        for name in names:
            for pattern, price in self._patterns:
                if pattern.fullmatch(name):
                    return price
        return None

    def _names(self) -> Iterator[tuple[str, Price]]:
        """Every model's own name, then every model's other names."""
        for name, price in self.models.items():
            yield spelled(name), price
        for price in self.models.values():
            for name in price.also:
                yield spelled(name), price


def _names_of(model: str, provider: str | None) -> list[str]:
    """The names under which a card may have a model, the most telling first."""
    name = spelled(model)
    head, slash, rest = name.partition("/")
    served_by = folded(provider) if provider else None
    names = [f"{served_by}/{name}", name] if served_by else [name]
    if slash and (head == served_by or (served_by is None and head in PROVIDERS)):
        names.append(rest)  # the emitter names the provider in front of the model
    return names


def spelled(name: str) -> str:
    """The name in small letters, with the provider in front spelled as calls spell it."""
    head, slash, rest = name.lower().partition("/")
    return f"{folded(head)}/{rest}" if slash else head


def _literals(name: str) -> int:
    return len(name) - name.count("*")


def _pattern(name: str) -> re.Pattern[str]:
    parts = (".*" if char == "*" else "[0-9]" if char == "#" else re.escape(char) for char in name)
    return re.compile("".join(parts), re.DOTALL)


def check_amount(amount: Decimal) -> None:
    """Refuse what is no price in US dollars per million tokens.

    Raises:
        ValueError: it is negative, too large, or has more decimals than money is kept in.
    """
    if not amount.is_finite() or not 0 <= amount <= USD_PER_MILLION_MAX:
        raise ValueError(f"expected a price of 0 to {USD_PER_MILLION_MAX} US dollars per million tokens, got {amount}")
    exponent = amount.normalize().as_tuple().exponent
    if isinstance(exponent, int) and -exponent > DECIMALS_MAX:
        raise ValueError(f"expected a price with at most {DECIMALS_MAX} decimals, got {amount}")
