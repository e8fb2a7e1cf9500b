"""One rule of what must not be kept, and where in a text it finds it: bounded, one line at a time."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

CONTEXT_BEFORE_CHARS, CONTEXT_AFTER_CHARS = 40, 16


class Where(StrEnum):
    """Which texts, or which parts of one, a rule looks at. Looking for these once is cheaper than by every rule."""

    ANYWHERE = "anywhere"
    TOKENS = "tokens"  # texts with a word of 16 characters or more, as keys have
    ASSIGNED = "assigned"  # texts with an equals sign or a colon
    DIGITS = "digits"  # around four digits or more, with hyphens at most between them
    NUMBERS = "numbers"  # around seven digits or more with nothing but marks between them
    CAPITALS = "capitals"  # after a word that begins with one to six capitals and a digit
    DOTTED = "dotted"  # around numbers with dots between them
    COLONS = "colons"  # around colons with at most four hexadecimal digits between them


@dataclass(frozen=True, slots=True)
class Find:
    """What stands between two places of a text, and the name that will stand there instead."""

    start: int
    end: int
    name: str


@dataclass(frozen=True, slots=True)
class Rule:
    """Text to replace by `[name]`: what `pattern` matches, or its group `it` where it has one.

    `valid` decides over it where the pattern alone would take too much. `context` are words, as a pattern, of which one
    must stand on the same line shortly before it or right after it. Every match holds one of the `hints`: where all are
    absent, or a part holds fewer than `digits_min` digits, the pattern need not be tried. Except for private keys no
    match goes beyond a line, because many texts are looked at together, one to a line, before any is looked at alone.
    """

    name: str
    pattern: str
    valid: Callable[[str], bool] | None = None
    hints: tuple[str, ...] = ()
    context: str | None = None
    where: Where = Where.ANYWHERE
    digits_min: int = 0

    def finds(self, text: str, start: int, end: int) -> Iterator[Find]:
        """What it finds in a part of a text; `context` may stand outside the part."""
        for match in compiled(self.pattern).finditer(text, start, end):
            first, last = match.span("it") if "it" in match.re.groupindex else match.span()
            if self.valid is not None and not self.valid(text[first:last]):
                continue
            if self.context is None or _is_near(compiled(self.context), text, first, last):
                yield Find(first, last, self.name)


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    """The compiled pattern, made when it is first needed: an application that imports the SDK does not wait for all."""
    return re.compile(pattern)


def _is_near(words: re.Pattern[str], text: str, start: int, end: int) -> bool:
    line_start = max(text.rfind("\n", 0, start) + 1, start - CONTEXT_BEFORE_CHARS)
    if words.search(text, line_start, start):
        return True
    line_end = text.find("\n", end, end + CONTEXT_AFTER_CHARS)
    return words.search(text, end, end + CONTEXT_AFTER_CHARS if line_end < 0 else line_end) is not None
