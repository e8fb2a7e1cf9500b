"""Where we may connect to: an address and the operator's allow-list in, a refusal or nothing out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_HOST_NAME = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*")

# From the IANA special-purpose registries of IPv4 and IPv6 addresses. What an operator who allows a host name means by
# it (their own networks) is apart from what nobody means by a name (cloud metadata, multicast, reserved).
_OWN_NETWORKS: tuple[tuple[Network, str], ...] = tuple(
    (ip_network(network), meaning)
    for network, meaning in (
        ("127.0.0.0/8", "loopback"),
        ("10.0.0.0/8", "private"),
        ("172.16.0.0/12", "private"),
        ("192.168.0.0/16", "private"),
        ("100.64.0.0/10", "shared by carrier-grade NAT"),
        ("::1/128", "loopback"),
        ("fc00::/7", "unique local"),
    )
)
_NEVER_BY_NAME: tuple[tuple[Network, str], ...] = tuple(
    (ip_network(network), meaning)
    for network, meaning in (
        ("0.0.0.0/8", "this host"),
        ("168.63.129.16/32", "the host of a virtual machine in Azure"),
        ("169.254.0.0/16", "link-local, where clouds keep their credentials"),
        ("192.0.0.0/24", "reserved"),
        ("192.0.2.0/24", "documentation"),
        ("192.88.99.0/24", "reserved"),
        ("198.18.0.0/15", "benchmarking"),
        ("198.51.100.0/24", "documentation"),
        ("203.0.113.0/24", "documentation"),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved"),
        ("64:ff9b:1::/48", "local address translation"),
        ("2001::/23", "protocol assignments and Teredo"),
        ("2001:db8::/32", "documentation"),
        ("2002::/16", "6to4"),
        ("3fff::/20", "documentation"),
    )
)
_GLOBAL_V6 = ip_network("2000::/3")
_TRANSLATED_V4 = ip_network("64:ff9b::/96")


@dataclass(frozen=True, slots=True)
class AllowList:
    """Networks and host names the operator allows beyond the public internet."""

    networks: tuple[Network, ...] = ()
    hosts: frozenset[str] = frozenset()

    def names(self, host: str) -> bool:
        """Whether the operator allowed this very host, by name or as an address."""
        try:
            return self.holds(ip_address(host))
        except ValueError:
            return host in self.hosts

    def holds(self, address: Address) -> bool:
        """Whether the operator allowed a network that this address is in."""
        return any(address.version == network.version and address in network for network in self.networks)


def allow_list(entries: Sequence[str]) -> AllowList:
    """The allow-list an operator wrote: networks (`10.0.0.0/8`), addresses and host names (`hooks.internal`).

    Raises:
        ValueError: an entry is none of these.
    """
    networks: list[Network] = []
    hosts: set[str] = set()
    for entry in entries:
        try:
            networks.append(ip_network(entry))
        except ValueError:
            host = entry.lower().rstrip(".")
            if "/" in entry or not _HOST_NAME.fullmatch(host) or ends_in_number(host):
                raise ValueError(
                    f"expected a network such as 10.0.0.0/8, an address or a host name to allow, got {entry!r}"
                ) from None
            hosts.add(host)
    return AllowList(tuple(networks), frozenset(hosts))


def ends_in_number(host: str) -> bool:
    """Whether a resolver would read the host as an IPv4 address in some spelling (octal, hexadecimal, short)."""
    last = host.rstrip(".").rpartition(".")[2]
    return last.isdigit() or re.fullmatch(r"0x[0-9a-f]*", last) is not None


def is_host_name(host: str) -> bool:
    """Whether the text is a host name in ASCII, and not a number in disguise."""
    return _HOST_NAME.fullmatch(host.rstrip(".")) is not None and not ends_in_number(host)


def refusal(address: Address, host: str, allowed: AllowList) -> str | None:
    """Why we may not connect to this address of this host; None when we may."""
    address = _embedded_v4(address)
    if allowed.holds(address):
        return None
    for network, meaning in _NEVER_BY_NAME:
        if address.version == network.version and address in network:
            return meaning
    for network, meaning in _OWN_NETWORKS:
        if address.version == network.version and address in network:
            return None if host in allowed.hosts else meaning
    if address.version == 6 and address not in _GLOBAL_V6:
        return "not a public address"
    return None


def _embedded_v4(address: Address) -> Address:
    """The IPv4 address inside a mapped or translated IPv6 one: the packet goes there in the end."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address in _TRANSLATED_V4:
            return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address
