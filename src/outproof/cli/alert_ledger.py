"""`outproof mark INC MARK` and `outproof alert-ledger`: what a page was worth in; precision by policy out."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal
from urllib.parse import quote

import typer
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from outproof.cli.client import ENDPOINT, AsJson, Endpoint, Key, fetched, posted
from outproof.cli.person import user_name
from outproof.core.time import duration_text
from outproof.learn.alert_ledger import PageMark
from outproof.respond.notification import plain

_TEXT_CHARS_MAX = 300
_NO_DATA = "no data"

_out = Console(highlight=False, soft_wrap=True)


def mark(
    incident_id: Annotated[str, typer.Argument(metavar="INC", help="The incident whose page it was.")],
    worth: Annotated[PageMark, typer.Argument(metavar="MARK", help="acted_on, noise, duplicate or too_late.")],
    note: Annotated[str, typer.Option(help="Why, in a sentence.")] = "",
    began: Annotated[
        str | None, typer.Option(metavar="INSTANT", help="When it really broke, e.g. 2026-11-21T03:00:00Z.")
    ] = None,
    by: Annotated[str | None, typer.Option(help="Who says so; your user name where it is left out.")] = None,
    endpoint: Endpoint = ENDPOINT,
    key: Key = None,
    as_json: AsJson = False,
) -> None:
    """Say what a page was worth: that is what precision, time to detect and backtests are computed from."""
    order = {"mark": worth.value, "by": by or user_name(), "note": note, "began_at": began}
    answer = posted(endpoint, key, f"/v1/incidents/{quote(incident_id, safe='')}/marks", order)
    if as_json:
        print(json.dumps(answer, indent=2))
        return
    newest, *before = answer["marks"]
    changed = f" (before: {_words(before[0]['mark'])}, by {plain(before[0]['by'], _TEXT_CHARS_MAX)})" if before else ""
    _out.print(Text(f"{_words(newest['mark'])}{changed}"))


def alert_ledger(
    minutes: Annotated[int, typer.Option(help="How far back; four weeks where it is left out.")] = 28 * 24 * 60,
    endpoint: Endpoint = ENDPOINT,
    key: Key = None,
    as_json: AsJson = False,
) -> None:
    """Show what pages were worth, by policy: precision, time to detect, and which propose to be demoted."""
    answer = fetched(endpoint, key, "/v1/alert-ledger", {"minutes": minutes, "limit": 0})
    if as_json:
        print(json.dumps(answer, indent=2))
    elif not answer["accounts"]:
        _out.print("Nobody was paged.")
    else:
        _out.print(_table(answer["accounts"]))
        for account in answer["accounts"]:
            if account["demotion"]:
                _out.print(_proposal(account))


def _table(accounts: list[Any]) -> Table:
    shown = Table(box=box.SIMPLE_HEAD)
    for name in ("who paged", "pages", "acted on", "noise", "duplicate", "too late", "precision", "detected after"):
        justify: Literal["left", "right"] = "left" if name == "who paged" else "right"
        shown.add_column(name, justify=justify, no_wrap=name == "precision")
    for account in accounts:
        marks = account["marks"]
        shown.add_row(
            Text(plain(account["source"]["name"], _TEXT_CHARS_MAX)),
            str(account["pages"]),
            *(str(marks[name]) for name in ("acted_on", "noise", "duplicate", "too_late")),
            _precision(account),
            _NO_DATA if account["detect_s_median"] is None else duration_text(account["detect_s_median"]),
        )
    return shown


def _precision(account: Any) -> str:
    if account["precision_ratio"] is None:
        return _NO_DATA
    low, high = account["precision_low_ratio"], account["precision_high_ratio"]
    return f"{account['precision_ratio']:.0%} ({low:.0%} to {high:.0%})"


def _proposal(account: Any) -> Text:
    demotion = account["demotion"]
    name = plain(account["source"]["name"], _TEXT_CHARS_MAX)
    if demotion["to"] is None:
        what = f"{name} proposes to be changed or taken out"
    else:
        what = f"{name} proposes to be {demotion['to']}, not {demotion['severity']}"
    try_it = f" Try other limits: outproof calibrate {name}" if account["source"]["type"] == "policy" else ""
    return Text.assemble((what, "yellow"), f": {demotion['reason']}.{try_it}")


def _words(name: str) -> str:
    return name.replace("_", " ")
