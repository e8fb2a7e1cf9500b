"""What an operator says of a signed webhook: where it goes and what it is signed with."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field

from outproof.channels.target import check_url

SECRET_PREFIX = "whsec_"  # noqa: S105  # the prefix of every secret, not one
SECRET_BYTES_MIN = 24
SECRET_BYTES_MAX = 64


@dataclass(frozen=True, slots=True)
class WebhookConfig:
    """One receiver. With several secrets each message carries a signature of each: the way to change them unnoticed."""

    name: str
    url: str = field(repr=False)
    secrets: tuple[str, ...] = field(repr=False)

    def __post_init__(self) -> None:
        check_url(self.name, self.url)
        if not self.secrets:
            raise ValueError(
                f"channel {self.name}: expected at least one signing secret: receivers must tell us from others"
            )
        for secret in self.secrets:
            signing_key(secret)


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
