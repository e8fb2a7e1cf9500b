"""What an operator says of a Discord channel: the URL of its webhook, which is the secret, and a thread of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from outproof.channels.target import check_url
from outproof.respond.manners import Manners


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscordConfig:
    """One webhook. `thread_id` is needed where its channel is a forum."""

    name: str
    url: str = field(repr=False)
    thread_id: str | None = None
    manners: ClassVar[Manners] = Manners(acknowledged=True)

    def __post_init__(self) -> None:
        check_url(self.name, self.url)
        if "?" in self.url or "#" in self.url:
            raise ValueError(f"channel {self.name}: expected the URL of a webhook as Discord shows it, without a query")
        if self.thread_id is not None and not (self.thread_id.isascii() and self.thread_id.isdigit()):
            raise ValueError(f"expected the number of a thread under `thread_id`, got {self.thread_id!r}")
