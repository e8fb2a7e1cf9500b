"""Signs what we send to programs, as Standard Webhooks 1.0.0 says: a secret and a body in, signatures out."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Sequence
from hashlib import sha256

SECRET_PREFIX = "whsec_"  # noqa: S105  # the prefix of every secret, not one
SECRET_BYTES_MIN = 24
SECRET_BYTES_MAX = 64


def signing_key(secret: str) -> bytes:
    """The key a serialised secret stands for.

    Raises:
        ValueError: it is not `whsec_` and the base64 of 24 to 64 bytes. The message does not repeat it.
    """
    expected = (
        f"expected a webhook secret: {SECRET_PREFIX} and the base64 of {SECRET_BYTES_MIN} to {SECRET_BYTES_MAX} bytes"
    )
    if not secret.startswith(SECRET_PREFIX):
        raise ValueError(f"{expected}, got a text that does not start with {SECRET_PREFIX}")
    try:
        key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except binascii.Error:
        raise ValueError(f"{expected}, got something that is not base64") from None
    if not SECRET_BYTES_MIN <= len(key) <= SECRET_BYTES_MAX:
        raise ValueError(f"{expected}, got {len(key)} bytes")
    return key


def signatures(keys: Sequence[bytes], message: str, timestamp: int, content: bytes) -> str:
    """The `webhook-signature` header: HMAC-SHA256 of `id.timestamp.body`, once per key (Standard Webhooks 1.0.0)."""
    signed = b".".join((message.encode(), str(timestamp).encode(), content))
    return " ".join(f"v1,{base64.b64encode(hmac.new(key, signed, sha256).digest()).decode()}" for key in keys)
