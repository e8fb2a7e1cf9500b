"""What an operator says of a signed webhook: where it goes and what it is signed with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from outproof.channels.target import check_url
from outproof.egress.signing import signing_key
from outproof.respond.manners import Manners


@dataclass(frozen=True, slots=True)
class WebhookConfig:
    """One receiver. With several secrets each message carries a signature of each: the way to change them unnoticed."""

    name: str
    url: str = field(repr=False)
    secrets: tuple[str, ...] = field(repr=False)
    manners: ClassVar[Manners] = Manners(acknowledged=True)

    def __post_init__(self) -> None:
        check_url(self.name, self.url)
        if not self.secrets:
            raise ValueError(
                f"channel {self.name}: expected at least one signing secret: receivers must tell us from others"
            )
        for secret in self.secrets:
            signing_key(secret)
