"""A pattern somebody else wrote in, why it may not run on text from outside out: it could take for ever, or nearly.

Python's `re` tries one way after the other. How many ways there are to try from one place of a text is read off the
parsed pattern: a repeat offers one for each number of times, unless what may follow it cannot begin as it does.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

PATTERN_CHARS_MAX = 500
REPEATS_MAX = 1_000
STEPS_MAX = 1_000
"""From one place of the text. A text has 65,536 places at most and a step takes some ten nanoseconds."""

_parser: Any = re._parser  # type: ignore[attr-defined]  # the only parser that reads patterns as `re` does
_OTHERS = 128  # stands for every character that is not ASCII
_ANY = frozenset(range(_OTHERS + 1))
_ENOUGH = 10 * STEPS_MAX
_Chars = frozenset[int]


class Unbounded(ValueError):
    """The pattern may not be used; the message says what to write instead."""


@dataclass(frozen=True, slots=True)
class _Cost:
    """What a part of a pattern may take from one place: how many ways it can match, and the steps to try them all.

    `first` are the characters it can begin with; `skippable`: it can match nothing.
    """

    ways: int
    steps: int
    first: _Chars
    skippable: bool


def check(pattern: str) -> None:
    """Let a pattern pass that takes a bounded and small time on any text.

    Raises:
        Unbounded: it does not, or cannot be shown to.
    """
    if len(pattern) > PATTERN_CHARS_MAX:
        raise Unbounded(f"expected a pattern of at most {PATTERN_CHARS_MAX} characters, got {len(pattern)}")
    try:
        parsed = _parser.parse(pattern)
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        raise Unbounded(f"expected a regular expression as Python reads them, got a mistake: {error}") from error
    if parsed.getwidth()[0] == 0:
        raise Unbounded(f"expected a pattern that matches one character at least, got {pattern!r}, which may none")
    ignore_case = bool(parsed.state.flags & re.IGNORECASE)
    cost = _sequence(list(parsed), frozenset(), ignore_case=ignore_case)
    if cost.steps > STEPS_MAX:
        raise Unbounded(
            f"expected a pattern that takes at most {STEPS_MAX} steps from any place of a text, got {pattern!r}, which "
            f"may take {'more than ' + str(_ENOUGH) if cost.steps >= _ENOUGH else cost.steps}: have each repeat end "
            f"where something else begins, such as [a-z]{{1,20}}[0-9], and do not repeat what repeats"
        )


def _sequence(items: Sequence[tuple[Any, Any]], after: _Chars, *, ignore_case: bool) -> _Cost:
    """The cost of one part after the other, where `after` are the characters that may come next."""
    ways, steps, first, skippable = 1, 0, frozenset[int](), True
    for operation, argument in reversed(items):
        cost = _one(str(operation), argument, after, ignore_case=ignore_case)
        ways = min(cost.ways * ways, _ENOUGH)
        steps = min(cost.steps + cost.ways * steps, _ENOUGH)
        first = cost.first | first if cost.skippable else cost.first
        after = cost.first | after if cost.skippable else cost.first
        skippable = skippable and cost.skippable
    return _Cost(ways, steps, first, skippable)


def _one(operation: str, argument: Any, after: _Chars, *, ignore_case: bool) -> _Cost:
    match operation:
        case "LITERAL" | "NOT_LITERAL" | "ANY" | "IN":
            return _Cost(1, 1, _characters(operation, argument, ignore_case=ignore_case), False)
        case "AT":
            return _Cost(1, 1, _ANY, True)  # it may fail whatever comes, so what came before may be tried again
        case "SUBPATTERN":
            _, added, _, inner = argument
            return _sequence(list(inner), after, ignore_case=ignore_case or bool(added & re.IGNORECASE))
        case "ATOMIC_GROUP":
            return _sequence(list(argument), after, ignore_case=ignore_case)
        case "BRANCH":
            return _branch([_sequence(list(each), after, ignore_case=ignore_case) for each in argument[1]])
        case "ASSERT" | "ASSERT_NOT":
            inner = _sequence(list(argument[1]), _ANY, ignore_case=ignore_case)
            return _Cost(1, inner.steps, _ANY, True)
        case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
            low, high, body = argument
            return _repeat(low, high, body, after, ignore_case=ignore_case)
    raise Unbounded(
        "expected characters, classes, groups, alternatives and bounded repeats, got a back reference or a condition: "
        "write one rule for each case"
    )


def _branch(branches: Sequence[_Cost]) -> _Cost:
    first = frozenset[int]().union(*(branch.first for branch in branches))
    apart = sum(len(branch.first) for branch in branches) == len(first) and not any(b.skippable for b in branches)
    ways = max(branch.ways for branch in branches) if apart else sum(branch.ways for branch in branches)
    return _Cost(
        min(ways, _ENOUGH),
        min(sum(branch.steps for branch in branches), _ENOUGH),
        first,
        any(branch.skippable for branch in branches),
    )


def _repeat(low: int, high: int, body: Any, after: _Chars, *, ignore_case: bool) -> _Cost:
    if high is _parser.MAXREPEAT or high > REPEATS_MAX:
        raise Unbounded(
            f"expected repeats with an end of at most {REPEATS_MAX}, got one with "
            f"{'none' if high is _parser.MAXREPEAT else high}: write {{{low},64}} for {'+' if low else '*'}"
        )
    first = _sequence(list(body), _ANY, ignore_case=ignore_case).first
    inner = _sequence(list(body), first | after, ignore_case=ignore_case)
    if inner.skippable and high > 1:
        raise Unbounded("expected a repeat of something that is there, got one of something that may be missing")
    is_told_apart = not first & after  # where it ends, nothing else could have gone on
    ways = 0
    for times in range(high if is_told_apart else low, high + 1):
        ways = min(ways + min(inner.ways ** min(times, 16), _ENOUGH), _ENOUGH)
    if is_told_apart and inner.ways == 1:
        ways = 1
    return _Cost(
        max(ways, 1),
        min(inner.steps * high * max(1, min(ways, inner.ways ** min(high, 16))), _ENOUGH),
        first,
        low == 0 or inner.skippable,
    )


def _characters(operation: str, argument: Any, *, ignore_case: bool) -> _Chars:
    match operation:
        case "LITERAL":
            found = {min(argument, _OTHERS)}
        case "NOT_LITERAL":
            return _ANY - {argument}
        case "ANY":
            return _ANY
        case _:
            negated = str(argument[0][0]) == "NEGATE"
            found = set[int]().union(*(_of_class(str(op), value) for op, value in argument[negated:]))
            if ignore_case:
                found |= _other_case(found)
            return (_ANY - found) | {_OTHERS} if negated else frozenset(found)
    return frozenset(found | _other_case(found) if ignore_case else found)


def _of_class(operation: str, value: Any) -> set[int]:
    match operation:
        case "LITERAL":
            return {min(value, _OTHERS)}
        case "RANGE":
            return {min(code, _OTHERS) for code in range(value[0], min(value[1], _OTHERS) + 1)} | (
                {_OTHERS} if value[1] >= _OTHERS else set()
            )
    return set(_of_category(str(value)))


@cache
def _of_category(name: str) -> _Chars:
    letter = {"DIGIT": "d", "SPACE": "s", "WORD": "w"}[name.rpartition("_")[2]]
    inside = {code for code in range(_OTHERS) if re.match(rf"\{letter}", chr(code))}
    return frozenset((set(range(_OTHERS)) - inside if "NOT" in name else inside) | {_OTHERS})


def _other_case(codes: set[int]) -> set[int]:
    return {ord(each) for code in codes if code < _OTHERS for each in chr(code).swapcase() if ord(each) < _OTHERS}
