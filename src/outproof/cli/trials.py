"""`outproof backtest POLICY` and `outproof calibrate POLICY`: a policy in; what it would have done on history out."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from outproof.cli.client import ENDPOINT, AsJson, Endpoint, Key, fetched, posted, refuse
from outproof.cli.person import user_name
from outproof.cli.trial_card import backtest_card, calibration_card
from outproof.config.loading import read
from outproof.core.errors import Permanent
from outproof.core.nearest import hint
from outproof.core.time import duration_s

_LOOK_EVERY_S = 0.3
_UNFINISHED = ("waiting", "running")
_BREAKS_BYTES_MAX = 1_000_000
_NOT_IN_FORCE = ". One that is not in force yet is taken from its file: --file PATH"

_out = Console(highlight=False, soft_wrap=True)
_err = Console(stderr=True, highlight=False)

PolicyName = Annotated[str, typer.Argument(metavar="POLICY", help="The policy, by name.")]
Since = Annotated[str, typer.Option("--from", metavar="DURATION", help="How far back history is taken.")]
File = Annotated[
    Path | None, typer.Option("--file", metavar="PATH", help="Take it from this file: it need not be in force.")
]
Breaks = Annotated[
    Path | None,
    typer.Option(
        "--incidents",
        metavar="PATH",
        help="Everything that was broken in that time, as a YAML or JSON list of {start, end, name}. "
        "Left out: what responders said of its pages (`outproof mark`).",
    ),
]
Like = Annotated[
    list[str] | None, typer.Option("--like", metavar="POLICY", help="Count what was said of this policy's pages too.")
]
By = Annotated[str | None, typer.Option(help="Who asks; your user name where it is left out.")]
Wait = Annotated[str, typer.Option("--wait", metavar="DURATION", help="How long to wait for its end.")]

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Break:
    start: datetime
    end: datetime
    name: str = ""


def backtest(
    policy: PolicyName,
    since: Since = "28d",
    file: File = None,
    incidents: Breaks = None,
    like: Like = None,
    by: By = None,
    wait: Wait = "30m",
    endpoint: Endpoint = ENDPOINT,
    key: Key = None,
    as_json: AsJson = False,
) -> None:
    """Replay history through a policy: how often it would have paged, what it would have caught, and how soon.

    Exit code 0: it is done; 1: it was refused or failed; 2: it is not over yet.
    """
    order = _order(policy, since, file, incidents, like, by)
    trial = _ended(endpoint, key, posted(endpoint, key, "/v1/backtests", order, if_unknown=_NOT_IN_FORCE), wait)
    if as_json:
        print(json.dumps(trial, indent=2))
    else:
        _out.print(backtest_card(trial))


def calibrate(
    policy: PolicyName,
    since: Since = "28d",
    file: File = None,
    incidents: Breaks = None,
    like: Like = None,
    allowed: Annotated[
        float | None, typer.Option("--allowed", min=0, help="False alarms a week that a proposed limit may bring.")
    ] = None,
    by: By = None,
    wait: Wait = "30m",
    endpoint: Endpoint = ENDPOINT,
    key: Key = None,
    as_json: AsJson = False,
) -> None:
    """Try limits of a policy on history: the false alarms that each would have brought, and what it would catch.

    Exit code 0: it is done; 1: it was refused or failed; 2: it is not over yet.
    """
    order = {**_order(policy, since, file, incidents, like, by), "allowed_per_week": allowed}
    trial = _ended(endpoint, key, posted(endpoint, key, "/v1/calibrations", order, if_unknown=_NOT_IN_FORCE), wait)
    if as_json:
        print(json.dumps(trial, indent=2))
    else:
        _out.print(calibration_card(trial))


def _order(
    policy: str, since: str, file: Path | None, incidents: Path | None, like: list[str] | None, by: str | None
) -> Json:
    return {
        "policy": policy,
        "by": by or user_name(),
        "minutes": max(1, round(_seconds("--from", since) / 60)),
        "text": None if file is None else _text(file, policy),
        "breaks": None if incidents is None else _breaks(incidents),
        "like": like,
    }


def _text(file: Path, policy: str) -> str:
    """The policy of that name as the file writes it."""
    try:
        loaded = read([file], lenient=True)
    except Permanent as error:
        refuse(str(error))
    bodies = {each.name: each.body for each in loaded.versions if each.kind == "policy"}
    if policy not in bodies:
        declared = ", ".join(bodies) or "none"
        refuse(f"no policy {policy!r} is in {file}, but {declared}{hint(policy, bodies)}")
    return bodies[policy]


def _breaks(path: Path) -> list[Json]:
    try:
        with path.open("rb") as file:
            written = file.read(_BREAKS_BYTES_MAX + 1)
    except OSError as error:
        refuse(f"cannot read {path}: {error.strerror}")
    if len(written) > _BREAKS_BYTES_MAX:
        refuse(f"{path}: expected at most {_BREAKS_BYTES_MAX} bytes")
    try:
        found = msgspec.yaml.decode(written, type=list[_Break])
    except msgspec.MsgspecError as error:
        refuse(f"{path}: expected a list of {{start, end, name}} with RFC 3339 instants: {error}")
    return [{"start": _instant(path, each.start), "end": _instant(path, each.end), "name": each.name} for each in found]


def _instant(path: Path, at: datetime) -> str:
    if at.tzinfo is None:
        refuse(f"{path}: expected instants with their offset, such as 2026-11-21T03:00:00Z, got {at.isoformat()}")
    return at.astimezone(UTC).isoformat()


def _ended(endpoint: str, key: str | None, trial: Json, wait: str) -> Json:
    """The trial as it ends, with a bar that shows how far it is. Ends the program where it does not end well."""
    deadline_s = time.monotonic() + _seconds("--wait", wait)
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=_err, transient=True) as shown:
        bar = shown.add_task(trial["doing"], total=1.0)
        while trial["state"] in _UNFINISHED and time.monotonic() < deadline_s:
            time.sleep(_LOOK_EVERY_S)
            trial = fetched(endpoint, key, f"/v1/trials/{trial['id']}")
            shown.update(bar, description=trial["doing"], completed=trial["done_ratio"])
    if trial["state"] == "failed":
        refuse(str(trial["failure"]))
    if trial["state"] in _UNFINISHED:
        _err.print(f"trial {trial['id']} goes on ({trial['done_ratio']:.0%}): GET /v1/trials/{trial['id']}")
        raise typer.Exit(2)
    return trial


def _seconds(option: str, text: str) -> float:
    try:
        return duration_s(text)
    except ValueError as error:
        refuse(f"{option}: {error}")
