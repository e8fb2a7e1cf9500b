"""`outproof silence`: what nobody is to be told of in; silences, and what they cover, out."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from urllib.parse import quote

import typer
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from outproof.cli.client import ENDPOINT, AsJson, Endpoint, Key, fetched, posted, refuse
from outproof.cli.person import user_name
from outproof.core.time import duration_s
from outproof.respond.notification import plain

_TEXT_CHARS_MAX = 500
_COVERED_MAX = 20
"""Incidents that a preview names."""

_out = Console(highlight=False)

Json = Mapping[str, Any]
Matchers = Annotated[
    list[str], typer.Argument(metavar="MATCHER…", help="""All must fit, such as 'service="answers"'.""")
]
Id = Annotated[str, typer.Argument(metavar="ID", help="The silence, as `outproof silence list` shows it.")]
By = Annotated[str | None, typer.Option(help="Who does it; your user name where it is left out.")]

silence = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    help="Silences: who is not told of what, why, and until when. Incidents open and are shown as ever.",
)


@silence.command("add")
def add(
    matchers: Matchers,
    lasts: Annotated[str, typer.Option("--for", metavar="DURATION", help="How long, such as 2h.")],
    reason: Annotated[str, typer.Option(help="Why; who is not told will read it.")],
    by: By = None,
    endpoint: Endpoint = ENDPOINT,
    key: Key = None,
    as_json: AsJson = False,
) -> None:
    """Silence what fits every matcher, from now on."""
    body = {"matchers": matchers, "by": by or user_name(), "reason": reason, "ends_at": _in(lasts)}
    answer = posted(endpoint, key, "/v1/silences", body)
    _print(answer, as_json=as_json, shown=_table([answer]))


@silence.command("preview")
def preview(matchers: Matchers, endpoint: Endpoint = ENDPOINT, key: Key = None, as_json: AsJson = False) -> None:
    """What a silence would cover now, and would have covered in the last 7 days. Nothing is silenced."""
    answer = posted(endpoint, key, "/v1/silences/preview", {"matchers": matchers})
    _print(answer, as_json=as_json, shown=_covered(answer))


@silence.command("list")
def list_(
    everything: Annotated[bool, typer.Option("--all", help="Also those that are over.")] = False,
    endpoint: Endpoint = ENDPOINT,
    key: Key = None,
    as_json: AsJson = False,
) -> None:
    """The silences there are, and the maintenance windows of the files."""
    answer = fetched(endpoint, key, "/v1/silences", {"state": "all" if everything else "active"})
    if as_json:
        print(json.dumps(answer, indent=2))
        return
    _out.print(_table(answer["silences"]) if answer["silences"] else "Nothing is silenced.")
    for window in answer["maintenance"]:
        _out.print(_window(window), soft_wrap=True)


@silence.command("end")
def end(silence_id: Id, by: By = None, endpoint: Endpoint = ENDPOINT, key: Key = None, as_json: AsJson = False) -> None:
    """End a silence now: what is still open is told."""
    answer = posted(endpoint, key, f"/v1/silences/{quote(silence_id, safe='')}/end", {"by": by or user_name()})
    _print(answer, as_json=as_json, shown=_table([answer]))


@silence.command("extend")
def extend(
    silence_id: Id,
    lasts: Annotated[str, typer.Option("--for", metavar="DURATION", help="How long from now on, such as 2h.")],
    by: By = None,
    endpoint: Endpoint = ENDPOINT,
    key: Key = None,
    as_json: AsJson = False,
) -> None:
    """Give a silence another end."""
    body = {"by": by or user_name(), "ends_at": _in(lasts)}
    answer = posted(endpoint, key, f"/v1/silences/{quote(silence_id, safe='')}/extend", body)
    _print(answer, as_json=as_json, shown=_table([answer]))


def _in(duration: str) -> str:
    """The instant that is so far ahead. The server checks it against its own clock."""
    try:
        ahead = timedelta(seconds=duration_s(duration))
        return (datetime.now(UTC) + ahead).isoformat()
    except (ValueError, OverflowError) as error:
        refuse(f"--for: {error}")


def _print(answer: Any, *, as_json: bool, shown: Table | Text) -> None:
    if as_json:
        print(json.dumps(answer, indent=2))
    else:
        _out.print(shown)


def _table(silences: Sequence[Json]) -> Table:
    shown = Table(box=box.SIMPLE_HEAD, expand=True)
    shown.add_column("state", no_wrap=True)
    shown.add_column("covers", ratio=1, overflow="fold")
    shown.add_column("until (UTC)", no_wrap=True)
    for each in silences:
        covers = Text("\n").join(
            [
                Text(_plain(", ".join(each["matchers"])), style="bold"),
                Text(_plain(f"{each['by']}: {each['reason']}")),
                Text(each["id"], style="dim"),
            ]
        )
        shown.add_row(Text(each["state"]), covers, Text(_moment(each["ends_at"])))
    return shown


def _window(window: Json) -> Text:
    when = f"open until {_moment(window['until'])}" if window["until"] else f"next {_moment(window['next_at'])}"
    said = f"maintenance {window['name']}: {when if window['until'] or window['next_at'] else 'over'}"
    return Text(_plain(f"{said}; {', '.join(window['matchers'])} ({window['owner']}: {window['reason']})"))


def _covered(answer: Json) -> Text:
    days, before = answer["days"], answer["before"]
    lines = [f"Now: {_counted(answer['now'])}", *map(_line, answer["now"][:_COVERED_MAX])]
    lines += [f"Over in the last {days} days: {_counted(before)}", *map(_line, before[:_COVERED_MAX])]
    lines += [f"{answer['notices']} notices of these would not have been sent."]
    if answer["critical"]:
        lines.append(f"Critical ones among these: {answer['critical']}. Is it too wide?")
    if answer["not_looked_at"]:
        lines.append("There were more incidents than a preview looks at.")
    return Text("\n".join(map(_plain, lines)))


def _counted(covered: Sequence[Json]) -> str:
    return "1 incident" if len(covered) == 1 else f"{len(covered)} incidents"


def _line(each: Json) -> str:
    partly = "" if each["whole"] else " (only some of its parts: it is told all the same)"
    return f"- {_moment(each['opened_at'])} {each['severity']} {each['title']}{partly}"


def _plain(text: str) -> str:
    return plain(text, _TEXT_CHARS_MAX)


def _moment(text: str | None) -> str:
    """The minute of an RFC 3339 instant."""
    return "" if text is None else text[:16].replace("T", " ")
