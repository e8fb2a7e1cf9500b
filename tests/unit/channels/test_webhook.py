import base64
import time
from collections.abc import Mapping
from dataclasses import replace

import msgspec
import pytest
from standardwebhooks.webhooks import Webhook as Reference
from standardwebhooks.webhooks import WebhookVerificationError

from outproof.channels.webhook.config import WebhookConfig
from outproof.channels.webhook.send import BODY_BYTES_MAX, Webhook
from outproof.contract.evidence import Fact
from outproof.core.ids import NoticeId
from outproof.core.time import Instant, after
from outproof.egress.http import GuardedClient, Reply
from outproof.egress.signing import signatures, signing_key
from outproof.respond.notification import NoticeKind, Notification
from tests.unit.respond.findings import NOON, a_finding, answer_to

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
NEW_SECRET = "whsec_" + base64.b64encode(b"n" * 32).decode()


class Wire(GuardedClient):
    """A client whose receiver is this object."""

    def __init__(self) -> None:
        super().__init__([], 1, 1)
        self.sent: list[tuple[dict[str, str], bytes]] = []

    def request(self, method: str, url: str, headers: Mapping[str, str] | None = None, content: bytes = b"") -> Reply:
        self.sent.append((dict(headers or {}), content))
        return Reply(200, {}, b"")


def a_notification(**changes: object) -> Notification:
    return answer_to(a_finding(**changes)).notices[0].notification


def sent(notification: Notification, *secrets: str, now: Instant = NOON) -> tuple[dict[str, str], bytes]:
    wire = Wire()
    config = WebhookConfig("pager", "https://hooks.example.com/", secrets or (SECRET,))
    Webhook(config, wire, "https://outproof.example/").send(NoticeId("msg_1"), notification, now)
    return wire.sent[0]


def test_the_published_vector_of_the_standard_is_signed_as_published() -> None:
    signature = signatures([signing_key(SECRET)], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize("secret", [SECRET, NEW_SECRET])
def test_while_a_secret_is_changed_the_reference_library_accepts_either(secret: str) -> None:
    now = Instant(time.time_ns())  # the reference refuses what is more than five minutes off
    headers, body = sent(a_notification(), SECRET, NEW_SECRET, now=now)
    assert Reference(secret).verify(body, headers)["type"] == "incident.opened"
    with pytest.raises(WebhookVerificationError):
        Reference(secret).verify(body.replace(b"2/6", b"0/6"), headers)


def test_the_body_names_the_event_and_carries_what_a_program_needs() -> None:
    headers, content = sent(a_notification())
    body = msgspec.json.decode(content)
    assert body["type"] == "incident.opened"
    assert body["timestamp"] == "2027-01-15T08:00:00.000000Z"
    data = body["data"]
    assert data["url"] == f"https://outproof.example/incidents/{data['incident_id']}"
    assert data["exemplar"]["request_id"] == "req_205"
    assert data["evidence"] == [{"key": "policy", "value": "unsafe"}]
    assert data["text"].startswith("P0 · Unsupported delivery claim reached customer response.\nWhat: unsafe_claim")
    assert headers["webhook-id"] == "msg_1"
    assert headers["webhook-timestamp"] == str(NOON // 10**9)


def test_a_retry_has_the_same_id_and_body_and_a_new_timestamp() -> None:
    wire = Wire()
    channel = Webhook(WebhookConfig("pager", "https://x.example/", (SECRET,)), wire, "https://o.example")
    for now in (NOON, after(NOON, 10)):
        channel.send(NoticeId("msg_1"), a_notification(), now)
    (first, body), (second, again) = wire.sent
    assert body == again
    assert first["webhook-id"] == second["webhook-id"]
    assert first["webhook-timestamp"] != second["webhook-timestamp"]


def test_the_longest_body_stays_below_the_limit_of_the_standard() -> None:
    long = "\U00020000" * 5_000
    facts = tuple(Fact(f"{n}{long}", long, long) for n in range(200))
    [exemplar] = a_finding().exemplars
    exemplar = replace(exemplar, request_id=long, template_id=long, evidence_version=long, first_failed_stage=long)
    notification = a_notification(
        title=long, headline=long, reason=long, first_check=long, owner=long, policy=long, promise=long, evidence=facts
    )
    _, content = sent(replace(notification, exemplar=exemplar, subject=long))
    assert len(content) <= BODY_BYTES_MAX
    assert msgspec.json.decode(content)["data"]["headline"]


@pytest.mark.parametrize(
    "payload", ["$link ${heading}", "{0.__class__}", "{{7*7}}", "%(link)s", "${jndi:ldap://x}", "$$"]
)
def test_a_value_that_looks_like_a_template_is_shown_as_it_is(payload: str) -> None:
    _, content = sent(a_notification(headline=payload))
    assert f"What: {payload}\n" in msgspec.json.decode(content)["data"]["text"]


def test_each_kind_of_notice_is_its_own_event() -> None:
    for kind in NoticeKind:
        _, content = sent(replace(a_notification(), kind=kind))
        assert msgspec.json.decode(content)["type"] == f"incident.{kind}"


@pytest.mark.parametrize(
    "secret", ["", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_", "whsec_!!", "whsec_c2hvcnQ=", "whsec_" + "A" * 100]
)
def test_a_bad_secret_is_refused_without_being_repeated(secret: str) -> None:
    with pytest.raises(ValueError, match="expected a webhook secret: whsec_") as error:
        signing_key(secret)
    assert not secret.removeprefix("whsec_") or secret.removeprefix("whsec_") not in str(error.value)


@pytest.mark.parametrize(
    ("url", "secrets", "problem"),
    [
        ("https://x.example/", (), "expected at least one signing secret"),
        ("https://x.example/", (SECRET, "nonsense"), "expected a webhook secret"),
        ("ftp://x.example/", (SECRET,), "the URL of channel pager: expected an http or https URL"),
        ("", (SECRET,), "the URL of channel pager"),
    ],
)
def test_a_receiver_that_could_not_be_told_is_refused_at_the_start(
    url: str, secrets: tuple[str, ...], problem: str
) -> None:
    with pytest.raises(ValueError, match=problem):
        WebhookConfig("pager", url, secrets)


def test_a_configuration_never_shows_its_secrets() -> None:
    shown = repr(WebhookConfig("pager", "https://x.example/token", (SECRET,)))
    assert shown == "WebhookConfig(name='pager')"
