"""`outproof check FILE…`: configuration files in; every mistake and doubt with its place, and the next slots, out."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.text import Text

from outproof.cli.client import Key, fetched
from outproof.cli.findings import Gravity, counted, show
from outproof.config.advice import advice
from outproof.config.declared import Declared
from outproof.config.json_schema import json_schema
from outproof.config.loading import Loaded, read
from outproof.config.yaml_lines import ConfigError, ConfigErrors
from outproof.contract.promise import Promise
from outproof.contract.schedule import Schedule
from outproof.core.time import NANOS_PER_S, Instant, duration_text, rfc3339
from outproof.prove.slots import upcoming

_DEFAULT = Path("outproof.yaml")
_SLOTS_SHOWN = 3

_out = Console(highlight=False, soft_wrap=True)


@dataclass(frozen=True, slots=True)
class _Checked:
    """What was found. Warnings keep nothing from being applied."""

    declared: Declared | None
    errors: list[ConfigError]
    warnings: list[ConfigError]


def check(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(metavar="FILE…", help="YAML files, or directories of them; they are read as one."),
    ] = None,
    against: Annotated[
        str | None, typer.Option(metavar="URL", help="A running server: which open incidents would be left behind?")
    ] = None,
    key: Key = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was found for programs.")] = False,
    schema: Annotated[
        bool, typer.Option("--schema", help="Print the JSON Schema of these files, for editors.")
    ] = False,
) -> None:
    """Check configuration files as `outproof serve` will read them. Exit code 1: it would refuse them."""
    if schema:
        print(json.dumps(json_schema(), indent=2))
        return
    checked = _checked(paths or [_DEFAULT])
    if against is not None and checked.declared is not None:
        checked.warnings.extend(_left_behind(checked.declared, against, key))
    now = Instant(time.time_ns())
    if as_json:
        print(json.dumps(_found(checked, now), indent=2))
    else:
        _show(checked, now)
    if checked.errors:
        raise typer.Exit(1)


def _checked(paths: Sequence[Path]) -> _Checked:
    try:
        loaded = read(paths, lenient=True)
    except ConfigErrors as error:
        return _Checked(None, error.errors, [])
    return _Checked(loaded.declared, [], _doubts(loaded))


def _doubts(loaded: Loaded) -> list[ConfigError]:
    remarks = [loaded.at(about, text) for about, text in advice(loaded.declared)]
    return sorted([*loaded.unset, *remarks])


def _left_behind(declared: Declared, endpoint: str, key: str | None) -> list[ConfigError]:
    """Open incidents of promises that these files no longer declare."""
    known = {promise.name for promise in declared.promises}
    incidents = fetched(endpoint, key, "/v1/incidents", {"state": "active", "limit": 500})["incidents"]
    open_of = Counter(each["promise"] for each in incidents if each["promise"] and each["promise"] not in known)
    return [
        ConfigError(
            endpoint, 0, 0, f"{count} open incidents of promise {name}, which is not declared: close them, or keep it"
        )
        for name, count in sorted(open_of.items())
    ]


def _found(checked: _Checked, now: Instant) -> dict[str, object]:
    scheduled = _scheduled(checked.declared)
    return {
        "errors": [asdict(error) for error in checked.errors],
        "warnings": [asdict(warning) for warning in checked.warnings],
        "next_slots": {
            promise.name: [rfc3339(slot) for slot in upcoming(schedule, now, _SLOTS_SHOWN)]
            for promise, schedule in scheduled
        },
    }


def _show(checked: _Checked, now: Instant) -> None:
    show(_out, checked.errors, Gravity.ERROR)
    show(_out, checked.warnings, Gravity.WARNING)
    for promise, schedule in _scheduled(checked.declared):
        _out.print(Text.assemble((promise.name, "bold"), f"  {_said(schedule)}"))
        for slot in upcoming(schedule, now, _SLOTS_SHOWN):
            _out.print(f"    {_local(slot, schedule.tz)}")
    _out.print(_summary(checked))


def _scheduled(declared: Declared | None) -> list[tuple[Promise, Schedule]]:
    promises = declared.promises if declared else ()
    return [(promise, promise.schedule) for promise in promises if promise.schedule is not None]


def _said(schedule: Schedule) -> str:
    if schedule.cron is None:
        return f"{duration_text(schedule.every_s or 0)} after the last run began"
    return f"{schedule.cron} in {schedule.tz}; the next slots are"


def _local(slot: Instant, tz: str) -> str:
    moment = datetime.fromtimestamp(slot // NANOS_PER_S, UTC)
    there = moment.astimezone(ZoneInfo(tz))
    utc = "" if tz == "UTC" else f"  ({moment:%Y-%m-%d %H:%M} UTC)"
    return f"{there:%a %Y-%m-%d %H:%M %Z}{utc}"


def _summary(checked: _Checked) -> str:
    found = f"{counted(len(checked.errors), 'error')}, {counted(len(checked.warnings), 'warning')}"
    declared = checked.declared
    if declared is None:
        return found
    sections = (("promise", declared.promises), ("policy", declared.policies), ("channel", declared.channels))
    return f"{', '.join(counted(len(section), noun) for noun, section in sections)}: {found}"
