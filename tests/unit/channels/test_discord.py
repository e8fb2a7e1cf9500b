import re
from typing import Any

import pytest

from outproof.channels.discord.config import DiscordConfig
from outproof.channels.discord.send import Discord, cut, units
from outproof.egress.http import Reply
from outproof.respond.delivery import Outcome, Sent
from outproof.respond.notification import NoticeKind, Notification
from tests.unit.channels.schemas import DISCORD, expect_valid
from tests.unit.channels.wire import HOSTILE, NOTICE, SITE, Request, Wire, a_notification, hostile, the_longest
from tests.unit.respond.findings import NOON

URL = "https://discord.com/api/webhooks/1/token"


def sent(notification: Notification, reply: Reply | None = None, **config: Any) -> tuple[Sent, Request]:
    wire = Wire(reply or Reply(200, {}, b'{"id":"9"}'))
    done = Discord(DiscordConfig(name="chat", url=URL, **config), wire, SITE).send(NOTICE, notification, NOON)
    [request] = wire.requests
    return done, request


def test_a_message_waits_until_it_is_stored_and_can_mention_nobody() -> None:
    done, request = sent(a_notification())
    assert (done.outcome, request.url) == (Outcome.ACCEPTED, f"{URL}?wait=true")
    assert request.body["allowed_mentions"] == {"parse": []}
    assert request.body["content"] == "**P0 · Unsupported delivery claim reached customer response.**"
    [embed] = request.body["embeds"]
    assert "**What:** unsafe\\_claim\\_served 2/6" in embed["description"]
    assert f"[Open the incident]({SITE}/incidents/{a_notification().incident_id})" in embed["description"]


def test_a_forum_is_told_in_its_thread() -> None:
    assert sent(a_notification(), thread_id="42")[1].url == f"{URL}?wait=true&thread_id=42"


def test_an_answer_that_does_not_say_stored_is_not_called_so() -> None:
    done, _ = sent(a_notification(), Reply(204, {}, b""))
    assert "does not say that it is stored" in done.detail


@pytest.mark.parametrize("kind", [kind for kind in NoticeKind if kind is not NoticeKind.CANARY])
def test_every_message_is_one_that_discord_accepts_even_the_longest(kind: NoticeKind) -> None:
    for notification in (a_notification(kind), the_longest(kind)):
        body = sent(notification)[1].body
        expect_valid(body, DISCORD)
        [embed] = body["embeds"]
        assert units(body["content"]) <= 2_000
        assert units(embed["description"]) <= 4_096
        assert units(embed["description"]) + units(embed["footer"]["text"]) <= 6_000


@pytest.mark.parametrize("text", HOSTILE)
def test_text_from_outside_is_shown_as_it_is(text: str) -> None:
    body = sent(hostile(text))[1].body
    expect_valid(body, DISCORD)
    said = body["embeds"][0]["description"].rpartition("\n\n")[0]
    unescaped = re.sub(r"\\[^0-9A-Za-z\s]", "", said)
    assert unescaped.count("**") == 2 * len(said.splitlines())  # those of our own labels
    assert not re.search(r"[*_~`|<>\[\]()#@]", unescaped.replace("**", ""))
    assert "://" not in said
    assert "://" not in body["embeds"][0]["footer"]["text"] + body["content"]


def test_a_test_asks_whether_the_webhook_is_in_force_and_posts_nothing() -> None:
    done, request = sent(a_notification(NoticeKind.CANARY))
    assert (request.method, request.url, request.content) == ("GET", URL, b"")
    assert done.outcome is Outcome.ACCEPTED
    assert sent(a_notification(NoticeKind.CANARY), Reply(404, {}, b""))[0].outcome is Outcome.PERMANENT


def test_what_nobody_need_do_anything_about_makes_no_sound() -> None:
    kinds = (NoticeKind.ACKNOWLEDGED, NoticeKind.REMINDED, NoticeKind.OPENED)
    assert [sent(a_notification(kind))[1].body.get("flags") for kind in kinds] == [4096, 4096, None]


def test_a_limit_of_its_own_is_waited_for() -> None:
    done, _ = sent(a_notification(), Reply(429, {"retry-after": "0.65"}, b'{"retry_after":0.65}'))
    assert (done.outcome, done.retry_after_s) == (Outcome.TRANSIENT, 0.65)


def test_a_text_is_cut_between_lines() -> None:
    assert cut("ab\ncd", 5) == "ab\ncd"
    assert cut("ab\ncd\nef", 7) == "ab\ncd\n…"
    assert units("\U00020000") == 2


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({"url": f"{URL}?wait=false"}, "without a query"),
        ({"url": URL, "thread_id": "general"}, "the number of a thread"),
        ({"url": "discord"}, "expected an http or https URL"),
    ],
)
def test_what_cannot_be_meant_is_refused(config: dict[str, str], expected: str) -> None:
    with pytest.raises(ValueError, match=expected):
        DiscordConfig(name="chat", **config)
