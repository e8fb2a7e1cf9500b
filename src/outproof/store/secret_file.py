"""A key of 32 random bytes in a file that only its owner may read: made at first use, the same ever after."""

from __future__ import annotations

import os
from pathlib import Path

from outproof.core.errors import Permanent, Transient

KEY_BYTES = 32
PSEUDONYM_KEY, RAW_KEY = "pseudonym.key", "raw.key"


def secret_key(path: Path) -> bytes:
    """The key in a file. Of several who make it at once the first one's stays; half a key is never there.

    Raises:
        Permanent: the file holds something else, or others may read it.
        Transient: it cannot be read or written now.
    """
    try:
        if not path.exists():
            _make(path)
        if path.stat().st_mode & 0o077:
            raise Permanent(f"others may read {path}, which keeps names secret: make it private (chmod 600)")
        key = path.read_bytes()
    except OSError as error:
        raise Transient(f"cannot read or write {path}: {error.strerror}") from error
    if len(key) != KEY_BYTES:
        raise Permanent(f"expected {KEY_BYTES} bytes in {path}, got {len(key)}: restore it from the backup")
    return key


def _make(path: Path) -> None:
    new = path.with_suffix(f".{os.getpid()}.new")
    new.unlink(missing_ok=True)
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(os.urandom(KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        os.link(new, path)
    except FileExistsError:
        return
    finally:
        new.unlink()
