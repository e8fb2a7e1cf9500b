"""`outproof plan` and `outproof apply FILE…`: configuration files in; what a running server would do with them, out."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from outproof.cli.client import ENDPOINT, AsJson, Endpoint, Key, posted, refuse
from outproof.cli.findings import Gravity, counted, show
from outproof.config.loading import files, read
from outproof.config.yaml_lines import ConfigError, ConfigErrors

_DEFAULT = Path("outproof.yaml")
_IN_FORCE_WITHIN_S = 15.0
_ASK_EVERY_S = 0.5
_SIGNS = {"added": ("+", "green"), "changed": ("~", "yellow"), "removed": ("-", "red")}
_DIFF_STYLES = {"+": "green", "-": "red", "@": "dim"}

_out = Console(highlight=False, soft_wrap=True)

Paths = Annotated[
    list[Path] | None,
    typer.Argument(metavar="FILE…", help="YAML files, or directories of them; they are read as one."),
]


def plan(
    paths: Paths = None,
    endpoint: Endpoint = ENDPOINT,
    key: Key = None,
    fail_on_change: Annotated[
        bool, typer.Option("--fail-on-change", help="Exit code 3 if the server would change, to notice drift.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show what a running server would change if it read these files. Exit code 1: it would refuse them."""
    found = _planned(endpoint, key, _texts(paths))
    if as_json:
        print(json.dumps(found, indent=2))
    else:
        _show(found)
    if found["mistakes"]:
        raise typer.Exit(1)
    if fail_on_change and found["changes"]:
        raise typer.Exit(3)


def apply(
    paths: Paths = None,
    endpoint: Endpoint = ENDPOINT,
    key: Key = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask; for CI.")] = False,
    as_json: AsJson = False,
) -> None:
    """Have a running server read its files now, if they say what these say. Exit code 1: they do not."""
    texts = _texts(paths)
    found = _planned(endpoint, key, texts)
    if not as_json:
        _show(found)
    if found["mistakes"]:
        if as_json:
            print(json.dumps(found, indent=2))
        raise typer.Exit(1)
    if not yes and not typer.confirm("Put this into force?"):
        raise typer.Exit(1)
    done = posted(endpoint, key, "/v1/apply", {"files": texts})
    if not _until(lambda: not _planned(endpoint, key, texts)["changes"]):
        refuse(f"it is not in force after {_IN_FORCE_WITHIN_S:g} s: see {endpoint}/readyz for what the server refused")
    if as_json:
        print(json.dumps(done, indent=2))
    else:
        _out.print("in force")


def _texts(paths: list[Path] | None) -> Mapping[str, str]:
    """The files by name. What does not even load here is told here: with the lines, and without asking anybody."""
    try:
        given = files(paths or [_DEFAULT])
        read(given, lenient=True)
        return {str(path): path.read_text("utf-8") for path in given}
    except ConfigErrors as error:
        show(_out, error.errors, Gravity.ERROR)
        raise typer.Exit(1) from error


def _planned(endpoint: str, key: str | None, texts: Mapping[str, str]) -> Any:
    return posted(endpoint, key, "/v1/plan", {"files": texts})


def _show(found: Any) -> None:
    show(_out, [ConfigError(**mistake) for mistake in found["mistakes"]], Gravity.ERROR)
    for change in found["changes"]:
        sign, style = _SIGNS[change["change"]]
        _out.print(Text.assemble((f"{sign} {change['kind']} {change['name']}", f"bold {style}")))
        for line in change["diff"].splitlines()[2:]:  # the two lines that name the sides say nothing new
            _out.print(Text(f"    {line}", _DIFF_STYLES.get(line[:1], "")))
    for left in found["left_behind"]:
        _warn(f"{counted(left['incidents'], 'open incident')} of promise {left['promise']}, which is not declared")
    if found["needs_restart"]:
        _warn(f"changes of {', '.join(found['needs_restart'])} come into force when the server is started again")
    _out.print("the server would refuse these files" if found["mistakes"] else _summary(found["changes"]))


def _warn(text: str) -> None:
    _out.print(Text.assemble(("warning", "yellow"), f": {text}"))


def _summary(changes: list[Any]) -> str:
    if not changes:
        return "nothing changes: this is what is in force"
    return ", ".join(
        f"{count} {kind}" for kind in _SIGNS if (count := sum(change["change"] == kind for change in changes))
    )


def _until(is_done: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + _IN_FORCE_WITHIN_S
    while time.monotonic() < deadline:
        if is_done():
            return True
        time.sleep(_ASK_EVERY_S)
    return is_done()  # once more: an answer may have been slower than the deadline
