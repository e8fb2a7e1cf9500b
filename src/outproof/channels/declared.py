"""Channels as they are written in a file: a declaration and the environment in, the channel out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from outproof.channels.slack import send as slack
from outproof.channels.slack.config import SlackConfig
from outproof.channels.webhook import send as webhook
from outproof.channels.webhook.config import WebhookConfig
from outproof.core.errors import Permanent
from outproof.egress.http import GuardedClient, checked_url
from outproof.ports import Channel


class ChannelType(StrEnum):
    WEBHOOK = "webhook"
    SLACK = "slack"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredChannel:
    """A channel. Secrets stand in the environment: a file that is reviewed like code must not hold them.

    `secret_env` names the variables with the signing secrets of a webhook: two while a secret is being changed.
    """

    name: str
    type: ChannelType
    url: str | None = None
    url_env: str | None = None
    secret_env: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if (self.url is None) == (self.url_env is None):
            raise ValueError("expected either url, or url_env with the name of the variable that holds it")
        if self.type is ChannelType.WEBHOOK and not self.secret_env:
            raise ValueError("expected secret_env with the name of the variable that holds the signing secret")
        if self.type is ChannelType.SLACK and self.url is not None:
            raise ValueError("expected url_env instead of url: the URL of a Slack webhook is its secret")
        if self.type is ChannelType.SLACK and self.secret_env:
            raise ValueError("expected no secret_env: a Slack webhook signs nothing")


def channel(declared: DeclaredChannel, environ: Mapping[str, str], *, allow: Sequence[str], site_url: str) -> Channel:
    """The channel that was declared. `site_url` is where people open our pages.

    Raises:
        ValueError: a variable is not set, or what it holds is no URL or no secret. The message never repeats it.
    """
    url = declared.url if declared.url is not None else _variable(declared.name, declared.url_env or "", environ)
    try:
        checked_url(url)
    except Permanent as error:
        raise ValueError(f"the URL of channel {declared.name}: {error}") from None
    if declared.type is ChannelType.SLACK:
        client = GuardedClient(allow, slack.TIMEOUT_S, slack.REPLY_BYTES_MAX)
        return slack.Slack(SlackConfig(declared.name, url), client, site_url)
    secrets = tuple(_variable(declared.name, name, environ) for name in declared.secret_env)
    client = GuardedClient(allow, webhook.TIMEOUT_S, webhook.REPLY_BYTES_MAX)
    return webhook.Webhook(WebhookConfig(declared.name, url, secrets), client, site_url)


def _variable(channel: str, name: str, environ: Mapping[str, str]) -> str:
    value = environ.get(name, "").strip()
    if not value:
        raise ValueError(f"channel {channel} expects its secret in the environment variable {name}, which is not set")
    return value
