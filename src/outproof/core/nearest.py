"""What somebody probably meant: a name that is not known and those that are in; a hint to end a sentence with out."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def hint(given: str, known: Iterable[str]) -> str:
    """`; did you mean 'nightly'?` where a known name is close, else nothing.

    >>> hint("nigthly", ["nightly", "weekly"])
    "; did you mean 'nightly'?"
    """
    close = [near for near in get_close_matches(given, list(known), n=1) if near != given]
    return f"; did you mean {close[0]!r}?" if close else ""
