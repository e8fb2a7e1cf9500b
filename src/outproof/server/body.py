"""Request bodies: chunks off the wire in, plain bytes out, both bounded while they are read."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Any

import zstandard

from outproof.core.errors import Permanent

BODY_BYTES_MAX = 16 * 2**20
"""Compressed and plain alike: a default exporter's batch of 512 spans is a hundredth of it."""
_CHUNK_BYTES = 64 * 1024


class TooLarge(Permanent):
    """The body, or what it unpacks to, is over the limit."""


class BadEncoding(Permanent):
    """The body is not in the encoding it claims."""


class UnknownEncoding(Permanent):
    """Nobody here can undo that encoding."""


class Disconnected(Permanent):
    """The client went away before its body had arrived."""


async def read_body(
    headers: dict[bytes, bytes], receive: Callable[[], Any], *, bytes_max: int = BODY_BYTES_MAX
) -> bytes:
    """The body as it came, compressed or not.

    Raises:
        TooLarge: at the first byte over the limit, or at once when the client announces more.
    """
    announced = headers.get(b"content-length", b"")
    if announced.isdigit() and int(announced) > bytes_max:
        raise TooLarge(_too_large(int(announced), bytes_max))
    chunks, size = [], 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Disconnected("the client closed the connection before its request was complete")
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > bytes_max:
            raise TooLarge(_too_large(size, bytes_max))
        chunks.append(chunk)
        if not message.get("more_body"):
            return b"".join(chunks)


def plain(body: bytes, encoding: str, *, bytes_max: int = BODY_BYTES_MAX) -> bytes:
    """The body with its Content-Encoding undone, never unpacking more than the limit.

    Raises:
        TooLarge, BadEncoding, UnknownEncoding: and what the client should do about it.
    """
    if encoding in ("", "identity"):
        return body
    if encoding == "zstd":
        return _unpacked(zstandard.ZstdDecompressor().decompressobj(), body, encoding, bytes_max)
    if encoding in ("gzip", "deflate"):
        return _inflated(body, encoding, bytes_max)
    raise UnknownEncoding(f"expected Content-Encoding gzip, zstd, deflate or none, got {encoding!r}")


def _inflated(body: bytes, encoding: str, bytes_max: int) -> bytes:
    inflater = zlib.decompressobj(zlib.MAX_WBITS | 16 if encoding == "gzip" else zlib.MAX_WBITS)
    try:
        unpacked = inflater.decompress(body, bytes_max + 1)
        while inflater.eof and inflater.unused_data and encoding == "gzip" and len(unpacked) <= bytes_max:
            rest, inflater = inflater.unused_data, zlib.decompressobj(zlib.MAX_WBITS | 16)
            unpacked += inflater.decompress(rest, bytes_max + 1 - len(unpacked))
    except zlib.error as error:
        raise BadEncoding(f"the body says Content-Encoding: {encoding} and is not: {error}") from error
    if len(unpacked) > bytes_max:
        raise TooLarge(_too_large(len(unpacked), bytes_max))
    if not inflater.eof:
        raise BadEncoding(f"the {encoding} body ends in the middle")
    return unpacked


def _unpacked(unpacker: Any, body: bytes, encoding: str, bytes_max: int) -> bytes:
    parts, size = [], 0
    try:
        for start in range(0, len(body), _CHUNK_BYTES):
            part = unpacker.decompress(body[start : start + _CHUNK_BYTES])
            size += len(part)
            if size > bytes_max:
                raise TooLarge(_too_large(size, bytes_max))
            parts.append(part)
    except zstandard.ZstdError as error:
        raise BadEncoding(f"the body says Content-Encoding: {encoding} and is not: {error}") from error
    if not unpacker.eof:
        raise BadEncoding(f"the {encoding} body ends in the middle")
    return b"".join(parts)


def _too_large(size: int, bytes_max: int) -> str:
    return f"expected at most {bytes_max} bytes, compressed and unpacked, got {size} or more: send smaller batches"
