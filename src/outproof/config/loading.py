"""Files in; everything they declare, the version of each thing, and what is doubtful about them out."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from yaml import Node

from outproof.channels.declared import ChannelConfig
from outproof.config.declared import Declared
from outproof.config.places import placed
from outproof.config.reading import Made, Reader
from outproof.config.rendering import body
from outproof.config.sections import MAKERS
from outproof.config.yaml_lines import ConfigError, ConfigErrors, composed, document, error_at, merged
from outproof.contract.promise import Promise
from outproof.core.errors import Mistake
from outproof.core.ids import digest_id
from outproof.decide.policy import Policy
from outproof.decide.tool_loop import ToolLoops
from outproof.measure.rate_card import RateCard
from outproof.ports import Version
from outproof.respond.inhibition import Inhibitor
from outproof.respond.maintenance import Maintenance
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
        return error_at(self._node(value), message)

    def inside(self, value: object, mistake: Mistake) -> ConfigError:
        """A remark about a field of one of the values that were read, with the place of the field."""
        return placed(self._node(value), mistake)

    def _node(self, value: object) -> Node:
        return next((made.node for made in self.made if made.value is value), self.made[-1].node)


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
    return _loaded([partial(document, path) for path in files(paths)], environment, lenient=lenient)


def read_texts(texts: Mapping[str, str], environment: Mapping[str, str] = os.environ) -> Loaded:
    """What the files of these names would declare together if these were their texts.

    Raises:
        ConfigErrors: they declare something that cannot be meant; all of their mistakes at once.
    """
    given = [partial(composed, text.encode(), name) for name, text in texts.items()]
    return _loaded(given, environment, lenient=False)


def _loaded(given: Sequence[Callable[[], Node | None]], environment: Mapping[str, str], *, lenient: bool) -> Loaded:
    errors: list[ConfigError] = []
    documents = []
    for read_one in given:
        try:
            node = read_one()
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


@dataclass(frozen=True, slots=True)
class Followed:
    """The files that a server follows; a directory stands for those in it."""

    paths: tuple[Path, ...]

    def read(self) -> Loaded:
        """What they declare at this moment.

        Raises:
            ConfigErrors: they declare something that cannot be meant.
        """
        return read(self.paths)


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


def policy_of(body: str) -> Policy | None:
    """The policy that a stored body declares. None: an older version of Outproof wrote what this one cannot mean."""
    policy = _read_back(body, Policy)
    return policy if isinstance(policy, Policy) else None


def policy_in(text: str) -> Policy:
    """The one policy that a text declares, as it stands in a file under `policies`.

    Raises:
        ConfigErrors: it cannot be meant.
    """
    reader = Reader(MAKERS, {})
    node = composed(text.encode(), "policy")
    policy = None if node is None else reader.read(node, Policy)
    if reader.errors:
        raise ConfigErrors(reader.errors)
    if not isinstance(policy, Policy):
        raise ConfigErrors([ConfigError("policy", 0, 0, "expected a policy, got an empty text")])
    return policy


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
        case Maintenance():
            return _digested("maintenance", value.name, body(shape))
        case Inhibitor():
            return _digested("inhibit", value.name, body(shape))
    if isinstance(value, ChannelConfig):
        return _digested("channel", value.name, body(shape))
    return None


def _digested(kind: str, name: str, text: str) -> Version:
    return Version(kind, name, digest_id("ver", text), text)
