"""The key that evidence packets are signed with: made at first use, kept in the data directory for its owner alone."""

from __future__ import annotations

import os
from pathlib import Path
from threading import Lock

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from outproof.core.errors import Permanent, Transient

NAME = "signing-key.pem"


class SigningKey:
    """`ports.Signer` with a file in a directory. Safe for use by several threads and processes."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / NAME
        self._lock = Lock()
        self._key: Ed25519PrivateKey | None = None

    def public_key(self) -> bytes:
        """The 32 bytes of the public key.

        Raises:
            Permanent: the file holds no such key, or others may read it.
            Transient: the file cannot be read or written now.
        """
        return self._loaded().public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    def sign(self, message: bytes) -> bytes:
        """The 64 bytes of the signature. Raises as `public_key` does."""
        return self._loaded().sign(message)

    def _loaded(self) -> Ed25519PrivateKey:
        with self._lock:
            if self._key is None:
                try:
                    if not self._path.exists():
                        self._make()
                    self._key = self._read()
                except OSError as error:
                    raise Transient(f"cannot read or write {self._path}: {error.strerror}") from error
            return self._key

    def _make(self) -> None:
        """Write a new key. Of several who do so at once the first one's stays; half a key is never there."""
        pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        new = self._path.with_suffix(f".{os.getpid()}.new")
        new.unlink(missing_ok=True)
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(pem)
                file.flush()
                os.fsync(file.fileno())
            os.link(new, self._path)
        except FileExistsError:
            return
        finally:
            new.unlink()

    def _read(self) -> Ed25519PrivateKey:
        if self._path.stat().st_mode & 0o077:
            raise Permanent(f"others may read {self._path}, which signs evidence packets: make it private (chmod 600)")
        try:
            key = load_pem_private_key(self._path.read_bytes(), password=None)
        except (ValueError, TypeError) as error:
            raise Permanent(f"{self._path} holds no private key in PEM: {error}") from error
        if not isinstance(key, Ed25519PrivateKey):
            raise Permanent(f"expected an Ed25519 key in {self._path}, got one of another kind")
        return key
