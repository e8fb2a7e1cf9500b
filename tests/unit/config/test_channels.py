"""How channels are written in files."""

from pathlib import Path
from textwrap import dedent

import pytest

from outproof.channels.alertmanager.config import AlertmanagerConfig
from outproof.channels.apprise.config import AppriseConfig
from outproof.channels.declared import ChannelConfig, Channels
from outproof.channels.discord.config import DiscordConfig
from outproof.channels.email.config import EmailConfig
from outproof.channels.opsgenie.config import OpsgenieConfig
from outproof.channels.pagerduty.config import PagerDutyConfig, Region
from outproof.channels.slack.config import SlackAppConfig, SlackConfig
from outproof.channels.teams.config import TeamsConfig
from outproof.channels.webhook.config import WebhookConfig
from outproof.config.loading import load, read
from outproof.config.yaml_lines import ConfigErrors
from outproof.egress.smtp import Protection, Relay

KEY = "0123456789abcdef0123456789abcdef"
SECRET = "whsec_" + "A" * 32

EVERY_KIND = f"""\
channels:
  - {{name: program, webhook: {{url: "https://hooks.example/in", secrets: [{SECRET}]}}}}
  - {{name: chat, slack: {{url: "https://hooks.slack.com/services/T/B/x"}}}}
  - {{name: app, slack_app: {{channel: "#on-call", token_env: CHAN_TOKEN, signing_secret_env: CHAN_SIGNING}}}}
  - {{name: pager, pagerduty: {{routing_key_env: CHAN_KEY, region: eu}}}}
  - {{name: jsm, opsgenie: {{key_env: CHAN_TOKEN, teams: [delivery]}}}}
  - name: mail
    email:
      host: relay.example
      from: alerts@example.com
      to: [ana@example.com, ben@example.com]
      user: outproof
      password_env: CHAN_TOKEN
  - {{name: teams, teams: {{url_env: CHAN_URL}}}}
  - {{name: discord, discord: {{url: "https://discord.com/api/webhooks/1/t", thread_id: 42}}}}
  - {{name: am, alertmanager: {{urls: ["http://am-1:9093"], repeat: 1m, token_env: CHAN_TOKEN}}}}
  - {{name: tail, apprise: {{urls_env: [CHAN_TAIL]}}}}
"""

EXPECTED: list[ChannelConfig] = [
    WebhookConfig("program", "https://hooks.example/in", (SECRET,)),
    SlackConfig("chat", "https://hooks.slack.com/services/T/B/x"),
    SlackAppConfig(name="app", channel="#on-call", token="t0ken", signing_secret="s1gn"),
    PagerDutyConfig(name="pager", routing_key=KEY, region=Region.EU),
    OpsgenieConfig(name="jsm", key="t0ken", teams=("delivery",)),
    EmailConfig(
        name="mail",
        relay=Relay(host="relay.example", port=587, protection=Protection.STARTTLS, user="outproof", password="t0ken"),
        sender="alerts@example.com",
        recipients=("ana@example.com", "ben@example.com"),
    ),
    TeamsConfig("teams", "https://flow.example/x"),
    DiscordConfig(name="discord", url="https://discord.com/api/webhooks/1/t", thread_id="42"),
    AlertmanagerConfig(name="am", urls=("http://am-1:9093",), token="t0ken", repeat_s=60),
    AppriseConfig("tail", ("ntfys://ntfy.example/t0pic",)),
]
ENVIRONMENT = {
    "CHAN_TOKEN": "t0ken",
    "CHAN_SIGNING": "s1gn",
    "CHAN_KEY": KEY,
    "CHAN_URL": "https://flow.example/x",
    "CHAN_TAIL": "ntfys://ntfy.example/t0pic",
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "outproof.yaml"


@pytest.fixture
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)


@pytest.mark.usefixtures("_environment")
def test_every_kind_of_channel_is_read_as_it_is_meant(file: Path) -> None:
    file.write_text(EVERY_KIND)
    assert list(load(file).channels) == EXPECTED


@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
def test_every_kind_of_channel_can_be_made() -> None:
    assert list(Channels((), "https://o.example").declared(EXPECTED)) == [config.name for config in EXPECTED]


def test_variables_that_are_not_set_are_named_and_a_check_goes_on(file: Path) -> None:
    file.write_text(EVERY_KIND)
    loaded = read([file], {}, lenient=True)
    assert len(loaded.declared.channels) == len(EXPECTED)
    assert len(loaded.unset) == 8
    with pytest.raises(ConfigErrors, match="expected the environment variable CHAN_SIGNING, which is not set"):
        read([file], {})


@pytest.mark.usefixtures("_environment")
def test_no_secret_is_in_a_version_that_is_kept(file: Path) -> None:
    file.write_text(EVERY_KIND)
    kept = [version.body for version in read([file]).versions if version.kind == "channel"]
    assert len(kept) == len(EXPECTED)
    for secret in (*ENVIRONMENT.values(), SECRET, "services/T/B", "webhooks/1/t"):
        assert not any(secret in body for body in kept)


@pytest.mark.usefixtures("_environment")
def test_no_secret_is_shown_by_what_was_read(file: Path) -> None:
    file.write_text(EVERY_KIND)
    shown = repr(load(file))
    for secret in (*ENVIRONMENT.values(), SECRET, "services/T/B", "webhooks/1/t"):
        assert secret not in shown


@pytest.mark.parametrize(
    ("channel", "expected"),
    [
        ("{name: x}", "1:13: channel x: expected one of the keys webhook, slack, slack_app, pagerduty,"),
        (
            "{name: x, teams: {url: 'https://a.example'}, slack: {url: 'https://a.example'}}",
            "1:13: channel x: expected one of the keys webhook, slack, slack_app, pagerduty, opsgenie, email, teams, "
            "discord, alertmanager, apprise, got slack and teams",
        ),
        ("{name: x, teams: {}}", "expected either `url` or `url_env`"),
        ("{name: x, pagerduty: {routing_key: short}}", "expected the integration key of an Events API v2 integration"),
        ("{name: x, pagerdutty: {}}", "did you mean 'pagerduty'?"),
        ("{name: x, email: {host: h, from: a@b.example, to: []}}", "expected 1 to 50 addresses under `to`, got 0"),
        ("{name: x, email: {host: h, from: a@b.example, to: [ana]}}", "got 'ana'"),
        ("{name: x, email: {host: h, from: a@b.example, to: [a@b.example], tls: ssl}}", "one of starttls, tls, none"),
        ("{name: x, alertmanager: {urls: ['http://am'], repeat: 1s}}", "expected `repeat` between 30s and 1h, got 1s"),
        ("{name: x, slack_app: {token: t, channel: general}}", "expected the id of a channel such as C012AB3CD"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_place(file: Path, channel: str, expected: str) -> None:
    file.write_text(dedent(f"channels: [ {channel} ]"))
    with pytest.raises(ConfigErrors) as error:
        load(file)
    assert expected in str(error.value)
