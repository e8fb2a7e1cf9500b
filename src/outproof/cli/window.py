"""`outproof window SERVICE`: what the API answers in, the measures of a service in the terminal out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Annotated, Any
from urllib.parse import quote, urlencode

import typer
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from outproof.cli.client import ENDPOINT, AsJson, Endpoint, Key, fetched, refuse
from outproof.core.money import NanoUsd, usd_text

_out = Console(highlight=False)
_NO_DATA = "no data"
_SHARES = ("unsafe", "unsafe_serve", "supported_serve", "safe_route", "abstention", "unverified", "errors")
_LAST_SHARES = ("broken_streams", "retried")
_ARROWS = {"higher": "▲", "lower": "▼", "not_distinguishable": "=", "insufficient_data": "?"}


def window(
    service: Annotated[str, typer.Argument(metavar="SERVICE", help="The service.name that the application sends.")],
    endpoint: Endpoint = ENDPOINT,
    key: Key = None,
    minutes: Annotated[int, typer.Option(help="How far back.")] = 60,
    where: Annotated[
        list[str] | None, typer.Option(help="Only what has this fact, as name=value. May be given several times.")
    ] = None,
    by: Annotated[str | None, typer.Option(help="Cut by a dimension: template_id, model, route, deploy, …")] = None,
    week: Annotated[bool, typer.Option("--week", help="Compare with the same window a week before.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show the measures of one service: unsafe, safe route, abstention, failures, speed, cost."""
    if by and week:
        refuse("expected --by or --week, got both: compare one part with `--where name=value --week`")
    facts = [("where", fact) for fact in where or ()]
    own = [("minutes", str(minutes)), ("where", f"service={service}"), *facts]
    if by:
        answer = fetched(endpoint, key, f"/v1/windows/{quote(by, safe='')}?{urlencode(own)}")
        shown = grouped(answer)
    elif week:
        answer = fetched(endpoint, key, f"/v1/window/changes?{urlencode(own)}")
        shown = changed(answer)
    else:
        path = f"/v1/services/{quote(service, safe='')}/window"
        answer = fetched(endpoint, key, f"{path}?{urlencode([('minutes', str(minutes)), *facts])}")
        shown = rendered(answer)
    if as_json:
        print(json.dumps(answer, indent=2))
    else:
        _out.print(shown)


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
    return Group(head, *map(Text, _notes(window)), table)


def grouped(answer: dict[str, Any]) -> RenderableType:
    """A window cut by a dimension, a line each."""
    columns = ("answers", "calls", "unsafe", "abstained", "errors", "ttft p95", "total p95", "cost")
    table = Table(answer["by"], *columns, box=None, pad_edge=False)
    for group in answer["groups"]:
        own = group["window"]
        table.add_row(
            "(does not say)" if group["value"] is None else group["value"],
            str(own["answers"]),
            str(own["calls"]),
            *(_percent(own[name]["ratio"]) for name in ("unsafe", "abstention", "errors")),
            *(_millis(own[name]["p95_s"]) for name in ("ttft", "duration")),
            _usd(own["cost"]["estimated_nano_usd"]),
        )
    if not answer["groups"]:
        return Text("No data in this window: nothing is known, which is not the same as all being well.")
    left_out = [Text(f"{answer['left_out']} more are not shown")] if answer["left_out"] else []
    return Group(table, *left_out)


def changed(answer: dict[str, Any]) -> RenderableType:
    """A window against an earlier one, a measure each."""
    head = f"{answer['start'][:16]}Z to {answer['end'][:16]}Z against {answer['before_start'][:16]}Z"
    table = Table("measure", "now", "before", "", "95 % interval of the difference", box=None, pad_edge=False)
    for change in answer["changes"]:
        name, interval = change["measure"], change["interval"]
        between = "" if interval is None else f"{_amount(name, interval[0])} to {_amount(name, interval[1])}"
        arrow = _ARROWS.get(change["direction"] or "", "")
        table.add_row(name, _amount(name, change["now"]), _amount(name, change["before"]), arrow, between)
    notes = [
        f"▲ ▼ differ, = cannot be told apart, ? too little data. By chance {answer['expected_by_chance']:.1f} differ."
    ]
    if answer["partial"]:
        notes.append("Partial: some of what happened may not have arrived.")
    return Group(Text(head), table, *map(Text, notes))


def _notes(window: dict[str, Any]) -> Iterator[str]:
    settling, sample = window["settling"], window["sample"]
    if settling["partial"]:
        until = settling["settled_until"]
        yield "Partial: " + ("it is not known what has arrived" if until is None else f"settled until {until[:19]}Z")
    if settling["revision"]:
        yield f"Revision {settling['revision']}: {settling['late_spans']} spans came late"
    if sample:
        yield f"Estimated for {sample['stands_for']}, from {sample['kept']} kept (as good as {sample['effective']:.0f})"


def _lines(window: dict[str, Any]) -> Iterator[tuple[str, str]]:
    yield "answers", f"{window['answers']}  ({window['calls']} model calls)"
    for name in _SHARES:
        yield name.replace("_", " "), _share(window[name])
    stages = ", ".join(f"{item['stage']} {item['count']}" for item in window["failure_stages"])
    yield "first failed stage", stages or _NO_DATA
    for name, label in (("ttft", "time to first token"), ("duration", "total time")):
        yield label, _quantiles(window[name])
    speed = window["throughput"]
    rate = _NO_DATA if speed["tokens_per_s"] is None else f"{speed['tokens_per_s']:.1f} tokens/s"
    yield "after the first token", f"{rate}  ({speed['n']} calls, {speed['undefined']} undefined)"
    for name in _LAST_SHARES:
        if window[name]["of"]:
            yield name.replace("_", " "), _share(window[name])
    yield "cost", _cost(window["cost"])
    for item in window["quarantined"]:
        yield "quarantined", f"{item['count']} {item['reason']}"


def _share(share: dict[str, Any]) -> str:
    if share["ratio"] is None:
        return _NO_DATA
    low, high = share["interval"]
    return f"{share['ratio']:.1%}  ({share['count']}/{share['of']}, 95 % interval {low:.1%} to {high:.1%})"


def _quantiles(quantiles: dict[str, Any]) -> str:
    if quantiles["p50_s"] is None:
        return _NO_DATA
    unknown = f", {quantiles['unknown']} unknown" if quantiles["unknown"] else ""
    p50, p95, p99 = (_millis(quantiles[name]) for name in ("p50_s", "p95_s", "p99_s"))
    method = "" if quantiles["method"] == "nearest rank" else f", {quantiles['method']}"
    return f"p50 {p50}, p95 {p95}, p99 {p99}  ({quantiles['n']} calls{unknown}{method})"


def _cost(cost: dict[str, Any]) -> str:
    unpriced = ", ".join(f"{item['model'] or 'unknown model'} ({item['calls']} calls)" for item in cost["unpriced"])
    left_out = f"; not priced: {unpriced}" if unpriced else ""
    if cost["nano_usd"] is None:
        return f"unknown{left_out}"
    estimated = "" if cost["estimated_nano_usd"] == cost["nano_usd"] else ", estimated for all traffic"
    return f"{_usd(cost['estimated_nano_usd'])} under {cost['rate_card']}{estimated}{left_out}"


def _amount(measure: str, value: float | None) -> str:
    if value is None:
        return _NO_DATA
    if measure.endswith("_rate"):
        return f"{value:.2%}"
    if measure.endswith(("_p50", "_p90", "_p95", "_p99")):
        return _millis(value)
    return _usd(round(value)) if measure == "cost" else f"{value:,.6g}"


def _percent(ratio: float | None) -> str:
    return _NO_DATA if ratio is None else f"{ratio:.1%}"


def _millis(seconds: float | None) -> str:
    return _NO_DATA if seconds is None else f"{seconds * 1_000:.0f} ms"


def _usd(nano_usd: int | None) -> str:
    return _NO_DATA if nano_usd is None else usd_text(NanoUsd(nano_usd))
