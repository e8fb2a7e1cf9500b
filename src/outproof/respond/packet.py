"""Evidence packets: named sections in; one signed file out. And the other way round: a file in, what is wrong out.

Each section is hashed together with the hash of the one before it; the last hash, with what the packet is about, is
signed. So nothing can be changed, left out, put in or moved without it being seen, and said where.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, NoReturn

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from outproof.core.canonical import canonical, plain_json

FORMAT = "outproof-evidence-packet/1"
ALGORITHM = "Ed25519"
FIRST_PREV = "0" * 64
"""What the first section names as the hash before it."""

PACKET_BYTES_MAX = 64 * 2**20
_KEY_BYTES = 32
_FIELDS = ("format", "incident_id", "made_at", "sections", "signature")
_SECTION_FIELDS = ("body", "hash", "name", "prev")
_SIGNATURE_FIELDS = ("algorithm", "key_id", "public_key", "value")

Json = Any


class NotAPacket(ValueError):
    """The file cannot be read as an evidence packet, so nothing can be said of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What was found. With `problems` the packet is not what was signed; each names its place.

    `key_id` is the key that signed it. `key_known`: it is the one that the caller trusts; None: the caller named none.
    `reformatted`: the content is intact, but the file is not byte for byte what was exported.
    """

    problems: tuple[str, ...]
    incident_id: str
    made_at: str
    sections: tuple[str, ...]
    key_id: str
    key_known: bool | None
    reformatted: bool


def sealed(
    sections: Mapping[str, Json],
    *,
    incident_id: str,
    made_at: str,
    public_key: bytes,
    sign: Callable[[bytes], bytes],
) -> bytes:
    """The packet in its canonical form, with a line break at its end."""
    chain: list[dict[str, Json]] = []
    for name, body in sections.items():
        section = {"name": name, "prev": chain[-1]["hash"] if chain else FIRST_PREV, "body": plain_json(body)}
        chain.append({**section, "hash": _hash(section)})
    packet = {
        "format": FORMAT,
        "incident_id": incident_id,
        "made_at": made_at,
        "sections": chain,
        "signature": {
            "algorithm": ALGORITHM,
            "key_id": key_id(public_key),
            "public_key": _base64(public_key),
            "value": _base64(sign(statement(incident_id, made_at, [section["hash"] for section in chain]))),
        },
    }
    return canonical(packet) + b"\n"


def statement(incident_id: str, made_at: str, hashes: Sequence[str]) -> bytes:
    """What is signed: five lines that end with a line break each. The last hash stands for all before it."""
    head = hashes[-1] if hashes else FIRST_PREV
    return "".join(f"{line}\n" for line in (FORMAT, incident_id, made_at, len(hashes), head)).encode()


def key_id(public_key: bytes) -> str:
    """A short name of a public key: `ed25519:` and the first 16 hexadecimal digits of its SHA-256."""
    return f"ed25519:{sha256(public_key).hexdigest()[:16]}"


def public_key_of(text: str) -> bytes:
    """The 32 bytes of a public key from its base64.

    Raises:
        ValueError: it is no such key.
    """
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != _KEY_BYTES or _base64(key) != text.strip():
        raise ValueError("expected the base64 of 32 bytes, as GET /v1/signing-key shows it under public_key")
    return key


def packet_of(content: bytes) -> Mapping[str, Json]:
    """The packet that a file holds, as far as its outline goes.

    Raises:
        NotAPacket: it is no JSON, or not of this format.
    """
    if len(content) > PACKET_BYTES_MAX:
        raise NotAPacket(f"expected a file of at most {PACKET_BYTES_MAX} bytes, got {len(content)}")
    try:
        packet = json.loads(
            content.decode(),
            object_pairs_hook=_object,
            parse_float=_no_number,
            parse_constant=_no_number,
            parse_int=_integer,
        )
    except NotAPacket:
        raise
    except (ValueError, RecursionError) as error:
        raise NotAPacket(f"expected JSON in UTF-8: {error}") from None
    if not isinstance(packet, dict) or packet.get("format") != FORMAT:
        found = packet.get("format") if isinstance(packet, dict) else type(packet).__name__
        raise NotAPacket(f"expected an evidence packet of format {FORMAT}, got {str(found)[:80]!r}")
    if set(packet) != set(_FIELDS):
        raise NotAPacket(f"expected exactly the fields {', '.join(_FIELDS)}, got {', '.join(packet)[:200]}")
    sections, signature = packet["sections"], packet["signature"]
    if not isinstance(sections, list) or any(not _is_of(each, _SECTION_FIELDS) for each in sections):
        raise NotAPacket(f"expected sections with exactly the fields {', '.join(_SECTION_FIELDS)}")
    texts = [packet["incident_id"], packet["made_at"], *(each[name] for each in sections for name in ("name", "prev"))]
    if not _is_of(signature, _SIGNATURE_FIELDS) or any(not isinstance(each, str) for each in signature.values()):
        raise NotAPacket(f"expected a signature with exactly the fields {', '.join(_SIGNATURE_FIELDS)}, all texts")
    if any(not isinstance(text, str) or "\n" in text for text in texts):
        raise NotAPacket("expected the incident, the time and the names of sections as texts on one line")
    return packet


def verified(content: bytes, trusted_key: bytes | None = None) -> Verification:
    """Whether a file is what was signed, and by whom.

    Raises:
        NotAPacket: it cannot be told, because the file is no evidence packet.
    """
    packet = packet_of(content)
    signature = packet["signature"]
    problems = [*_broken_links(packet["sections"]), *_broken_signature(packet)]
    key_known = None
    if trusted_key is not None:
        key_known = signature["public_key"] == _base64(trusted_key)
        if not key_known:
            problems.append(
                f"signature: made with the key {signature['key_id'][:80]}, expected that of {key_id(trusted_key)}"
            )
    return Verification(
        problems=tuple(problems),
        incident_id=packet["incident_id"],
        made_at=packet["made_at"],
        sections=tuple(section["name"] for section in packet["sections"]),
        key_id=signature["key_id"],
        key_known=key_known,
        reformatted=not problems and canonical(packet) + b"\n" != content,
    )


def _broken_links(sections: Sequence[Mapping[str, Json]]) -> Iterator[str]:
    expected = FIRST_PREV
    for number, section in enumerate(sections, 1):
        name = f"section {number} ({section['name'][:40]})"
        if section["prev"] != expected:
            yield f"{name}: does not follow the section before it; one was left out, put in, moved or changed"
        try:
            hashed = _hash({field: section[field] for field in ("name", "prev", "body")})
        except ValueError as error:
            yield f"{name}: {str(error)[:200]}"
            hashed = ""
        if hashed != section["hash"]:
            yield f"{name}: its content is not what was hashed"
        expected = section["hash"]


def _broken_signature(packet: Mapping[str, Json]) -> Iterator[str]:
    signature = packet["signature"]
    if signature["algorithm"] != ALGORITHM:
        yield f"signature: expected the algorithm {ALGORITHM}, got {signature['algorithm'][:40]!r}"
        return
    try:
        public_key = public_key_of(signature["public_key"])
        value = base64.b64decode(signature["value"], validate=True)
        if _base64(value) != signature["value"]:
            raise ValueError("expected canonical base64")
    except ValueError:
        yield "signature: its key or its value is not the base64 that was written"
        return
    if signature["key_id"] != key_id(public_key):
        yield "signature: its key_id is not that of its public_key"
    hashes = [str(section["hash"]) for section in packet["sections"]]
    try:
        signed = statement(packet["incident_id"], packet["made_at"], hashes)
        Ed25519PublicKey.from_public_bytes(public_key).verify(value, signed)
    except (InvalidSignature, UnicodeEncodeError):
        yield (
            "signature: does not fit incident_id, made_at, the number of sections and the last hash; "
            "one of these, the key or the signature was changed"
        )


def _hash(section: Mapping[str, Json]) -> str:
    return sha256(canonical(section)).hexdigest()


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _is_of(value: Json, fields: Sequence[str]) -> bool:
    return isinstance(value, dict) and sorted(value) == sorted(fields)


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise NotAPacket("expected each key once in an object, got one twice, which readers understand differently")
    return found


def _no_number(text: str) -> NoReturn:
    raise NotAPacket(f"expected whole numbers only, got {text[:40]}")


def _integer(text: str) -> int:
    if text == "-0" or len(text) > 20:
        raise NotAPacket(f"expected whole numbers up to 2^53, got {text[:40]}")
    return int(text)
