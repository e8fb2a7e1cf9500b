"""What people do about an incident, one verb each: who and what in; how it stands then, out."""

from __future__ import annotations

import json
from typing import Annotated, Any
from urllib.parse import quote

import typer
from rich.console import Console
from rich.text import Text

from outproof.cli.client import ENDPOINT, AsJson, Endpoint, Key, posted, refuse
from outproof.cli.person import user_name
from outproof.respond.notification import plain

_TEXT_CHARS_MAX = 300

_out = Console(highlight=False, soft_wrap=True)

Id = Annotated[str, typer.Argument(metavar="INC", help="The incident, as `outproof incidents` lists it.")]
By = Annotated[str | None, typer.Option(help="Who does it; your user name where it is left out.")]


def ack(
    incident_id: Id, by: By = None, endpoint: Endpoint = ENDPOINT, key: Key = None, as_json: AsJson = False
) -> None:
    """Take an incident: it escalates no further. The first to do so stays on record."""
    answer = _asked(endpoint, key, incident_id, "acknowledge", {"by": by or user_name()})
    said = f"taken by {answer['acknowledged_by']}" if answer["acknowledged_by"] else answer["state"]
    _show(answer, said, as_json=as_json)


def assign(
    incident_id: Id,
    to: Annotated[str | None, typer.Argument(metavar="WHO", help="Whose it is from now on.")] = None,
    nobody: Annotated[bool, typer.Option("--nobody", help="It is nobody's from now on.")] = False,
    by: By = None,
    endpoint: Endpoint = ENDPOINT,
    key: Key = None,
    as_json: AsJson = False,
) -> None:
    """Give an incident to somebody. That alone takes it for nobody: the other may be asleep."""
    if (to is None) != nobody:
        refuse("expected either WHO or --nobody")
    answer = _asked(endpoint, key, incident_id, "assign", {"by": by or user_name(), "to": to})
    _show(answer, f"assigned to {answer['assignee'] or 'nobody'}", as_json=as_json)


def note(
    incident_id: Id,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What you found out; it stays on the timeline.")],
    by: By = None,
    endpoint: Endpoint = ENDPOINT,
    key: Key = None,
    as_json: AsJson = False,
) -> None:
    """Write a note on the timeline of an incident."""
    answer = _asked(endpoint, key, incident_id, "notes", {"by": by or user_name(), "text": text})
    _show(answer, f"noted: {answer['timeline'][-1]['text']}", as_json=as_json)


def merge(
    incident_id: Id,
    into: Annotated[str, typer.Argument(metavar="INTO", help="The incident that it is part of.")],
    by: By = None,
    endpoint: Endpoint = ENDPOINT,
    key: Key = None,
    as_json: AsJson = False,
) -> None:
    """Say that an incident is part of another: it is not told by itself while that one is open."""
    answer = _asked(endpoint, key, incident_id, "merge", {"by": by or user_name(), "into": into})
    _show(answer, f"part of {answer['part_of']}", as_json=as_json)


def split(
    incident_id: Id, by: By = None, endpoint: Endpoint = ENDPOINT, key: Key = None, as_json: AsJson = False
) -> None:
    """Say that an incident is no part of another after all: it is told by itself again."""
    answer = _asked(endpoint, key, incident_id, "split", {"by": by or user_name()})
    _show(answer, "an incident of its own", as_json=as_json)


def _asked(endpoint: str, key: str | None, incident_id: str, act: str, body: dict[str, Any]) -> Any:
    return posted(endpoint, key, f"/v1/incidents/{quote(incident_id, safe='')}/{act}", body)


def _show(answer: Any, said: str, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(answer, indent=2))
    else:
        _out.print(Text(f"{plain(said, _TEXT_CHARS_MAX)}: {plain(answer['title'], _TEXT_CHARS_MAX)}"))
