"""`outproof raw grant|list|read|revoke`: who asks and why in; grants and raw contents out, every use on record."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Annotated, Any
from urllib.parse import quote

import typer
from rich.console import Console
from rich.text import Text

from outproof.cli.client import ENDPOINT, AsJson, Endpoint, Key, fetched, posted, refuse
from outproof.cli.person import user_name
from outproof.respond.notification import plain

_CONTENT_CHARS_MAX = 65_536

_out = Console(highlight=False, soft_wrap=True)


class RawVerb(StrEnum):
    """What to do about raw access."""

    GRANT = "grant"
    LIST = "list"
    READ = "read"
    REVOKE = "revoke"


def raw(
    verb: Annotated[RawVerb, typer.Argument(help="grant, list, read or revoke.")],
    grant: Annotated[str | None, typer.Argument(metavar="[GRANT]", help="The grant to read or to revoke.")] = None,
    reason: Annotated[str | None, typer.Option(help="Why raw contents must be seen; it stays on record.")] = None,
    lasts: Annotated[str, typer.Option(metavar="DURATION", help="How long the grant lasts.")] = "1h",
    by: Annotated[str | None, typer.Option(help="Who asks; your user name where it is left out.")] = None,
    after: Annotated[int, typer.Option(help="Read on after this number.")] = 0,
    limit: Annotated[int, typer.Option(min=1, max=100, help="Read so many contents at most.")] = 20,
    endpoint: Endpoint = ENDPOINT,
    key: Key = None,
    as_json: AsJson = False,
) -> None:
    """See contents as they came: off unless the project's files allow it, for a reason, for a time, on record."""
    asking = {"by": by or user_name()}
    if verb is RawVerb.LIST:
        answer = fetched(endpoint, key, "/v1/raw/grants")
    elif verb is RawVerb.GRANT:
        if not reason:
            refuse("expected --reason: why raw contents must be seen; it stays on record")
        answer = posted(endpoint, key, "/v1/raw/grants", {**asking, "reason": reason, "lasts": lasts})
    elif verb is RawVerb.READ:
        answer = posted(endpoint, key, f"/v1/raw/grants/{_id(grant)}/read", {**asking, "after": after, "limit": limit})
    else:
        answer = posted(endpoint, key, f"/v1/raw/grants/{_id(grant)}/revoke", asking)
    if as_json:
        print(json.dumps(answer, indent=2))
    else:
        _show(verb, answer)


def _id(grant: str | None) -> str:
    if not grant:
        refuse("expected the id of a grant: see `outproof raw list`")
    return quote(grant, safe="")


def _show(verb: RawVerb, answer: Any) -> None:
    match verb:
        case RawVerb.LIST:
            for each in answer["grants"]:
                _out.print(Text(_line(each)))
            if not answer["grants"]:
                _out.print("nobody may see raw contents, and none are kept")
        case RawVerb.GRANT:
            _out.print(Text(_line(answer)))
        case RawVerb.READ:
            for each in answer["contents"]:
                _out.print(
                    Text(f"{each['number']}  {each['at']}  {each['trace_id']}:{each['span_id']}  {each['name']}")
                )
                _out.print(Text(plain(each["text"], _CONTENT_CHARS_MAX)))
        case RawVerb.REVOKE:
            _out.print(Text(f"revoked; {answer['erased']} contents erased"))


def _line(grant: Any) -> str:
    state = f"revoked {grant['revoked_at']}" if grant["revoked_at"] else f"until {grant['expires_at']}"
    return f"{grant['id']}  {state}  {grant['contents']} contents  {grant['by']}: {plain(grant['reason'], 500)}"
