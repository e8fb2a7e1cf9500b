"""What a scrape is told of everything that is kept: counts, never single things."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from outproof.core.time import Instant


class Totals(Protocol):
    """Counts over the tables, each by the names in its description. Bound to one project; drills are left out.

    What is called "ever" only grows.
    """

    def last_verdict(self) -> int:
        """The number of the newest change of a verdict; 0: there was none."""
        ...

    def settled_runs(self, after: int, through: int) -> Mapping[tuple[str, str], int]:
        """By promise and verdict: how often a run left pending, among the changes with these numbers."""
        ...

    def incidents_opened(self) -> int:
        """How many incidents there ever were."""
        ...

    def unresolved_incidents(self) -> Mapping[tuple[str, str], int]:
        """By state and severity."""
        ...

    def alerts(self) -> Mapping[tuple[str, str], int]:
        """By policy and state."""
        ...

    def attempts(self) -> Mapping[tuple[str, str], int]:
        """By channel and outcome: attempts to tell somebody, ever."""
        ...

    def notices_waiting(self) -> Mapping[str, int]:
        """By channel: notices on their way."""
        ...

    def last_accepted(self) -> Mapping[str, Instant]:
        """By channel: when it last accepted a notice; without those that never did."""
        ...

    def feedback(self) -> Mapping[str, int]:
        """By what users said, `up`, `down` or `escalated`: how often, ever."""
        ...
