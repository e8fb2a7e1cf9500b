"""`outproof close INC`: who and why in; an incident that a person ended, out."""

from __future__ import annotations

import json
from typing import Annotated
from urllib.parse import quote

import typer
from rich.console import Console
from rich.text import Text

from outproof.cli.client import ENDPOINT, AsJson, Endpoint, Key, posted
from outproof.cli.person import user_name
from outproof.respond.notification import plain

_TITLE_CHARS_MAX = 200

_out = Console(highlight=False, soft_wrap=True)


def close(
    incident_id: Annotated[str, typer.Argument(metavar="INC", help="The incident.")],
    reason: Annotated[str, typer.Option(help="Why it is over; it stays on record.")],
    by: Annotated[str | None, typer.Option(help="Who closes it; your user name where it is left out.")] = None,
    endpoint: Endpoint = ENDPOINT,
    key: Key = None,
    as_json: AsJson = False,
) -> None:
    """End an incident by hand. Only proof ends one by itself; what is not repaired will open a new one."""
    path = f"/v1/incidents/{quote(incident_id, safe='')}/close"
    answer = posted(endpoint, key, path, {"by": by or user_name(), "reason": reason})
    if as_json:
        print(json.dumps(answer, indent=2))
    else:
        _out.print(Text(f"{answer['state']}: {plain(answer['title'], _TITLE_CHARS_MAX)}"))
