"""The watcher on another host: beats of servers, or looks at them, in; a page when one falls silent out.

It needs nothing but Python's own library, so this one file can be copied to a host where nothing is installed:

    python3 watchdog.py --listen 0.0.0.0:4390 --secret-env BEAT_SECRET --webhook https://hooks.example/page
"""

from __future__ import annotations

import argparse
import base64
import binascii
import hmac
import http.client
import json
import os
import re
import shlex
import smtplib
import ssl
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from email.message import EmailMessage
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

POLL_EVERY_S = 20.0
POLL_TIMEOUT_S = 8.0
MISSES = 3
"""Looks in a row that must fail: 3 of 20 s and one timeout are less than 90 s."""
SILENT_AFTER_S = 80.0
"""Without a beat: of beats each 30 s the third is missing by then, and 90 s are not over."""
PAGE_AGAIN_S = 30.0
"""So long after a page that nobody took it is tried again."""
REMIND_S = 3_600.0
PAUSED_S = 15.0
"""We slept ourselves if a second took so long: then everybody gets their full time again."""
BEAT_BYTES_MAX = 16_384
SKEW_S_MAX = 300.0  # Standard Webhooks: a message signed longer ago may be a replay
NAMES_MAX = 100
HEARD_MAX = 32  # more than come while a signature is valid: a beat that is played again is known
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,127}")


@dataclass
class Watched:
    """What is known of one server. `since_s` is the last good sign, by our own clock that nobody sets.

    `told` is what people last heard: that it is down, or not. `heard` are the numbers of its newest beats.
    """

    since_s: float
    misses: int = 0
    heard: tuple[int, ...] = ()
    trouble: str | None = None
    told: bool = False
    tried_at_s: float = float("-inf")


@dataclass(frozen=True)
class Page:
    """What people are told. `server` is down, or is back."""

    server: str
    down: bool
    text: str


@dataclass
class Watch:
    """Decides who is down. Time comes in as `now_s`; callers hold `lock`."""

    silent_s_max: float
    servers: dict[str, Watched] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def expect(self, name: str, now_s: float) -> Watched:
        """What is known of a server, which must be heard of from now on."""
        return self.servers.setdefault(name, Watched(now_s))

    def looked(self, name: str, problem: str | None, now_s: float) -> None:
        """Note what a look at a server showed; None: it works."""
        watched = self.expect(name, now_s)
        watched.misses = 0 if problem is None else watched.misses + 1
        watched.trouble = problem
        if problem is None:
            watched.since_s = now_s

    def beaten(self, name: str, number: int, troubles: Sequence[str], now_s: float) -> None:
        """Note a beat; one that was heard before says nothing new, nor does one server too many to be true."""
        if name not in self.servers and len(self.servers) >= NAMES_MAX:
            return
        watched = self.expect(name, now_s)
        if number not in watched.heard:
            watched.heard, watched.since_s = (*watched.heard[-HEARD_MAX:], number), now_s
            watched.trouble = "; ".join(troubles) or None

    def paused(self, now_s: float) -> None:
        """Give everybody their full time again: it was we who did not look."""
        for watched in self.servers.values():
            if not watched.told:
                watched.since_s, watched.misses = now_s, 0

    def due(self, polled: frozenset[str], now_s: float) -> list[Page]:
        """Who must be told of now: what changed, and what is still so after long. Asking changes nothing."""
        found = [(name, self._down(name in polled, watched, now_s)) for name, watched in self.servers.items()]
        return [
            Page(name, why is not None, f"{name} is down: {why}" if why else f"{name} is back")
            for name, why in found
            if self._must_tell(self.servers[name], down=why is not None, now_s=now_s)
        ]

    def paged(self, page: Page, *, accepted: bool, now_s: float) -> None:
        """Note that people were told, or could not be."""
        watched = self.servers[page.server]
        watched.tried_at_s = now_s
        if accepted:
            watched.told = page.down

    @staticmethod
    def _must_tell(watched: Watched, *, down: bool, now_s: float) -> bool:
        since_s = now_s - watched.tried_at_s
        return since_s >= PAGE_AGAIN_S if down != watched.told else down and since_s >= REMIND_S

    def _down(self, polled: bool, watched: Watched, now_s: float) -> str | None:
        quiet_s = now_s - watched.since_s
        if polled:
            return f"{watched.trouble} ({watched.misses} looks in a row)" if watched.misses >= MISSES else None
        if quiet_s >= self.silent_s_max:
            heard = f"no beat for {quiet_s:.0f} s" if watched.heard else f"never heard of, for {quiet_s:.0f} s"
            return f"{heard}; is the host up, and can it reach us?"
        return f"it is up, but {watched.trouble}" if watched.trouble else None


def signature(key: bytes, message: str, timestamp: int, body: bytes) -> str:
    """What Standard Webhooks 1.0.0 signs a message with."""
    signed = b".".join((message.encode("latin-1", "replace"), str(timestamp).encode(), body))
    return "v1," + base64.b64encode(hmac.new(key, signed, sha256).digest()).decode()


def is_signed(keys: Sequence[bytes], headers: Mapping[str, str], body: bytes, wall_s: float) -> bool:
    """Whether one of the keys signed this, not longer ago than five minutes."""
    stamp = headers.get("webhook-timestamp", "")
    if not stamp.isascii() or not stamp.isdigit() or abs(wall_s - int(stamp[:12])) > SKEW_S_MAX:
        return False
    given = headers.get("webhook-signature", "").split(" ")[:10]
    wanted = [signature(key, headers.get("webhook-id", ""), int(stamp[:12]), body) for key in keys]
    matches = [hmac.compare_digest(one.encode(), each.encode("latin-1", "replace")) for one in wanted for each in given]
    return any(matches)


class _Unmoved(urllib.request.HTTPRedirectHandler):
    """Follows no redirect: a login page that answers 200 is no server that works."""

    def redirect_request(self, *_: object) -> None:
        return None


_opener = urllib.request.build_opener(_Unmoved)


def looked_at(url: str, timeout_s: float) -> str | None:
    """Why a server does not work, by its /readyz; None when it does."""
    place = urlsplit(url).netloc
    request = urllib.request.Request(url, headers={"user-agent": "outproof-watchdog"})  # noqa: S310  # as checked
    try:
        with _opener.open(request, timeout=timeout_s) as answer:
            said = json.loads(answer.read(BEAT_BYTES_MAX))
        return None if said == {"status": "alive"} or said["ready"] is True else f"{place} is not ready"
    except urllib.error.HTTPError as error:
        return f"{place} answered {error.code}{_reasons(error.read(BEAT_BYTES_MAX))}"
    except OSError as error:  # URLError is one
        return f"{place} did not answer ({_plain(str(getattr(error, 'reason', error)), 100)})"
    except (ValueError, KeyError, TypeError, http.client.HTTPException):
        return f"{place} answers, but not as an Outproof server does"


def _reasons(body: bytes) -> str:
    try:
        return ": " + "; ".join(_plain(str(reason), 150) for reason in json.loads(body)["reasons"][:5])
    except (ValueError, KeyError, TypeError):
        return ""


def _plain(text: str, chars_max: int) -> str:
    """One line without anything that a terminal or a mail header would obey."""
    return "".join(char if char.isprintable() else " " for char in text)[:chars_max]


class Pager:
    """The ways to people that were asked for. Each page takes all of them; one that works is enough."""

    def __init__(self, asked: argparse.Namespace) -> None:
        self._asked = asked
        self._key = secret_of(asked.webhook_secret_env) if asked.webhook_secret_env else None

    def page(self, page: Page) -> bool:
        """Tell people; whether somebody took it."""
        print(f"{'PAGE' if page.down else 'OVER'} {page.text}", flush=True)
        asked = self._asked
        ways = [(asked.webhook, self._post), (asked.command, self._run), (asked.mail, self._write)]
        taken = [self._tried(way, page) for wanted, way in ways if wanted]
        return any(taken) or not taken

    def _tried(self, way: Callable[[Page], None], page: Page) -> bool:
        try:
            way(page)
        except (OSError, subprocess.SubprocessError, smtplib.SMTPException, http.client.HTTPException) as error:
            print(f"could not tell by {way.__name__.strip('_')}: {type(error).__name__}", file=sys.stderr, flush=True)
            return False
        return True

    def _post(self, page: Page) -> None:
        kind = "outproof.down" if page.down else "outproof.up"
        body = json.dumps({"type": kind, "text": page.text, "data": asdict(page)}).encode()
        now, headers = int(time.time()), {"content-type": "application/json", "user-agent": "outproof-watchdog"}
        if self._key:
            message = f"wd_{now}_{sha256(body).hexdigest()[:16]}"
            headers |= {"webhook-id": message, "webhook-timestamp": str(now)}
            headers["webhook-signature"] = signature(self._key, message, now, body)
        request = urllib.request.Request(self._asked.webhook, body, headers)  # noqa: S310  # checked: http or https
        with _opener.open(request, timeout=10) as answer:
            answer.read(1_024)

    def _run(self, page: Page) -> None:
        told = {"WATCHDOG_SERVER": page.server, "WATCHDOG_STATE": "down" if page.down else "up"}
        environment = {**os.environ, **told, "WATCHDOG_TEXT": page.text}
        command = shlex.split(self._asked.command)
        subprocess.run(command, env=environment, check=True, timeout=30, stdin=subprocess.DEVNULL)

    def _write(self, page: Page) -> None:
        asked, message = self._asked, EmailMessage()
        message["Subject"] = _plain(f"[Outproof watchdog] {page.text}", 150)
        message["From"], message["To"] = asked.sender, ", ".join(asked.mail)
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(page.text)
        with smtplib.SMTP(*_place(asked.smtp), timeout=10) as server:
            server.ehlo()
            if server.has_extn("starttls"):
                server.starttls(context=ssl.create_default_context())
            if asked.smtp_user:
                server.login(asked.smtp_user, os.environ.get(asked.smtp_password_env or "", ""))
            server.send_message(message)


def handler(watch: Watch, keys: Sequence[bytes]) -> type[BaseHTTPRequestHandler]:
    """What answers on the listening port: takes beats that are signed, and says what it knows to nobody."""

    class Beats(BaseHTTPRequestHandler):
        timeout = 5
        server_version, sys_version = "outproof-watchdog", ""

        def do_POST(self) -> None:
            length = self.headers.get("content-length", "")
            if not length.isdigit() or int(length) > BEAT_BYTES_MAX:
                return self._answer(413)
            body = self.rfile.read(int(length))
            headers = {name.lower(): value for name, value in self.headers.items()}
            if not is_signed(keys, headers, body, time.time()):
                return self._answer(401)
            beat = read_beat(body)
            if beat is None:
                return self._answer(400)
            with watch.lock:
                watch.beaten(*beat, time.monotonic())
            return self._answer(204)

        def _answer(self, status: int) -> None:
            self.send_response(status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing of each request."""

    return Beats


def read_beat(body: bytes) -> tuple[str, int, tuple[str, ...]] | None:
    """Whose beat it is, its number, and what troubles the server; None: it is no beat."""
    try:
        said = json.loads(body)
        name, number, troubles = said["server"], said["number"], said["troubles"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    if not (isinstance(name, str) and _NAME.fullmatch(name) and type(number) is int and isinstance(troubles, list)):
        return None
    return name, number, tuple(_plain(str(trouble), 150) for trouble in troubles[:5])


def arguments(argv: Sequence[str]) -> argparse.Namespace:
    """What was asked for on the command line. Ends the program with a sentence when it cannot be meant."""
    parser = argparse.ArgumentParser(
        prog="outproof watchdog",
        description="Watch Outproof servers from another host, and page when one falls silent or cannot work.",
    )
    add = parser.add_argument
    add("--poll", metavar="URL", action="append", default=[], help="look at a server's /readyz; may be repeated")
    add("--every", type=float, default=POLL_EVERY_S, metavar="S", help="seconds between two looks (%(default)g)")
    add("--listen", metavar="HOST:PORT", help="take the signed beats of servers")
    add("--secret-env", metavar="NAME", action="append", default=[], help="variable with the secret of the beats")
    add("--expect", metavar="NAME", action="append", default=[], help="page too when this server is never heard of")
    add("--after", type=float, default=SILENT_AFTER_S, metavar="S", help="page so long after a beat (%(default)g)")
    add("--webhook", metavar="URL", help="page by a POST of JSON")
    add("--webhook-secret-env", metavar="NAME", help="variable with the secret that signs it (Standard Webhooks)")
    add("--command", metavar="'PROGRAM ARG…'", help="page by a program; it finds WATCHDOG_TEXT in its environment")
    add("--mail", metavar="ADDRESS", action="append", default=[], help="page by e-mail")
    add("--from", dest="sender", metavar="ADDRESS", default="outproof-watchdog@localhost")
    add("--smtp", metavar="HOST:PORT", default="localhost:25", help="mail server (%(default)s)")
    add("--smtp-user", metavar="NAME")
    add("--smtp-password-env", metavar="NAME", help="variable with the password of the mail server")
    add("--test", action="store_true", help="page once now, to see that it arrives, and end")
    asked = parser.parse_args(argv)
    if not asked.poll and not asked.listen and not asked.test:
        parser.error("expected --poll or --listen, or both: there is nothing to watch")
    if asked.listen and not asked.secret_env:
        parser.error("expected --secret-env with --listen: without a secret anybody could send beats")
    if not (asked.webhook or asked.command or asked.mail):
        print("nobody is paged: pass --webhook, --command or --mail; pages are only printed", file=sys.stderr)
    for url in filter(None, [*asked.poll, asked.webhook]):
        if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
            parser.error(f"expected an http or https URL, got {url!r}")
    return asked


def _place(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    return host, int(port) if port.isdigit() else 0


def secret_of(variable: str) -> bytes:
    """The key in an environment variable. Ends the program when there is none."""
    kind, _, text = os.environ.get(variable, "").rpartition("_")
    with suppress(binascii.Error):
        key = base64.b64decode(text, validate=True)
        if kind == "whsec" and 24 <= len(key) <= 64:
            return key
    raise SystemExit(f"{variable}: expected what the server signs with: whsec_ and the base64 of 24 to 64 bytes")


def polling(watch: Watch, name: str, url: str, every_s: float) -> None:
    """Look at one server for ever."""
    while True:
        began_s = time.monotonic()
        problem = looked_at(url, min(POLL_TIMEOUT_S, every_s))
        with watch.lock:
            watch.looked(name, problem, time.monotonic())
        time.sleep(max(0.0, began_s + every_s - time.monotonic()))


def main(argv: Sequence[str]) -> None:
    """Watch until stopped."""
    asked = arguments(argv)
    pager = Pager(asked)
    if asked.test:
        raise SystemExit(0 if pager.page(Page("test", False, "a test of the watchdog: nothing is wrong")) else 1)
    watch = Watch(asked.after)
    polled = {urlsplit(url).netloc: url.rstrip("/") for url in asked.poll}
    for name in (*polled, *asked.expect):
        watch.expect(name, time.monotonic())
    where = ""
    if asked.listen:
        server = ThreadingHTTPServer(_place(asked.listen), handler(watch, list(map(secret_of, asked.secret_env))))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        where = f", listening on port {server.server_port}"
    for name, url in polled.items():
        ready = url if url.endswith(("/readyz", "/healthz")) else f"{url}/readyz"
        threading.Thread(target=polling, args=(watch, name, ready, asked.every), daemon=True).start()
    print(f"watching {', '.join([*polled, *asked.expect]) or 'whoever beats'}{where}", flush=True)
    tick(watch, pager, frozenset(polled))


def tick(watch: Watch, pager: Pager, polled: frozenset[str]) -> None:
    """Look each second who is down, and tell."""
    while True:
        slept_s = -time.monotonic()
        time.sleep(1.0)
        with watch.lock:
            now_s = time.monotonic()
            if slept_s + now_s > PAUSED_S:
                watch.paused(now_s)
            pages = watch.due(polled, now_s)
        for page in pages:
            accepted = pager.page(page)
            with watch.lock:
                watch.paged(page, accepted=accepted, now_s=time.monotonic())


if __name__ == "__main__":
    main(sys.argv[1:])
