"""The channels that files declare: what is said of each in; what sends, by name, out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from outproof.channels.alertmanager.config import AlertmanagerConfig
from outproof.channels.alertmanager.send import PEER_TIMEOUT_S, Alertmanager
from outproof.channels.apprise.config import AppriseConfig
from outproof.channels.apprise.send import apprise
from outproof.channels.discord.config import DiscordConfig
from outproof.channels.discord.send import Discord
from outproof.channels.email.config import EmailConfig
from outproof.channels.email.send import Email
from outproof.channels.opsgenie.config import OpsgenieConfig
from outproof.channels.opsgenie.send import Opsgenie
from outproof.channels.pagerduty.config import PagerDutyConfig
from outproof.channels.pagerduty.send import PagerDuty
from outproof.channels.slack.app import REPLY_BYTES_MAX as SLACK_REPLY_BYTES_MAX
from outproof.channels.slack.app import SlackApp
from outproof.channels.slack.config import SlackAppConfig, SlackConfig
from outproof.channels.slack.send import Slack
from outproof.channels.teams.config import TeamsConfig
from outproof.channels.teams.send import Teams
from outproof.channels.webhook.config import WebhookConfig
from outproof.channels.webhook.send import Webhook
from outproof.egress.http import GuardedClient
from outproof.egress.smtp import GuardedRelay
from outproof.ports import Channel

ChannelConfig = (
    WebhookConfig
    | SlackConfig
    | SlackAppConfig
    | PagerDutyConfig
    | OpsgenieConfig
    | EmailConfig
    | TeamsConfig
    | DiscordConfig
    | AlertmanagerConfig
    | AppriseConfig
)

TIMEOUT_S = 15.0
REPLY_BYTES_MAX = 1_024  # a receiver is told things, not read


class Channels:
    """Makes channels. `allow` is where requests may go beyond public https, `site_url` where messages lead."""

    def __init__(self, allow: Sequence[str], site_url: str) -> None:
        self._allow = tuple(allow)
        self._site_url = site_url
        self._client = GuardedClient(allow, TIMEOUT_S, REPLY_BYTES_MAX)
        self._slack = GuardedClient(allow, TIMEOUT_S, SLACK_REPLY_BYTES_MAX)
        self._peers = GuardedClient(allow, PEER_TIMEOUT_S, REPLY_BYTES_MAX)

    def declared(self, configs: Iterable[ChannelConfig]) -> Mapping[str, Channel]:
        """What sends, by name.

        Raises:
            Permanent: one needs a library that is not installed.
        """
        return {config.name: self._channel(config) for config in configs}

    def _channel(self, config: ChannelConfig) -> Channel:
        match config:
            case WebhookConfig():
                return Webhook(config, self._client, self._site_url)
            case SlackConfig():
                return Slack(config, self._client, self._site_url)
            case SlackAppConfig():
                return SlackApp(config, self._slack, self._site_url)
            case PagerDutyConfig():
                return PagerDuty(config, self._client, self._site_url)
            case OpsgenieConfig():
                return Opsgenie(config, self._client, self._site_url)
            case EmailConfig():
                return Email(config, GuardedRelay(config.relay, self._allow, TIMEOUT_S), self._site_url)
            case TeamsConfig():
                return Teams(config, self._client, self._site_url)
            case DiscordConfig():
                return Discord(config, self._client, self._site_url)
            case AlertmanagerConfig():
                return Alertmanager(config, self._peers, self._site_url)
            case AppriseConfig():
                return apprise(config, self._site_url)
