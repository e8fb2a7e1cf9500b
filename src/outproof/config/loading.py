"""Files in; everything they declare, the version of each thing, and what is doubtful about them out."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from outproof.config.declared import Declared
from outproof.config.reading import Made, Reader
from outproof.config.rendering import body
from outproof.config.sections import MAKERS, ChannelConfig
from outproof.config.yaml_lines import ConfigError, ConfigErrors, composed, document, error_at, merged
from outproof.contract.promise import Promise
from outproof.core.ids import digest_id
from outproof.decide.policy import Policy
from outproof.decide.tool_loop import ToolLoops
from outproof.measure.rate_card import RateCard
from outproof.ports import Version
from outproof.respond.route import Routes
from outproof.sampling.policy import Sampling

_SUFFIXES = (".yaml", ".yml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What files declare. `made` are the values that were read, with the places they stand in.

    `unset` are environment variables that are named and not set.
    """

    declared: Declared
    versions: tuple[Version, ...] = ()
    made: tuple[Made, ...] = ()
    unset: tuple[ConfigError, ...] = ()

    def at(self, value: object, message: str) -> ConfigError:
        """A remark about one of the values that were read, with its place."""
        node = next((made.node for made in self.made if made.value is value), self.made[-1].node)
        return error_at(node, message)


def files(paths: Sequence[Path]) -> list[Path]:
    """The files that these paths mean: a directory means every YAML file in it, in the order of their names.

    Raises:
        ConfigErrors: a directory holds none, or cannot be read.
    """
    found: list[Path] = []
    for path in paths:
        if not path.is_dir():
            found.append(path)
            continue
        inside = sorted(each for each in path.iterdir() if each.suffix in _SUFFIXES and not each.name.startswith("."))
        if not inside:
            raise ConfigErrors([ConfigError(str(path), 0, 0, "expected files that end in .yaml, found none")])
        found += inside
    return found


def read(paths: Sequence[Path], environment: Mapping[str, str] = os.environ, *, lenient: bool = False) -> Loaded:
    """What these files declare together. When `lenient`, an environment variable that is not set is no mistake.

    Raises:
        ConfigErrors: they declare something that cannot be meant; all of their mistakes at once.
    """
    errors: list[ConfigError] = []
    documents = []
    for path in files(paths):
        try:
            node = document(path)
        except ConfigErrors as error:
            errors += error.errors
        else:
            documents += [node] if node is not None else []
    reader = Reader(MAKERS, environment)
    root = merged(documents)
    declared = Declared() if root is None else reader.read(root, Declared)
    errors += reader.errors if lenient else [*reader.errors, *reader.unset]
    if errors:
        raise ConfigErrors(errors)
    assert isinstance(declared, Declared)
    made = tuple(reader.made)
    return Loaded(declared=declared, versions=_versions(made), made=made, unset=tuple(reader.unset))


def load(path: Path) -> Declared:
    """What a file, or the files of a directory, declare.

    Raises:
        ConfigErrors: they declare something that cannot be meant.
    """
    return read([path]).declared


def promise_of(body: str) -> Promise | None:
    """The promise that a stored body declares. None: an older version of Outproof wrote what this one cannot mean."""
    promise = _read_back(body, Promise)
    return promise if isinstance(promise, Promise) else None


def rate_card_of(body: str) -> RateCard | None:
    """The rate card that a stored body declares. None: an older version of Outproof wrote what this one cannot mean."""
    card = _read_back(body, RateCard)
    return card if isinstance(card, RateCard) else None


def _read_back(body: str, wanted: type) -> object:
    reader = Reader(MAKERS, {})
    try:
        node = composed(body.encode(), "declared")
    except ConfigErrors:
        return None
    value = None if node is None else reader.read(node, wanted)
    return None if reader.errors else value


def _versions(made: Sequence[Made]) -> tuple[Version, ...]:
    return tuple(version for each in made if (version := _version(each.value, each.shape)) is not None)


def _version(value: Any, shape: Any) -> Version | None:
    match value:
        case Promise():
            return Version("promise", value.name, value.version, body(shape))
        case Policy():
            return Version("policy", value.name, value.version, body(shape))
        case RateCard():
            return _digested("rate_card", value.version, body(shape))
        case Sampling():
            return Version("sampling", "sampling", value.version, body(shape))
        case ToolLoops():
            return Version("tool_loops", "tool_loops", value.version, body(shape))
        case Routes():
            return _digested("routes", "routes", body(shape))
    if isinstance(value, ChannelConfig):
        return _digested("channel", value.name, body(shape))
    return None


def _digested(kind: str, name: str, text: str) -> Version:
    return Version(kind, name, digest_id("ver", text), text)
