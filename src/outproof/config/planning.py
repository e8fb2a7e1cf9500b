"""What would change if files were put into force: what is in force and what was loaded in; changes with diffs out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from outproof.config.rendering import diff
from outproof.ports import Version

Named = tuple[str, str]
"""A kind of thing, such as `policy`, and a name."""


class ChangeKind(StrEnum):
    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing that would be different. `version` None: it would be gone; `before` None: it is not there yet."""

    kind: str
    name: str
    change: ChangeKind
    version: str | None
    before: str | None
    diff: str


def changes(
    in_force: Mapping[Named, str], wanted: Sequence[Version], body: Callable[[str, str], str | None]
) -> tuple[Change, ...]:
    """What would be different, by kind and name. `body` gives what is in force of a kind and a name, as it was written.

    Secrets are no part of a version: a file that only changes one of them changes nothing here.
    """
    found = []
    after = {(version.kind, version.name): version for version in wanted}
    for named in sorted({*in_force, *after}):
        version, before = after.get(named), in_force.get(named)
        if version is not None and version.version == before:
            continue
        kind = ChangeKind.ADDED if before is None else ChangeKind.REMOVED if version is None else ChangeKind.CHANGED
        found.append(
            Change(
                kind=named[0],
                name=named[1],
                change=kind,
                version=None if version is None else version.version,
                before=before,
                diff=diff(None if before is None else body(*named), None if version is None else version.body),
            )
        )
    return tuple(found)
