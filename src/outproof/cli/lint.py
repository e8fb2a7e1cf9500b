"""`outproof lint FILE…`: configuration files in; what loads and is probably not meant, with its place, out."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from outproof.cli.findings import Gravity, counted, show
from outproof.config.advice import advice, of_policies
from outproof.config.loading import Loaded, read
from outproof.config.yaml_lines import ConfigError, ConfigErrors
from outproof.core.errors import Mistake

_DEFAULT = Path("outproof.yaml")

_out = Console(highlight=False, soft_wrap=True)


def lint(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(metavar="FILE…", help="YAML files, or directories of them; they are read as one."),
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Exit code 1 if there is any advice, for CI.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was found for programs.")] = False,
) -> None:
    """Say which policies and promises will page too often, too late or without help. Exit code 1: they do not load."""
    errors: list[ConfigError] = []
    found: list[ConfigError] = []
    try:
        found = _found(read(paths or [_DEFAULT], lenient=True))
    except ConfigErrors as error:
        errors = error.errors
    if as_json:
        print(json.dumps({"errors": [*map(asdict, errors)], "advice": [*map(asdict, found)]}, indent=2))
    else:
        show(_out, errors, Gravity.ERROR)
        show(_out, found, Gravity.ADVICE)
        _out.print(f"{counted(len(errors), 'error')}, {counted(len(found), 'remark')}")
    if errors or (strict and found):
        raise typer.Exit(1)


def _found(loaded: Loaded) -> list[ConfigError]:
    """All there is to remark, in the order of the files."""
    policies = (
        loaded.inside(policy, Mistake(f"{policy.name}: {remark.message}", remark.field))
        for policy, remark in of_policies(loaded.declared)
    )
    return sorted([*policies, *(loaded.at(about, text) for about, text in advice(loaded.declared))])
