"""The key of evidence packets: made once, private, and refused when it is not."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from outproof.core.errors import Permanent, Transient
from outproof.store.signing_key import NAME, SigningKey


def test_it_is_made_at_first_use_and_stays(tmp_path: Path) -> None:
    key = SigningKey(tmp_path)
    assert not (tmp_path / NAME).exists()
    Ed25519PublicKey.from_public_bytes(key.public_key()).verify(key.sign(b"message"), b"message")
    assert SigningKey(tmp_path).public_key() == key.public_key()
    assert stat.S_IMODE((tmp_path / NAME).stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [NAME]


def test_of_many_who_make_it_at_once_all_have_the_same(tmp_path: Path) -> None:
    key = SigningKey(tmp_path)
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(lambda _: key.public_key(), range(16)))) == 1


def test_a_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    SigningKey(tmp_path).public_key()
    (tmp_path / NAME).chmod(0o644)
    with pytest.raises(Permanent, match="chmod 600"):
        SigningKey(tmp_path).public_key()


def test_what_is_no_such_key_is_refused(tmp_path: Path) -> None:
    path = tmp_path / NAME
    other = generate_private_key(SECP256R1())
    for content in (b"nonsense", other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())):
        path.write_bytes(content)
        path.chmod(0o600)
        with pytest.raises(Permanent, match=r"signing-key\.pem"):
            SigningKey(tmp_path).sign(b"")


def test_a_directory_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(Transient, match="cannot read or write"):
        SigningKey(tmp_path / "missing").public_key()
