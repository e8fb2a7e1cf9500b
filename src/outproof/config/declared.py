"""Everything the user's files declare, in one frozen value. A new section is one more field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from outproof.config.sections import ChannelConfig, DecisionNames
from outproof.contract.promise import Promise
from outproof.core.ids import DEFAULT_PROJECT, ProjectId
from outproof.decide.policy import Policy
from outproof.decide.tool_loop import ToolLoops
from outproof.egress.address import allow_list
from outproof.measure.rate_book import RateBook
from outproof.measure.rate_card import RateCard
from outproof.respond.route import Routes
from outproof.sampling.policy import Sampling
from outproof.scrub.declared import Scrubbing
from outproof.wire.pings import slug


@dataclass(frozen=True, slots=True, kw_only=True)
class Egress:
    """Where our own requests may go beyond public https, and the directories whose files our probe may read.

    `allow` are networks, addresses and host names; `files` are absolute paths of directories of this host.
    """

    allow: tuple[str, ...] = ()
    files: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        allow_list(self.allow)
        for folder in self.files:
            if not folder.startswith("/") or "/../" in f"{folder}/":
                raise ValueError(f"expected absolute paths of directories under `files`, got {folder!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """What is declared. An absent section declares nothing.

    `removed` are promises that were taken out of the files while incidents of theirs are open: their runs are judged
    as before until those are closed, but nothing new is expected of them.
    """

    project: ProjectId = DEFAULT_PROJECT
    promises: tuple[Promise, ...] = ()
    policies: tuple[Policy, ...] = ()
    routes: Routes = field(default_factory=Routes)
    channels: tuple[ChannelConfig, ...] = ()
    rate_cards: tuple[RateCard, ...] = ()
    decision: DecisionNames = field(default_factory=DecisionNames)
    egress: Egress = Egress()
    scrub: Scrubbing = field(default_factory=Scrubbing)
    tool_loops: ToolLoops = field(default_factory=ToolLoops)
    sampling: Sampling | None = None
    removed: tuple[Promise, ...] = field(default=(), metadata={"written": False})
    promises_by_name: Mapping[str, Promise] = field(init=False, repr=False, compare=False)
    """What runs are judged by: every declared promise, and the removed ones."""
    promises_by_ping: Mapping[str, Promise] = field(init=False, repr=False, compare=False)
    """Those with a ping address of their own, by its UUID."""
    promises_by_slug: Mapping[str, tuple[Promise, ...]] = field(init=False, repr=False, compare=False)
    """By how they are called in an address, which several may share."""
    rates: RateBook = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        known = {channel.name for channel in self.channels}
        used = {*self.routes.default}.union(*self.routes.by_severity.values())
        used.update(*(policy.channels or () for policy in self.policies))
        used.update(*(promise.channels or () for promise in self.promises))
        used.update(self.tool_loops.channels or ())
        used.update(*(promise.drill.channels for promise in self.promises if promise.drill))
        if missing := sorted(used - known):
            declared = ", ".join(sorted(known)) or "none"
            raise ValueError(f"expected routes to name declared channels ({declared}), got {', '.join(missing)}")
        by_name = {promise.name: promise for promise in (*self.removed, *self.promises)}
        by_slug: dict[str, tuple[Promise, ...]] = {}
        for promise in by_name.values():
            by_slug[slug(promise.name)] = (*by_slug.get(slug(promise.name), ()), promise)
        object.__setattr__(self, "promises_by_name", by_name)
        object.__setattr__(self, "promises_by_ping", {each.ping: each for each in by_name.values() if each.ping})
        object.__setattr__(self, "promises_by_slug", by_slug)
        object.__setattr__(self, "rates", RateBook(self.rate_cards))
