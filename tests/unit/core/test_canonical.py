"""One byte form per JSON value."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outproof.core.canonical import canonical, plain_json

JSON: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=20,
)


def test_the_bytes_are_those_of_rfc_8785() -> None:
    value = {"€": "Euro", "\r": 'CR "quoted" \\ \u000f/', "1": [None, True, -3], "😂": 1, "\ufb33": 2}
    assert canonical(value).decode() == (
        '{"\\r":"CR \\"quoted\\" \\\\ \\u000f/","1":[null,true,-3],"€":"Euro","😂":1,"\ufb33":2}'
    )


@given(JSON)
def test_what_is_read_back_has_the_same_bytes(value: Any) -> None:
    assert canonical(json.loads(canonical(value))) == canonical(value)


@pytest.mark.parametrize("value", [1.0, float("nan"), 2**53, object(), {"a": {"b": 0.1}}])
def test_what_has_several_forms_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="expected"):
        canonical(value)


def test_what_has_several_forms_becomes_text() -> None:
    value = {"s": 12.5, "at": 1_800_000_000_000_000_000, "list": (1, "\ud800"), "ok": 3}
    assert plain_json(value) == {"s": "12.5", "at": "1800000000000000000", "list": [1, "?"], "ok": 3}
