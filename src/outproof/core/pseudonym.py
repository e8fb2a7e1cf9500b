"""A name and a key in, what stands for it out: the same each time, and not to be guessed back without the key."""

from __future__ import annotations

import hmac
import unicodedata
from base64 import b32encode
from hashlib import blake2s, sha256

KEY_BYTES = 32
_TOKEN_CHARS = 26  # 130 bits: two of n names share one with a chance of n² / 2^131


class Pseudonyms:
    """Makes the pseudonyms of one project by one key. Those of another key, project or purpose cannot be matched."""

    def __init__(self, key: bytes, project: str) -> None:
        assert len(key) == KEY_BYTES
        self._key = key
        self._project = project
        self.key_id = b32encode(blake2s(key, digest_size=5).digest()).decode().lower()[:4]
        """Which key it was, so that tokens of two keys are not taken for two people."""

    def token(self, purpose: str, name: str) -> str:
        """What stands for a name. Spaces around it and the form of its letters do not matter (NFC)."""
        said = unicodedata.normalize("NFC", name.strip())
        message = b"\0".join(part.encode("utf-8", "surrogatepass") for part in (purpose, self._project, said))
        digest = hmac.digest(self._key, message, sha256)
        return f"{self.key_id}.{b32encode(digest).decode().lower()[:_TOKEN_CHARS]}"
