"""Text made safe: the only place where a `SafeText` comes into being."""

from __future__ import annotations

from collections.abc import Sequence

from outproof.scrub.rules import RULES, Rule

SCRUB_CHARS_MAX = 65_536


class SafeText(str):
    """Text that went through the rules and may be stored."""

    __slots__ = ()


def cleaned(text: str, rules: Sequence[Rule] = RULES) -> str:
    """The text with everything replaced that a rule finds; the same object where they find nothing."""
    for rule in rules:
        text = rule.clean(text)
    return text


def preview(text: str, rules: Sequence[Rule] = RULES, *, chars_max: int) -> SafeText:
    """The redacted opening of a text.

    Rules run before the cut: a secret cut in half would no longer match its rule.
    """
    return SafeText(cleaned(text[:SCRUB_CHARS_MAX], rules)[:chars_max])
