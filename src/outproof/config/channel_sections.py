"""How channels are written in a file: one key that says what kind it is, and secrets by environment variables."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from outproof.channels.alertmanager.config import REPEAT_S, AlertmanagerConfig
from outproof.channels.apprise.config import AppriseConfig
from outproof.channels.declared import ChannelConfig
from outproof.channels.discord.config import DiscordConfig
from outproof.channels.email.config import EmailConfig
from outproof.channels.opsgenie.config import OPSGENIE_URL, OpsgenieConfig
from outproof.channels.pagerduty.config import PagerDutyConfig, Region
from outproof.channels.slack.config import API_URL, SlackAppConfig, SlackConfig
from outproof.channels.teams.config import TeamsConfig
from outproof.channels.webhook.config import WebhookConfig
from outproof.config.reading import Maker
from outproof.egress.smtp import Protection, Relay

_SECRET: Mapping[str, bool] = {"secret": True}

# What stands for a variable that is not set: the reader has said so by then, and only a check goes on.
_ANY_URL = "https://not-set.invalid/"
_ANY_SECRET = "whsec_" + "A" * 32
_ANY_ROUTING_KEY = "0" * 32
_ANY_TOKEN = "not-set"  # noqa: S105  # stands for one
_ANY_APPRISE_URL = "json://not-set.invalid"


@dataclass(frozen=True, slots=True, kw_only=True)
class _WebhookText:
    url: str | None = field(default=None, metadata=_SECRET)
    url_env: str | None = None
    secrets: tuple[str, ...] = field(default=(), metadata=_SECRET)
    secrets_env: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _SlackText:
    url: str | None = field(default=None, metadata=_SECRET)
    url_env: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _SlackAppText:
    channel: str
    token: str | None = field(default=None, metadata=_SECRET)
    token_env: str | None = None
    signing_secret_env: str | None = None
    url: str = API_URL


@dataclass(frozen=True, slots=True, kw_only=True)
class _PagerDutyText:
    routing_key: str | None = field(default=None, metadata=_SECRET)
    routing_key_env: str | None = None
    region: Region = Region.US
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _OpsgenieText:
    key: str | None = field(default=None, metadata=_SECRET)
    key_env: str | None = None
    url: str = OPSGENIE_URL
    teams: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _EmailText:
    """The relay, whom mails come from and who gets them. A password is never written in a file."""

    host: str
    from_: str
    to: tuple[str, ...]
    port: int = 587
    tls: Protection = Protection.STARTTLS
    user: str | None = None
    password_env: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _TeamsText:
    url: str | None = field(default=None, metadata=_SECRET)
    url_env: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _DiscordText:
    url: str | None = field(default=None, metadata=_SECRET)
    url_env: str | None = None
    thread_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _AlertmanagerText:
    urls: tuple[str, ...]
    token_env: str | None = None
    repeat_s: float = REPEAT_S


@dataclass(frozen=True, slots=True, kw_only=True)
class _AppriseText:
    urls: tuple[str, ...] = field(default=(), metadata=_SECRET)
    urls_env: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _ChannelText:
    """A channel has a name and exactly one of the other keys, which says what kind it is."""

    name: str
    webhook: _WebhookText | None = None
    slack: _SlackText | None = None
    slack_app: _SlackAppText | None = None
    pagerduty: _PagerDutyText | None = None
    opsgenie: _OpsgenieText | None = None
    email: _EmailText | None = None
    teams: _TeamsText | None = None
    discord: _DiscordText | None = None
    alertmanager: _AlertmanagerText | None = None
    apprise: _AppriseText | None = None


def _webhook(name: str, text: _WebhookText) -> ChannelConfig:
    secrets = (*text.secrets, *_of_variables(text.secrets_env, _ANY_SECRET))
    return WebhookConfig(name=name, url=_either("url", text.url, text.url_env, _ANY_URL), secrets=secrets)


def _slack(name: str, text: _SlackText) -> ChannelConfig:
    return SlackConfig(name=name, url=_either("url", text.url, text.url_env, _ANY_URL))


def _slack_app(name: str, text: _SlackAppText) -> ChannelConfig:
    return SlackAppConfig(
        name=name,
        token=_either("token", text.token, text.token_env, _ANY_TOKEN),
        channel=text.channel,
        signing_secret=_of_variable(text.signing_secret_env),
        url=text.url.rstrip("/"),
    )


def _pagerduty(name: str, text: _PagerDutyText) -> ChannelConfig:
    key = _either("routing_key", text.routing_key, text.routing_key_env, _ANY_ROUTING_KEY)
    return PagerDutyConfig(name=name, routing_key=key, region=text.region, url=text.url)


def _opsgenie(name: str, text: _OpsgenieText) -> ChannelConfig:
    key = _either("key", text.key, text.key_env, _ANY_TOKEN)
    return OpsgenieConfig(name=name, key=key, url=text.url, teams=text.teams)


def _email(name: str, text: _EmailText) -> ChannelConfig:
    relay = Relay(
        host=text.host,
        port=text.port,
        protection=text.tls,
        user=text.user,
        password=_of_variable(text.password_env),
    )
    return EmailConfig(name=name, relay=relay, sender=text.from_, recipients=text.to)


def _teams(name: str, text: _TeamsText) -> ChannelConfig:
    return TeamsConfig(name=name, url=_either("url", text.url, text.url_env, _ANY_URL))


def _discord(name: str, text: _DiscordText) -> ChannelConfig:
    return DiscordConfig(name=name, url=_either("url", text.url, text.url_env, _ANY_URL), thread_id=text.thread_id)


def _alertmanager(name: str, text: _AlertmanagerText) -> ChannelConfig:
    return AlertmanagerConfig(name=name, urls=text.urls, token=_of_variable(text.token_env), repeat_s=text.repeat_s)


def _apprise(name: str, text: _AppriseText) -> ChannelConfig:
    return AppriseConfig(name=name, urls=(*text.urls, *_of_variables(text.urls_env, _ANY_APPRISE_URL)))


_KINDS: Mapping[str, Callable[[str, Any], ChannelConfig]] = {
    "webhook": _webhook,
    "slack": _slack,
    "slack_app": _slack_app,
    "pagerduty": _pagerduty,
    "opsgenie": _opsgenie,
    "email": _email,
    "teams": _teams,
    "discord": _discord,
    "alertmanager": _alertmanager,
    "apprise": _apprise,
}


def _channel(text: _ChannelText) -> ChannelConfig:
    said = {each.name: getattr(text, each.name) for each in fields(text) if each.name != "name"}
    written = [kind for kind, section in said.items() if section is not None]
    if len(written) != 1:
        got = " and ".join(written) or "none of them"
        raise ValueError(f"channel {text.name}: expected one of the keys {', '.join(_KINDS)}, got {got}")
    return _KINDS[written[0]](text.name, said[written[0]])


def _either(key: str, written: str | None, variable: str | None, unset: str) -> str:
    """A secret that stands in the file, or in an environment variable that the file names."""
    if (written is None) == (variable is None):
        raise ValueError(f"expected either `{key}` or `{key}_env`, the name of an environment variable that holds it")
    return os.environ.get(variable or "") or unset if written is None else written


def _of_variable(variable: str | None) -> str | None:
    return None if variable is None else os.environ.get(variable) or _ANY_TOKEN


def _of_variables(variables: tuple[str, ...], unset: str) -> tuple[str, ...]:
    return tuple(os.environ.get(variable) or unset for variable in variables)


CHANNEL_MAKER = Maker(_ChannelText, _channel)
