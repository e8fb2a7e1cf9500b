"""Mail, from a notification to what a real relay takes."""

import socket
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from outproof.channels.email.config import EmailConfig
from outproof.channels.email.send import Email
from outproof.core.ids import NoticeId
from outproof.egress.smtp import GuardedRelay, Protection, Relay
from outproof.respond.delivery import Outcome, Sent
from outproof.respond.notification import NoticeKind, Notification
from tests.integration.certificates import Authority
from tests.integration.mail_relay import PASSWORD, USER, misbehaving, relaying
from tests.integration.mail_relay import Relay as Receiver
from tests.unit.channels.wire import HOSTILE, NOTICE, SITE, a_notification, hostile, the_longest
from tests.unit.respond.findings import NOON

ANA, BEN = "ana@example.com", "ben@example.com"
LOOPBACK = ("127.0.0.0/8",)


@dataclass(frozen=True)
class Post:
    """Relays that stay up for all tests of this file."""

    authority: Authority
    starttls: Receiver
    implicit: Receiver
    bare: Receiver
    expired: Receiver


@pytest.fixture(scope="module")
def post(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Post]:
    authority = Authority(tmp_path_factory.mktemp("certificates"))
    with (
        relaying(starttls=authority.context()) as starttls,
        relaying(implicit=authority.context()) as implicit,
        relaying() as bare,
        relaying(starttls=authority.context(expired=True)) as expired,
        pytest.MonkeyPatch.context() as environment,
    ):
        environment.setenv("SSL_CERT_FILE", str(authority.file))
        yield Post(authority, starttls, implicit, bare, expired)


@pytest.fixture(autouse=True)
def _forget(post: Post) -> None:
    for relay in (post.starttls, post.implicit, post.bare, post.expired):
        relay.mails.clear()
        relay.rcpt.clear()
        relay.commands.clear()
        relay.data = "250 taken"


def a_channel(
    port: int,
    *,
    allow: Sequence[str] = LOOPBACK,
    timeout_s: float = 60.0,
    to: tuple[str, ...] = (ANA, BEN),
    **relay: Any,
) -> Email:
    declared = Relay(host="127.0.0.1", port=port, **relay)
    config = EmailConfig(name="mail", relay=declared, sender="alerts@outproof.example", recipients=to)
    return Email(config, GuardedRelay(declared, allow, timeout_s), SITE)


def sent(channel: Email, notification: Notification | None = None, notice: NoticeId = NOTICE) -> Sent:
    return channel.send(notice, notification or a_notification(), NOON)


def test_a_mail_reaches_everybody_and_is_called_handed_over_and_not_delivered(post: Post) -> None:
    done = sent(a_channel(post.starttls.port), a_notification(runbook="https://runbooks.example/a"))
    assert (done.outcome, done.status_code, done.detail) == (Outcome.ACCEPTED, 250, "handed to the relay")
    [(recipients, _)] = post.starttls.mails
    [mail] = post.starttls.parsed
    assert recipients == [ANA, BEN]
    assert mail["Subject"] == "[Outproof] Unsupported delivery claim reached customer response."
    assert mail["From"] == "Outproof <alerts@outproof.example>"
    assert mail["Date"] == "Fri, 15 Jan 2027 08:00:00 +0000"
    assert mail.get_content_type() == "text/plain"
    text = mail.get_content().replace("\r\n", "\n")
    assert text.startswith(
        "P0 · Unsupported delivery claim reached customer response.\n\nWhat: unsafe_claim_served 2/6\n"
    )
    assert f"Open the incident: {SITE}/incidents/{a_notification().incident_id}\n" in text
    assert "Runbook: https://runbooks.example/a" in text


def test_nobody_answers_it_by_machine(post: Post) -> None:
    sent(a_channel(post.starttls.port))
    [mail] = post.starttls.parsed
    assert (mail["Auto-Submitted"], mail["Precedence"], mail["Importance"]) == ("auto-generated", "bulk", "high")
    assert (mail["X-Outproof-Severity"], mail["X-Outproof-Notice"]) == ("critical", "opened")


def test_all_mails_of_an_incident_are_one_thread(post: Post) -> None:
    channel = a_channel(post.starttls.port)
    kinds = [NoticeKind.OPENED, NoticeKind.ESCALATED, NoticeKind.RESOLVED]
    for number, kind in enumerate(kinds):
        sent(channel, a_notification(kind), NoticeId(f"msg_{number}"))
    first, *rest = post.starttls.parsed
    assert first["References"] is None
    assert {mail["References"] for mail in rest} == {mail["In-Reply-To"] for mail in rest} == {first["Message-ID"]}
    assert {mail["Subject"] for mail in rest} == {f"Re: {first['Subject']}"}
    assert len({mail["Message-ID"] for mail in post.starttls.parsed}) == 3
    assert rest[-1].get_content().startswith("Resolved · ")


@pytest.mark.parametrize("kind", [NoticeKind.OPENED, NoticeKind.RESOLVED])
def test_a_retry_is_the_same_mail(post: Post, kind: NoticeKind) -> None:
    channel = a_channel(post.starttls.port)
    for _ in range(2):
        sent(channel, a_notification(kind))
    one, two = post.starttls.parsed
    assert one["Message-ID"] == two["Message-ID"]


def test_two_channels_have_threads_of_their_own(post: Post) -> None:
    declared = Relay(host="127.0.0.1", port=post.starttls.port)
    for name in ("one", "two"):
        config = EmailConfig(name=name, relay=declared, sender="alerts@outproof.example", recipients=(ANA,))
        sent(Email(config, GuardedRelay(declared, LOOPBACK, 60.0), SITE))
    assert len({mail["Message-ID"] for mail in post.starttls.parsed}) == 2


@pytest.mark.parametrize("text", HOSTILE)
def test_text_from_outside_forges_no_header_and_no_line(post: Post, text: str) -> None:
    sent(a_channel(post.starttls.port), hostile(text, NoticeKind.ESCALATED))
    [mail] = post.starttls.parsed
    assert mail["Bcc"] is None
    assert mail["To"] == f"{ANA}, {BEN}"
    assert not mail.defects
    assert mail.get_content().splitlines()[0].startswith("P0 escalated · ")
    assert "forged" not in mail.get_content().splitlines()


def test_the_longest_mail_is_taken(post: Post) -> None:
    assert sent(a_channel(post.starttls.port), the_longest()).outcome is Outcome.ACCEPTED
    _, content = post.starttls.mails[0]
    assert max(map(len, content.split(b"\r\n"))) <= 998


def test_tls_from_the_first_byte_and_a_password_work_too(post: Post) -> None:
    channel = a_channel(post.implicit.port, protection=Protection.TLS)
    assert sent(channel).outcome is Outcome.ACCEPTED
    signed_in = a_channel(post.starttls.port, user=USER, password=PASSWORD)
    assert sent(signed_in).outcome is Outcome.ACCEPTED


def test_a_wrong_password_is_permanent_and_not_repeated(post: Post) -> None:
    done = sent(a_channel(post.starttls.port, user=USER, password="wr0ng"))
    assert (done.outcome, done.detail) == (Outcome.PERMANENT, "127.0.0.1 refuses the user or the password (535)")
    assert post.starttls.mails == []


def test_a_relay_that_offers_no_tls_gets_nothing(post: Post) -> None:
    done = sent(a_channel(post.bare.port))
    assert done.outcome is Outcome.PERMANENT
    assert "does not offer what is asked for" in done.detail
    assert post.bare.mails == []


def test_plain_text_goes_only_to_a_relay_that_is_allowed(post: Post) -> None:
    assert sent(a_channel(post.bare.port, protection=Protection.NONE)).outcome is Outcome.ACCEPTED


def test_an_expired_certificate_gets_nothing_and_is_named(post: Post) -> None:
    done = sent(a_channel(post.expired.port))
    assert done.outcome is Outcome.TRANSIENT
    assert done.detail == "the connection to 127.0.0.1 failed: its certificate is not valid: certificate has expired"
    assert post.expired.mails == []


def test_a_relay_that_nobody_allowed_is_not_connected_to(post: Post) -> None:
    before = post.starttls.connections
    done = sent(a_channel(post.starttls.port, allow=()))
    assert done.outcome is Outcome.PERMANENT
    assert "egress: {allow: [127.0.0.1]}" in done.detail
    assert post.starttls.connections == before


def test_a_recipient_that_is_refused_keeps_the_mail_from_nobody_else(post: Post) -> None:
    post.starttls.rcpt = {ANA: "550 no such user"}
    done = sent(a_channel(post.starttls.port))
    assert (done.outcome, done.detail) == (Outcome.ACCEPTED, f"handed to the relay, but not for {ANA} (550)")
    assert post.starttls.mails[0][0] == [BEN]


@pytest.mark.parametrize(
    ("codes", "outcome"),
    [
        (("550 no", "550 no"), Outcome.PERMANENT),
        (("450 busy", "550 no"), Outcome.TRANSIENT),
        (("421 bye", "250 OK"), Outcome.TRANSIENT),
    ],
)
def test_when_nobody_is_left_one_later_is_worth_another_try(
    post: Post, codes: tuple[str, str], outcome: Outcome
) -> None:
    post.starttls.rcpt = dict(zip((ANA, BEN), codes, strict=True))
    assert sent(a_channel(post.starttls.port)).outcome is outcome
    assert post.starttls.mails == []


@pytest.mark.parametrize(
    ("said", "outcome", "detail"),
    [
        ("451 try later", Outcome.TRANSIENT, "127.0.0.1 says later (451)"),
        ("554 looks like spam: secret", Outcome.PERMANENT, "127.0.0.1 refuses (554)"),
    ],
)
def test_what_the_relay_says_of_the_mail_counts(post: Post, said: str, outcome: Outcome, detail: str) -> None:
    post.starttls.data = said
    done = sent(a_channel(post.starttls.port))
    assert (done.outcome, done.detail) == (outcome, detail)


def test_a_test_asks_for_every_recipient_and_sends_no_mail(post: Post) -> None:
    post.starttls.rcpt = {BEN: "550 no such user"}
    done = sent(a_channel(post.starttls.port), a_notification(NoticeKind.CANARY))
    assert done.outcome is Outcome.ACCEPTED
    assert done.detail == f"the relay would take mail; none was sent, but not for {BEN} (550)"
    assert (post.starttls.mails, post.starttls.commands) == ([], ["RSET"])


def greeting_then_silence(connection: socket.socket, stopping: threading.Event) -> None:
    connection.sendall(b"220 relay.test\r\n")
    stopping.wait()


def dripping(connection: socket.socket, stopping: threading.Event) -> None:
    while not stopping.wait(0.05):
        connection.sendall(b"2")


def taking_then_gone(connection: socket.socket, stopping: threading.Event) -> None:
    connection.sendall(b"220 relay.test\r\n")
    with connection.makefile("rb") as lines:
        for line in lines:
            if line.upper().startswith(b"DATA"):
                connection.sendall(b"354 go on\r\n")
                for part in lines:
                    if part == b".\r\n":
                        break
                connection.sendall(b"250 taken\r\n")
                return
            connection.sendall(b"250 relay.test\r\n")


@pytest.mark.parametrize("talk", [greeting_then_silence, dripping])
def test_a_relay_that_hangs_or_drips_holds_nobody_longer_than_the_deadline(talk: Any) -> None:
    with misbehaving(talk) as port:  # it goes on like that until the end of this block
        done = sent(a_channel(port, timeout_s=0.4, protection=Protection.NONE))
    assert done.outcome is Outcome.TRANSIENT
    assert "127.0.0.1" in done.detail


def test_a_relay_that_took_the_mail_and_went_away_is_not_given_it_again() -> None:
    with misbehaving(taking_then_gone) as port:
        assert sent(a_channel(port, protection=Protection.NONE)).outcome is Outcome.ACCEPTED


def test_a_relay_that_is_not_there_is_tried_again() -> None:
    with socket.socket() as bound:  # it stays ours, so nobody else listens there, but nor do we
        bound.bind(("127.0.0.1", 0))
        done = sent(a_channel(bound.getsockname()[1]))
    assert (done.outcome, done.detail) == (Outcome.TRANSIENT, "the connection to 127.0.0.1 failed: Connection refused")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"port": 0}, "a port from 1 to 65535"),
        ({"host": "relay.test:25"}, "the host name or the address of a relay, got 'relay.test:25'"),
        ({"host": "0x7f.1"}, "the host name or the address"),
        ({"host": "relay.test\r\nEHLO x"}, "the host name or the address"),
        ({"user": "u"}, "a user and a password, or neither"),
        ({"protection": Protection.NONE, "user": "u", "password": "p"}, "because a password is sent"),
    ],
)
def test_a_relay_that_cannot_be_meant_is_refused(changes: dict[str, Any], expected: str) -> None:
    with pytest.raises(ValueError, match=expected):
        replace(Relay(host="relay.test", port=587), **changes)


@pytest.mark.parametrize(
    "address", ["", "ana", "ana@", "a b@example.com", "ana@example.com\r\nBcc: x@example.com", "<a@b>"]
)
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="expected an address such as"):
        EmailConfig(name="m", relay=Relay(host="r.test", port=25), sender="a@b.example", recipients=(address,))


def test_a_password_is_never_shown(tmp_path: Path) -> None:
    assert "hunter2" not in repr(Relay(host="relay.test", port=587, user="u", password="hunter2"))
