"""One guarded HTTP request: an operator's URL in, a bounded reply out; addresses nobody allowed are never connected to.

The check is made on the addresses the name resolves to, at the moment of connecting, and the connection goes to the
very address that was checked: a name that changes its mind in between (DNS rebinding) changes nothing.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from ipaddress import IPv6Address, ip_address
from typing import Any
from urllib.parse import SplitResult, urlsplit

import certifi
import httpcore

from outproof.core.errors import Permanent, Transient
from outproof.egress.address import Address, AllowList, allow_list, is_host_name, refusal

Resolver = Callable[[str, int], Sequence[str]]
"""The addresses of a host, most preferred first. Raises OSError when there are none."""

URL_CHARS_MAX = 3_000
_CHUNK_BYTES = 16_384


class Refused(Permanent):
    """We will not make this request: its URL or its address is not one that the operator allowed."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back. Header names are lower case. `truncated`: the body was longer than we read."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    truncated: bool = False


def resolve(host: str, port: int) -> Sequence[str]:
    """The addresses the operating system knows for a host."""
    return [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


class GuardedClient:
    """Makes HTTP requests to public addresses and to what `allow` names (networks, addresses, hosts), and no others.

    Plain http is for allowed hosts and networks only. Redirects are not followed, proxies of the environment are not
    used, a compressed body is neither asked for nor unpacked. Safe for use by several threads.
    """

    def __init__(
        self, allow: Sequence[str], timeout_s: float, body_bytes_max: int, *, resolver: Resolver = resolve
    ) -> None:
        self._allowed = allow_list(allow)
        self._timeout_s = timeout_s
        self._body_bytes_max = body_bytes_max
        self._resolver = resolver

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        """Made when it is first needed: reading every authority's certificate takes long, and many URLs are local."""
        return trusting()

    def request(self, method: str, url: str, headers: Mapping[str, str] | None = None, content: bytes = b"") -> Reply:
        """Make one request and read its reply; `timeout_s` bounds the whole of it, from connecting to the last byte.

        Raises:
            Refused: the URL or an address of its host is not allowed; nothing was sent.
            Transient: the network or the peer failed; the request may or may not have arrived.
            Permanent: the request cannot be made: a header holds a line break, or the peer does not speak HTTP.
        """
        parts = checked_url(url)
        backend = _GuardedBackend(
            self._allowed, self._resolver, time.monotonic() + self._timeout_s, plain=parts.scheme == "http"
        )
        sent = {"accept-encoding": "identity", **{name.lower(): value for name, value in (headers or {}).items()}}
        host = parts.hostname or ""
        tls = self._tls if parts.scheme == "https" else None
        try:
            with (
                httpcore.ConnectionPool(ssl_context=tls, network_backend=backend, http2=False) as pool,
                pool.stream(method, _sent_url(parts), headers=_encoded(sent), content=content) as response,
            ):
                body, truncated = _bounded(response.iter_stream(), self._body_bytes_max)
                received = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
                return Reply(response.status, received, body, truncated)
        except httpcore.TimeoutException as error:
            raise Transient(f"{host} did not answer within {self._timeout_s:g} s") from error
        except httpcore.NetworkError as error:
            raise Transient(f"the connection to {host} failed: {error}") from error
        except httpcore.RemoteProtocolError as error:
            raise Transient(f"{host} broke off or did not speak HTTP: {error}") from error
        except (httpcore.LocalProtocolError, UnicodeEncodeError) as error:
            raise Permanent(f"the request to {host} cannot be written as HTTP: {error}") from error


def is_host(text: str) -> bool:
    """Whether a text is a host name or a plain IP address, and cannot be read as anything else."""
    return _literal(text) is not None or is_host_name(text.lower())


def trusting() -> ssl.SSLContext:
    """How a peer must prove who it is, in TLS."""
    context = ssl.create_default_context()  # the system's own certificates, so that a private authority works
    context.load_verify_locations(certifi.where())  # and the public ones, where the system has none
    return context


def checked_url(url: str) -> SplitResult:
    """The parts of an absolute http(s) URL without surprises.

    Raises:
        Refused: the URL could be read in two ways, or carries what we do not send. The message never holds the URL,
            which may be a secret.
    """
    if len(url) > URL_CHARS_MAX:
        raise Refused(f"expected a URL of at most {URL_CHARS_MAX} characters, got {len(url)}")
    if not url.isascii() or any(char <= " " or char in '\\"<>^`{|}\x7f' for char in url):
        raise Refused(
            "expected a URL in plain ASCII (percent-encoded path, xn-- host name), "
            "got one with spaces, backslashes or other characters that are read in two ways"
        )
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise Refused(f"expected a URL such as https://hooks.example.com/path: {error}") from None
    if parts.scheme not in ("http", "https"):
        raise Refused(f"expected an http or https URL, got the scheme {parts.scheme!r}")
    if "@" in parts.netloc:
        raise Refused("expected a URL without a user name or password; send credentials in a header")
    if port == 0:
        raise Refused("expected a port from 1 to 65535, got 0")
    if not host or not is_host(host):
        raise Refused(f"expected a host name or a plain IP address, got {host!r}")
    return parts


def checked_addresses(host: str, port: int, allowed: AllowList, resolver: Resolver, *, plain: bool) -> Sequence[str]:
    """The addresses of a host, to be connected to as they are. `plain`: what is sent can be read on the way.

    All of them must be allowed, because an answer that mixes them is an attack.

    Raises:
        Refused: nobody allowed one of them.
        OSError: the name does not resolve.
    """
    literal = _literal(host)
    try:
        addresses = [str(literal)] if literal else list(dict.fromkeys(resolver(host, port)))
    except (OSError, UnicodeError) as error:
        raise OSError(f"the name does not resolve: {error}") from error
    for text in addresses:
        address = ip_address(text)
        why = refusal(address, host, allowed)
        if why is not None:
            raise Refused(
                f"{host} is at {address} ({why}), where nobody allowed a request to go; "
                f"if it is meant, add it to egress: {{allow: [{address}]}} in the configuration"
            )
        if plain and not (allowed.holds(address) or host in allowed.hosts):
            raise Refused(
                f"{host} would be reached in plain text, readable by anyone on the way: use https, or TLS for mail, "
                f"or add the host to egress: {{allow: [{host}]}} in the configuration"
            )
    return addresses


def _literal(host: str) -> Address | None:
    try:
        address = ip_address(host)
    except ValueError:
        return None
    return None if isinstance(address, IPv6Address) and address.scope_id else address


def _sent_url(parts: SplitResult) -> str:
    return parts._replace(fragment="").geturl()


def _encoded(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode("ascii"), value.encode("latin-1")) for name, value in headers.items()]


def _bounded(chunks: Iterable[bytes], bytes_max: int) -> tuple[bytes, bool]:
    body = bytearray()
    for chunk in chunks:
        body += chunk
        if len(body) > bytes_max:
            return bytes(body[:bytes_max]), True
    return bytes(body), False


class _GuardedBackend(httpcore.NetworkBackend):
    """Resolves, checks every address, and connects to a checked one; every step counts against one deadline."""

    def __init__(self, allowed: AllowList, resolver: Resolver, deadline_s: float, *, plain: bool) -> None:
        self._allowed = allowed
        self._resolver = resolver
        self._deadline_s = deadline_s
        self._plain = plain
        self._sockets = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002 - the interface's; our one deadline bounds every step
        local_address: str | None = None,  # noqa: ARG002 - the interface's; the system chooses
        socket_options: Iterable[Any] | None = None,  # noqa: ARG002 - the interface's; none are needed
    ) -> httpcore.NetworkStream:
        host = host.lower().rstrip(".")
        try:
            addresses = checked_addresses(host, port, self._allowed, self._resolver, plain=self._plain)
        except OSError as error:
            raise httpcore.ConnectError(str(error)) from error
        for position, address in enumerate(addresses):
            try:
                left_s = _left_s(self._deadline_s, httpcore.ConnectTimeout)
                share_s = left_s / (len(addresses) - position)  # a dead first address must not eat the second's time
                return _BoundedStream(self._sockets.connect_tcp(address, port, timeout=share_s), self._deadline_s)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if position == len(addresses) - 1:
                    raise
        raise httpcore.ConnectError("the name has no address")


class _BoundedStream(httpcore.NetworkStream):
    """A connection whose every operation ends at one deadline: a peer that drips bytes does not hold us."""

    def __init__(self, inner: httpcore.NetworkStream, deadline_s: float) -> None:
        self._inner = inner
        self._deadline_s = deadline_s

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002 - one deadline instead
        return self._inner.read(min(max_bytes, _CHUNK_BYTES), _left_s(self._deadline_s, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002 - one deadline instead
        self._inner.write(buffer, _left_s(self._deadline_s, httpcore.WriteTimeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002 - one deadline instead
    ) -> httpcore.NetworkStream:
        left_s = _left_s(self._deadline_s, httpcore.ConnectTimeout)
        return _BoundedStream(self._inner.start_tls(ssl_context, server_hostname, left_s), self._deadline_s)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


def _left_s(deadline_s: float, error: type[httpcore.TimeoutException]) -> float:
    left_s = deadline_s - time.monotonic()
    if left_s <= 0:
        raise error("the time for the whole request is used up")
    return left_s
