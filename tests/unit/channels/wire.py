"""A receiver in memory, and notifications to send to it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from outproof.contract.evidence import Fact
from outproof.core.errors import Permanent, Transient
from outproof.core.ids import NoticeId
from outproof.core.time import after
from outproof.egress.http import GuardedClient, Reply
from outproof.respond.notification import NoticeKind, Notification
from tests.unit.respond.findings import NOON, a_finding, an_incident, told

SITE = "https://o.example"
NOTICE = NoticeId("msg_1")

HOSTILE = [
    "<!channel>",
    "<!here|here>",
    "<@U123>",
    "<@&99>",
    "<at>everyone</at>",
    "<https://evil.example|your bank>",
    "[your bank](https://evil.example)",
    "@channel",
    "@here",
    "@Everyone",
    "https://evil.example/login",
    "&lt;!channel&gt;",
    "*bold* _it_ ~no~ `code` **b** ||spoiler||",
    "a\n> quoted\n# heading\n- item",
    "a\r\nBcc: victim@example.com\r\n\r\nforged",
    "\u202egro.live",
    "$link ${heading} {0.__class__} {{7*7}}",
    "<script>alert(1)</script>",
]
"""What stands in fields that come from outside."""


@dataclass(frozen=True)
class Request:
    method: str
    url: str
    headers: Mapping[str, str]
    content: bytes

    @property
    def body(self) -> Any:
        return json.loads(self.content)


class Wire(GuardedClient):
    """A client whose receiver is this object: it gives each reply in turn, then the last one for ever."""

    def __init__(self, *replies: Reply | Transient | Permanent) -> None:  # what it would connect with is not needed
        self.requests: list[Request] = []
        self._replies = list(replies) or [Reply(200, {}, b"")]

    @property
    def sent(self) -> list[tuple[Mapping[str, str], bytes]]:
        return [(request.headers, request.content) for request in self.requests]

    def request(self, method: str, url: str, headers: Mapping[str, str] | None = None, content: bytes = b"") -> Reply:
        self.requests.append(Request(method, url, dict(headers or {}), content))
        reply = self._replies.pop(0) if len(self._replies) > 1 else self._replies[0]
        if isinstance(reply, Reply):
            return reply
        raise reply


def a_notification(kind: NoticeKind = NoticeKind.OPENED, **changes: object) -> Notification:
    said = told(an_incident(**changes), kind)
    return said if kind is NoticeKind.OPENED else replace(said, generation=2, at=after(NOON, 300))


def the_longest(kind: NoticeKind = NoticeKind.OPENED) -> Notification:
    """As much as could ever be said, in a script of four bytes a letter."""
    long = "\U00020000" * 2_500
    facts = tuple(Fact(f"{n}{long}", long, long) for n in range(60))
    [exemplar] = a_finding().exemplars
    exemplar = replace(exemplar, request_id=long, template_id=long, evidence_version=long, first_failed_stage=long)
    said = a_notification(
        kind, title=long, headline=long, reason=long, first_check=long, owner=long, policy=long, promise=long,
        evidence=facts, runbook=f"https://r.example/{'x' * 10_000}",
    )  # fmt: skip
    labels = {f"l{n}": long for n in range(60)}
    return replace(said, exemplar=exemplar, subject=long, by=long, because=long, labels=labels)


def hostile(text: str, kind: NoticeKind = NoticeKind.OPENED) -> Notification:
    """The same text wherever text comes from outside."""
    facts = (Fact("k", text, text),)
    said = a_notification(kind, title=text, headline=text, first_check=text, reason=text, owner=text, evidence=facts)
    return replace(said, subject=text, policy=text, by=text, because=text, labels={"from outside": text})
