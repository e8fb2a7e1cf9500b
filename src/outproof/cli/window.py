"""`outproof window SERVICE`: what the API answers in, the measures of a service in the terminal out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Annotated, Any
from urllib.parse import quote

import typer
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from outproof.cli.client import ENDPOINT, AsJson, Endpoint, Key, fetched
from outproof.core.money import NanoUsd, usd_text

_out = Console(highlight=False)
_NO_DATA = "no data"


def window(
    service: Annotated[str, typer.Argument(metavar="SERVICE", help="The service.name that the application sends.")],
    endpoint: Endpoint = ENDPOINT,
    key: Key = None,
    minutes: Annotated[int, typer.Option(help="How far back.")] = 60,
    as_json: AsJson = False,
) -> None:
    """Show the measures of one service: unsafe, safe route, abstention, failures, speed, cost."""
    answer = fetched(endpoint, key, f"/v1/services/{quote(service, safe='')}/window", {"minutes": minutes})
    if as_json:
        print(json.dumps(answer, indent=2))
    else:
        _out.print(rendered(answer))


def rendered(window: dict[str, Any]) -> RenderableType:
    """A window as a table; what is unknown is called so, never zero."""
    head = Text.assemble((window["service"], "bold"), f"  {window['start'][:19]}Z to {window['end'][:19]}Z")
    if window["state"] == "no_data":
        return Group(head, Text("No data in this window: nothing is known, which is not the same as all being well."))
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="dim")
    table.add_column()
    for name, value in _lines(window):
        table.add_row(name, value)
    return Group(head, table)


def _lines(window: dict[str, Any]) -> Iterator[tuple[str, str]]:
    yield "answers", f"{window['answers']}  ({window['calls']} model calls)"
    for name in ("unsafe", "safe_route", "abstention", "unverified", "errors"):
        yield name.replace("_", " "), _share(window[name])
    stages = ", ".join(f"{item['stage']} {item['count']}" for item in window["failure_stages"])
    yield "first failed stage", stages or _NO_DATA
    for name, label in (("ttft", "time to first token"), ("duration", "total time")):
        yield label, _quantiles(window[name])
    speed = window["throughput"]
    rate = _NO_DATA if speed["tokens_per_s"] is None else f"{speed['tokens_per_s']:.1f} tokens/s"
    yield "after the first token", f"{rate}  ({speed['n']} calls, {speed['undefined']} undefined)"
    yield "cost", _cost(window["cost"])
    for item in window["quarantined"]:
        yield "quarantined", f"{item['count']} {item['reason']}"


def _share(share: dict[str, Any]) -> str:
    if share["ratio"] is None:
        return _NO_DATA
    low, high = share["interval"]
    return f"{share['ratio']:.1%}  ({share['count']}/{share['of']}, 95 % interval {low:.1%} to {high:.1%})"


def _quantiles(quantiles: dict[str, Any]) -> str:
    if not quantiles["n"]:
        return _NO_DATA
    unknown = f", {quantiles['unknown']} unknown" if quantiles["unknown"] else ""
    p50, p95 = quantiles["p50_s"] * 1_000, quantiles["p95_s"] * 1_000
    return f"p50 {p50:.0f} ms, p95 {p95:.0f} ms  ({quantiles['n']} calls{unknown})"


def _cost(cost: dict[str, Any]) -> str:
    unpriced = ", ".join(f"{item['model'] or 'unknown model'} ({item['calls']} calls)" for item in cost["unpriced"])
    left_out = f"; not priced: {unpriced}" if unpriced else ""
    if cost["nano_usd"] is None:
        return f"unknown{left_out}"
    return f"{usd_text(NanoUsd(cost['nano_usd']))} under {cost['rate_card']}{left_out}"
