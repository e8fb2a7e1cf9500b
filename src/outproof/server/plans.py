"""Plans over REST: texts of configuration files in; whether they would load and what they would change, out.

Files are the truth: nothing is put into force that the server's own files do not say. Applying proves that they are the
ones that were reviewed, and has them read at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from litestar import post
from litestar.exceptions import ClientException
from litestar.params import JSONBody

from outproof.config.loading import Loaded, read_texts
from outproof.config.planning import Change, ChangeKind, changes
from outproof.config.yaml_lines import ConfigErrors
from outproof.engine.declare import orphans
from outproof.ports import Transaction, Version
from outproof.server import given

FILES_MAX = 1_000
NAMED_MAX = 10


@dataclass(frozen=True, slots=True)
class GivenFiles:
    """The text of each file by its name, as they would be read together."""

    files: dict[str, str]


@dataclass(frozen=True, slots=True)
class Misread:
    """One mistake. Lines and columns count from 1; both are 0 when the file as a whole is meant."""

    file: str
    line: int
    column: int
    message: str


@dataclass(frozen=True, slots=True)
class Changed:
    """One thing that would be different; `diff` is of YAML lines. `version` null: it would be gone."""

    kind: str
    name: str
    change: ChangeKind
    version: str | None
    before: str | None
    diff: str


@dataclass(frozen=True, slots=True)
class LeftBehind:
    """A promise that would no longer be declared while so many incidents of it are open."""

    promise: str
    incidents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What these files would do. With `mistakes` they would be refused, and nothing else is known.

    `needs_restart` are sections whose changes come into force when the server is started again. Secrets are not
    compared.
    """

    mistakes: list[Misread]
    changes: list[Changed]
    needs_restart: list[str]
    left_behind: list[LeftBehind]


@post("/v1/plan", status_code=200, sync_to_thread=True)
def plan(data: JSONBody[GivenFiles], store: given.Store, in_force: given.InForce) -> Plan:
    """What would change if the server read these files, in its own environment. Changes nothing."""
    try:
        loaded = _read(data)
    except ConfigErrors as error:
        mistakes = [Misread(each.file, each.line, each.column, each.message) for each in error.errors]
        return Plan(mistakes=mistakes, changes=[], needs_restart=[], left_behind=[])
    return _plan(loaded, store, in_force)


@post("/v1/apply", status_code=202, sync_to_thread=True)
def apply(
    data: JSONBody[GivenFiles],
    store: given.Store,
    in_force: given.InForce,
    reloader: given.Reloader,
    followed: given.Followed,
) -> Plan:
    """Have the server read its files now, if they say what {files} say. 409: they do not, and nothing happens."""
    if not followed.paths:
        raise ClientException("this server follows no files: start it with --config", status_code=409)
    try:
        loaded, own = _read(data), followed.read()
    except ConfigErrors as error:
        raise ClientException(f"expected files that load: {error}", status_code=409) from error
    if different := _different(loaded.versions, own.versions):
        paths = ", ".join(map(str, followed.paths))
        more = f" and {len(different) - NAMED_MAX} more" if len(different) > NAMED_MAX else ""
        raise ClientException(
            f"the files this server follows ({paths}) say something else of {', '.join(different[:NAMED_MAX])}{more}: "
            "put the reviewed files there first, then apply",
            status_code=409,
        )
    found = _plan(loaded, store, in_force)
    reloader.ask()
    return found


def _read(data: GivenFiles) -> Loaded:
    if not 1 <= len(data.files) <= FILES_MAX:
        raise ClientException(f"expected 1 to {FILES_MAX} files, got {len(data.files)}", status_code=422)
    return read_texts(data.files)


def _plan(loaded: Loaded, store: given.Store, in_force: given.InForce) -> Plan:
    names = frozenset(promise.name for promise in loaded.declared.promises)
    with store.look() as tx:
        found = changes(tx.declarations.in_force(), loaded.versions, lambda kind, name: _body(tx, kind, name))
        left = orphans(tx, names)
    return Plan(
        mistakes=[],
        changes=[_changed(change) for change in found],
        needs_restart=list(in_force.waits(loaded.declared)),
        left_behind=[LeftBehind(promise, incidents) for promise, incidents in sorted(left.items())],
    )


def _body(tx: Transaction, kind: str, name: str) -> str | None:
    history = tx.declarations.history(kind, name, 1)
    return history[0].body if history else None


def _changed(change: Change) -> Changed:
    return Changed(change.kind, change.name, change.change, change.version, change.before, change.diff)


def _different(given_versions: Sequence[Version], own: Sequence[Version]) -> list[str]:
    """The names of what one says and the other does not, or says differently."""
    one, other = ({(each.kind, each.name): each.version for each in versions} for versions in (given_versions, own))
    both: Mapping[tuple[str, str], str] = {**one, **other}
    return [f"{kind} {name}" for kind, name in sorted(both) if one.get((kind, name)) != other.get((kind, name))]


HANDLERS = [plan, apply]
