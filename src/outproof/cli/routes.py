"""`outproof routes`: who is told of what, who would be told of certain labels, and a test of a channel; as tables."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from urllib.parse import quote, urlencode

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from outproof.cli.client import ENDPOINT, AsJson, Endpoint, Key, fetched, posted
from outproof.core.time import duration_text

_out = Console(highlight=False, soft_wrap=True)
_STYLE = {"proven": "green", "waiting": "dim", "failing": "yellow", "dead": "bold red"}


def routes(
    endpoint: Endpoint = ENDPOINT,
    key: Key = None,
    label: Annotated[
        list[str] | None,
        typer.Option("--label", "-l", metavar="NAME=VALUE", help="Who would be told of this? Needs severity=…"),
    ] = None,
    at: Annotated[str | None, typer.Option(metavar="TIME", help="With --label: at that time, in RFC 3339.")] = None,
    test: Annotated[str | None, typer.Option(metavar="CHANNEL", help="Send a plain test to this channel.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show who is told of what, and when each channel last proved that it can be reached.

    Exit code 1 where a channel is dead: nobody can be told on it.
    """
    if test is not None:
        answer = posted(endpoint, key, f"/v1/routes/channels/{quote(test, safe='')}/test", {})
        _print(answer, as_json, [Text(f"A test is on its way to {test}: `outproof routes` shows what came of it.")])
    elif label:
        query = urlencode([("label", each) for each in label] + ([("at", at)] if at else []))
        answer = fetched(endpoint, key, f"/v1/routes/preview?{query}")
        _print(answer, as_json, _preview(answer))
    else:
        answer = fetched(endpoint, key, "/v1/routes")
        _print(answer, as_json, [_tree(answer["routes"]), _channels(answer["channels"]), *_quiet(answer)])
        if any(channel["state"] == "dead" for channel in answer["channels"]):
            raise typer.Exit(1)


def _print(answer: Any, as_json: bool, shown: Sequence[Table | Text]) -> None:
    if as_json:
        print(json.dumps(answer, indent=2))
        return
    for each in shown:
        _out.print(each)


def _tree(lines: Sequence[Mapping[str, Any]]) -> Table:
    table = Table("route", "takes", "tells", "then", "last proof", box=None, pad_edge=False)
    for line in lines:
        takes = [*line["matchers"], *([line["hours"]] if line["hours"] else [])]
        table.add_row(
            "  " * (len(line["path"]) - 1) + line["path"][-1] + (" +" if line["goes_on"] else ""),
            ", ".join(takes) or "the rest",
            ", ".join(line["channels"]) or Text("nobody", style="red"),
            _then(line),
            Text(_age(line["proof_age_s"]), style=_STYLE[line["state"]]),
        )
    return table


def _then(line: Mapping[str, Any]) -> str:
    said = [f"after {duration_text(step['after_s'])} {', '.join(step['channels'])}" for step in line["escalate"]]
    said += [f"unanswered: {', '.join(line['fail_over'])}"] if line["fail_over"] else []
    said += [f"again every {duration_text(line['repeat_s'])}"] if line["repeat_s"] else []
    return "; ".join(said)


def _channels(channels: Sequence[Mapping[str, Any]]) -> Table:
    table = Table("channel", "state", "last proof", "why", box=None, pad_edge=False)
    for each in channels:
        state = Text(each["state"], style=_STYLE[each["state"]])
        table.add_row(each["channel"], state, _age(each["proof_age_s"]), each["reason"])
    return table


def _quiet(answer: Mapping[str, Any]) -> list[Text]:
    return [
        Text(f"quiet for {', '.join(each['severities'])}: {each['hours']}" + (" (now)" if each["now"] else ""))
        for each in answer["quiet_hours"]
    ]


def _preview(answer: Mapping[str, Any]) -> list[Table | Text]:
    held = answer["held_back"]
    told = Text(f"told: {', '.join(answer['told']) or 'nobody'}", style="bold" if answer["told"] else "bold red")
    shown: list[Table | Text] = [told]
    if held is not None:
        until = f" until {held['until']}" if held["until"] else ""
        shown.append(Text(f"held back: {held['reason']}{until}", style="yellow"))
    table = Table("route", "because", "tells", "then", box=None, pad_edge=False)
    for way in answer["ways"]:
        table.add_row(way["path"], way["why"], ", ".join(way["channels"]) or "nobody", _then(way))
    return [*shown, table]


def _age(seconds: float | None) -> str:
    return "never" if seconds is None else f"{duration_text(max(seconds, 1.0))} ago"
