import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outproof.scrub.checksums import iban, luhn
from outproof.scrub.text import cleaned, preview


def test_the_worked_texts_are_redacted_as_the_lesson_says(realcases: Path) -> None:
    cases = json.loads((realcases / "seed_cases.json").read_text())["redaction"]["cases"]
    assert len(cases) == 3
    for case in cases:
        assert preview(case["text"], chars_max=200) == case["expected"]


@pytest.mark.parametrize(
    ("secret", "name"),
    [
        ("maya.lopez+x@mail.example.co.uk", "EMAIL"),
        ("4111 1111 1111 1111", "CARD"),
        ("5555-5555-5555-4444", "CARD"),
        ("GB82 WEST 1234 5698 7654 32", "IBAN"),
        ("DE89370400440532013000", "IBAN"),
        ("sk-ant-api03-" + "a" * 40, "API_KEY"),
        ("gsk_" + "b" * 30, "API_KEY"),
        ("ghp_" + "c" * 36, "API_KEY"),
        ("AKIA" + "IOSFODNN7EXAMPLE", "API_KEY"),
        ("eyJhbGciOiJIUzI1NiJ9abc.eyJzdWIiOiIxMjM0NTY3ODkwIn0.sflKxwRJSMeKKF2QT4", "TOKEN"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIB\n-----END RSA PRIVATE KEY-----", "PRIVATE_KEY"),
    ],
)
def test_a_secret_inside_a_text_is_replaced_by_the_name_of_its_rule(secret: str, name: str) -> None:
    assert cleaned(f"before {secret} after") == f"before [{name}] after"


@pytest.mark.parametrize(
    "label",
    [
        "tracking-answerer-v1.1-regression",
        "gpt-4o-mini-2024-07-18",
        "chatcmpl-mock000001",
        "6f9619ff-8b86-d011-b42d-00c04fc964ff",
        "req_206",
        "fastship@v17",
        "4111 1111 1111 1112",
        "10.0.0.1",
        "2026-11-21T03:00:00.000000Z",
        "sk-1",
    ],
)
def test_names_and_versions_are_left_alone(label: str) -> None:
    assert cleaned(label) is label


def test_rules_run_before_the_cut_so_that_half_a_secret_is_not_kept() -> None:
    text = "x" * 14 + " maya@example.com"
    assert preview(text, chars_max=20) == "x" * 14 + " [EMAI"


@given(st.text(max_size=400))
def test_scrubbing_is_stable(text: str) -> None:
    once = cleaned(text)
    assert cleaned(once) == once


@given(st.from_regex(r"[a-z]{1,8}@[a-z]{1,8}\.com", fullmatch=True), st.text(max_size=40), st.text(max_size=40))
def test_no_address_survives_whatever_stands_around_it(address: str, before: str, after: str) -> None:
    assert address not in cleaned(f"{before} {address} {after}")


def test_checksums_decide() -> None:
    assert luhn("4111111111111111")
    assert not luhn("4111111111111112")
    assert iban("GB82WEST12345698765432")
    assert not iban("GB83WEST12345698765432")
