"""Which labels something must have: text such as `severity="critical"` in; yes or no to a set of labels, out.

The grammar and the meaning are Alertmanager's: four operators, expressions match the whole value, and a label that is
not there is the empty text. Expressions are RE2's, which takes a time that grows with the text and no faster, so that
whoever may silence an alert cannot stop the server.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any

import re2

Labels = Mapping[str, str]

VALUE_CHARS_MAX = 300
_EXPRESSION_BYTES_MAX = 1 << 20

_WRITTEN = re.compile(
    r"""\s*(?P<label>[a-zA-Z_][a-zA-Z0-9_]*)\s*(?P<op>=~|!~|!=|=)\s*
    (?: "(?P<quoted>(?:[^"\\]|\\["\\n])*)" | (?P<bare>[^\s"{},]*) )\s*""",
    re.VERBOSE,
)


class MatchOp(StrEnum):
    """How a label's value is held against a matcher's."""

    IS = "="
    IS_NOT = "!="
    LIKE = "=~"
    UNLIKE = "!~"


@dataclass(frozen=True, slots=True)
class Matcher:
    """One condition on one label.

    Raises:
        ValueError: the value is too long, or no expression that RE2 reads.
    """

    label: str
    op: MatchOp
    value: str

    def __post_init__(self) -> None:
        if len(self.value) > VALUE_CHARS_MAX:
            raise ValueError(f"expected a value of at most {VALUE_CHARS_MAX} characters, got {len(self.value)}")
        if self.op in (MatchOp.LIKE, MatchOp.UNLIKE):
            _compiled(self.value)

    def __str__(self) -> str:
        escaped = self.value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        return f'{self.label}{self.op}"{escaped}"'

    def matches(self, labels: Labels) -> bool:
        """Whether labels fulfil it."""
        value = labels.get(self.label, "")
        match self.op:
            case MatchOp.IS:
                return value == self.value
            case MatchOp.IS_NOT:
                return value != self.value
            case MatchOp.LIKE:
                return _compiled(self.value).fullmatch(value) is not None
            case MatchOp.UNLIKE:
                return _compiled(self.value).fullmatch(value) is None


@lru_cache(maxsize=1_000)
def _compiled(expression: str) -> Any:
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _EXPRESSION_BYTES_MAX
    try:
        return re2.compile(expression, options=options)
    except re2.error as error:
        said = error.args[0].decode(errors="replace") if isinstance(error.args[0], bytes) else str(error)
        raise ValueError(f"expected an expression as RE2 reads them, got {expression!r}: {said}") from error


def all_match(matchers: Iterable[Matcher], labels: Labels) -> bool:
    """Whether labels fulfil every one of them; no matcher at all matches everything."""
    return all(matcher.matches(labels) for matcher in matchers)


def matcher(text: str) -> Matcher:
    """The matcher a text states.

    >>> matcher('severity="critical"')
    Matcher(label='severity', op=<MatchOp.IS: '='>, value='critical')

    Raises:
        ValueError: the text is no matcher, and says what would be.
    """
    found = _WRITTEN.fullmatch(text)
    if found is None:
        raise ValueError(f'expected a matcher such as severity="critical" or service=~"track.*", got {text[:80]!r}')
    value = found["bare"] if found["quoted"] is None else _unescaped(found["quoted"])
    return Matcher(found["label"], MatchOp(found["op"]), value)


def _unescaped(quoted: str) -> str:
    return re.sub(r'\\(["\\n])', lambda found: "\n" if found[1] == "n" else found[1], quoted)
