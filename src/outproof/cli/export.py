"""`outproof export prometheus|grafana|openslo`: configuration files in; what other monitors take, generated, out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from outproof.cli.client import refuse
from outproof.cli.findings import counted
from outproof.config.declared import Declared
from outproof.config.loading import read
from outproof.config.yaml_lines import ConfigErrors
from outproof.export.exported import Exported
from outproof.export.grafana import grafana
from outproof.export.openslo import openslo
from outproof.export.prometheus import prometheus

_DEFAULT = Path("outproof.yaml")

_err = Console(stderr=True, highlight=False, soft_wrap=True)

Paths = Annotated[
    list[Path] | None,
    typer.Argument(metavar="FILE…", help="YAML files, or directories of them, as `outproof serve` reads them."),
]
Out = Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Write files there; without it, print them.")]

export = typer.Typer(
    name="export",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Generate what other monitors take, from the policies in force: never keep it by hand.",
)


@export.command("prometheus")
def _prometheus(paths: Paths = None, out: Out = None) -> None:
    """Alerting rules, and tests for promtool in which each of them fires and stays silent."""
    _write(prometheus, paths, out)


@export.command("grafana")
def _grafana(paths: Paths = None, out: Out = None) -> None:
    """Dashboards for file provisioning."""
    _write(grafana, paths, out)


@export.command("openslo")
def _openslo(paths: Paths = None, out: Out = None) -> None:
    """Objectives in OpenSLO v1."""
    _write(openslo, paths, out)


def _write(made: Callable[[Declared], Exported], paths: Sequence[Path] | None, out: Path | None) -> None:
    try:
        declared = read(paths or [_DEFAULT], lenient=True).declared
    except ConfigErrors as error:
        refuse("\n".join(map(str, error.errors)))
    exported = made(declared)
    for note in exported.notes:
        _err.print(f"note: {note}", markup=False)
    for file in exported.files:
        if out is None:
            print(f"# {file.path}\n{file.text}")
            continue
        target = out / file.path
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(file.text)
        except OSError as error:
            refuse(f"expected a directory that can be written to, got {out}: {error.strerror}")
    if out is not None:
        _err.print(f"{counted(len(exported.files), 'file')} in {out}", markup=False)
