"""Whether Slack sent it: a request's headers and body, the secrets of our apps and the time in; yes or no out."""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping
from hashlib import sha256

from outproof.core.time import NANOS_PER_S, Instant

TIMESTAMP_HEADER = "x-slack-request-timestamp"
SIGNATURE_HEADER = "x-slack-signature"
AGE_S_MAX = 300
"""Slack's own advice: what is five minutes old, or ahead, may be a replay."""


def is_slacks(headers: Mapping[str, str], body: bytes, secrets: Iterable[str], now: Instant) -> bool:
    """Whether the body was signed with one of the secrets within five minutes of now. Header names are lower case."""
    timestamp, signature = headers.get(TIMESTAMP_HEADER, ""), headers.get(SIGNATURE_HEADER, "")
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        return False
    if abs(now // NANOS_PER_S - int(timestamp)) > AGE_S_MAX:
        return False
    signed = b":".join((b"v0", timestamp.encode(), body))
    ours = [f"v0={hmac.new(secret.encode(), signed, sha256).hexdigest()}" for secret in secrets]
    matches = [
        hmac.compare_digest(each.encode(), signature.encode()) for each in ours
    ]  # all, so that time tells nothing
    return any(matches)
