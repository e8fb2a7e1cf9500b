"""A count equation as a promise declares it: `input = valid + invalid + skipped` in, its terms out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
_TERM = re.compile(r"\s*([+-])\s*([a-z][a-z0-9_]{0,63})")
TERMS_MAX = 32


@dataclass(frozen=True, slots=True)
class Equation:
    """The name on the left, and the names on the right with their signs (1 or -1)."""

    left: str
    right: tuple[tuple[int, str], ...]

    @property
    def names(self) -> tuple[str, ...]:
        return (self.left, *(name for _, name in self.right))

    def remainder(self, known: Mapping[str, int]) -> int | None:
        """What the right side leaves unexplained of the left; negative when it is more than the left.

        None while the left side or all of the right side is unknown. A term that nobody reported explains nothing.
        """
        if self.left not in known or not any(name in known for _, name in self.right):
            return None
        return known[self.left] - sum(sign * known.get(name, 0) for sign, name in self.right)


def equation(text: str) -> Equation:
    """The equation that a text is.

    Raises:
        ValueError: it is not one name, an equals sign, and names joined by + and -.
    """
    left, equals, right = text.partition("=")
    left, terms = left.strip(), []
    rest = f"+ {right.strip()}"
    position = 0
    while found := _TERM.match(rest, position):
        terms.append((1 if found[1] == "+" else -1, found[2]))
        position = found.end()
    if not equals or not _NAME.fullmatch(left) or position != len(rest) or not 0 < len(terms) <= TERMS_MAX:
        raise ValueError(f"expected an equation such as input = valid + invalid + skipped, got {text!r}")
    return Equation(left, tuple(terms))


CONSERVATION = equation("input = valid + invalid + skipped + suppressed + lost")
"""What holds for every run whose promise does not say otherwise: what goes in comes out, or is accounted for."""
