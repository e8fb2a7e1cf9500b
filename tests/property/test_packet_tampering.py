"""Whatever is changed in an evidence packet is found; and what was changed is named."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from outproof.core.canonical import canonical
from outproof.respond.packet import NotAPacket, key_id, packet_of, sealed, verified
from tests.unit.core.test_canonical import JSON


def a_key(seed: int) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)


def public(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


OURS, THEIRS = a_key(7), a_key(9)
SECTIONS = {
    "incident": {"id": "inc_1", "title": "Batch b-17 is not saved", "occurrences": 3, "drill": False},
    "timeline": [{"at": "2026-11-21T03:00:00.000000Z", "text": 'é "quoted" 😂\n'}, None],
    "withheld": [{"what": "prompts", "why": "never stored"}],
}


def a_packet(sections: dict[str, Any] = SECTIONS, key: Ed25519PrivateKey = OURS) -> bytes:
    made_at = "2026-11-21T04:00:00.000000Z"
    return sealed(sections, incident_id="inc_1", made_at=made_at, public_key=public(key), sign=key.sign)


PACKET = a_packet()


def test_an_untouched_packet_is_verified() -> None:
    found = verified(PACKET, public(OURS))
    assert (found.problems, found.reformatted, found.key_known) == ((), False, True)
    assert (found.incident_id, found.sections, found.key_id) == ("inc_1", tuple(SECTIONS), key_id(public(OURS)))


@given(st.dictionaries(st.text(st.characters(categories=["L"]), min_size=1), JSON, max_size=5))
def test_whatever_a_packet_holds_it_is_verified(sections: dict[str, Any]) -> None:
    assert verified(a_packet(sections)).problems == ()


def is_found(content: bytes) -> bool:
    """Whether a change is found; a file that says the very same in other bytes is no other content."""
    try:
        found = verified(content, public(OURS))
    except NotAPacket:
        return True
    return bool(found.problems) or (found.reformatted and canonical(packet_of(content)) + b"\n" == PACKET)


@settings(max_examples=2_000, deadline=None)
@given(st.integers(0, len(PACKET) - 1), st.integers(1, 255))
def test_a_change_of_any_byte_is_found(position: int, difference: int) -> None:
    changed = bytearray(PACKET)
    changed[position] ^= difference
    assert is_found(bytes(changed))


@settings(max_examples=1_000, deadline=None)
@given(st.integers(0, len(PACKET) - 1), st.integers(1, 40), st.binary(max_size=5))
def test_bytes_that_are_cut_out_or_put_in_are_found(position: int, length: int, inserted: bytes) -> None:
    changed = PACKET[:position] + inserted + PACKET[position + length :]
    assert changed == PACKET or is_found(changed)


def edited(change: Callable[[Any], None]) -> bytes:
    packet = json.loads(PACKET)
    change(packet)
    return json.dumps(packet).encode()


def _set(packet: Any, *path: Any, value: object) -> None:
    for step in path[:-1]:
        packet = packet[step]
    packet[path[-1]] = value


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda p: _set(p, "sections", 0, "body", "occurrences", value=2), "section 1 (incident): its content"),
        (lambda p: _set(p, "sections", 1, "body", 0, "text", value=""), "section 2 (timeline): its content"),
        (lambda p: p["sections"].pop(1), "section 2 (withheld): does not follow"),
        (lambda p: p["sections"].pop(), "signature: does not fit"),
        (lambda p: p["sections"].reverse(), "section 1 (withheld): does not follow"),
        (lambda p: p["sections"].append(dict(p["sections"][0])), "section 4 (incident): does not follow"),
        (lambda p: _set(p, "sections", 2, "name", value="held"), "section 3 (held): its content"),
        (lambda p: _set(p, "made_at", value="2026-11-20T04:00:00.000000Z"), "signature: does not fit"),
        (lambda p: _set(p, "incident_id", value="inc_2"), "signature: does not fit"),
        (lambda p: _set(p, "signature", "key_id", value="ed25519:0000000000000000"), "key_id is not that"),
        (lambda p: _set(p, "signature", "algorithm", value="none"), "expected the algorithm Ed25519"),
    ],
)
def test_what_was_changed_is_named(change: Callable[[Any], None], named: str) -> None:
    problems = verified(edited(change)).problems
    assert any(named in problem for problem in problems), problems


def test_a_packet_that_somebody_else_signed_is_found_by_who_knows_the_key() -> None:
    forged = a_packet({**SECTIONS, "incident": {"id": "inc_1", "title": "all was well"}}, THEIRS)
    assert verified(forged).problems == ()
    assert verified(forged).key_known is None
    problems = verified(forged, public(OURS)).problems
    assert problems == (
        f"signature: made with the key {key_id(public(THEIRS))}, expected that of {key_id(public(OURS))}",
    )


def test_a_packet_that_was_laid_out_anew_is_still_intact() -> None:
    found = verified(json.dumps(json.loads(PACKET), indent=2, sort_keys=False).encode(), public(OURS))
    assert (found.problems, found.reformatted) == ((), True)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"[" * 100_000,
        b"\xff",
        PACKET.replace(b'"occurrences":3', b'"occurrences":3.0'),
        PACKET.replace(b'"occurrences":3', b'"occurrences":3,"occurrences":3'),
        PACKET.replace(b'"format"', b'"more":1,"format"'),
        PACKET.replace(b"packet/1", b"packet/2", 1),
    ],
    ids=["empty", "an object", "deep", "no text", "a fraction", "a key twice", "another field", "another format"],
)
def test_what_is_no_packet_is_not_judged(content: bytes) -> None:
    with pytest.raises(NotAPacket, match="expected"):
        verified(content)
