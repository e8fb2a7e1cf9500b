"""What an operator says of Slack: the URL of an incoming webhook, or a bot's token and its channel."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import ClassVar
from urllib.parse import urlsplit

from outproof.channels.target import SEEN_CANARY_S, check_url
from outproof.respond.manners import Manners

API_URL = "https://slack.com/api"
_HOSTS = frozenset({"hooks.slack.com", "hooks.slack-gov.com"})


@dataclass(frozen=True, slots=True)
class SlackConfig:
    """One channel of one workspace, fixed when the webhook was created. Its URL is the secret."""

    name: str
    url: str = field(repr=False)

    def __post_init__(self) -> None:
        check_url(self.name, self.url)

    @property
    def manners(self) -> Manners:
        """Slack itself is tested without a message; in a chat that only takes its format, people see the test."""
        is_slack = urlsplit(self.url).hostname in _HOSTS
        return Manners(acknowledged=True) if is_slack else Manners(acknowledged=True, canary_s=SEEN_CANARY_S)


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackAppConfig:
    """One channel, by a Slack app of the operator's own. With `signing_secret` its messages have buttons that act.

    `channel` is an id such as C012AB3CD, or a name such as #on-call.
    """

    name: str
    token: str = field(repr=False)
    channel: str
    signing_secret: str | None = field(default=None, repr=False)
    url: str = API_URL
    manners: ClassVar[Manners] = Manners(acknowledged=True)

    def __post_init__(self) -> None:
        check_url(self.name, self.url)
        if not self.token.isascii() or not self.token.isprintable() or " " in self.token:
            raise ValueError(f"channel {self.name}: expected a bot's token such as xoxb-…, got something else")
        if not re.fullmatch(r"[CGD][A-Z0-9]{5,20}|#[^\s#@<>]{1,80}", self.channel):
            raise ValueError(f"expected the id of a channel such as C012AB3CD or its #name, got {self.channel!r}")
