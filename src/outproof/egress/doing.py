"""Does what a responder asked for: a checked request or command in; done, not done, or nobody can tell, out."""

from __future__ import annotations

import os
from collections.abc import Sequence
from http import HTTPStatus
from threading import Event

from outproof.core.errors import Permanent, Transient
from outproof.core.time import NANOS_PER_S, Instant, duration_text
from outproof.egress.command import run
from outproof.egress.http import GuardedClient
from outproof.egress.signing import signatures, signing_key
from outproof.respond.action import RESULT_CHARS_MAX, ActionState, Call, Command, Done, WebRequest
from outproof.respond.notification import plain
from outproof.scrub.text import preview

REPLY_BYTES_MAX = 1_024
"""Read to end the exchange politely; never kept: a receiver inside the network would be read through us."""


class Doer:
    """`ports.Doer`. `allow` is where requests may go beyond public https. Safe for use by several threads."""

    def __init__(self, allow: Sequence[str]) -> None:
        self._allow = tuple(allow)
        self._stopping = Event()

    def stop(self) -> None:
        """End commands that are running. What they have done by then nobody knows."""
        self._stopping.set()

    def do(self, call: Call, now: Instant) -> Done:
        return self._ran(call) if isinstance(call, Command) else self._sent(call, now)

    def _ran(self, command: Command) -> Done:
        try:
            ran = run(command.argv, command.environment, command.timeout_s, self._stopping)
        except Permanent as error:
            return Done(state=ActionState.FAILED, result=str(error))
        wrote = plain(preview(ran.output, chars_max=RESULT_CHARS_MAX), RESULT_CHARS_MAX)
        said = f": {wrote}" if wrote else ", it wrote nothing"
        if ran.exit_code is None:
            why = "this server stopped" if ran.stopped else f"it ran longer than {duration_text(command.timeout_s)}"
            return Done(state=ActionState.UNKNOWN, result=f"killed, because {why}{said}")
        if ran.exit_code < 0:
            return Done(state=ActionState.UNKNOWN, result=f"ended by signal {-ran.exit_code}{said}")
        state = ActionState.SUCCEEDED if ran.exit_code == 0 else ActionState.FAILED
        return Done(state=state, result=f"exit code {ran.exit_code}{said}")

    def _sent(self, request: WebRequest, now: Instant) -> Done:
        client = GuardedClient(self._allow, request.timeout_s, REPLY_BYTES_MAX)
        try:
            headers = {
                "content-type": "application/json",
                "user-agent": "outproof",
                "idempotency-key": request.key,
                **_signed(request, now),
            }
            reply = client.request(request.method, request.url, headers, request.body)
        except Transient as error:
            return Done(state=ActionState.UNKNOWN, result=f"{error}: it may have arrived")
        except (Permanent, ValueError) as error:
            return Done(state=ActionState.FAILED, result=f"nothing was sent: {error}")
        said = f"{reply.status} {_phrase(reply.status)}".strip()
        if 200 <= reply.status < 300:
            return Done(state=ActionState.SUCCEEDED, result=said)
        if reply.status >= 500:
            return Done(state=ActionState.UNKNOWN, result=f"{said}: how far it came, the receiver does not say")
        return Done(state=ActionState.FAILED, result=said)


def _signed(request: WebRequest, now: Instant) -> dict[str, str]:
    if request.secret_env is None:
        return {}
    secret = os.environ.get(request.secret_env)
    if not secret:
        raise Permanent(f"expected its signing secret in the environment variable {request.secret_env}, got nothing")
    timestamp = now // NANOS_PER_S
    return {
        "webhook-id": request.key,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signatures([signing_key(secret)], request.key, timestamp, request.body),
    }


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
