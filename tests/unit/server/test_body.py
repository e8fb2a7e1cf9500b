from __future__ import annotations

import gzip
import zlib
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import zstandard

from outproof.server.body import BadEncoding, Disconnected, TooLarge, UnknownEncoding, plain, read_body

TEXT = b"spans " * 1_000
ZEROS = b"\0" * 2_000_000


def arriving(*chunks: bytes, broken: bool = False) -> Callable[[], Awaitable[dict[str, Any]]]:
    messages: list[dict[str, Any]] = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks]
    if broken:
        messages.append({"type": "http.disconnect"})
    else:
        messages.append({"type": "http.request", "body": b"", "more_body": False})

    async def receive() -> dict[str, Any]:
        return messages.pop(0)

    return receive


async def test_chunks_are_put_together() -> None:
    assert await read_body({}, arriving(b"ab", b"", b"cd")) == b"abcd"


async def test_a_body_over_the_limit_is_refused_at_the_first_byte_too_many() -> None:
    receive = arriving(b"x" * 6, b"x" * 6, b"x" * 6)
    with pytest.raises(TooLarge, match="send smaller batches"):
        await read_body({}, receive, bytes_max=10)
    assert (await receive())["body"] == b"x" * 6  # the rest was never asked for


async def test_an_announced_size_over_the_limit_is_refused_before_anything_is_read() -> None:
    with pytest.raises(TooLarge, match="got 11 or more"):
        await read_body({b"content-length": b"11"}, arriving(), bytes_max=10)


async def test_a_client_that_goes_away_in_the_middle_leaves_no_request() -> None:
    with pytest.raises(Disconnected):
        await read_body({}, arriving(b"half", broken=True))


@pytest.mark.parametrize(
    ("encoding", "packed"),
    [
        ("", TEXT),
        ("identity", TEXT),
        ("gzip", gzip.compress(TEXT, mtime=0)),
        ("gzip", gzip.compress(TEXT[:100], mtime=0) + gzip.compress(TEXT[100:], mtime=0)),
        ("deflate", zlib.compress(TEXT)),
        ("zstd", zstandard.compress(TEXT)),
    ],
)
def test_each_encoding_is_undone(encoding: str, packed: bytes) -> None:
    assert plain(packed, encoding) == TEXT


@pytest.mark.parametrize(
    ("encoding", "packed"),
    [("gzip", gzip.compress(TEXT, mtime=0)), ("deflate", zlib.compress(TEXT)), ("zstd", zstandard.compress(TEXT))],
)
def test_a_body_that_is_not_what_it_says_is_refused(encoding: str, packed: bytes) -> None:
    for broken in (b"not packed at all", packed[:-5]):
        with pytest.raises(BadEncoding, match=encoding):
            plain(broken, encoding)


@pytest.mark.parametrize(
    ("encoding", "bomb"),
    [("gzip", gzip.compress(ZEROS, mtime=0)), ("deflate", zlib.compress(ZEROS)), ("zstd", zstandard.compress(ZEROS))],
)
def test_a_bomb_is_refused_without_being_unpacked(encoding: str, bomb: bytes) -> None:
    with pytest.raises(TooLarge):
        plain(bomb, encoding, bytes_max=100_000)


def test_a_bomb_of_many_members_is_refused_too() -> None:
    with pytest.raises(TooLarge):
        plain(gzip.compress(b"\0" * 60_000) * 3, "gzip", bytes_max=100_000)


def test_an_encoding_nobody_can_undo_is_refused_with_the_ones_we_can() -> None:
    with pytest.raises(UnknownEncoding, match="gzip, zstd, deflate"):
        plain(TEXT, "br")
