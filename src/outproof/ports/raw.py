"""Where contents lie as they came, while somebody is granted to see them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from outproof.contract.raw import RawContent, RawGrant
from outproof.core.time import Instant


class RawStore(Protocol):
    """Raw contents of one project, by grant. Nothing that it holds is anywhere else."""

    def recording(self, now: Instant) -> bool:
        """Whether there is a live grant."""
        ...

    def add(self, grant: RawGrant) -> None:
        """Begin to record under a grant."""
        ...

    def grants(self) -> Sequence[RawGrant]:
        """Those that were not erased yet, the newest first."""
        ...

    def keep(self, contents: Sequence[RawContent], now: Instant) -> int:
        """Keep contents under every live grant; how many copies were left out, of grants that hold no more."""
        ...

    def read(self, grant: str, after: int, limit: int) -> Sequence[tuple[int, RawContent]]:
        """Contents under a grant after a number, by their numbers."""
        ...

    def revoke(self, grant: str, now: Instant) -> bool:
        """End a grant before its time; False when there is none that was not over."""
        ...

    def due(self, now: Instant) -> Sequence[RawGrant]:
        """Grants that are over and not erased."""
        ...

    def erase(self, grant: str) -> int:
        """Make a grant's contents unreadable for good; how many there were."""
        ...
