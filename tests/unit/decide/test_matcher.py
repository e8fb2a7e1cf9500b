"""Matchers are read, written and held against labels as Alertmanager does it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outproof.decide.matcher import Matcher, MatchOp, all_match, matcher

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=50)
LABELS = {"severity": "critical", "service": "tracking-answerer"}


@given(
    st.from_regex(r"[a-zA-Z_][a-zA-Z0-9_]{0,20}", fullmatch=True), st.sampled_from([MatchOp.IS, MatchOp.IS_NOT]), TEXTS
)
def test_what_is_written_is_read_as_it_was(label: str, op: MatchOp, value: str) -> None:
    written = Matcher(label, op, value)
    assert matcher(str(written)) == written


@given(TEXTS)
def test_any_text_is_a_matcher_or_an_error_that_says_what_would_be_one(text: str) -> None:
    try:
        read = matcher(text)
    except ValueError as error:
        said = str(error)
    else:
        said = "expected " if matcher(str(read)) == read else "another"
    assert said.startswith("expected ")


@pytest.mark.parametrize(
    ("text", "matches"),
    [
        ('severity="critical"', True),
        ("severity=critical", True),
        ("severity!=critical", False),
        ('service=~"track.*"', True),
        ('service=~"track"', False),  # the whole value, not a part of it
        ('service!~"pay.*|track.*"', False),
        ('team=""', True),  # a label that is not there is the empty text
        ('team=~".+"', False),
        ('team!="payments"', True),
    ],
)
def test_labels_are_held_against_a_matcher(text: str, matches: bool) -> None:
    assert matcher(text).matches(LABELS) is matches


def test_every_matcher_must_hold_and_none_holds_of_everything() -> None:
    assert all_match([matcher("severity=critical"), matcher('service=~"t.*"')], LABELS)
    assert not all_match([matcher("severity=critical"), matcher("service=other")], LABELS)
    assert all_match([], LABELS)


@pytest.mark.parametrize(
    "text", ['service=~"(a"', r'service=~"(a)\\1"', 'service=~"(?=a)a"', "service", "=x", "a==b c", "9=x"]
)
def test_what_cannot_be_meant_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        matcher(text)


def test_an_expression_takes_no_longer_than_its_text_is() -> None:
    assert not matcher('service=~"(a*)*b"').matches({"service": "a" * 100_000})
