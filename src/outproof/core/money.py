"""Exact money: whole billionths of a US dollar in, text out. Floats never touch it."""

from __future__ import annotations

from typing import NewType

NanoUsd = NewType("NanoUsd", int)
"""Whole billionths of one US dollar."""

NANOS_PER_USD = 1_000_000_000


def usd_text(amount: NanoUsd) -> str:
    """The amount in dollars with six decimals, rounded half to even, e.g. `$0.001427`."""
    micros, rest = divmod(abs(amount), 1_000)
    if rest > 500 or (rest == 500 and micros % 2):
        micros += 1
    sign = "-" if amount < 0 else ""
    return f"{sign}${micros // 1_000_000}.{micros % 1_000_000:06d}"
