"""`outproof packet INC`: an incident in; its signed evidence packet, byte for byte as the server made it, out."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated
from urllib.parse import quote

import typer
from rich.console import Console
from rich.text import Text

from outproof.cli.client import ENDPOINT, AsJson, Endpoint, Key, downloaded, refuse

_err = Console(stderr=True, highlight=False, soft_wrap=True)


def packet(
    incident_id: Annotated[str, typer.Argument(metavar="INC", help="The incident.")],
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write it there instead of to stdout.")] = None,
    html: Annotated[bool, typer.Option("--html", help="The page for people; only the packet can be verified.")] = False,
    endpoint: Endpoint = ENDPOINT,
    key: Key = None,
    as_json: AsJson = False,
) -> None:
    """Export the signed evidence packet of an incident. `outproof verify` checks it offline."""
    path = f"/v1/incidents/{quote(incident_id, safe='')}/packet" + (".html" if html else "")
    content = downloaded(endpoint, key, path)
    if out is None:
        sys.stdout.buffer.write(content)
        return
    try:
        out.write_bytes(content)
    except OSError as error:
        refuse(f"cannot write {out}: {error.strerror}")
    if as_json:
        print(json.dumps({"file": str(out), "bytes": len(content)}))
    else:
        _err.print(Text(f"{len(content)} bytes in {out}"))
