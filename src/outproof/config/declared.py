"""Everything the user's files declare, in one frozen value. A new section is one more field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from outproof.channels.declared import ChannelConfig
from outproof.config.sections import DecisionNames
from outproof.contract.promise import Promise
from outproof.core.errors import Mistake, Mistakes
from outproof.core.ids import DEFAULT_PROJECT, ProjectId
from outproof.core.nearest import hint
from outproof.decide.monitoring import Monitoring
from outproof.decide.policy import Policy
from outproof.decide.tool_loop import ToolLoops
from outproof.egress.address import allow_list
from outproof.measure.rate_book import RateBook
from outproof.measure.rate_card import RateCard
from outproof.respond.flapping import Reopening
from outproof.respond.inhibition import Inhibitor
from outproof.respond.maintenance import Maintenance
from outproof.respond.route import Routes
from outproof.respond.suppression import Suppressors
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
    maintenance: tuple[Maintenance, ...] = ()
    inhibit: tuple[Inhibitor, ...] = ()
    incidents: Reopening = field(default_factory=Reopening)
    channels: tuple[ChannelConfig, ...] = ()
    rate_cards: tuple[RateCard, ...] = ()
    decision: DecisionNames = field(default_factory=DecisionNames)
    egress: Egress = Egress()
    scrub: Scrubbing = field(default_factory=Scrubbing)
    tool_loops: ToolLoops = field(default_factory=ToolLoops)
    sampling: Sampling | None = None
    monitor: Monitoring = field(default_factory=Monitoring)
    removed: tuple[Promise, ...] = field(default=(), metadata={"written": False})
    promises_by_name: Mapping[str, Promise] = field(init=False, repr=False, compare=False)
    """What runs are judged by: every declared promise, and the removed ones."""
    promises_by_ping: Mapping[str, Promise] = field(init=False, repr=False, compare=False)
    """Those with a ping address of their own, by its UUID."""
    promises_by_slug: Mapping[str, tuple[Promise, ...]] = field(init=False, repr=False, compare=False)
    """By how they are called in an address, which several may share."""
    rates: RateBook = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        by_name = {promise.name: promise for promise in (*self.removed, *self.promises)}
        if strange := [*self._unknown_channels(), *self._unknown_promises(by_name)]:
            raise Mistakes(strange)
        by_slug: dict[str, tuple[Promise, ...]] = {}
        for promise in by_name.values():
            by_slug[slug(promise.name)] = (*by_slug.get(slug(promise.name), ()), promise)
        object.__setattr__(self, "promises_by_name", by_name)
        object.__setattr__(self, "promises_by_ping", {each.ping: each for each in by_name.values() if each.ping})
        object.__setattr__(self, "promises_by_slug", by_slug)
        object.__setattr__(self, "rates", RateBook(self.rate_cards))
        object.__setattr__(self, "routes", self._whole_routes())

    def _unknown_channels(self) -> Iterator[Mistake]:
        """Every name of a channel that is none, where it stands."""
        known = sorted(channel.name for channel in self.channels)
        for where, names in self._named_channels():
            for number, name in enumerate(names):
                if name not in known:
                    declared = ", ".join(known) or "none"
                    said = f"expected a declared channel ({declared}), got {name!r}{hint(name, known)}"
                    yield Mistake(said, f"{where}.{number}")

    def _named_channels(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Where channels are named, as a path of keys, and which."""
        yield from ((f"routes.{path}", names) for path, names in self.routes.named_at())
        for number, policy in enumerate(self.policies):
            yield f"policies.{number}.channels", policy.channels or ()
        for number, promise in enumerate(self.promises):
            yield f"promises.{number}.channels", promise.channels or ()
            yield f"promises.{number}.drill.channels", promise.drill.channels if promise.drill else ()
        yield "tool_loops.channels", self.tool_loops.channels or ()
        yield "monitor.channels", self.monitor.channels or ()

    def _unknown_promises(self, declared: Mapping[str, Promise]) -> Iterator[Mistake]:
        names = ", ".join(declared) or "none"
        for number, policy in enumerate(self.policies):
            name = policy.promise
            if name is not None and name not in declared:
                said = f"expected a declared promise ({names}), got {name!r}{hint(name, declared)}"
                yield Mistake(said, f"policies.{number}.promise")

    def _whole_routes(self) -> Routes:
        """The routes with what other sections say about telling."""
        return replace(
            self.routes,
            manners={channel.name: channel.manners for channel in self.channels},
            suppressors=Suppressors(maintenance=self.maintenance, inhibitors=self.inhibit),
            reopening=self.incidents,
            monitoring=self.monitor,
        )
