from hypothesis import given
from hypothesis import strategies as st

from outproof.core.pseudonym import KEY_BYTES, Pseudonyms
from outproof.scrub.text import cleaned

ONE = Pseudonyms(b"k" * KEY_BYTES, "shop")


def test_a_name_has_one_pseudonym_for_each_key_project_and_purpose() -> None:
    others = (
        Pseudonyms(b"j" * KEY_BYTES, "shop").token("user", "maya"),
        Pseudonyms(b"k" * KEY_BYTES, "bank").token("user", "maya"),
        ONE.token("session", "maya"),
        ONE.token("user", "maja"),
    )
    assert ONE.token("user", " maya ") == ONE.token("user", "maya")
    assert len({ONE.token("user", "maya"), *others}) == 5


def test_parts_cannot_be_shifted_from_one_to_the_next() -> None:
    assert ONE.token("a", "bc") != ONE.token("ab", "c")


@given(st.text(max_size=50))
def test_a_pseudonym_says_which_key_made_it_and_is_nothing_to_scrub(name: str) -> None:
    token = ONE.token("user", name)
    assert token.startswith(f"{ONE.key_id}.")
    assert cleaned(f"[EMAIL~{token}]") == f"[EMAIL~{token}]"
