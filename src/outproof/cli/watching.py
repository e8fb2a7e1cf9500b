"""`outproof watchdog`: its arguments, as they are, for the program that also runs where nothing is installed."""

from __future__ import annotations

import typer

from outproof.cli.watchdog import main

watchdog = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@watchdog.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []},
    add_help_option=False,
)
def _watchdog(ctx: typer.Context) -> None:
    """Watch servers from another host, and page when one falls silent."""
    main(ctx.args)
