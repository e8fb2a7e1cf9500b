import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outproof.scrub.canonical_form import decoded, in_base64
from outproof.scrub.text import cleaned

WAYS = [
    ("maya%40example.com", "%-escapes"),
    ("maya%2540example.com", "escaped twice"),
    ("maya\\u0040example.com", "JSON"),
    ("maya\\x40example.com", "a string literal"),
    ("maya&#64;example.com", "decimal entity"),
    ("maya&#x40;example.com", "hexadecimal entity"),
    ("maya&commat;example&period;com", "named entities"),
    ("ma\u200bya@exa\u00admple.com", "invisible characters"),
    ("ｍａｙａ＠ｅｘａｍｐｌｅ．ｃｏｍ", "full width"),
    ("maya (at) example (dot) com", "in words"),
]


@pytest.mark.parametrize(("written", "way"), WAYS, ids=[way for _, way in WAYS])
def test_an_address_is_found_however_it_is_written_and_what_stands_around_it_stays(written: str, way: str) -> None:
    assert cleaned(f"Grüße an {written}, 50% off & more") == "Grüße an [EMAIL], 50% off & more", way


def test_digits_of_other_scripts_and_other_dashes_are_read() -> None:
    assert cleaned("٤١١١ ١١١١ ١١١١ ١١١١") == "[CARD]"
    assert cleaned("4111\u20111111\u20131111\u22121111") == "[CARD]"


def test_what_is_in_base_64_is_found_at_any_offset_and_the_whole_word_goes() -> None:
    for before in ("", "a", "ab", "abc"):
        word = base64.b64encode(f"{before} write to maya@example.com please".encode()).decode()
        assert cleaned(f"blob {word}; next") == "blob [EMAIL]; next"


def test_a_long_word_that_says_nothing_in_base_64_stays() -> None:
    for word in ("chatcmpl-Bz7Q0k2mXyWvUtSrQpOnMlKjIhGfE", "0123456789abcdef0123456789abcdef"):
        assert cleaned(word) is word


def test_text_without_escapes_is_not_decoded() -> None:
    assert decoded("plain text, with 100 words") is None
    assert list(in_base64("plain text")) == []


@given(st.text(max_size=60))
def test_every_decoded_character_knows_where_it_came_from(text: str) -> None:
    form = decoded(text)
    if form is None:
        return
    assert len(form.text) == len(form.starts) == len(form.ends)
    assert all(0 <= start < end <= len(text) for start, end in zip(form.starts, form.ends, strict=True))
    assert form.starts == sorted(form.starts)


@given(st.text(alphabet="%\\&;u0123456789abcdefx@.#= \u200b４", max_size=60))
def test_scrubbing_is_stable_on_escapes(text: str) -> None:
    once = cleaned(text)
    assert cleaned(once) == once
