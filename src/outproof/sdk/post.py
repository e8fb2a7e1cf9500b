"""One kept-alive HTTP connection to the server: a request in, a reply out. Trouble on the way is a reply too."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from outproof.sdk.settings import Settings

TIMEOUT_S = 5.0
REPLY_BYTES_MAX = 65_536
PROBLEM_CHARS_MAX = 500
RETRY_AFTER_S_MAX = 300.0
NO_REPLY = 0


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back. Status 0: nothing did, and `problem` says why. `retry_after_s` None: the server did not say."""

    status: int
    retry_after_s: float | None = None
    body: bytes = b""
    problem: str | None = None

    @property
    def accepted(self) -> bool:
        return 200 <= self.status < 300


class Line:
    """The connection of one thread. It opens when needed and again after a failure."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._place = f"{settings.host}:{settings.port}"
        self._connection: http.client.HTTPConnection | None = None
        self.timeout_s = TIMEOUT_S

    def post(self, path: str, body: bytes, headers: Mapping[str, str], *, now_s: float) -> Reply:
        """Send once; a second time only when a connection that had served before turns out to be closed.

        `now_s` (Unix time) is what a Retry-After given as a date is counted from.
        """
        reused = self._connection is not None
        reply = self._once(path, body, headers, now_s)
        if reply.status == NO_REPLY and reused:
            return self._once(path, body, headers, now_s)
        return reply

    def _once(self, path: str, body: bytes, headers: Mapping[str, str], now_s: float) -> Reply:
        try:
            connection = self._connection or self._open()
            connection.request(
                "POST", self._settings.base_path + path, body, {**headers, **dict(self._settings.headers)}
            )
            answer = connection.getresponse()
            content = answer.read(REPLY_BYTES_MAX)
            if not answer.isclosed():
                self.close()  # the rest of an oversized reply is not worth reading
            return Reply(
                answer.status,
                _retry_after_s(answer.getheader("Retry-After"), now_s),
                content,
                None if 200 <= answer.status < 300 else _problem(answer.status, path, self._place, content),
            )
        except (OSError, http.client.HTTPException, ValueError) as trouble:
            self.close()
            return Reply(NO_REPLY, problem=f"no reply from {self._place}: {type(trouble).__name__}; is the server up?")

    def _open(self) -> http.client.HTTPConnection:
        host, port = self._settings.host, self._settings.port
        if self._settings.tls:
            self._connection = http.client.HTTPSConnection(host, port, timeout=self.timeout_s)
        else:
            self._connection = http.client.HTTPConnection(host, port, timeout=self.timeout_s)
        return self._connection

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _problem(status: int, path: str, place: str, content: bytes) -> str:
    """The status, what the server says of it where it is Outproof, and what to look at."""
    hints = {401: "set OUTPROOF_API_KEY", 403: "the key may not write here", 404: "is the endpoint Outproof's?"}
    told = f"{place} answered {status} to {path}"
    message = _message(content)
    if message is not None:
        told = f"{told}: {message}"[:PROBLEM_CHARS_MAX]
    return f"{told}; {hints[status]}" if status in hints and (message is None or status != 404) else told


def _message(content: bytes) -> str | None:
    """What an error of Outproof's says; None when the reply is none."""
    try:
        match json.loads(content):
            case {"code": int(), "message": str(message)}:
                return message
    except (ValueError, RecursionError):
        pass
    return None


def _retry_after_s(value: str | None, now_s: float) -> float | None:
    """Seconds to wait, from a number or a date; None when there is neither."""
    if value is None:
        return None
    try:
        seconds = float(value) if value.strip().isdigit() else parsedate_to_datetime(value).timestamp() - now_s
    except ValueError:
        return None
    return min(max(seconds, 0.0), RETRY_AFTER_S_MAX)
