"""The text of a network address in, whether it can be a person's out; what looks alike is a version or a time."""

from __future__ import annotations


def is_ipv4(text: str) -> bool:
    """Whether a dotted quad is an address other than one that means "here" or "anywhere"."""
    parts = [int(part) for part in text.split(".")]
    return max(parts) <= 255 and parts[0] not in (0, 127) and all(_is_plain(part) for part in text.split("."))


def is_client_ipv4(text: str) -> bool:
    """Whether a dotted quad that nobody calls an address is one all the same.

    Versions have small parts, or end in three zeros. Addresses of private networks are not a person's unless something
    calls them so.
    """
    if not is_ipv4(text):
        return False
    first, second, *_ = parts = [int(part) for part in text.split(".")]
    is_private = first == 10 or (first, second) in ((192, 168), (169, 254)) or (first == 172 and 16 <= second <= 31)
    is_no_version = any(parts[1:]) and (first > 31 or max(parts) > 99 or sum(part > 31 for part in parts) >= 2)
    return is_no_version and not is_private and first < 224


def is_ipv6(text: str) -> bool:
    """Whether a text is an IPv6 address of the public, a link or a private network (RFC 4291), not a time of day."""
    head, gap, tail = text.partition("::")
    left = head.split(":") if head else []
    right = tail.split(":") if tail else []
    groups = len(left) + len(right)
    if "::" in tail or not all(1 <= len(part) <= 4 and _is_hex(part) for part in (*left, *right)):
        return False
    if groups == 8 and not gap:
        return True
    if not (gap and 2 <= groups <= 7):
        return False
    first = (left or ["0"])[0].lower()
    return len(first) >= 3 and (first[0] in "23" or first[:2] in ("fc", "fd", "fe"))


def _is_plain(part: str) -> bool:
    return part == "0" or not part.startswith("0")


def _is_hex(part: str) -> bool:
    return all(character in "0123456789abcdefABCDEF" for character in part)
