"""Level 13: the command line, one file per verb, each loaded when it is called.

`outproof incident` is typed at 03:00: it must not wait for the server's libraries, which only `serve` needs.
"""

from __future__ import annotations

from importlib import import_module
from keyword import iskeyword

import typer
from typer.core import TyperGroup

from outproof.core.version import VERSION

_VERBS = {
    "serve": "outproof.cli.serve",
    "check": "outproof.cli.check",
    "lint": "outproof.cli.lint",
    "plan": "outproof.cli.plan",
    "apply": "outproof.cli.plan",
    "import": "outproof.cli.import_",
    "incidents": "outproof.cli.incidents",
    "incident": "outproof.cli.incidents",
    "routes": "outproof.cli.routes",
    "ack": "outproof.cli.incident_acts",
    "assign": "outproof.cli.incident_acts",
    "note": "outproof.cli.incident_acts",
    "merge": "outproof.cli.incident_acts",
    "split": "outproof.cli.incident_acts",
    "silence": "outproof.cli.silence",
    "handoff": "outproof.cli.handoff",
    "act": "outproof.cli.act",
    "close": "outproof.cli.close",
    "mark": "outproof.cli.alert_ledger",
    "alert-ledger": "outproof.cli.alert_ledger",
    "backtest": "outproof.cli.trials",
    "calibrate": "outproof.cli.trials",
    "packet": "outproof.cli.packet",
    "verify": "outproof.cli.verify",
    "window": "outproof.cli.window",
    "cost": "outproof.cli.cost",
    "export": "outproof.cli.export",
    "explain-span": "outproof.cli.explain",
    "scrub": "outproof.cli.scrub",
    "raw": "outproof.cli.raw",
    "drill": "outproof.cli.drill",
    "test": "outproof.cli.test",
    "watchdog": "outproof.cli.watching",
}
"""Each verb is the function, or the group of functions, of its name in its module; a name that Python keeps for itself
ends in `_` there."""

Command = typer.core.TyperCommand | TyperGroup


class _Verbs(TyperGroup):
    """The verbs, by name."""

    def list_commands(self, ctx: typer.Context) -> list[str]:  # type: ignore[override]  # typer hides click's own type
        del ctx
        return list(_VERBS)

    def get_command(self, ctx: typer.Context, cmd_name: str) -> Command | None:  # type: ignore[override]  # as above
        del ctx
        if cmd_name not in _VERBS:
            return None
        function = f"{cmd_name}_" if iskeyword(cmd_name) else cmd_name.replace("-", "_")
        found = getattr(import_module(_VERBS[cmd_name]), function)
        if not isinstance(found, typer.Typer):
            one = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
            one.command(cmd_name)(found)
            found = one
        command = typer.main.get_command(found)
        assert isinstance(command, Command)
        command.name = cmd_name  # a group has none of its own, and a function that of Python
        return command


app = typer.Typer(
    name="outproof",
    cls=_Verbs,
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
    """Prove that generated output appeared, was right and was safe."""
    del version


def main() -> None:
    """The entry point of the `outproof` command."""
    app()
