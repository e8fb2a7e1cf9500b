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
from outproof.core.ids import NoticeId
from outproof.core.time import Instant, after
from outproof.egress.signing import signatures, signing_key
from outproof.respond.notification import NoticeKind, Notification
from tests.unit.channels.schemas import WEBHOOK, expect_valid
from tests.unit.channels.wire import Wire, a_notification, the_longest
from tests.unit.respond.findings import NOON

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
NEW_SECRET = "whsec_" + base64.b64encode(b"n" * 32).decode()


def sent(notification: Notification, *secrets: str, now: Instant = NOON) -> tuple[Mapping[str, str], bytes]:
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
    assert Reference(secret).verify(body, dict(headers))["type"] == "incident.opened"
    with pytest.raises(WebhookVerificationError):
        Reference(secret).verify(body.replace(b"2/6", b"0/6"), dict(headers))


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


@pytest.mark.parametrize("kind", NoticeKind)
def test_the_longest_body_stays_below_the_limit_of_the_standard(kind: NoticeKind) -> None:
    _, content = sent(the_longest(kind))
    assert len(content) <= BODY_BYTES_MAX
    expect_valid(msgspec.json.decode(content), WEBHOOK)


@pytest.mark.parametrize(
    "payload", ["$link ${heading}", "{0.__class__}", "{{7*7}}", "%(link)s", "${jndi:ldap://x}", "$$"]
)
def test_a_value_that_looks_like_a_template_is_shown_as_it_is(payload: str) -> None:
    _, content = sent(a_notification(headline=payload))
    assert f"What: {payload}\n" in msgspec.json.decode(content)["data"]["text"]


@pytest.mark.parametrize("kind", [kind for kind in NoticeKind if kind is not NoticeKind.CANARY])
def test_each_kind_of_notice_is_its_own_event(kind: NoticeKind) -> None:
    _, content = sent(a_notification(kind))
    body = msgspec.json.decode(content)
    assert body["type"] == f"incident.{kind}"
    expect_valid(body, WEBHOOK)


def test_a_test_is_no_event_of_an_incident() -> None:
    _, content = sent(a_notification(NoticeKind.CANARY))
    body = msgspec.json.decode(content)
    assert body["type"] == "channel.tested"
    assert "incident_id" not in body["data"]


def test_who_took_it_why_it_is_told_and_its_labels_are_in_the_body() -> None:
    told = replace(a_notification(NoticeKind.ACKNOWLEDGED), by="ana", because="nobody took it for 15 min")
    _, content = sent(told)
    data = msgspec.json.decode(content)["data"]
    assert (data["by"], data["because"]) == ("ana", "nobody took it for 15 min")
    assert data["labels"]["severity"] == "critical"


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
