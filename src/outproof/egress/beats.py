"""Tells one watcher that this server works, or what troubles it: a beat in; why it did not arrive, or nothing, out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from outproof.core.errors import Permanent, Transient
from outproof.core.time import NANOS_PER_S, Instant, rfc3339
from outproof.decide.monitoring import BeatStyle, BeatTarget
from outproof.egress.http import GuardedClient
from outproof.egress.signing import signatures, signing_key

TROUBLES_MAX = 5
TROUBLE_CHARS_MAX = 150


@dataclass(frozen=True, slots=True, kw_only=True)
class Beat:
    """What a server says of itself. `number` grows with each, also over restarts; no troubles: it works."""

    server: str
    number: int
    at: Instant
    troubles: Sequence[str] = ()


class BeatTeller:
    """Sends beats. Safe for use by several threads."""

    def __init__(self, client: GuardedClient) -> None:
        self._client = client

    def tell(self, target: BeatTarget, beat: Beat) -> str | None:
        """Send a beat once. None: it was taken; else why it was not, without the URL, which may be a secret."""
        try:
            reply = self._client.request("POST", *_request(target, beat))
        except (Transient, Permanent) as error:
            return str(error)
        return None if 200 <= reply.status < 300 else f"it answered {reply.status}"


def _request(target: BeatTarget, beat: Beat) -> tuple[str, dict[str, str], bytes]:
    """The URL, the headers and the body that a watcher understands."""
    troubles = [trouble[:TROUBLE_CHARS_MAX] for trouble in beat.troubles[:TROUBLES_MAX]]
    if target.style is BeatStyle.HEALTHCHECKS:
        url = target.url.rstrip("/") + ("/fail" if troubles else "")
        headers = {"content-type": "text/plain; charset=utf-8", "user-agent": "outproof"}
        return url, headers, "\n".join([beat.server, *troubles]).encode()
    said = {"server": beat.server, "number": beat.number, "at": rfc3339(beat.at), "troubles": troubles}
    body = json.dumps(said).encode()
    message, timestamp = f"beat_{beat.server}_{beat.number}", beat.at // NANOS_PER_S
    headers = {
        "content-type": "application/json",
        "user-agent": "outproof",
        "webhook-id": message,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signatures([signing_key(each) for each in target.secrets], message, timestamp, body),
    }
    return target.url, headers, body
