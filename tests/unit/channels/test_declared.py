from dataclasses import replace
from typing import Any

import pytest

from outproof.channels.declared import ChannelType, DeclaredChannel, channel
from outproof.channels.slack.send import Slack
from outproof.channels.webhook.send import Webhook

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
HOOK = DeclaredChannel(name="pager", type=ChannelType.WEBHOOK, url="https://hooks.example.com/", secret_env=("HOOK",))
CHAT = DeclaredChannel(name="chat", type=ChannelType.SLACK, url_env="CHAT")
ENVIRON = {"HOOK": f" {SECRET}\n", "CHAT": "https://hooks.example.com/T/B/x"}


def built(declared: DeclaredChannel, environ: dict[str, str] = ENVIRON) -> object:
    return channel(declared, environ, allow=(), site_url="https://o.example")


def test_a_declared_channel_is_built_with_its_secrets_from_the_environment() -> None:
    assert isinstance(built(HOOK), Webhook)
    assert isinstance(built(CHAT), Slack)


@pytest.mark.parametrize(
    ("declared", "environ", "problem"),
    [
        (HOOK, {}, "in the environment variable HOOK, which is not set"),
        (CHAT, {"CHAT": "  "}, "in the environment variable CHAT, which is not set"),
        (HOOK, {"HOOK": "nonsense"}, "expected a webhook secret"),
        (replace(HOOK, url="ftp://x.example"), ENVIRON, "the URL of channel pager: expected an http or https URL"),
    ],
)
def test_a_channel_that_could_not_send_is_refused_at_the_start(
    declared: DeclaredChannel, environ: dict[str, str], problem: str
) -> None:
    with pytest.raises(ValueError, match=problem):
        built(declared, environ)


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"type": ChannelType.WEBHOOK, "secret_env": ("A",)}, "expected either url, or url_env"),
        ({"type": ChannelType.WEBHOOK, "url": "a", "url_env": "B", "secret_env": ("A",)}, "expected either url"),
        ({"type": ChannelType.WEBHOOK, "url": "https://x.example"}, "expected secret_env"),
        ({"type": ChannelType.SLACK, "url": "https://x.example"}, "expected url_env instead of url"),
        ({"type": ChannelType.SLACK, "url_env": "A", "secret_env": ("A",)}, "expected no secret_env"),
    ],
)
def test_a_declaration_that_says_too_little_or_too_much_is_refused(fields: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        DeclaredChannel(name="x", **fields)
