"""Text made safe: the only place where a `SafeText` comes into being."""

from __future__ import annotations

from outproof.scrub.in_force import policy_in_force
from outproof.scrub.policy import Policy

SCRUB_CHARS_MAX = 65_536


class SafeText(str):
    """Text that went through the rules and may be stored."""

    __slots__ = ()


def cleaned(text: str, policy: Policy | None = None) -> str:
    """The text with everything replaced that a rule finds; the same object where they find nothing.

    Without a policy it is the one in force. Of a text longer than `SCRUB_CHARS_MAX` the rest is gone: what cannot be
    looked at in bounded time is not kept.
    """
    return (policy or policy_in_force()).cleaned(text if len(text) <= SCRUB_CHARS_MAX else text[:SCRUB_CHARS_MAX])


def preview(text: str, policy: Policy | None = None, *, chars_max: int) -> SafeText:
    """The redacted opening of a text.

    Rules run before the cut: a secret cut in half would no longer match its rule.
    """
    return SafeText((policy or policy_in_force()).redacted(text[:SCRUB_CHARS_MAX])[:chars_max])


def exception_text(error: BaseException, policy: Policy | None = None, *, chars_max: int) -> SafeText:
    """The class and the words of an exception, scrubbed: libraries quote in them what they were given."""
    return preview(f"{type(error).__qualname__}: {error}", policy, chars_max=chars_max)
