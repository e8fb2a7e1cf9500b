"""Facts of spans that cannot all be true, found and named; what must not be averaged is blanked, never corrected."""

from __future__ import annotations

from collections.abc import Sequence

from outproof.contract.answer import SLOT, Quarantine

_DURATION, _TTFT = SLOT["duration_us"], SLOT["ttft_us"]
_INPUT, _CACHED = SLOT["input_tokens"], SLOT["cached_input_tokens"]
_CACHE_WRITE = SLOT["cache_write_tokens"]
_OUTPUT, _REASONING = SLOT["output_tokens"], SLOT["reasoning_tokens"]

TIMING = {"duration_us": _DURATION, "ttft_us": _TTFT}
USAGE = {
    "input_tokens": _INPUT,
    "cached_input_tokens": _CACHED,
    "cache_write_tokens": _CACHE_WRITE,
    "output_tokens": _OUTPUT,
    "reasoning_tokens": _REASONING,
}

Columns = Sequence[Sequence[int | None]]
"""By slot, equally long."""


def contradictory_timing(columns: Columns) -> list[tuple[int, Quarantine]]:
    """Rows whose times, `TIMING`, contradict each other, and why.

    After the first of several tokens, time must pass until the end; with one token or none the two may coincide.
    """
    found = []
    for index, (duration, ttft, output) in enumerate(
        zip(columns[_DURATION], columns[_TTFT], columns[_OUTPUT], strict=True)
    ):
        if duration is not None and duration < 0:
            found.append((index, Quarantine.ENDS_BEFORE_START))
        elif ttft is not None and (ttft < 0 or (duration is not None and _too_late(ttft, duration, output))):
            found.append((index, Quarantine.FIRST_TOKEN_AFTER_END))
    return found


def contradictory_usage(columns: Columns) -> list[tuple[int, Quarantine]]:
    """Rows whose token counts, `USAGE`, contradict each other, and why."""
    found = []
    counts = (columns[slot] for slot in USAGE.values())
    for index, (given, cached, written, output, reasoning) in enumerate(zip(*counts, strict=True)):
        if min(given or 0, cached or 0, written or 0, output or 0, reasoning or 0) < 0:
            found.append((index, Quarantine.NEGATIVE_TOKENS))
        elif given is not None and (cached or 0) + (written or 0) > given:
            found.append((index, Quarantine.CACHED_EXCEEDS_INPUT))
        elif output is not None and reasoning is not None and reasoning > output:
            found.append((index, Quarantine.REASONING_EXCEEDS_OUTPUT))
    return found


def _too_late(ttft_us: int, duration_us: int, output_tokens: int | None) -> bool:
    if output_tokens is not None and output_tokens > 1:
        return ttft_us >= duration_us
    return ttft_us > duration_us
