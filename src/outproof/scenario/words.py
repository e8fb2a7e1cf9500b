"""The words of one line, with their places, taken one after the other; what is not expected is an error that points."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from typing import TypeVar

from outproof.core.time import duration_s
from outproof.decide.matcher import Matcher, matcher
from outproof.scenario.statement import Place, Value

LINE_CHARS_MAX = 1_000

_WORD = re.compile(
    r'(?P<pair>[a-z][a-z0-9_()]*(?:=~|!~|!=|=)(?:"(?:[^"\\]|\\["\\])*"|[^\s"]+))|(?P<quoted>"(?:[^"\\]|\\["\\])*")|[^\s"]+'
)
_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,9})?")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,127}")

Choice = TypeVar("Choice", bound=StrEnum)


@dataclass(frozen=True, slots=True, order=True)
class ScenarioError:
    """One thing in a file that cannot be meant."""

    path: str
    line: int
    column: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}: {self.message}"


class Misread(Exception):
    """A line cannot be meant; `column` says where."""

    def __init__(self, message: str, column: int) -> None:
        super().__init__(message)
        self.column = column


@dataclass(frozen=True, slots=True)
class Word:
    text: str
    column: int


class Words:
    """The words of a line, read from left to right."""

    def __init__(self, line: str, number: int) -> None:
        if len(line) > LINE_CHARS_MAX:
            raise Misread(f"expected at most {LINE_CHARS_MAX} characters in a line", LINE_CHARS_MAX + 1)
        self.number = number
        self._words = _split(line)
        self._at = 0
        self._end = len(line.rstrip()) + 1

    @property
    def place(self) -> Place:
        return Place(self.number, self.column)

    @property
    def column(self) -> int:
        return self._words[self._at].column if self._at < len(self._words) else self._end

    def peek(self) -> str | None:
        """The next word; None: there is none."""
        return self._words[self._at].text if self._at < len(self._words) else None

    def take(self, what: str) -> str:
        """The next word, whatever it is."""
        if self._at >= len(self._words):
            raise Misread(f"expected {what}, got the end of the line", self._end)
        self._at += 1
        return self._words[self._at - 1].text

    def taken(self, word: str) -> bool:
        """Whether the next word was this one; it is taken then."""
        if self.peek() != word:
            return False
        self._at += 1
        return True

    def name(self, what: str) -> str:
        column, text = self.column, self.take(what)
        if not _NAME.fullmatch(text):
            raise Misread(f"expected {what}, got {text!r}", column)
        return text

    def text(self, what: str) -> str:
        """A word, or a text in double quotes."""
        text = self.take(what)
        return _unquoted(text) if text.startswith('"') else text

    def word(self, *words: str) -> str:
        """One of these words."""
        column, text = self.column, self.take(_either(words))
        if text not in words:
            raise Misread(f"expected {_either(words)}, got {text!r}{meant(text, words)}", column)
        return text

    def one_of(self, choices: type[Choice]) -> Choice:
        return choices(self.word(*(choice.value for choice in choices)))

    def maybe_one_of(self, choices: type[Choice]) -> Choice | None:
        return self.one_of(choices) if self.peek() in [choice.value for choice in choices] else None

    def some_of(self, choices: type[Choice]) -> tuple[Choice, ...]:
        """One or more."""
        found = [self.one_of(choices)]
        while (more := self.maybe_one_of(choices)) is not None:
            found.append(more)
        return tuple(found)

    def duration_ms(self) -> int:
        column, text = self.column, self.take("a duration such as 90s, 15m or 1h30m")
        try:
            return round(duration_s(text) * 1_000)
        except ValueError as error:
            raise Misread(str(error), column) from None

    def matchers(self) -> tuple[Matcher, ...]:
        """One or more matchers on labels, such as `service="answers"`."""
        found: list[Matcher] = []
        while not found or "=" in (self.peek() or "") or "!~" in (self.peek() or ""):
            column, text = self.column, self.take('a matcher such as service="answers"')
            try:
                found.append(matcher(text))
            except ValueError as error:
                raise Misread(str(error), column) from None
        return tuple(found)

    def values(self, known: Collection[str] | None = None) -> dict[str, Value]:
        """The rest of the line, as `key=value` pairs. `known` None: any key."""
        found: dict[str, Value] = {}
        while self.peek() is not None:
            column, text = self.column, self.take("key=value")
            key, equals, value = text.partition("=")
            if not equals or not re.fullmatch(r"[a-z][a-z0-9_()]*", key):
                raise Misread(f"expected key=value, or the end of the line, got {text!r}", column)
            if known is not None and key not in known:
                raise Misread(f"expected one of {', '.join(known)}, got {key!r}{meant(key, known)}", column)
            if key in found:
                raise Misread(f"{key} is given twice", column)
            found[key] = read_value(value)
        return found

    def end(self) -> None:
        if self._at < len(self._words):
            text = self._words[self._at].text
            raise Misread(f"expected the end of the line, got {text!r}", self.column)


def _split(line: str) -> list[Word]:
    found: list[Word] = []
    at = 0
    while at < len(line):
        if line[at].isspace():
            at += 1
            continue
        if line[at] == "#":
            break
        match = _WORD.match(line, at)
        if match is None:
            raise Misread('expected a closing " in this line', at + 1)
        found.append(Word(match[0], at + 1))
        at = match.end()
    return found


def _either(words: Iterable[str]) -> str:
    listed = list(words)
    return listed[0] if len(listed) == 1 else f"{', '.join(listed[:-1])} or {listed[-1]}"


def meant(text: str, words: Iterable[str]) -> str:
    """What was probably meant, as the end of a message."""
    near = get_close_matches(text, list(words), n=1)
    return f"; did you mean {str(near[0])!r}?" if near else ""


def is_bare(text: str) -> bool:
    """Whether a text is one word as it is, without quotes around it."""
    return re.fullmatch(r"[^\s\"#=\\]+", text) is not None


def read_value(text: str) -> Value:
    """The value that a word writes: a number, true or false, else a text."""
    if text.startswith('"'):
        return _unquoted(text)
    if text in ("true", "false"):
        return text == "true"
    if _NUMBER.fullmatch(text):
        return float(text) if "." in text else int(text)
    return text


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1])
