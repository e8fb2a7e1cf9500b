"""A real mail relay on loopback that refuses what it is told to refuse, and one that misbehaves below SMTP."""

import asyncio
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

USER, PASSWORD = "outproof", "pässword"


@dataclass
class Relay:
    """What the relay is to say, and the mails it took."""

    port: int = 0
    rcpt: dict[str, str] = field(default_factory=dict)
    data: str = "250 taken"
    mails: list[tuple[list[str], bytes]] = field(default_factory=list)
    connections: int = 0
    commands: list[str] = field(default_factory=list)

    @property
    def parsed(self) -> list[EmailMessage]:
        return [message_from_bytes(content, policy=default) for _, content in self.mails]

    # The names of the rest are aiosmtpd's.
    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, *_: Any) -> str:
        said = self.rcpt.get(address, "250 OK")
        if said.startswith("250"):
            envelope.rcpt_tos.append(address)
        return said

    async def handle_RSET(self, *_: Any) -> str:
        self.commands.append("RSET")
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.data.startswith("250"):
            assert isinstance(envelope.content, bytes)
            self.mails.append((list(envelope.rcpt_tos), envelope.content))
        return self.data


def _signs_in(server: Any, session: Any, envelope: Any, mechanism: str, given: Any) -> AuthResult:
    right = LoginPassword(USER.encode(), PASSWORD.encode())
    return AuthResult(success=given == right, handled=given == right)


@contextmanager
def relaying(*, starttls: ssl.SSLContext | None = None, implicit: ssl.SSLContext | None = None) -> Iterator[Relay]:
    """A relay on a free port: STARTTLS where it has a certificate for it, TLS from the first byte, or neither."""
    relay = Relay()
    loop = asyncio.new_event_loop()

    def conversation() -> SMTP:
        relay.connections += 1
        return SMTP(
            relay,
            hostname="relay.test",
            tls_context=starttls,
            require_starttls=starttls is not None,
            auth_required=False,
            auth_require_tls=implicit is None,
            authenticator=_signs_in,
            loop=loop,
        )

    server = loop.run_until_complete(loop.create_server(conversation, "127.0.0.1", 0, ssl=implicit))
    relay.port = server.sockets[0].getsockname()[1]
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield relay
    finally:
        loop.call_soon_threadsafe(server.close)
        asyncio.run_coroutine_threadsafe(_ended(), loop).result(60)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _ended() -> None:
    """End every conversation. TLS waits for a client's last word, and the collector would find it in another test."""
    for connection in list(asyncio.get_running_loop()._transports.values()):  # type: ignore[attr-defined]  # no list but this
        connection.abort()
    left = asyncio.all_tasks() - {asyncio.current_task()}
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)
    await asyncio.sleep(0)


@contextmanager
def misbehaving(talk: Callable[[socket.socket, threading.Event], None]) -> Iterator[int]:
    """A port where each connection is answered by `talk`, which looks at its event to know when to end."""
    stopping = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.05)

        def serve() -> None:
            while not stopping.is_set():
                try:
                    connection, _ = listening.accept()
                except TimeoutError:
                    continue
                with connection:
                    try:
                        talk(connection, stopping)
                    except OSError:
                        continue

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            stopping.set()
            thread.join()
