"""`outproof act INC ACTION`: values in; what an action would do, or what came of doing it, out."""

from __future__ import annotations

import json
import time
from typing import Annotated, Any
from urllib.parse import quote

import typer
from rich.console import Console
from rich.text import Text

from outproof.cli.client import ENDPOINT, AsJson, Endpoint, Key, fetched, posted, refuse
from outproof.cli.handoff import record_line
from outproof.cli.person import user_name
from outproof.core.time import duration_s
from outproof.respond.notification import plain

_TEXT_CHARS_MAX = 2_000
_LOOK_EVERY_S = 0.5
_OPEN = ("intended", "running")

_out = Console(highlight=False, soft_wrap=True)

Json = dict[str, Any]


def act(
    incident_id: Annotated[str, typer.Argument(metavar="INC", help="The incident.")],
    action: Annotated[str, typer.Argument(metavar="ACTION", help="The action, as `outproof handoff INC` lists it.")],
    values: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="A value; items are separated by commas.")
    ] = None,
    preview: Annotated[bool, typer.Option("--preview", help="Show what it would do, and do nothing.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Do it although something speaks against it.")] = False,
    by: Annotated[str | None, typer.Option(help="Who asks; your user name where it is left out.")] = None,
    wait: Annotated[str, typer.Option(metavar="DURATION", help="How long to wait for its end.")] = "60s",
    endpoint: Endpoint = ENDPOINT,
    key: Key = None,
    as_json: AsJson = False,
) -> None:
    """Have a declared action done about an incident, once, however often you ask.

    Exit code 0: it is done; 1: it failed or was refused; 2: nobody can tell, or it is not over yet.
    """
    incident = f"/v1/incidents/{quote(incident_id, safe='')}"
    wait_s = _wait_s(wait)
    parameters = _parameters(_declared(fetched(endpoint, key, f"{incident}/handoff"), action), values or [])
    path = f"{incident}/actions/{quote(action, safe='')}"
    if preview:
        _show_preview(posted(endpoint, key, f"{path}/preview", {"parameters": parameters}), as_json=as_json)
        return
    order = {"parameters": parameters, "by": by or user_name(), "force": force}
    record = _ended(endpoint, key, incident, posted(endpoint, key, path, order), wait_s)
    if as_json:
        print(json.dumps(record, indent=2))
    else:
        _out.print(record_line(record))
    if record["state"] != "succeeded":
        raise typer.Exit(1 if record["state"] == "failed" else 2)


def _declared(handoff: Json, name: str) -> Json:
    actions = {action["name"]: action for action in handoff["actions"]}
    if name not in actions:
        refuse(f"no action {name!r} is declared for this incident; declared are: {', '.join(actions) or 'none'}")
    found: Json = actions[name]
    return found


def _parameters(action: Json, values: list[str]) -> Json:
    """The values as the API takes them, each of the type that was declared."""
    types = {parameter["name"]: parameter["type"] for parameter in action["parameters"]}
    parameters: Json = {}
    for value in values:
        name, separator, text = value.partition("=")
        if not separator or name not in types:
            refuse(f"--set: expected NAME=VALUE with a name from {', '.join(types) or 'none'}, got {value[:80]!r}")
        parameters[name] = _typed(name, types[name], text)
    return parameters


def _typed(name: str, kind: str, text: str) -> str | int | bool | list[str]:
    match kind:
        case "integer":
            try:
                return int(text)
            except ValueError:
                refuse(f"--set {name}: expected a whole number, got {text[:80]!r}")
        case "boolean":
            if text not in ("true", "false"):
                refuse(f"--set {name}: expected true or false, got {text[:80]!r}")
            return text == "true"
        case "items":
            return [item for item in text.replace("\n", ",").split(",") if item]
    return text


def _ended(endpoint: str, key: str | None, incident: str, record: Json, wait_s: float) -> Json:
    """The record as it ends, or as it is when the time is up."""
    deadline_s = time.monotonic() + wait_s
    while record["state"] in _OPEN and time.monotonic() < deadline_s:
        time.sleep(_LOOK_EVERY_S)
        history = fetched(endpoint, key, f"{incident}/handoff")["history"]
        record = next((each for each in history if each["id"] == record["id"]), record)
    return record


def _show_preview(shown: Json, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(shown, indent=2))
        return
    _out.print(Text(plain(shown["does"], _TEXT_CHARS_MAX)))
    if shown["argv"] is not None:
        _out.print(Text("  " + " ".join(repr(plain(each, _TEXT_CHARS_MAX)) for each in shown["argv"]), style="dim"))
    else:
        _out.print(Text(f"  {plain(shown['request'], _TEXT_CHARS_MAX)}", style="dim"))
    if shown["already"]:
        _out.print(
            Text("  Asked for before; asking again changes nothing: ").append_text(record_line(shown["already"]))
        )
    if shown["refused"]:
        _out.print(Text(f"  Refused: {plain(shown['refused'], _TEXT_CHARS_MAX)}", style="bold red"))
        if shown["forceable"]:
            _out.print(Text("  Whoever has looked and knows better adds --force."))


def _wait_s(text: str) -> float:
    try:
        return duration_s(text)
    except ValueError as error:
        refuse(f"--wait: {error}")
