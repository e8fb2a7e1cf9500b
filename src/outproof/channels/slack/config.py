"""What an operator says of a Slack incoming webhook: its URL, which is the secret."""

from __future__ import annotations

from dataclasses import dataclass, field

from outproof.channels.target import check_url


@dataclass(frozen=True, slots=True)
class SlackConfig:
    """One channel of one workspace, fixed when the webhook was created."""

    name: str
    url: str = field(repr=False)

    def __post_init__(self) -> None:
        check_url(self.name, self.url)
