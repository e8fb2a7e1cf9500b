"""One guarded exchange with a mail relay: recipients and a mail in, who was taken out, within one deadline.

As with HTTP, a relay is connected to only at addresses that were checked, and who listens on the way reads nothing.
"""

from __future__ import annotations

import base64
import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum

from outproof.core.errors import Permanent, Transient
from outproof.egress.address import allow_list
from outproof.egress.http import Resolver, checked_addresses, is_host, resolve, trusting


class Protection(StrEnum):
    """How a connection to a relay is kept private."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"  # for relays whose host or network is allowed by name, and without a password


@dataclass(frozen=True, slots=True, kw_only=True)
class Relay:
    """Where mail is handed over, and as whom."""

    host: str
    port: int
    protection: Protection = Protection.STARTTLS
    user: str | None = None
    password: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if not is_host(self.host):
            raise ValueError(f"expected the host name or the address of a relay, got {self.host!r}")
        if not 1 <= self.port <= 65_535:
            raise ValueError(f"expected a port from 1 to 65535, got {self.port}")
        if (self.user is None) != (self.password is None):
            raise ValueError("expected a user and a password, or neither")
        if self.protection is Protection.NONE and self.user is not None:
            raise ValueError("expected `tls: starttls` or `tls: tls`, because a password is sent, got 'none'")


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """Whom the relay takes mail for, and whom it refuses with which code. `code` is what it said last."""

    taken: tuple[str, ...]
    refused: tuple[tuple[str, int], ...]
    code: int


class GuardedRelay:
    """Hands mail to one relay, one connection for each. Safe for use by several threads."""

    def __init__(self, relay: Relay, allow: Sequence[str], timeout_s: float, *, resolver: Resolver = resolve) -> None:
        self._relay = relay
        self._allowed = allow_list(allow)
        self._timeout_s = timeout_s
        self._resolver = resolver
        self._tls = trusting()

    def hand_over(self, sender: str, recipients: Sequence[str], mail: bytes | None) -> Handed:
        """Have the relay take a mail for those of the recipients that it knows. None: it is only asked for them.

        Raises:
            Refused: an address of the relay is not allowed; nothing was sent.
            Transient: the relay or the network failed, or says "later"; the mail may or may not have been taken.
            Permanent: the relay refuses us, or every recipient, for good.
        """
        try:
            with self._connected(sender.rpartition("@")[2]) as relay:
                return _handed(relay, sender, recipients, mail)
        except smtplib.SMTPResponseException as error:
            raise self._failure(error.smtp_code) from error
        except smtplib.SMTPServerDisconnected as error:
            raise Transient(f"{self._relay.host} broke off, or took longer than {self._timeout_s:g} s") from error
        except smtplib.SMTPException as error:
            raise Permanent(
                f"{self._relay.host} cannot be used: it does not offer what is asked for: {error}"
            ) from error
        except OSError as error:
            raise Transient(f"the connection to {self._relay.host} failed: {_said(error)}") from error

    def _failure(self, code: int) -> Transient | Permanent:
        """The failure that a code stands for: 4yz is "later", 5yz is "never" (RFC 5321)."""
        if code in (534, 535, 538):
            return Permanent(f"{self._relay.host} refuses the user or the password ({code})")
        if code >= 500:
            return Permanent(f"{self._relay.host} refuses ({code})")
        return Transient(f"{self._relay.host} says later ({code})")

    @contextmanager
    def _connected(self, name: str) -> Iterator[smtplib.SMTP]:
        relay = self._relay
        raw = self._dialled()
        ending = threading.Timer(self._timeout_s, _cut, (raw,))  # a peer that drips bytes does not hold us
        ending.daemon = True
        ending.start()
        try:
            implicit = self._tls if relay.protection is Protection.TLS else None
            with closing(_Connection(relay.host, raw.dup(), implicit, name, self._timeout_s)) as connection:
                if relay.protection is Protection.STARTTLS:
                    connection.starttls(context=self._tls)
                if relay.user is not None and relay.password is not None:
                    _sign_in(connection, relay.user, relay.password)
                yield connection
                with suppress(OSError):  # the mail is taken or not by now: nothing that goes wrong here changes that
                    connection.putcmd("QUIT")
        finally:
            ending.cancel()
            raw.close()

    def _dialled(self) -> socket.socket:
        relay = self._relay
        plain = relay.protection is Protection.NONE
        host = relay.host.lower().rstrip(".")
        addresses = checked_addresses(host, relay.port, self._allowed, self._resolver, plain=plain)
        share_s = self._timeout_s / max(1, len(addresses)) / 2  # a dead first address must not eat the second's time
        for address in addresses[:-1]:
            with suppress(OSError):
                return socket.create_connection((address, relay.port), share_s)
        return socket.create_connection((addresses[-1], relay.port), share_s)


class _Connection(smtplib.SMTP):
    """A conversation over a connection that is there already."""

    def __init__(
        self, host: str, connection: socket.socket, implicit: ssl.SSLContext | None, name: str, timeout_s: float
    ) -> None:
        self._connection = connection
        self._implicit = implicit
        super().__init__(host, local_hostname=name, timeout=timeout_s)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:  # noqa: ARG002 - it is connected
        self._connection.settimeout(timeout)
        if self._implicit is None:
            return self._connection
        return self._implicit.wrap_socket(self._connection, server_hostname=host)


def _sign_in(connection: smtplib.SMTP, user: str, password: str) -> None:
    """Sign in over what is TLS by then. Unlike smtplib's own, it takes letters beyond ASCII (RFC 4616)."""
    connection.ehlo_or_helo_if_needed()
    offered = connection.esmtp_features.get("auth", "").upper().split()
    if "PLAIN" in offered:
        both = "\0".join(("", user, password))
        code, _ = connection.docmd("AUTH", f"PLAIN {_base64(both)}")
    elif "LOGIN" in offered:
        connection.docmd("AUTH", f"LOGIN {_base64(user)}")
        code, _ = connection.docmd(_base64(password))
    else:
        raise smtplib.SMTPNotSupportedError("expected AUTH PLAIN or LOGIN")
    _expect(code)


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _handed(relay: smtplib.SMTP, sender: str, recipients: Sequence[str], mail: bytes | None) -> Handed:
    relay.ehlo_or_helo_if_needed()
    code, _ = relay.mail(sender)
    _expect(code)
    taken, refused = [], []
    for recipient in recipients:
        code, _ = relay.rcpt(recipient)
        if code == 421:
            raise smtplib.SMTPResponseException(code, b"")
        if code in (250, 251):
            taken.append(recipient)
        else:
            refused.append((recipient, code))
    if not taken:
        raise smtplib.SMTPResponseException(min(code for _, code in refused), b"")  # one "later" is worth another try
    code, _ = relay.rset() if mail is None else relay.data(mail)
    _expect(code)
    return Handed(taken=tuple(taken), refused=tuple(refused), code=code)


def _expect(code: int) -> None:
    if not 200 <= code < 300:
        raise smtplib.SMTPResponseException(code, b"")


def _cut(connection: socket.socket) -> None:
    """End a connection under whoever uses it: their reads and writes fail at once."""
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


def _said(error: OSError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not valid: {error.verify_message}"
    return error.strerror or str(error) or type(error).__name__
