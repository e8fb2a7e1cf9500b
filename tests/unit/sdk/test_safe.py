"""What an application says is scrubbed before it lies on its disk, and ids stay apart."""

from outproof.core.ids import DEFAULT_PROJECT
from outproof.sdk.facts import own_id, readable, text
from outproof.sdk.safe import own_ids, safe_text


def test_a_text_loses_what_must_not_be_kept_before_it_is_cut() -> None:
    assert text("write to maya@example.com") == "write to [EMAIL]"
    long = "x" * 500 + " maya@example.com"
    assert text(long) == "x" * 500 + " [EMAIL]"
    assert "maya" not in text("x" * 505 + " maya@example.com")


def test_ids_that_hold_an_address_stay_two_and_each_stays_one() -> None:
    own_ids.use("secret", DEFAULT_PROJECT)
    first, second = own_id("maya@example.com"), own_id("omar@example.com")
    assert first != second
    assert own_id("maya@example.com") == first
    assert "@" not in first + second
    own_ids.use("another", DEFAULT_PROJECT)
    assert own_id("maya@example.com") != first
    own_ids.use("", DEFAULT_PROJECT)


def test_an_ordinary_id_stays_as_it_is() -> None:
    for known in ("2026-11-21", "batch-7", "req_206", "6f9619ff-8b86-d011-b42d-00c04fc964ff", 42):
        assert own_id(known) == str(known)
    assert readable(None) is None


def test_what_lies_beyond_the_beginning_of_a_very_long_text_is_gone() -> None:
    assert len(safe_text("word " * 10_000)) == 8_192
