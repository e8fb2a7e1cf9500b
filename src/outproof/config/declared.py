"""Everything the user's files declare, in one frozen value. A new section is one more field."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from outproof.config.reading import Reader
from outproof.config.sections import MAKERS, ChannelConfig, DecisionNames
from outproof.config.yaml_lines import ConfigErrors, document
from outproof.contract.promise import Promise
from outproof.core.ids import DEFAULT_PROJECT, ProjectId
from outproof.decide.policy import Policy
from outproof.egress.address import allow_list
from outproof.measure.rate_card import RateCard
from outproof.respond.route import Routes


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
    channels: tuple[ChannelConfig, ...] = ()
    rate_cards: tuple[RateCard, ...] = ()
    decision: DecisionNames = field(default_factory=DecisionNames)
    egress: Egress = Egress()

    def __post_init__(self) -> None:
        known = {channel.name for channel in self.channels}
        used = {*self.routes.default}.union(*self.routes.by_severity.values())
        used.update(*(policy.channels or () for policy in self.policies))
        used.update(*(promise.channels or () for promise in self.promises))
        if missing := sorted(used - known):
            declared = ", ".join(sorted(known)) or "none"
            raise ValueError(f"expected routes to name declared channels ({declared}), got {', '.join(missing)}")

    @property
    def rate_card(self) -> RateCard | None:
        """The card that prices everything now: the last one declared."""
        return self.rate_cards[-1] if self.rate_cards else None

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
    reader = Reader(str(path), MAKERS)
    declared = reader.read(node, Declared)
    if reader.errors:
        raise ConfigErrors(reader.errors)
    assert isinstance(declared, Declared)
    return declared
