"""`outproof explain-span FILE`: an OTLP trace request as it was sent in; how each span is read, and why, out."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from outproof.config.loading import read
from outproof.config.yaml_lines import ConfigErrors
from outproof.core.time import Instant
from outproof.server.body import BadEncoding, TooLarge, plain
from outproof.wire.dialects import TABLES_VERSION, Aliases, aliases
from outproof.wire.dialects.reference import reference
from outproof.wire.explain import Explained, explained
from outproof.wire.otlp_json import scopes_of_json
from outproof.wire.otlp_protobuf import scopes_of_protobuf
from outproof.wire.spans import Scope, Undecodable

_GZIP = b"\x1f\x8b"

_out = Console(highlight=False, soft_wrap=True)
_err = Console(stderr=True, highlight=False, soft_wrap=True)


def explain_span(
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="A trace request in protobuf or OTLP/JSON; - for stdin.")
    ] = None,
    config: Annotated[
        Path | None, typer.Option(help="The server's configuration: where the application's decision is written.")
    ] = None,
    namespace: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="The application's own namespace; may be repeated.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print it for programs.")] = False,
    tables: Annotated[bool, typer.Option("--tables", help="Print what is read from where, of every dialect.")] = False,
) -> None:
    """Show of each span what was read from which attribute, and what was ignored and why. Nothing is sent or kept."""
    if tables:
        print(reference(), end="")
        return
    if file is None:
        raise typer.BadParameter("expected a file, - for stdin, or --tables")
    try:
        body = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
        spans = explained(_scopes(body), _aliases(config, namespace or []), key=b"", now=Instant(time.time_ns()))
    except (OSError, BadEncoding, TooLarge, Undecodable, ConfigErrors) as error:
        _err.print(str(error), markup=False)
        raise typer.Exit(2) from None
    if as_json:
        print(json.dumps({"tables": TABLES_VERSION, "spans": [asdict(span) for span in spans]}, indent=2))
        return
    for span in spans:
        _show(span)
    _out.print(f"{len(spans)} spans, read by the tables of {TABLES_VERSION}")


def _scopes(file: bytes) -> list[Scope]:
    body = plain(file, "gzip") if file.startswith(_GZIP) else file
    return list(scopes_of_json(body) if body.lstrip()[:1] in (b"{", b"[") else scopes_of_protobuf(body))


def _aliases(config: Path | None, namespaces: list[str]) -> Aliases:
    if config is None:
        return aliases(namespaces)
    decision = read([config]).declared.decision
    return aliases([*decision.namespaces, *namespaces], decision.attributes)


def _show(span: Explained) -> None:
    _out.print(Text.assemble((span.name or "(no name)", "bold"), f"  {span.trace_id}:{span.span_id}"))
    _out.print(f"  written by {span.scope or 'an unnamed scope'}, read as {span.dialect or 'nothing'}", markup=False)
    _out.print(Text.assemble("  counts as ", (span.counts_as, "bold")))
    for fact in span.facts:
        _out.print(Text.assemble((f"  {fact.name:<20}", "green"), f" {fact.value}", (f"  ← {fact.source}", "dim")))
    for reason in span.set_aside:
        _out.print(Text.assemble(("  set aside           ", "red"), f" {reason}"))
    for item in span.ignored:
        _out.print(
            Text.assemble(("  ignored             ", "yellow"), f" {item.attribute}", (f"  {item.reason}", "dim"))
        )
    _out.print()
