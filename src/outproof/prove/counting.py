"""Items of a run: counts in; the unexplained remainder, and what a count rule says of them, out."""

from __future__ import annotations

from outproof.contract.promise import CountRule
from outproof.contract.run import Counts


def unexplained(counts: Counts) -> int | None:
    """Items that went in and that nothing the job said accounts for; negative when more came out than went in.

    None while the input or the valid items are unknown. What the job did not mention explains nothing.
    """
    if counts.input is None or counts.valid is None:
        return None
    return counts.input - counts.valid - (counts.invalid or 0) - (counts.skipped or 0) - (counts.suppressed or 0)


def invalid_ratio(counts: Counts) -> float | None:
    """Invalid and unexplained items per item that went in, 0 to 1. None when the counts do not tell.

    10 in, 7 valid and nothing said of the other 3 is 0.3, as if they had been reported invalid.
    """
    remainder = unexplained(counts)
    if remainder is not None and counts.input:
        return (max(remainder, 0) + (counts.invalid or 0)) / counts.input
    if counts.input is None and counts.valid is not None and counts.invalid is not None:
        judged = counts.valid + counts.invalid
        return counts.invalid / judged if judged else None
    return None


def objection(counts: Counts, rule: CountRule) -> str | None:
    """Why the rule does not accept these counts, as a sentence; None when it does, or when they tell too little."""
    remainder = unexplained(counts)
    if remainder is not None and remainder < 0:
        return f"the counts contradict each other: {counts.input} items went in and {-remainder} more came out"
    ratio = invalid_ratio(counts)
    if ratio is not None and ratio > rule.max_invalid_ratio:
        return f"{ratio:.1%} of the items are invalid or unexplained; the promise allows {rule.max_invalid_ratio:.1%}"
    if not rule.zero_is_ok and (counts.valid == 0 or (counts.valid is None and counts.input == 0)):
        return "there are no valid items, and the promise does not say that zero is ok"
    return None


def is_told(counts: Counts) -> bool:
    """Whether the counts tell enough to be judged."""
    return counts.valid is not None and (counts.input is not None or counts.invalid is not None)
