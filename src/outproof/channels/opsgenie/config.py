"""What an operator says of an Opsgenie-compatible receiver: the key of an integration, and whose alerts these are."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from outproof.channels.target import check_url
from outproof.respond.manners import Manners

OPSGENIE_URL = "https://api.opsgenie.com"
TEAMS_MAX = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class OpsgenieConfig:
    """One API integration. `url` is what comes before `/v2/alerts`; `teams` are told, by name, besides its own."""

    name: str
    key: str = field(repr=False)
    url: str = OPSGENIE_URL
    teams: tuple[str, ...] = ()
    manners: ClassVar[Manners] = Manners(acknowledged=True)

    def __post_init__(self) -> None:
        check_url(self.name, self.url)
        if not self.key.isascii() or not self.key.isprintable() or not self.key or " " in self.key:
            raise ValueError(f"channel {self.name}: expected the key of an API integration, got something else")
        if len(self.teams) > TEAMS_MAX:
            raise ValueError(f"expected at most {TEAMS_MAX} teams, got {len(self.teams)}")
