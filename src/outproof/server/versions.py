"""Every version of a declared thing that was in force: its history in; what came, what went and what changed, out."""

from __future__ import annotations

from dataclasses import dataclass

from litestar.exceptions import NotFoundException

from outproof.config.rendering import diff
from outproof.core.time import rfc3339
from outproof.ports import State

LIMIT_MAX = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredVersion:
    """A version that came into force, or that went (`removed`). `diff` is against the one before."""

    version: str
    applied_at: str
    removed: bool
    diff: str


@dataclass(frozen=True, slots=True)
class VersionList:
    """The newest first."""

    versions: list[DeclaredVersion]


def versions_of(store: State, kind: str, name: str, limit: int) -> VersionList:
    """What was in force under a name.

    Raises:
        NotFoundException: nothing ever was.
    """
    with store.look() as tx:
        history = tx.declarations.history(kind, name, limit + 1)
    if not history:
        raise NotFoundException(f"no {kind} {name!r} was ever declared")
    bodies = [None if applied.removed else applied.body for applied in history]
    earlier = [*bodies[1:], None]
    return VersionList(
        [
            DeclaredVersion(
                version=applied.version,
                applied_at=rfc3339(applied.at),
                removed=applied.removed,
                diff=diff(old, new),
            )
            for applied, new, old in zip(history, bodies, earlier, strict=True)
        ][:limit]
    )
