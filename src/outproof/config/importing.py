"""What a cron-ping service exports, as promises: the export in; promises, and what they could not take along, out."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from enum import StrEnum

import yaml

from outproof.config.foreign_entry import BadExport, Imported, line, owner_tag
from outproof.config.from_cronitor import monitors, of_monitor
from outproof.config.from_healthchecks import checks, of_check
from outproof.config.rendering import plain

EXPORT_BYTES_MAX = 16 * 2**20
MONITORS_MAX = 10_000


class Origin(StrEnum):
    """Whose export it is."""

    HEALTHCHECKS = "healthchecks"
    CRONITOR = "cronitor"


def imported(export: bytes, origin: Origin, owner: str | None) -> list[Imported]:
    """Every entry of an export, in its order. `owner` has what is not tagged `owner:…`.

    Raises:
        BadExport: it cannot be read, or somebody must say who owns it.
    """
    data = _data(export)
    entries = checks(data) if origin is Origin.HEALTHCHECKS else monitors(data)
    if len(entries) > MONITORS_MAX:
        raise BadExport(f"expected at most {MONITORS_MAX} entries, got {len(entries)}: split the export")
    make = of_check if origin is Origin.HEALTHCHECKS else of_monitor
    found = [make(entry, owner_tag(entry) or owner or "") for entry in entries]
    if ownerless := [each.title for each in found if each.promise is not None and not each.promise.owner]:
        raise BadExport(
            f"expected --owner, who is woken for what is not tagged owner:…; {len(ownerless)} have no such tag, "
            f"the first of them {', '.join(ownerless[:3])}"
        )
    return _apart(found)


def yaml_text(found: Sequence[Imported], origin: Origin) -> str:
    """The promises as a file, each below what was not carried over."""
    made = [each.promise for each in found if each.promise is not None]
    lines = [
        f"# Imported from {origin.capitalize()}. Not part of an export, so not here: who is told, and how often again.",
        "# Declare `channels` and `routes`, then: outproof check",
    ]
    if any(promise.ping for promise in made):
        lines.append("# Each `ping` is a secret: who knows it can report runs of that promise.")
    lines.append("promises:" if made else "promises: []")
    for each in found:
        why = "not carried over" if each.promise else f"{each.title} was left out"
        lines += ["", *(f"  # {why}: {text}" for text in each.lost), *(f"  # assumed: {text}" for text in each.assumed)]
        if each.promise is not None:
            written = yaml.safe_dump([plain(each.promise)], sort_keys=False, allow_unicode=True, width=100)
            lines += [f"  {written_line}" for written_line in written.splitlines()]
    return "\n".join(lines) + "\n"


def _data(export: bytes) -> object:
    if len(export) > EXPORT_BYTES_MAX:
        raise BadExport(f"expected at most {EXPORT_BYTES_MAX} bytes, got {len(export)}")
    try:
        text = export.decode("utf-8-sig")
        return json.loads(text) if text.lstrip().startswith(("{", "[")) else yaml.safe_load(text)
    except (ValueError, yaml.YAMLError, RecursionError) as error:
        raise BadExport(f"expected JSON or YAML in UTF-8: {line(error)}") from error


def _apart(found: Iterable[Imported]) -> list[Imported]:
    """The same, with no name and no ping address twice."""
    names: set[str] = set()
    pings: set[str] = set()
    apart = []
    for each in found:
        promise, lost = each.promise, list(each.lost)
        if promise is not None and promise.name in names:
            number = next(n for n in range(2, MONITORS_MAX + 2) if f"{promise.name}-{n}" not in names)
            lost.append(f"its name {promise.name}, which another one has: pings by that name are the other's")
            promise = replace(promise, name=f"{promise.name}-{number}")
        if promise is not None and promise.ping in pings:
            lost.append("its ping address, which another one has")
            promise = replace(promise, ping=None)
        if promise is not None:
            names.add(promise.name)
            pings |= {promise.ping} if promise.ping else set()
        apart.append(replace(each, promise=promise, lost=tuple(lost)))
    return apart
