"""API keys: 256 random bits in, the text that is shown once and the digest that is kept, out."""

from __future__ import annotations

from base64 import b32encode
from enum import StrEnum
from hashlib import sha256

KEY_BYTES = 32
_PREFIX = "op_"


class Scope(StrEnum):
    """What a key opens. An ingest key can send and nothing else, a metrics key can be scraped with and nothing else."""

    INGEST = "ingest"
    ADMIN = "admin"
    METRICS = "metrics"


def key_text(random: bytes) -> str:
    """The key as it is shown: a prefix for secret scanners, then the bits in base 32."""
    assert len(random) == KEY_BYTES
    return _PREFIX + b32encode(random).decode().lower().rstrip("=")


def key_digest(key: str) -> str:
    """What is stored of a key. It is random enough that a plain hash cannot be guessed back."""
    return sha256(key.encode()).hexdigest()
