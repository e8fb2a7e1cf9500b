"""`outproof handoff INC`: what the API knows of an incident in; may it be done again, and what may be done, out."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Annotated, Any
from urllib.parse import quote

import typer
from rich.console import Console
from rich.text import Text

from outproof.cli.client import ENDPOINT, AsJson, Endpoint, Key, fetched
from outproof.respond.notification import plain

TEXT_CHARS_MAX = 1_000
IDS_SHOWN_MAX = 10

_VERDICTS = {
    "safe": ("safe to do again", "bold green"),
    "safe_for_items": ("safe to do again for these items only", "bold green"),
    "unsafe": ("do not do it again: it would duplicate", "bold red"),
    "unknown": ("nobody knows whether it may be done again: look first", "bold yellow"),
}
_STATES = {"succeeded": "green", "failed": "red", "unknown": "bold yellow", "running": "blue", "intended": "blue"}

_out = Console(highlight=False, soft_wrap=True)

Json = Mapping[str, Any]


def handoff(
    incident_id: Annotated[str, typer.Argument(metavar="INC", help="The incident.")],
    endpoint: Endpoint = ENDPOINT,
    key: Key = None,
    as_json: AsJson = False,
) -> None:
    """Show what is known good and bad of an incident, whether it may be done again, and what may be done about it."""
    answer = fetched(endpoint, key, f"/v1/incidents/{quote(incident_id, safe='')}/handoff")
    if as_json:
        print(json.dumps(answer, indent=2))
        return
    for line in _lines(answer, incident_id):
        _out.print(line)


def record_line(record: Json) -> Text:
    """One act in a line: when, which, how it ended, by whom, and what came of it."""
    state = str(record["state"])
    done = f"{_said(record['at'])[:19].replace('T', ' ')}  {_said(record['action'])} "
    told = f" by {_said(record['by'])}" + (f": {_said(record['result'])}" if record["result"] else "")
    taken_back = ", taken back" if record.get("undone_by") else ""
    return Text.assemble(done, (state, _STATES.get(state, "")), told, taken_back)


def _lines(answer: Json, incident_id: str) -> Iterator[Text]:
    yield Text.assemble(("Owner    ", "dim"), _said(answer["owner"]))
    if answer["runbook"]:
        yield Text.assemble(("Runbook  ", "dim"), _said(answer["runbook"]))
    if answer["retry_safety"]:
        yield from _retry(answer["retry_safety"])
    if answer["boundary"]:
        yield from _boundary(answer["boundary"])
    if answer["user_notice"]:
        yield Text("\nWhat users may be told", style="bold")
        yield Text(f"  {_said(answer['user_notice'])}")
    yield Text("\nWhat you may do", style="bold")
    for action in answer["actions"]:
        undo = f"; taken back by {action['undo']}" if action["undo"] else "; cannot be taken back"
        yield Text(f"  {_said(action['name'])} ({_said(action['kind'])}{undo}): {_said(action['describes'])}")
        values = " ".join(f"--set {parameter['name']}=…" for parameter in action["parameters"])
        yield Text(f"    outproof act {incident_id} {action['name']} {values}".rstrip() + " --preview", style="dim")
    if not answer["actions"]:
        yield Text("  the promise declares no actions")
    if answer["history"]:
        yield Text("\nWhat was done", style="bold")
        for record in answer["history"]:
            yield Text("  ").append_text(record_line(record))


def _retry(retry: Json) -> Iterator[Text]:
    words, style = _VERDICTS.get(retry["verdict"], (str(retry["verdict"]), ""))
    yield Text.assemble("\n", (words, style))
    yield Text(f"  {_said(retry['reason'])}")
    if retry["check_first"]:
        yield Text(f"  Check first: {_said(retry['check_first'])}")
    if retry["item_count"]:
        yield Text(f"  {retry['item_count']} to do: {_ids(retry['item_ids'], retry['item_count'])}")


def _boundary(boundary: Json) -> Iterator[Text]:
    yield Text(f"\nWhat is known ({_said(boundary['unit'])})", style="bold")
    for name in ("known_good", "known_bad", "unknown", "unaffected"):
        part = boundary[name]
        number = "?" if part["count"] is None else str(part["count"])
        named = f" [{_ids(part['ids'], part['count'] or 0)}]" if part["ids"] else ""
        yield Text(f"  {name.replace('_', ' '):<11}{number:>7}  {_said(part['says'])}{named}")
    newest = boundary["newest_correct_at"]
    right = f"{newest[:19].replace('T', ' ')} UTC" if newest else "none"
    yield Text(f"  newest time that is known to be right: {right}")


def _ids(ids: list[str], count: int) -> str:
    shown = ", ".join(_said(each) for each in ids[:IDS_SHOWN_MAX])
    more = max(count, len(ids)) - min(len(ids), IDS_SHOWN_MAX)
    return f"{shown} and {more} more" if more > 0 else shown


def _said(text: object) -> str:
    """Text on one line and without what could command the terminal."""
    return plain(str(text), TEXT_CHARS_MAX)
