import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outproof.scrub.bounded import Unbounded, check

EVIL = [
    *(r"(a+)+$", r"(a|a)*$", r"(a|aa)+$", r"(.*a){12}", r"^(([a-z])+.)+[A-Z]([a-z])+$", r"(\d+)*x", r"\d+\d+x"),
    *(r"(x+x+)+y", r"([a-zA-Z]+)*", r"(?:a{1,30}){1,30}b", r"a{0,100}a{0,100}a{0,100}b", r"(a?){30}a{30}"),
    *(r"(?:\w{1,20}\s?){1,20}$", r".{1,100}.{1,100}x", r"(\w+)\1", r"(\w{1,5})\1", r"a{1,5000}b"),
    *(r"(?:a|ab|b){1,20}c", r"[\s\S]{0,900}[\s\S]{0,900}!", r"^(?=(a{1,50}){1,50}b)", r"(?i)(A{1,20}a{1,20}){1,4}z"),
    *(r"\w+@\w+", r"(?P<n>a)(?(n)b|c)", r"(", r"a**", r"x{1,64}x{1,64}x{1,64}", r"(?:(?:a{0,9}){0,9}){0,9}z"),
    *("", r"a{0,5}", r"\b", r"(?=abc)", "(" * 300 + ")" * 300, "a" * 501),
]
GOOD = [
    *(r"#[A-Z]\d{1,10}\b", r"LY-[0-9]{8}", r"(?i)\bmember[ :#]{1,3}[A-Z0-9]{6,12}\b", r"[\w.]{1,64}@example\.com"),
    *(r"(?:\d{4}[ -]?){3}\d{4}", r"(?:[a-z]{1,20}\.){1,5}internal", r"\bcust_[0-9a-f]{24}\b", r"(?:AB|CD)\d{5}"),
]

# Of this thread: a collection of garbage may fall into it. What is ever slow takes minutes.
CPU_S_MAX = 10.0


@pytest.mark.parametrize("pattern", EVIL)
def test_a_pattern_that_may_take_for_ever_is_refused_at_once(pattern: str) -> None:
    began_s = time.thread_time()
    with pytest.raises(Unbounded, match="expected"):
        check(pattern)
    assert time.thread_time() - began_s < CPU_S_MAX


@pytest.mark.parametrize("pattern", GOOD)
def test_an_ordinary_pattern_passes(pattern: str) -> None:
    check(pattern)


atoms = st.sampled_from(["a", "b", "[ab]", r"\w", ".", "[^a]", r"\d", "(?:a|b)", "(?:a|ab)", "-"])
counts = st.sampled_from(["", "?", "{0,3}", "{1,9}", "{2,30}", "{1,64}", "{1,64}?", "{0,200}"])
pieces = st.builds("".join, st.lists(st.builds(str.__add__, atoms, counts), min_size=1, max_size=4))
patterns = st.builds("".join, st.lists(st.builds("(?:{}){}".format, pieces, counts), min_size=1, max_size=3))


@given(patterns, st.sampled_from(["a", "ab", "aab", "a-", "b1", "abc "]))
def test_what_passes_is_quick_on_texts_made_to_be_slow(pattern: str, unit: str) -> None:
    try:
        check(pattern + "!")
    except Unbounded:
        return
    text = (unit * 4_000)[:4_000]
    began_s = time.thread_time()
    list(re.finditer(pattern + "!", text))
    assert time.thread_time() - began_s < CPU_S_MAX  # 1,000 steps from each of 4,000 places
