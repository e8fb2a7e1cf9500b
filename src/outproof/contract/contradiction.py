"""Facts of a span that cannot all be true, found and named; what must not be averaged is blanked, never corrected."""

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


def contradictory_timing(row: Sequence[int | None]) -> Quarantine | None:
    """Why the times of a row, `TIMING`, contradict each other; None for a sound row.

    After the first of several tokens, time must pass until the end; with one token or none the two may coincide.
    """
    duration, ttft, output = row[_DURATION], row[_TTFT], row[_OUTPUT]
    if duration is not None and duration < 0:
        return Quarantine.ENDS_BEFORE_START
    if ttft is not None and (ttft < 0 or (duration is not None and _too_late(ttft, duration, output))):
        return Quarantine.FIRST_TOKEN_AFTER_END
    return None


def contradictory_usage(row: Sequence[int | None]) -> Quarantine | None:
    """Why the token counts of a row, `USAGE`, contradict each other; None for a sound row."""
    given, cached, written = row[_INPUT], row[_CACHED], row[_CACHE_WRITE]
    output, reasoning = row[_OUTPUT], row[_REASONING]
    if min(given or 0, cached or 0, written or 0, output or 0, reasoning or 0) < 0:
        return Quarantine.NEGATIVE_TOKENS
    if given is not None and (cached or 0) + (written or 0) > given:
        return Quarantine.CACHED_EXCEEDS_INPUT
    if output is not None and reasoning is not None and reasoning > output:
        return Quarantine.REASONING_EXCEEDS_OUTPUT
    return None


def _too_late(ttft_us: int, duration_us: int, output_tokens: int | None) -> bool:
    if output_tokens is not None and output_tokens > 1:
        return ttft_us >= duration_us
    return ttft_us > duration_us
