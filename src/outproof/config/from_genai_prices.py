"""The data of `genai-prices` (prices/*.json of its repository, or data.py of the package) in; a rate card out.

The package's data is a Python file: it is read as a tree of constants and never run.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from outproof.config.price_data import DATA_BYTES_MAX, BadPriceData, CardImport, model_price, number, rounded

_CLASSES = {
    "input_mtok": "input",
    "output_mtok": "output",
    "cache_read_mtok": "cached_input",
    "cache_write_mtok": "cache_write",
}
_TIER_KEYS = ("service_tier", "processing", "speed")
_DEPTH_MAX = 60
_OWNERS = {"x-ai": "x_ai"}
"""Providers that calls spell otherwise, besides those that every spelling is folded of."""

Steps = dict[int, dict[str, Decimal]]


def from_genai_prices(
    data: bytes, providers: frozenset[str], on: date, *, taken: re.Pattern[str] | None = None
) -> CardImport:
    """Every model that is priced by the token, of these providers, or of all, with its prices on a day.

    A model is named `provider/model`; where it is at home with the provider also by its own name.

    Raises:
        BadPriceData: it is not that data.
    """
    found = CardImport()
    for provider in _providers(data):
        if providers and provider.get("id") not in providers:
            continue
        for model in provider.get("models") or ():
            if taken is not None and not taken.fullmatch(str(model.get("id"))):
                continue
            _add(found, provider, model, on)
    return found


def _add(found: CardImport, provider: Mapping[str, Any], model: Mapping[str, Any], on: date) -> None:
    name, owner = str(model["id"]), _OWNERS.get(provider["id"], str(provider["id"]))
    label = f"{owner}/{name}"
    also, unread = _names(model.get("match"))
    at_home = provider.get("model_match") is not None
    others = [other for other in also if other != name]
    try:
        tiers = _tiers(model, on)
        price = model_price(tiers, [*([name, *others] if at_home else ()), *(f"{owner}/{other}" for other in others)])
    except ValueError as error:
        found.lost.append((label, str(error)))
        return
    found.add(label, price)
    if unread:
        found.lost.append((label, f"names that match {unread}"))
    found.lost += [(label, why) for why in _lost(model, on)]


def _tiers(model: Mapping[str, Any], on: date) -> dict[str, Steps]:
    """The rates on a day, by tier and by the input above which they apply."""
    prices = model.get("prices") or {}
    if isinstance(prices, list):
        prices = _in_force(prices, on)["prices"]
    tiers = {"standard": _steps(prices, {})}
    for variant in model.get("price_variants") or ():
        tier = _tier(variant.get("when") or {})
        if tier is not None and tier not in tiers and _has_started(variant, on):
            tiers[tier] = _steps(variant["prices"], prices)
    return tiers


def _in_force(prices: Sequence[Mapping[str, Any]], on: date) -> Mapping[str, Any]:
    """The last price whose day has come; the first where none has."""
    started = [price for price in prices if not price.get("constraint") or "start_date" in price["constraint"]]
    current = [price for price in started if _has_started(price, on)]
    return current[-1] if current else prices[0]


def _has_started(entry: Mapping[str, Any], on: date) -> bool:
    starts = (entry.get("constraint") or {}).get("start_date")
    return starts is None or date.fromisoformat(str(starts)) <= on


def _tier(when: Mapping[str, str]) -> str | None:
    """The tier that a condition is about. None: it is about something that calls do not tell."""
    if len(when) != 1:
        return None
    (key, value), *_ = when.items()
    return value if key in _TIER_KEYS and value != "default" else None


def _steps(prices: Mapping[str, Any], otherwise: Mapping[str, Any]) -> Steps:
    """Rates by the input above which they apply. What `prices` does not say is as in `otherwise`."""
    written = {name: prices.get(key, otherwise.get(key)) for key, name in _CLASSES.items()}
    limits = {0}
    for value in written.values():
        if isinstance(value, Mapping):
            limits |= {int(tier["start"]) for tier in value["tiers"]}
    steps: Steps = {}
    for above in sorted(limits):
        steps[above] = {name: price for name, value in written.items() if (price := _at(value, above)) is not None}
    if "input" in steps[0] and "output" not in steps[0]:
        for rates in steps.values():
            rates.setdefault("output", Decimal(0))  # embeddings: nothing but input is billed
    return steps


def _at(value: Any, above: int) -> Decimal | None:
    if isinstance(value, Mapping):
        reached = [tier["price"] for tier in value["tiers"] if int(tier["start"]) <= above]
        value = reached[-1] if reached and above else value["base"]
    exact = number(value)
    return None if exact is None else rounded(exact)


def _names(match: Any) -> tuple[list[str], str]:
    """A match as names with `*` and `#`; and what of it cannot be written as one."""
    if not isinstance(match, Mapping) or len(match) != 1:
        return [], "" if not match else json.dumps(match)
    (kind, value), *_ = match.items()
    match kind:
        case "equals":
            return [value], ""
        case "starts_with":
            return [f"{value}*"], ""
        case "ends_with":
            return [f"*{value}"], ""
        case "contains":
            return [f"*{value}*"], ""
        case "or":
            parts = [_names(each) for each in value]
            unread = " or ".join(why for _, why in parts if why)
            return list(dict.fromkeys(name for names, _ in parts for name in names)), unread
        case "regex":
            name = _digits(value)
            return ([name], "") if name else ([], value)
    return [], json.dumps(match)


def _digits(regex: str) -> str | None:
    """A regex of fixed text and digits as a name: `^gpt-5-\\d{4}$` is `gpt-5-####`."""
    name = re.sub(r"\\d(?:\{(\d{1,2})\})?", lambda found: "#" * int(found[1] or 1), regex)
    name = re.sub(r"\\([^a-zA-Z0-9])", r"\1", name) if not re.search(r"(?<!\\)[][(){}|?*+.]", name) else ""
    if not name.startswith("^"):
        return None
    return name[1:-1] if name.endswith("$") else f"{name[1:]}*"


def _lost(model: Mapping[str, Any], on: date) -> Iterator[str]:
    """What the card cannot say of a model that it prices."""
    prices = model.get("prices")
    dated = prices if isinstance(prices, list) else []
    for each in [*dated, *(model.get("price_variants") or ())]:
        constraint = each.get("constraint") or {}
        if "start_time" in constraint:
            yield "prices by the time of day"
        elif "start_date" in constraint and not _has_started(each, on):
            yield f"other prices from {constraint['start_date']}: import again with --starts {constraint['start_date']}"
    earlier = [each for each in dated if _has_started(each, on)][:-1]
    if earlier:
        yield "earlier prices: import again with an earlier --starts"
    for variant in model.get("price_variants") or ():
        when = variant.get("when") or {}
        if _tier(when) is None and when.get("service_tier") != "default":
            yield f"prices when {json.dumps(when)}"


def _providers(data: bytes) -> list[Mapping[str, Any]]:
    if len(data) > DATA_BYTES_MAX:
        raise BadPriceData(f"expected at most {DATA_BYTES_MAX} bytes, got {len(data)}")
    try:
        text = data.decode()
        found = json.loads(text, parse_float=Decimal) if text.lstrip()[:1] in "[{" else _package_data(text)
    except (ValueError, SyntaxError, RecursionError, MemoryError) as error:
        raise BadPriceData(f"expected genai-prices data, as JSON or as the package's data.py: {error}") from error
    if isinstance(found, dict):
        found = found.get("providers")
    if not isinstance(found, list) or not all(isinstance(each, dict) and "id" in each for each in found):
        raise BadPriceData("expected genai-prices data: a list of providers with their models")
    return found


def _package_data(text: str) -> Any:
    """The value of `providers` in the package's data.py, as the JSON would have it."""
    for statement in ast.parse(text).body:
        match statement:
            case ast.AnnAssign(target=ast.Name(id="providers"), value=ast.expr() as value):
                return _constant(value, 0)
    raise BadPriceData("expected the package's data.py, which sets `providers`")


def _constant(node: ast.expr, depth: int) -> Any:
    """A tree of literals and of calls with keywords only; calls become mappings, as far as we know what they are."""
    if depth > _DEPTH_MAX:
        raise ValueError("nested too deeply")
    match node:
        case ast.Constant(value=value):
            return value
        case ast.List(elts=parts) | ast.Tuple(elts=parts):
            return [_constant(part, depth + 1) for part in parts]
        case ast.Dict(keys=keys, values=values):
            pairs = zip(keys, values, strict=True)
            return {_constant(key, depth + 1): _constant(value, depth + 1) for key, value in pairs if key is not None}
        case ast.Call(func=ast.Name(id="Decimal"), args=[ast.Constant(value=str(value))]):
            return Decimal(value)
        case ast.Call(func=ast.Attribute(attr="date"), args=parts):
            return date(*(_constant(part, depth + 1) for part in parts)).isoformat()
        case ast.Attribute():
            return None  # a time zone
        case ast.Call(keywords=keywords):
            return {
                (word.arg or "").rstrip("_"): _constant(word.value, depth + 1)
                for word in keywords
                if word.arg and not (isinstance(word.value, ast.Constant) and word.value.value is None)
            }
    raise ValueError(f"line {node.lineno}: neither a literal nor a call")
