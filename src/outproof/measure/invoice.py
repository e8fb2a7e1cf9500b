"""An invoice as CSV in, its lines with exact amounts out; or every mistake in it, with its line."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from io import StringIO

from outproof.core.errors import Permanent
from outproof.core.money import NANOS_PER_USD, NanoUsd

BYTES_MAX = 8 * 2**20
LINES_MAX = 200_000
MISTAKES_MAX = 50
_TOKENS_MAX = 10**15
_USD_MAX = 10**9
_CENT_DECIMALS = 2

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "amount": ("amount", "amount_usd", "amount_value", "cost", "cost_usd", "total", "total_usd", "cost_in_usd"),
    "model": ("model", "model_name", "model_version", "line_item", "sku"),
    "date": ("date", "day", "usage_date", "usage_date_utc", "start_time_iso", "start_time_utc", "month", "period"),
    "currency": ("currency", "amount_currency"),
    "provider": ("provider", "vendor"),
    "tier": ("service_tier", "tier"),
    "calls": ("calls", "requests", "num_model_requests", "num_requests"),
    "input_tokens": ("input_tokens", "prompt_tokens"),
    "uncached_input_tokens": ("uncached_input_tokens", "usage_input_tokens_no_cache", "input_tokens_no_cache"),
    "cached_input_tokens": (
        *("cached_input_tokens", "input_cached_tokens", "cache_read_input_tokens", "usage_input_tokens_cache_read"),
    ),
    "cache_write_tokens": ("cache_write_tokens", "cache_creation_input_tokens", "usage_input_tokens_cache_write_5m"),
    "output_tokens": ("output_tokens", "completion_tokens", "usage_output_tokens"),
}
"""What a line may say, and the headers under which invoices say it; `amount` is the only one that must be there."""

_CLASS = re.compile(r"(?P<model>.+?), *(?:cached input|cached|input|output|cache (?:read|write))", re.IGNORECASE)
_AMOUNT = re.compile(r"(?P<credit>\()?-?\$?-?(?P<number>[\d,]*\.?\d+(?:[eE][-+]?\d{1,3})?)(?(credit)\))")


class InvoiceMistakes(Permanent):
    """All that is wrong with an invoice, as `file:line: expected …`."""

    def __init__(self, mistakes: list[str]) -> None:
        self.mistakes = mistakes
        super().__init__("\n".join(mistakes))


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceLine:
    """One charge. None: the invoice does not say. Input includes cached tokens and those written to a cache.

    `decimals` is how exactly the amount is written, cents at least: it may be off by half of the last place.
    """

    number: int
    amount: NanoUsd
    decimals: int
    model: str | None = None
    provider: str | None = None
    tier: str | None = None
    on: date | None = None
    calls: int | None = None
    input_tokens: int | None = None
    cached_input_tokens: int | None = None
    cache_write_tokens: int | None = None
    output_tokens: int | None = None


class _Wrong(ValueError):
    """One mistake, without its place."""


def invoice_lines(text: str, file: str, columns: Mapping[str, str] | None = None) -> tuple[InvoiceLine, ...]:
    """The lines of an invoice. `columns` names the header of what the invoice calls by a word we do not know.

    Raises:
        InvoiceMistakes: it cannot be meant; its first mistakes at once.
    """
    if len(text) > BYTES_MAX:
        raise InvoiceMistakes([f"{file}: expected at most {BYTES_MAX} characters, got {len(text)}: split the invoice"])
    reader = csv.reader(StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    mistakes: list[str] = []
    lines: list[InvoiceLine] = []
    try:
        places = _places(next(reader, []), columns or {})
        for number, row in _rows(reader):
            try:
                lines.append(_line(number, row, places))
            except _Wrong as wrong:
                mistakes.append(f"{file}:{number}: {wrong}")
            if len(mistakes) >= MISTAKES_MAX or len(lines) > LINES_MAX:
                break
    except _Wrong as wrong:
        mistakes.append(f"{file}:1: {wrong}")
    except csv.Error as error:
        mistakes.append(f"{file}:{reader.line_num}: expected CSV: {error}")
    if len(lines) > LINES_MAX:
        mistakes.append(f"{file}: expected at most {LINES_MAX} lines: split the invoice, or sum it by day and model")
    if not lines and not mistakes:
        mistakes.append(f"{file}:2: expected a line below the headers, found none")
    if mistakes:
        raise InvoiceMistakes(mistakes)
    return tuple(lines)


def _rows(reader: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
    for row in reader:
        if any(cell.strip() for cell in row):
            yield reader.line_num, row  # type: ignore[attr-defined]  # csv.reader has it; its type is private


def _places(headers: list[str], columns: Mapping[str, str]) -> dict[str, int]:
    """Where each fact stands. Of several headers we know, the first name of `COLUMNS` wins."""
    found = {_plain(header): place for place, header in reversed(list(enumerate(headers)))}
    places = {}
    for fact, header in columns.items():
        if fact not in COLUMNS:
            raise _Wrong(f"expected a column from {', '.join(COLUMNS)}, got {fact!r}")
        if _plain(header) not in found:
            raise _Wrong(f"expected the header {header!r} for {fact}, got {_said(headers)}")
        places[fact] = found[_plain(header)]
    for fact, names in COLUMNS.items():
        place = next((found[name] for name in names if name in found), None)
        if place is not None and fact not in places:
            places[fact] = place
    if "amount" not in places:
        raise _Wrong(
            f"expected a header such as {', '.join(COLUMNS['amount'][:4])}, got {_said(headers)}; "
            "name it with --column amount=HEADER"
        )
    return places


def _said(headers: list[str]) -> str:
    return ", ".join(repr(header[:40]) for header in headers[:20]) or "an empty file"


def _plain(header: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", header.strip().lower()).strip("_")


def _line(number: int, row: list[str], places: Mapping[str, int]) -> InvoiceLine:
    said = {fact: row[place].strip() for fact, place in places.items() if place < len(row) and row[place].strip()}
    if "amount" not in said:
        raise _Wrong("expected an amount, got nothing: a line without a charge is written as 0")
    currency = said.get("currency", "USD").upper()
    if currency not in ("USD", "US$", "$"):
        raise _Wrong(f"expected amounts in USD, got {currency[:10]!r}: rate cards are in dollars, so convert it first")
    amount, decimals = _amount(said["amount"])
    tokens = {fact: _count(fact, said[fact]) for fact in COLUMNS if fact.endswith("_tokens") and fact in said}
    cached, written = tokens.get("cached_input_tokens"), tokens.get("cache_write_tokens")
    whole = tokens.get("input_tokens")
    if whole is None and "uncached_input_tokens" in tokens:
        whole = tokens["uncached_input_tokens"] + (cached or 0) + (written or 0)
    if whole is not None and (cached or 0) + (written or 0) > whole:
        raise _Wrong(
            f"expected input tokens that include the cached ones, got {whole} with {(cached or 0)} from a cache"
        )
    model = said.get("model")
    of_class = _CLASS.fullmatch(model) if model else None
    return InvoiceLine(
        number=number,
        amount=amount,
        decimals=decimals,
        model=of_class["model"] if of_class else model,
        provider=said.get("provider"),
        tier=said.get("tier"),
        on=_date(said["date"]) if "date" in said else None,
        calls=_count("calls", said["calls"]) if "calls" in said else None,
        input_tokens=whole,
        cached_input_tokens=cached,
        cache_write_tokens=written,
        output_tokens=tokens.get("output_tokens"),
    )


def _amount(text: str) -> tuple[NanoUsd, int]:
    """`$1,234.56`, `-0.50`, `(12.00)` or `1.5e-05`, and with how many decimals it is written."""
    match = _AMOUNT.fullmatch(text)
    if match is None:
        raise _Wrong(f"expected an amount in dollars such as 12.34, got {text[:40]!r}")
    value = Decimal(match["number"].replace(",", ""))
    if value > _USD_MAX:
        raise _Wrong(f"expected an amount of at most {_USD_MAX} dollars, got {text[:40]!r}")
    exponent = value.as_tuple().exponent
    decimals = max(_CENT_DECIMALS, -exponent if isinstance(exponent, int) else 0)
    nanos = int((value * NANOS_PER_USD).to_integral_value())
    return NanoUsd(-nanos if match["credit"] or "-" in text[:2] else nanos), decimals


def _count(fact: str, text: str) -> int:
    try:
        value = Decimal(text.replace(",", ""))
    except InvalidOperation as error:
        raise _Wrong(f"expected a whole number of {fact.replace('_', ' ')}, got {text[:40]!r}") from error
    if not value.is_finite() or value != value.to_integral_value() or not 0 <= value <= _TOKENS_MAX:
        raise _Wrong(f"expected a whole number of {fact.replace('_', ' ')}, got {text[:40]!r}")
    return int(value)


def _date(text: str) -> date:
    """A day; of a month alone, its first."""
    try:
        return date.fromisoformat(f"{text}-01" if re.fullmatch(r"\d{4}-\d{2}", text) else text[:10])
    except ValueError as error:
        raise _Wrong(f"expected a date such as 2026-10-31, got {text[:40]!r}") from error
