"""`outproof import healthchecks|cronitor FILE`: what another service exports in; promises as YAML out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from outproof.cli.client import refuse
from outproof.config.foreign_entry import BadExport, Imported
from outproof.config.importing import EXPORT_BYTES_MAX, Origin, imported, yaml_text
from outproof.config.rendering import plain

_err = Console(stderr=True, highlight=False, soft_wrap=True, markup=False)


def import_(
    origin: Annotated[Origin, typer.Argument(metavar="healthchecks|cronitor", help="Whose export it is.")],
    file: Annotated[
        Path,
        typer.Argument(help="What GET /api/v3/checks/ answers; a cronitor.yaml, or what GET /api/monitors answers."),
    ],
    owner: Annotated[str | None, typer.Option(help="Who owns what is not tagged owner:NAME.")] = None,
    out: Annotated[Path | None, typer.Option(help="Write the promises here instead of printing them.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the file of --out if it is there.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Exit code 1 if anything was not carried over.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was found for programs.")] = False,
) -> None:
    """Turn the checks of a cron-ping service into promises, and say what could not be carried over."""
    if out is not None and out.exists() and not force:
        refuse(f"{out} is there already: pass another --out, or --force to replace it")
    try:
        found = imported(_read(file), origin, owner)
    except BadExport as error:
        refuse(f"{file}: {error}")
    text = yaml_text(found, origin)
    if out is not None:
        _write(out, text)
    if as_json:
        print(json.dumps({"entries": [_found(each) for each in found]}, indent=2, ensure_ascii=False))
    elif out is None:
        print(text, end="")
    _summarise(found, out)
    if strict and any(each.lost for each in found):
        raise typer.Exit(1)


def _read(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(EXPORT_BYTES_MAX + 1)
    except OSError as error:
        refuse(f"expected a readable file, got {file}: {error.strerror}")


def _write(out: Path, text: str) -> None:
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        refuse(f"expected a file that can be written, got {out}: {error.strerror}")


def _found(each: Imported) -> dict[str, object]:
    promise = None if each.promise is None else plain(each.promise)
    return {"title": each.title, "promise": promise, "not_carried_over": each.lost, "assumed": each.assumed}


def _summarise(found: Sequence[Imported], out: Path | None) -> None:
    made = [each for each in found if each.promise is not None]
    for each in found:
        left_out = "" if each.promise else "left out: "
        for text in each.lost:
            _err.print(f"{each.title}: {left_out}{text}")
    lossy, gone = sum(bool(each.lost) for each in made), len(found) - len(made)
    _err.print(f"{len(found)} entries: {len(made)} promises, of which {lossy} lost something; {gone} left out")
    if out is not None:
        _err.print(f"next: outproof check {out}")
