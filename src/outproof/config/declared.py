"""Everything the user's files declare, in one frozen value. A new section is one more field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from outproof.config.reading import Maker, Reader
from outproof.config.yaml_lines import ConfigErrors, document
from outproof.contract.promise import Promise
from outproof.core.ids import DEFAULT_PROJECT, ProjectId
from outproof.decide.declared_policy import DeclaredPolicy, policy
from outproof.decide.policy import Policy
from outproof.egress.address import allow_list
from outproof.respond.route import Routes

# Types that are not written as their own fields, and how they are.
_MAKERS: Mapping[Any, Maker] = {Policy: Maker(DeclaredPolicy, policy)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Egress:
    """Where our own requests may go beyond public https: networks, addresses and host names."""

    allow: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        allow_list(self.allow)


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """What is declared. An absent section declares nothing."""

    project: ProjectId = DEFAULT_PROJECT
    promises: tuple[Promise, ...] = ()
    policies: tuple[Policy, ...] = ()
    routes: Routes = field(default_factory=Routes)
    egress: Egress = Egress()

    @property
    def promises_by_name(self) -> dict[str, Promise]:
        return {promise.name: promise for promise in self.promises}


def load(path: Path) -> Declared:
    """What a file declares.

    Raises:
        ConfigErrors: it declares something that cannot be meant; all of its mistakes at once.
    """
    node = document(path)
    if node is None:
        return Declared()
    reader = Reader(str(path), _MAKERS)
    declared = reader.read(node, Declared)
    if reader.errors:
        raise ConfigErrors(reader.errors)
    assert isinstance(declared, Declared)
    return declared
