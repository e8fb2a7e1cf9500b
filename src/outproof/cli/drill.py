"""`outproof drill NAME`: a promise to break on a running server in; progress, a verdict and an exit code out."""

from __future__ import annotations

import getpass
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import typer
from rich.console import Console
from rich.text import Text

from outproof.cli.client import ENDPOINT, AsJson, Endpoint, Key, fetched, posted, refuse
from outproof.cli.junit import Case, write_junit
from outproof.contract.drill import Fault
from outproof.core.time import duration_s, duration_text

FAILED, NOT_RUN = 1, 2
_LOOK_EVERY_S = 0.25

_out = Console(highlight=False, soft_wrap=True)
_progress = Console(stderr=True, highlight=False, soft_wrap=True)


def drill(
    promise: Annotated[str, typer.Argument(metavar="NAME", help="The promise to break on purpose.")],
    fault: Annotated[
        Fault | None, typer.Option(help="What to break; as its rule says where it is left out.", show_default=False)
    ] = None,
    notify: Annotated[bool, typer.Option("--notify", help="Tell its usual route too, people included.")] = False,
    by: Annotated[str | None, typer.Option(help="Who drills it; your user name where it is left out.")] = None,
    wait: Annotated[str, typer.Option(metavar="DURATION", help="How long to wait for the verdict.")] = "120s",
    junit: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the checks as JUnit XML.")] = None,
    endpoint: Endpoint = ENDPOINT,
    key: Key = None,
    as_json: AsJson = False,
) -> None:
    """Break a promise on purpose on a running server, and see that it is noticed, told and over when it is mended.

    Exit code 0: the drill passed; 1: it failed; 2: it could not be run, or it is not over yet.
    """
    order = {"promise": promise, "fault": fault, "by": by or _user(), "notify": notify}
    with _could_not_run():
        wait_s = _wait_s(wait)
        begun = posted(endpoint, key, "/v1/drills", order)
        done = _waited(endpoint, key, begun, wait_s)
    if as_json:
        print(json.dumps(done, indent=2))
    else:
        _show(done)
    if junit is not None:
        with _could_not_run():
            _write(junit, done)
    if done["state"] == "running":
        _progress.print(f"not over after {duration_text(wait_s)}: see GET /v1/drills/{done['id']}", markup=False)
        raise typer.Exit(NOT_RUN)
    raise typer.Exit(0 if done["state"] == "passed" else FAILED)


@contextmanager
def _could_not_run() -> Iterator[None]:
    """Turn a refusal into the exit code that says so: a drill that could not be run has not failed."""
    try:
        yield
    except typer.Exit as error:
        raise typer.Exit(NOT_RUN) from error


def _user() -> str:
    """Whoever is signed in; in a container there may be nobody of that number."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "somebody"


def _wait_s(text: str) -> float:
    try:
        return duration_s(text)
    except ValueError as error:
        refuse(f"--wait: {error}")


def _waited(endpoint: str, key: str | None, drill: Any, wait_s: float) -> Any:
    """The drill as it ends, or as it is when the time is up. Tells its steps as they come."""
    told = 0
    deadline_s = time.monotonic() + wait_s
    while True:
        for step in drill["steps"][told:]:
            _progress.print(Text.assemble((_clock(step["at"]), "dim"), f"  {step['text']}"))
        told = len(drill["steps"])
        if drill["state"] != "running" or time.monotonic() >= deadline_s:
            return drill
        time.sleep(_LOOK_EVERY_S)
        drill = fetched(endpoint, key, f"/v1/drills/{quote(drill['id'], safe='')}")


def _clock(instant: str) -> str:
    return instant[11:19]


def _show(drill: Any) -> None:
    for check in drill["checks"]:
        mark = ("passed", "green") if check["passed"] else ("failed", "bold red")
        said = f"  {check['name']}: " + (
            check["seen"] if check["passed"] else f"expected {check['expected']}, saw {check['seen']}"
        )
        _out.print(Text.assemble(mark, said))
    soon = drill["seconds_to_incident"]
    took = "" if soon is None else f", incident after {duration_text(soon)}"
    colour = {"passed": "green", "failed": "bold red"}.get(drill["state"], "yellow")
    _out.print(Text.assemble(f"drill of {drill['promise']} ({drill['fault']}) ", (drill["state"], colour), took))


def _write(path: Path, drill: Any) -> None:
    suite = f"drill.{drill['promise']}.{drill['fault']}"
    cases = [
        Case(
            suite=suite,
            name=check["name"],
            failure=None if check["passed"] else f"expected {check['expected']}, saw {check['seen']}",
        )
        for check in drill["checks"]
    ]
    if drill["state"] == "running":
        cases.append(Case(suite=suite, name="the drill ends", failure="expected a verdict, saw none yet", error=True))
    elif cases:
        began, ended = (datetime.fromisoformat(drill[name]) for name in ("started_at", "finished_at"))
        cases[0] = Case(
            suite=suite, name=cases[0].name, failure=cases[0].failure, seconds=(ended - began).total_seconds()
        )
    try:
        write_junit(path, "outproof drill", cases)
    except OSError as error:
        refuse(f"cannot write {path}: {error.strerror}")
