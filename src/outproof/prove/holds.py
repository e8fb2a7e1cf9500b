"""Deadlines that fell into a time when we could not see: a deadline in, the instant from which it counts out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from outproof.core.time import Instant


@dataclass(frozen=True, slots=True, order=True)
class Downtime:
    """When this server could not see. What was due from `start` on is judged at `rearm_at`, which is after `end`.

    Between `end` and `rearm_at` what was sent meanwhile still arrives: senders kept it and try again.
    """

    start: Instant
    end: Instant
    rearm_at: Instant


@dataclass(frozen=True, slots=True)
class Holds:
    """The downtimes that may hold a deadline. With none of them every deadline counts as it is."""

    downtimes: tuple[Downtime, ...] = field(default=())

    @classmethod
    def of(cls, downtimes: Iterable[Downtime]) -> Holds:
        """The holds of these downtimes, given in any order; they may overlap."""
        return cls(tuple(sorted(downtimes)))

    def __post_init__(self) -> None:
        assert list(self.downtimes) == sorted(self.downtimes), "downtimes are in order; make them with Holds.of"

    def adjusted(self, deadline: Instant) -> Instant:
        """When a deadline counts as passed: never earlier than it is, and of two deadlines the earlier never later.

        One pass is enough, because a deadline that was moved can only meet downtimes that began later.
        """
        for downtime in self.downtimes:
            if downtime.start <= deadline < downtime.rearm_at:
                deadline = downtime.rearm_at
        return deadline


NO_HOLDS = Holds()
