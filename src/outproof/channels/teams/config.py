"""What an operator says of a Teams channel: the URL of its workflow, which is the secret."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from outproof.channels.target import SEEN_CANARY_S, check_url
from outproof.respond.manners import Manners


@dataclass(frozen=True, slots=True)
class TeamsConfig:
    """One workflow, "When a Teams webhook request is received"."""

    name: str
    url: str = field(repr=False)
    manners: ClassVar[Manners] = Manners(acknowledged=True, canary_s=SEEN_CANARY_S)

    def __post_init__(self) -> None:
        check_url(self.name, self.url)
