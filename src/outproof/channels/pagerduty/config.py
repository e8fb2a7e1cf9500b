"""What an operator says of PagerDuty: the integration key of a service, and where its account is."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar

from outproof.channels.target import check_url
from outproof.respond.manners import Manners


class Region(StrEnum):
    """Where a PagerDuty account is served from."""

    US = "us"
    EU = "eu"


URLS = {Region.US: "https://events.pagerduty.com", Region.EU: "https://events.eu.pagerduty.com"}


@dataclass(frozen=True, slots=True, kw_only=True)
class PagerDutyConfig:
    """One service. `url` stands for the region where another product takes the same events."""

    name: str
    routing_key: str = field(repr=False)
    region: Region = Region.US
    url: str | None = None
    manners: ClassVar[Manners] = Manners(acknowledged=True)

    def __post_init__(self) -> None:
        check_url(self.name, self.events_url)
        if not re.fullmatch(r"[A-Za-z0-9]{32}", self.routing_key):
            raise ValueError(
                f"channel {self.name}: expected the integration key of an Events API v2 integration, which is 32 "
                f"letters and digits, got {len(self.routing_key)} characters"
            )

    @property
    def events_url(self) -> str:
        """Where events go."""
        return self.url.rstrip("/") if self.url else URLS[self.region]
