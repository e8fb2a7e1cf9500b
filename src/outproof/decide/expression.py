"""A condition over named values, as a small tree: values in; true, false or unknown out. Never evaluated as code.

Grammar, closed on purpose: `NAME op LITERAL`, a bare flag, `and`, `or`, `not`, parentheses; a NAME may be a function
of another, as `lower_95(unsafe_rate)` is. Unknown values follow Kleene's logic: a condition is unknown unless what is
known already settles it.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from typing import Any

from outproof.core.money import NANOS_PER_USD

Value = str | int | float | bool | None


class ValueType(StrEnum):
    """What a name stands for, and so how its literals are written."""

    RATIO = "a ratio: write 1% or 0.01"
    DURATION = "a duration: write 500ms, 2s or 1m"
    MONEY = "an amount of money: write $0.002"
    NUMBER = "a number: write 200"
    FLAG = "a flag: compare it with 0, 1, true or false"
    TEXT = 'a text: write == "serve"'
    CHANGE = "a change: write 30% or 0.3"  # as a ratio, but not bounded by 1


class Op(StrEnum):
    EQ = "=="
    NE = "!="
    LT = "<"
    LE = "<="
    GT = ">"
    GE = ">="


Names = Mapping[str, ValueType]
"""The names a condition may use. A closed set: a typing error must not become a rule that never fires."""


@dataclass(frozen=True, slots=True)
class Compare:
    """One value against one limit. Durations are seconds, money is nano-USD, ratios are 0 to 1, flags are bool."""

    name: str
    op: Op
    limit: str | int | float | bool
    type: ValueType

    def __str__(self) -> str:
        return f"{self.name} {self.op} {value_text(self.limit, self.type)}"


@dataclass(frozen=True, slots=True)
class Not:
    inner: Expression

    def __str__(self) -> str:
        return f"not {_nested(self.inner, Compare, Not)}"


@dataclass(frozen=True, slots=True)
class And:
    left: Expression
    right: Expression

    def __str__(self) -> str:
        return f"{_nested(self.left, Compare, Not, And)} and {_nested(self.right, Compare, Not)}"


@dataclass(frozen=True, slots=True)
class Or:
    left: Expression
    right: Expression

    def __str__(self) -> str:
        return f"{self.left} or {_nested(self.right, Compare, Not, And)}"


Expression = Compare | Not | And | Or


def _nested(inner: Expression, *plain: type) -> str:
    return str(inner) if isinstance(inner, plain) else f"({inner})"


_COMPARISONS: Mapping[Op, Callable[[Any, Any], bool]] = {
    Op.EQ: operator.eq,
    Op.NE: operator.ne,
    Op.LT: operator.lt,
    Op.LE: operator.le,
    Op.GT: operator.gt,
    Op.GE: operator.ge,
}


def holds(expression: Expression, values: Mapping[str, Value]) -> bool | None:
    """Whether the condition holds. None: what is known does not settle it; a name without a value is unknown."""
    match expression:
        case Compare(name, op, limit):
            value = values.get(name)
            return None if value is None else _COMPARISONS[op](value, limit)
        case Not(inner):
            known = holds(inner, values)
            return None if known is None else not known
        case And(left, right):
            return _all(holds(left, values), holds(right, values))
        case Or(left, right):
            neither = _all(_inverse(holds(left, values)), _inverse(holds(right, values)))
            return _inverse(neither)


def _all(left: bool | None, right: bool | None) -> bool | None:
    if left is False or right is False:
        return False
    return None if left is None or right is None else True


def _inverse(known: bool | None) -> bool | None:
    return None if known is None else not known


def comparisons(expression: Expression) -> Iterator[Compare]:
    """The single comparisons of a condition, from left to right."""
    match expression:
        case Compare():
            yield expression
        case Not(inner):
            yield from comparisons(inner)
        case And(left, right) | Or(left, right):
            yield from comparisons(left)
            yield from comparisons(right)


_OPPOSITE = {Op.EQ: Op.NE, Op.LT: Op.GE, Op.LE: Op.GT} | {Op.NE: Op.EQ, Op.GE: Op.LT, Op.GT: Op.LE}


def negated(expression: Expression) -> Expression:
    """The condition that holds where this one does not, and is unknown where this one is."""
    match expression:
        case Compare(name, op, limit, type):
            return Compare(name, _OPPOSITE[op], limit, type)
        case Not(inner):
            return inner
        case And(left, right):
            return Or(negated(left), negated(right))
        case Or(left, right):
            return And(negated(left), negated(right))


def renamed(expression: Expression, name: Callable[[str], str]) -> Expression:
    """The same condition over other names."""
    match expression:
        case Compare():
            return replace(expression, name=name(expression.name))
        case Not(inner):
            return Not(renamed(inner, name))
        case And(left, right):
            return And(renamed(left, name), renamed(right, name))
        case Or(left, right):
            return Or(renamed(left, name), renamed(right, name))


def value_text(value: str | int | float | bool, type: ValueType) -> str:
    """A value as the language writes it; read back, it is the same value to the last bit."""
    match type:
        case ValueType.FLAG:
            return "1" if value else "0"
        case ValueType.TEXT:
            return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'
        case ValueType.RATIO | ValueType.CHANGE:
            return f"{_plain(Decimal(repr(value)) * 100)}%"
        case ValueType.MONEY:
            return f"${_plain(Decimal(value) / NANOS_PER_USD)}"
        case ValueType.DURATION:
            seconds = Decimal(repr(value))
            return f"{_plain(seconds * 1000)}ms" if seconds < 1 else f"{_plain(seconds)}s"
        case ValueType.NUMBER:
            return _plain(Decimal(repr(value)))


def _plain(number: Decimal) -> str:
    """The number in digits, without exponent and without zeros that say nothing."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
