"""One admitted batch ⇄ the bytes of a journal entry: MessagePack in a checksummed zstd frame behind a format number."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import msgspec
import zstandard

from outproof.contract.answer import SetAside
from outproof.core.errors import Permanent
from outproof.scrub.admit import Admitted

_FORMAT = b"\x01"
_LEVEL = 1
_NEVER_ONCE = "span_id"
"""The column whose length is the number of spans."""
_BYTES_MAX = 256 * 2**20


class Body(msgspec.Struct, frozen=True, array_like=True):
    """What a journal entry holds; fields are only ever added at the end, with a default."""

    project: str
    received_at: int
    columns: dict[str, list[Any]]
    set_aside: list[SetAside]
    rejected: dict[str, int]
    redacted: dict[str, int]
    sender: str = ""


class _Own(threading.local):
    """What each thread has for itself: a compressor costs a hundred small bodies to make, and serves one at a time."""

    def __init__(self) -> None:
        self.compressor = zstandard.ZstdCompressor(level=_LEVEL, write_checksum=True)
        self.decompressor = zstandard.ZstdDecompressor()


_OWN = _Own()
_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(Body)


def encoded(batch: Admitted) -> bytes:
    """The bytes of a batch. A column that says the same of every span says it once."""
    columns = {name: _once(values) if name != _NEVER_ONCE else values for name, values in batch.columns.items()}
    body = (batch.project, batch.received_at, columns, batch.set_aside, batch.rejected, batch.redacted, batch.sender)
    return _FORMAT + _OWN.compressor.compress(_ENCODER.encode(body))


def decoded(raw: bytes) -> Body:
    """The batch in the bytes of an entry.

    Raises:
        Permanent: the bytes are damaged, or of a format this version does not know.
    """
    if raw[:1] != _FORMAT:
        raise Permanent(f"expected a journal entry of format {_FORMAT[0]}, got {raw[:1].hex() or 'no bytes'}")
    try:
        body = _DECODER.decode(_OWN.decompressor.decompress(raw[1:], max_output_size=_BYTES_MAX))
    except (zstandard.ZstdError, msgspec.MsgspecError) as error:
        raise Permanent(f"a journal entry of {len(raw)} bytes is damaged: {error}") from error
    rows = len(body.columns[_NEVER_ONCE])
    for name, values in body.columns.items():
        if len(values) != rows:
            body.columns[name] = values * rows
    return body


def _once(values: Sequence[object]) -> Sequence[object]:
    return values[:1] if len(values) > 1 and values.count(values[0]) == len(values) else values
