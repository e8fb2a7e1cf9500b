"""Looks at a file or an object: what a run must find there in; seen, not seen, or could not look out.

Local files are read only below the directories that the operator allows, wherever a link may lead.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import IO, Any

import fsspec  # type: ignore[import-untyped]  # it carries no types of its own

from outproof.contract.surface import OBJECT_STORES
from outproof.core.time import Instant
from outproof.ports import Clock
from outproof.prove.file_sight import FileSight, Found, file_reading
from outproof.prove.look import Look, unseen
from outproof.prove.seen_value import utc

DIGEST_BYTES_MAX = 256 * 1_048_576
_CHUNK_BYTES = 1_048_576


class FileProbe:
    """Reads sizes, times and digests; what a file holds is not kept. `allowed` are directories of this host."""

    def __init__(self, allowed: Sequence[str], clock: Clock) -> None:
        self._allowed = tuple(allowed)
        self._clock = clock

    def look(self, sight: FileSight) -> Look:
        """What is there now. A store that is away, or a place that nobody allowed, was not seen."""
        try:
            found = self._local(sight) if sight.is_local else _remote(sight)
        except (FileNotFoundError, NotADirectoryError):
            found = None
        except PermissionError:
            return unseen(sight.shown, "we may not read it")
        except _Refused as error:
            return unseen(sight.shown, str(error))
        except OSError as error:
            return unseen(sight.shown, f"it cannot be read ({type(error).__name__})")
        return file_reading(sight, found, self._clock.now())

    def _local(self, sight: FileSight) -> Found:
        path = os.path.realpath(sight.url.removeprefix("file://"))
        if not any(_is_inside(path, os.path.realpath(folder)) for folder in self._allowed):
            folder = Path(sight.url.removeprefix("file://")).parent
            raise _Refused(
                f"nobody allowed files to be read there; if it is meant, add egress: {{files: [{folder}]}} to the "
                f"configuration"
            )
        status = Path(path).lstat()
        if not stat.S_ISREG(status.st_mode):
            raise _Refused("it is no regular file")
        written_at = Instant(status.st_mtime_ns)
        if sight.sha256 is None:
            return Found(size_bytes=status.st_size, written_at=written_at)
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(handle, "rb") as file:
            return _found(file, status.st_size, written_at)


class _Refused(Exception):
    """We will not read this."""


def _is_inside(path: str, folder: str) -> bool:
    return os.path.commonpath((path, folder)) == folder and path != folder


def _remote(sight: FileSight) -> Found:
    scheme, _, key = sight.url.partition("://")
    assert scheme in OBJECT_STORES, "others are refused where they are declared"
    try:
        store = fsspec.filesystem(scheme, skip_instance_cache=True)  # what it listed before is not what is there now
    except ImportError as error:
        raise _Refused(f"expected a package for {scheme}:// (such as s3fs, gcsfs or adlfs) beside Outproof") from error
    details: dict[str, Any] = store.info(key)
    if details.get("type") == "directory":
        raise _Refused("it is a folder")
    try:
        moment: datetime = store.modified(key)
        written_at = utc(moment)
    except NotImplementedError:
        written_at = None
    size_bytes = int(details.get("size") or 0)
    if sight.sha256 is None:
        return Found(size_bytes=size_bytes, written_at=written_at)
    with store.open(key, "rb") as file:
        return _found(file, size_bytes, written_at)


def _found(file: IO[bytes], size_bytes: int, written_at: Instant | None) -> Found:
    """What is there, with its digest unless it is too large to be read."""
    if size_bytes > DIGEST_BYTES_MAX:
        return Found(size_bytes=size_bytes, written_at=written_at, too_large=True)
    digest, left = sha256(), DIGEST_BYTES_MAX
    while left > 0 and (chunk := file.read(min(_CHUNK_BYTES, left))):
        digest.update(chunk)
        left -= len(chunk)
    return Found(size_bytes=size_bytes, written_at=written_at, sha256=digest.hexdigest())
