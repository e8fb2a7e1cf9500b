"""`outproof verify packet.json`: a file in; exactly what is verified of it, or what is wrong and where, out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key
from rich.console import Console
from rich.text import Text

from outproof.respond.notification import plain
from outproof.respond.packet import PACKET_BYTES_MAX, NotAPacket, Verification, public_key_of, verified

FAILED, NOT_CHECKED = 1, 2
KEY_FILE_BYTES_MAX = 10_000
_TEXT_CHARS_MAX = 400

_out = Console(highlight=False, soft_wrap=True)
_err = Console(stderr=True, highlight=False, soft_wrap=True)


def verify(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="An evidence packet, as `outproof packet` writes it.")],
    key: Annotated[
        str | None,
        typer.Option(metavar="KEY|FILE", help="The server's public key: its base64, or a file that holds it."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was found, for programs.")] = False,
) -> None:
    """Check that an evidence packet is what the server signed. Nothing is asked of anybody.

    Exit code 0: it is, as far as was said; 1: it is not; 2: it could not be checked.
    """
    trusted = None if key is None else _trusted(key)
    try:
        with file.open("rb") as opened:
            found = verified(opened.read(PACKET_BYTES_MAX + 1), trusted)
    except OSError as error:
        _not_checked(f"cannot read {file}: {error.strerror}", as_json=as_json)
    except NotAPacket as error:
        _not_checked(f"{file}: {error}", as_json=as_json)
    if as_json:
        print(json.dumps(_json(found), indent=2))
    else:
        _show(found)
    raise typer.Exit(FAILED if found.problems else 0)


def _trusted(text: str) -> bytes:
    """The key as it stands there, or as a file holds it: base64, PEM, or what GET /v1/signing-key answers."""
    try:
        return public_key_of(text)
    except ValueError as error:
        reason = str(error)
    try:
        with Path(text).open("rb") as opened:
            held = opened.read(KEY_FILE_BYTES_MAX).decode()
        if held.lstrip().startswith("{"):
            return public_key_of(str(json.loads(held).get("public_key")))
        if "BEGIN PUBLIC KEY" in held:
            loaded = load_pem_public_key(held.encode())
            if not isinstance(loaded, Ed25519PublicKey):
                raise ValueError("expected an Ed25519 key")
            return loaded.public_bytes(Encoding.Raw, PublicFormat.Raw)
        return public_key_of(held)
    except OSError:
        _not_checked(f"--key: {reason}; nor is it a file that can be read")
    except ValueError as error:
        _not_checked(f"--key: {error}")


def _show(found: Verification) -> None:
    for problem in found.problems:
        _out.print(Text(plain(problem, _TEXT_CHARS_MAX), style="bold red"))
    if found.problems:
        _out.print(Text("NOT what was signed: do not rely on this file.", style="bold red"))
        return
    _out.print(Text(f"Evidence packet of {found.incident_id}, made at {found.made_at}.", style="bold"))
    _out.print(Text(f"Intact: {len(found.sections)} sections ({', '.join(found.sections)}), none changed or left out."))
    if found.key_known:
        _out.print(Text(f"Signed by {found.key_id}, the key you gave.", style="green"))
    else:
        said = f"Signed by {found.key_id}. Whose key that is was not checked: pass --key with the server's own."
        _out.print(Text(said, style="yellow"))
    if found.reformatted:
        _out.print(Text("The file was laid out anew since it was exported; its content is the same."))
    _out.print(Text("Not shown by this: that what the server recorded is true, or that it recorded everything."))


def _json(found: Verification) -> dict[str, object]:
    return {
        "verified": not found.problems,
        "problems": list(found.problems),
        "incident_id": found.incident_id,
        "made_at": found.made_at,
        "sections": list(found.sections),
        "key_id": found.key_id,
        "key_known": found.key_known,
        "reformatted": found.reformatted,
    }


def _not_checked(message: str, *, as_json: bool = False) -> NoReturn:
    if as_json:
        print(json.dumps({"verified": None, "problems": [message]}, indent=2))
    else:
        _err.print(Text(f"could not be checked: {plain(message, _TEXT_CHARS_MAX)}", style="red"))
    raise typer.Exit(NOT_CHECKED)
