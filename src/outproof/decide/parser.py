"""The parser of conditions: text and the names it may use, in; an `Expression` or an error that points, out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from difflib import get_close_matches
from enum import StrEnum

from outproof.core.errors import Mistake, Mistakes
from outproof.core.money import NANOS_PER_USD
from outproof.decide.expression import And, Compare, Expression, Names, Not, Op, Or, ValueType
from outproof.decide.names import listed

TEXT_CHARS_MAX = 1_000
NESTING_MAX = 32

_UNIT_S = {"ms": Decimal("0.001"), "s": Decimal(1), "m": Decimal(60), "h": Decimal(3_600), "d": Decimal(86_400)}
_OR, _AND, _NOT = 1, 2, 3  # how tightly each binds


class ExpressionError(Mistakes):
    """The text is not a condition. `column` counts from 1."""

    def __init__(self, message: str, column: int) -> None:
        super().__init__([Mistake(message, column=column)])
        self.message = message
        self.column = column


class _Kind(StrEnum):
    NAME = "a name"
    OP = "a comparison"
    NUMBER = "a number"
    TEXT = "a text"
    OPEN = "("
    CLOSE = ")"
    END = "the end"


@dataclass(frozen=True, slots=True)
class _Token:
    kind: _Kind
    text: str
    column: int

    def __str__(self) -> str:
        return "the end" if self.kind is _Kind.END else repr(self.text)


_TOKEN = re.compile(
    r"""\s*(?:
      (?P<NAME>[A-Za-z_][A-Za-z0-9_]*)
    | (?P<OP>==|!=|<=|>=|<|>)
    | (?P<NUMBER>\$?[0-9]+(?:\.[0-9]+)?(?:%|ms\b|[smhd]\b)?(?![A-Za-z0-9_.]))
    | (?P<TEXT>"(?:[^"\\]|\\["\\])*")
    | (?P<OPEN>\()
    | (?P<CLOSE>\))
    )""",
    re.VERBOSE,
)


def parse(text: str, names: Names, noun: str = "measure") -> Expression:
    """The condition a text states. `noun` says what the names are, for the error messages.

    Raises:
        ExpressionError: the text is not a condition over these names.
    """
    if len(text) > TEXT_CHARS_MAX:
        raise ExpressionError(f"expected at most {TEXT_CHARS_MAX} characters, got {len(text)}", TEXT_CHARS_MAX + 1)
    return _Parser(_tokens(text), names, noun).whole()


def _tokens(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    end = len(text.rstrip())
    at = 0
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            at += len(text[at:]) - len(text[at:].lstrip())
            raise ExpressionError(_unreadable(text[at:]), at + 1)
        kind = _Kind[match.lastgroup]
        tokens.append(_Token(kind, match[match.lastgroup], match.start(match.lastgroup) + 1))
        at = match.end()
    tokens.append(_Token(_Kind.END, "", end + 1))
    return tokens


def _unreadable(rest: str) -> str:
    first = rest.split()[0][:20]
    for wrong, right in (("=", "=="), ("&&", "and"), ("||", "or"), ("!", "not"), ("'", 'double quotes, as in "serve"')):
        if first.startswith(wrong):
            return f"cannot read {first!r}: write {right}"
    return (
        f"cannot read {first!r}: expected a name, one of == != < <= > >=, "
        'or a value such as 200, 1%, 500ms, $0.002, true or "serve"'
    )


class _Parser:
    """A Pratt parser: each operator says how tightly it binds."""

    def __init__(self, tokens: list[_Token], names: Names, noun: str) -> None:
        self._tokens = tokens
        self._at = 0
        self._names = names
        self._noun = noun
        self._depth = 0

    def whole(self) -> Expression:
        expression = self._expression(0)
        if self._next.kind is not _Kind.END:
            raise ExpressionError(f"expected `and`, `or` or the end, got {self._next}", self._next.column)
        return expression

    @property
    def _next(self) -> _Token:
        return self._tokens[self._at]

    def _take(self) -> _Token:
        token = self._next
        self._at += 1
        return token

    def _expression(self, binding: int) -> Expression:
        self._enter()
        left = self._operand()
        while (tightness := {"and": _AND, "or": _OR}.get(self._next.text, 0)) > binding:
            self._take()
            right = self._expression(tightness)
            left = And(left, right) if tightness == _AND else Or(left, right)
        self._depth -= 1
        return left

    def _operand(self) -> Expression:
        token = self._next
        if token.kind is _Kind.OPEN:
            self._take()
            inner = self._expression(0)
            self._close()
            return inner
        if token.kind is _Kind.NAME and token.text == "not":
            self._take()
            return Not(self._expression(_NOT))
        if token.kind is not _Kind.NAME or token.text in ("and", "or", "true", "false"):
            raise ExpressionError(f"expected the name of a {self._noun}, got {token}", token.column)
        return self._comparison(self._name())

    def _name(self) -> _Token:
        """A name as it stands in the sets of names: `lower_95(unsafe_rate)` is one, spaces or not."""
        first = self._take()
        if self._next.kind is not _Kind.OPEN:
            return first
        self._take()
        self._enter()
        argument = self._next
        if argument.kind not in (_Kind.NAME, _Kind.NUMBER):  # the number of burn_rate(1h)
            raise ExpressionError(f"expected the name of a {self._noun}, got {argument}", argument.column)
        inner = self._name()
        self._close()
        self._depth -= 1
        return _Token(_Kind.NAME, f"{first.text}({inner.text})", first.column)

    def _enter(self) -> None:
        self._depth += 1
        if self._depth > NESTING_MAX:
            raise ExpressionError(f"expected at most {NESTING_MAX} levels of nesting", self._next.column)

    def _close(self) -> None:
        token = self._take()
        if token.kind is not _Kind.CLOSE:
            raise ExpressionError(f"expected a closing parenthesis, got {token}", token.column)

    def _comparison(self, name: _Token) -> Expression:
        type = self._names.get(name.text)
        if type is None:
            raise ExpressionError(self._unknown(name.text), name.column)
        if self._next.kind is not _Kind.OP:
            if type is ValueType.FLAG:
                return Compare(name.text, Op.EQ, True, type)
            raise ExpressionError(
                f"expected one of == != < <= > >= after {name.text!r}, got {self._next}", self._next.column
            )
        operator = self._take()
        op = Op(operator.text)
        if type in (ValueType.FLAG, ValueType.TEXT) and op not in (Op.EQ, Op.NE):
            raise ExpressionError(f"{name.text!r} has no order: use == or !=, not {op}", operator.column)
        return Compare(name.text, op, self._limit(name.text, type), type)

    def _limit(self, name: str, type: ValueType) -> str | int | float | bool:
        token = self._take()
        limit = _literal(token, type)
        if limit is None:
            raise ExpressionError(f"{name!r} is {type.value}; got {token}", token.column)
        return limit

    def _unknown(self, name: str) -> str:
        near = get_close_matches(name, self._names, n=1)
        hint = f'did you mean "{near[0]}"?' if near else f"expected one of {', '.join(listed(self._names))}"
        return f'unknown {self._noun} "{name}": {hint}'


def _literal(token: _Token, type: ValueType) -> str | int | float | bool | None:
    """The value a token writes in the unit of that type; None when it is not a literal of the type."""
    text = token.text
    if type is ValueType.TEXT:
        return re.sub(r"\\(.)", r"\1", text[1:-1]) if token.kind is _Kind.TEXT else None
    if type is ValueType.FLAG:
        return {"0": False, "false": False, "1": True, "true": True}.get(text)
    if token.kind is not _Kind.NUMBER:
        return None
    match = re.fullmatch(r"(\$?)([0-9.]+)(.*)", text)
    assert match is not None, "the tokenizer lets no other number through"
    sign, amount, unit = match[1], Decimal(match[2]), match[3]
    if type is ValueType.MONEY:
        nanos = amount * NANOS_PER_USD
        return int(nanos) if sign and not unit and nanos == nanos.to_integral_value() else None
    if sign:
        return None
    if type is ValueType.DURATION:
        return float(amount * _UNIT_S[unit]) if unit in _UNIT_S else None
    if type is ValueType.RATIO:
        ratio = amount / 100 if unit == "%" else amount
        return float(ratio) if unit in ("", "%") and ratio <= 1 else None
    if type is ValueType.CHANGE:
        return float(amount / 100 if unit == "%" else amount) if unit in ("", "%") else None
    if unit:
        return None
    return float(amount) if "." in match[2] else int(amount)
