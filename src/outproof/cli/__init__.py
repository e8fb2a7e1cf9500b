"""Level 13: the command line, one file per verb."""

from __future__ import annotations

import typer

from outproof.cli.incidents import incident, incidents
from outproof.cli.serve import serve
from outproof.cli.window import window
from outproof.core.version import VERSION

app = typer.Typer(
    name="outproof",
    help="Proves that generated output appeared, was right and was safe.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(VERSION)
        raise typer.Exit


@app.callback()
def _root(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Print the version."),
) -> None:
    """Proves that generated output appeared, was right and was safe."""


for verb in (serve, incidents, incident, window):
    app.command()(verb)


def main() -> None:
    """The entry point of the `outproof` command."""
    app()
