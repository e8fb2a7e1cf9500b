"""`outproof cost show|restate|restatements|reconcile|import`: costs, both figures of a restatement, an invoice beside
our own figures, and rate cards from the price data of others."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date
from enum import StrEnum
from fnmatch import translate
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console, Group, RenderableType

from outproof.cli.client import ENDPOINT, AsJson, Endpoint, Key, fetched, posted, refuse
from outproof.cli.cost_card import reconciliation, restatement, spending
from outproof.cli.person import user_name
from outproof.config.from_genai_prices import from_genai_prices
from outproof.config.from_litellm import from_litellm
from outproof.config.price_data import DATA_BYTES_MAX, BadPriceData, CardImport, yaml_card
from outproof.config.rendering import plain
from outproof.measure.invoice import BYTES_MAX
from outproof.measure.spending import By

_out = Console(highlight=False, soft_wrap=True)
_err = Console(stderr=True, highlight=False, soft_wrap=True, markup=False)

cost = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    help="What calls cost under versioned rate cards, restated, and reconciled with an invoice.",
)

Month = Annotated[str | None, typer.Option(metavar="YYYY-MM", help="A calendar month, UTC.")]
Start = Annotated[str | None, typer.Option(metavar="DAY", help="From the start of this day, UTC.")]
End = Annotated[str | None, typer.Option(metavar="DAY", help="To the start of this day, UTC.")]
Service = Annotated[str | None, typer.Option(help="One service; all where it is left out.")]


class PriceData(StrEnum):
    """Whose data it is."""

    GENAI_PRICES = "genai-prices"
    LITELLM = "litellm"


@cost.command()
def show(
    month: Month = None,
    start: Start = None,
    end: End = None,
    by: Annotated[By, typer.Option(help="One line for each of these.")] = By.MODEL,
    service: Service = None,
    endpoint: Endpoint = ENDPOINT,
    key: Key = None,
    as_json: AsJson = False,
) -> None:
    """Show what was spent: this month so far, a month, or from one day to another."""
    query = _said(month=month, start=start, end=end, by=by.value, service=service)
    answer = fetched(endpoint, key, "/v1/cost", query)
    _show(answer, as_json, spending)


@cost.command()
def restate(
    card: Annotated[str, typer.Option(metavar="VERSION", help="The rate card that prices all of it.")],
    reason: Annotated[str, typer.Option(help="Why; it stays on record.")],
    month: Month = None,
    start: Start = None,
    end: End = None,
    service: Service = None,
    by: Annotated[str | None, typer.Option(help="Who asks; your user name where it is left out.")] = None,
    endpoint: Endpoint = ENDPOINT,
    key: Key = None,
    as_json: AsJson = False,
) -> None:
    """Compute a time again under one card, and keep both figures. Usage is not touched."""
    body = _said(card=card, reason=reason, month=month, start=start, end=end, service=service, by=by or user_name())
    answer = posted(endpoint, key, "/v1/cost/restatements", body)
    _show(answer, as_json, restatement)


@cost.command()
def restatements(endpoint: Endpoint = ENDPOINT, key: Key = None, as_json: AsJson = False) -> None:
    """Show every restatement, with both of its figures."""
    answer = fetched(endpoint, key, "/v1/cost/restatements")
    _show(
        answer,
        as_json,
        lambda found: Group(
            *(map(restatement, found["restatements"]) if found["restatements"] else ["nothing was restated"])
        ),
    )


@cost.command()
def reconcile(
    invoice: Annotated[Path, typer.Argument(metavar="FILE", help="The invoice as CSV, amounts in USD.")],
    month: Month = None,
    start: Start = None,
    end: End = None,
    provider: Annotated[str | None, typer.Option(help="Whose invoice it is; else all calls are compared.")] = None,
    service: Service = None,
    column: Annotated[
        list[str] | None, typer.Option(metavar="FACT=HEADER", help="Under which header the invoice says a fact.")
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Exit code 1 if a part of the difference is open.")] = False,
    endpoint: Endpoint = ENDPOINT,
    key: Key = None,
    as_json: AsJson = False,
) -> None:
    """Compare an invoice with our figures, model by model, and say why they differ. Nothing of it is kept."""
    asked = _said(month=month, start=start, end=end, provider=provider, service=service)
    columns = dict(_column(each) for each in column or ())
    body = {**asked, "csv": _text(invoice), "file": str(invoice), "columns": columns}
    answer = posted(endpoint, key, "/v1/cost/reconciliations", body)
    _show(answer, as_json, reconciliation)
    if strict and answer["unexplained_nano_usd"]:
        raise typer.Exit(1)


@cost.command("import")
def import_(
    origin: Annotated[PriceData, typer.Argument(metavar="genai-prices|litellm", help="Whose price data it is.")],
    file: Annotated[
        Path,
        typer.Argument(help="data.json or the package's data.py; or model_prices_and_context_window.json."),
    ],
    version: Annotated[str, typer.Option(help="What the card will be called, such as 2026-q4.")],
    starts: Annotated[
        str | None, typer.Option(metavar="DAY", help="From which day it applies, UTC; else always.")
    ] = None,
    provider: Annotated[list[str] | None, typer.Option(help="Only this provider, as the data spells it.")] = None,
    model: Annotated[str, typer.Option(metavar="GLOB", help="Only models with such names, e.g. 'gpt-5*'.")] = "*",
    out: Annotated[Path | None, typer.Option(help="Write the card here instead of printing it.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the file of --out if it is there.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was found for programs.")] = False,
) -> None:
    """Turn a file of prices into a rate card, and say what could not be carried over. It asks nobody but the file."""
    if out is not None and out.exists() and not force:
        refuse(f"{out} is there already: pass another --out, or --force to replace it")
    first = _day(starts) if starts else None
    try:
        found = _imported(origin, _bytes(file, DATA_BYTES_MAX), frozenset(provider or ()), first, model)
        card = found.card(version, first)
    except BadPriceData as error:
        refuse(f"{file}: {error}")
    text = yaml_card(card, origin, found.lost)
    if out is not None:
        _write(out, text)
    if as_json:
        lost = [{"model": name, "not_carried_over": why} for name, why in found.lost]
        print(json.dumps({"rate_card": plain(card), "lost": lost}, indent=2, ensure_ascii=False))
    elif out is None:
        print(text, end="")
    _err.print(f"{len(card.models)} models in card {version}; {len(found.lost)} facts were not carried over")
    if out is not None:
        _err.print(f"next: outproof check {out}")


def _imported(origin: PriceData, data: bytes, providers: frozenset[str], starts: date | None, model: str) -> CardImport:
    taken = re.compile(translate(model))
    if origin is PriceData.LITELLM:
        return from_litellm(data, providers, taken=taken)
    return from_genai_prices(data, providers, starts or date.max, taken=taken)


def _said(**facts: str | None) -> dict[str, str | int]:
    return {name: value for name, value in facts.items() if value is not None}


def _column(text: str) -> tuple[str, str]:
    fact, equals, header = text.partition("=")
    if not equals or not header:
        refuse(f"expected --column FACT=HEADER such as amount='Line total', got {text!r}")
    return fact, header


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        refuse(f"expected --starts as a day such as 2026-10-01, got {text!r}")


def _bytes(file: Path, bytes_max: int) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(bytes_max + 1)
    except OSError as error:
        refuse(f"expected a readable file, got {file}: {error.strerror}")


def _text(file: Path) -> str:
    try:
        return _bytes(file, BYTES_MAX).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        refuse(f"{file}: expected text in UTF-8, got other bytes at {error.start}")


def _write(out: Path, text: str) -> None:
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        refuse(f"expected a file that can be written, got {out}: {error.strerror}")


def _show(answer: Any, as_json: bool, card: Callable[[Any], RenderableType]) -> None:
    if as_json:
        print(json.dumps(answer, indent=2))
    else:
        _out.print(card(answer))
