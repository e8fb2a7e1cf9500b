"""What an operator says of Alertmanager: every peer of its cluster, and how often it is told again."""

from __future__ import annotations

from dataclasses import dataclass, field

from outproof.channels.target import check_url
from outproof.respond.manners import Manners

PEERS_MAX = 5
REPEAT_S = 300.0
REPEAT_S_MIN, REPEAT_S_MAX = 30.0, 3_600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertmanagerConfig:
    """One cluster. Its peers tell each other who was notified, and not which alerts there are: each must be told.

    It forgets what is not repeated, and all alerts when it is restarted: `repeat_s` bounds how long it knows nothing.
    """

    name: str
    urls: tuple[str, ...]
    token: str | None = field(default=None, repr=False)
    repeat_s: float = REPEAT_S

    def __post_init__(self) -> None:
        if not 1 <= len(self.urls) <= PEERS_MAX:
            raise ValueError(f"expected 1 to {PEERS_MAX} addresses of peers under `urls`, got {len(self.urls)}")
        for url in self.urls:
            check_url(self.name, url)
        if not REPEAT_S_MIN <= self.repeat_s <= REPEAT_S_MAX:
            raise ValueError(f"expected `repeat` between 30s and 1h, got {self.repeat_s:g}s")

    @property
    def manners(self) -> Manners:
        """Told again until it is over; who acknowledged it has no place in Alertmanager."""
        return Manners(repeat_s=self.repeat_s)
