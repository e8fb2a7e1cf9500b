"""One value that a surface shows, against what it must be: limits in; the condition out. Its text stays here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

from outproof.contract.evidence import FactValue
from outproof.core.time import NANOS_PER_S, Instant, after, instant_from_rfc3339, rfc3339
from outproof.prove.look import Condition

ABSENT = object()
"""What is not there; None is there and empty."""

SKEW_S = 1.0
"""How much earlier than its run an output may seem to be: clocks differ, and most headers tell whole seconds."""

_NANOS_PER_UNIT = (1_000_000_000, 1_000_000, 1_000, 1)
_LATEST_S = 10_000_000_000  # the year 2286: a larger number is of a smaller unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a value must be: equal, or a number in a range; with none of them, only there."""

    equals: FactValue = None
    at_least: int | float | None = None
    at_most: int | float | None = None

    def text(self, name: str) -> str:
        """What is expected, for people."""
        parts = [] if self.equals is None else [f"{name} = {self.equals!r}"]
        parts += [] if self.at_least is None else [f"{name} ≥ {self.at_least}"]
        parts += [] if self.at_most is None else [f"{name} ≤ {self.at_most}"]
        return " and ".join(parts)

    def condition(self, value: object, name: str, *, key: str = "value") -> Condition:
        """Whether the value is what it must be. `key` is what it is called among what was measured."""
        expected = self.text(name) or f"a value at {name}"
        if value is ABSENT or value is None:
            return Condition(expected=expected, passed=False, saw=f"nothing at {name}")
        plain = plainly(value)
        passed = self._holds(plain)
        return Condition(
            expected=expected, passed=passed, saw=f"{name} = {safely(plain)}", measured={key: measurable(plain)}
        )

    def _holds(self, value: object) -> bool:
        if self.equals is not None and not is_same(value, self.equals):
            return False
        if self.at_least is None and self.at_most is None:
            return True
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        return (self.at_least is None or value >= self.at_least) and (self.at_most is None or value <= self.at_most)


def is_same(seen: object, expected: FactValue) -> bool:
    """Equal in JSON's sense: 980 is 980.0, but true is not 1 and "980" is not 980."""
    if isinstance(seen, bool) or isinstance(expected, bool):
        return seen is expected
    return seen == expected


def plainly(value: object) -> object:
    """A database's number as Python's own; anything else as it is."""
    if isinstance(value, Decimal) and value.is_finite():
        return int(value) if value == value.to_integral_value() else float(value)
    return value


def safely(value: object) -> str:
    """A number, a truth value or a time as it is; of anything else only what it is, because it may be a customer's."""
    match value:
        case bool() | int() | float():
            return repr(value)
        case datetime() | date():
            return value.isoformat()
        case str():
            return "another text"
        case list():
            return f"a list of {len(value)}"
        case dict():
            return f"an object of {len(value)}"
    return f"another value ({type(value).__name__})"


def measurable(value: object) -> FactValue:
    """What may be kept of a value: a number or a truth value; a time as text; of others nothing."""
    match value:
        case bool() | int() | float():
            return value
        case datetime() | date():
            return value.isoformat()
    return None


def written_at(value: object) -> Instant | None:
    """The instant that a value tells: RFC 3339, a time with its zone, or so much since 1970. None: it tells none.

    The unit of a number follows from its size: seconds, or ms, µs and ns of the same years.
    """
    if isinstance(value, Decimal):
        value = plainly(value)
    if isinstance(value, datetime):
        value = value.isoformat()
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return _since_1970(value)
    if isinstance(value, str):
        try:
            return instant_from_rfc3339(value.strip())
        except (ValueError, OverflowError):
            return None
    return None


def newer(newest_at: Instant | None, since: Instant, told_by: str) -> Condition:
    """Whether what is shown was written after its run was opened. `told_by` says what should tell when."""
    expected = f"it written since {rfc3339(since)}"
    if newest_at is None:
        return Condition(expected=expected, passed=None, saw=f"{told_by} does not say when it was written")
    return Condition(
        expected=expected,
        passed=newest_at >= after(since, -SKEW_S),
        saw=f"one of {rfc3339(newest_at)}",
        measured={"written_at": rfc3339(newest_at)},
    )


def _since_1970(number: int | float) -> Instant | None:
    for nanos in _NANOS_PER_UNIT:
        if 0 < number * nanos < _LATEST_S * NANOS_PER_S:
            return Instant(round(number * nanos))
    return None


def utc(moment: datetime) -> Instant | None:
    """The instant of a time with its zone; None: it has none."""
    return None if moment.tzinfo is None else written_at(moment.astimezone(UTC))
