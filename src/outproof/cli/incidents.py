"""`outproof incidents` and `outproof incident ID`: what the API answers in, a table or a card in the terminal out."""

from __future__ import annotations

import json
from typing import Annotated, Any
from urllib.parse import quote

import typer
from rich.console import Console

from outproof.cli.client import ENDPOINT, AsJson, Endpoint, Key, fetched
from outproof.cli.incident_card import card, table

_out = Console(highlight=False)


def incidents(
    endpoint: Endpoint = ENDPOINT,
    key: Key = None,
    state: Annotated[str, typer.Option(help="active, resolved or all.")] = "active",
    limit: Annotated[int, typer.Option(help="How many, the newest first.")] = 100,
    as_json: AsJson = False,
) -> None:
    """List incidents, the newest first."""
    answer = fetched(endpoint, key, "/v1/incidents", {"state": state, "limit": limit})
    if as_json:
        _print_json(answer)
    elif answer["incidents"]:
        _out.print(table(answer["incidents"]))
    else:
        _out.print({"active": "No incident is open.", "resolved": "No incident is over."}.get(state, "No incidents."))


def incident(
    incident_id: Annotated[str, typer.Argument(metavar="ID", help="The incident, as `outproof incidents` lists it.")],
    endpoint: Endpoint = ENDPOINT,
    key: Key = None,
    as_json: AsJson = False,
) -> None:
    """Show one incident: what broke, whose it is, what to look at first, the evidence, and who was told."""
    answer = fetched(endpoint, key, f"/v1/incidents/{quote(incident_id, safe='')}")
    if as_json:
        _print_json(answer)
    else:
        _out.print(card(answer, endpoint))


def _print_json(answer: Any) -> None:
    print(json.dumps(answer, indent=2))
