"""Items of a run: counts in; the unexplained remainder, and what a count rule says of them, out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from outproof.contract.equation import CONSERVATION, Equation
from outproof.contract.evidence import FactValue
from outproof.contract.promise import CountRule
from outproof.contract.run import Counts

STRICT = CountRule()
"""The rule of a promise that declares none."""


@dataclass(frozen=True, slots=True)
class Objection:
    """Why counts are not accepted. `conservation`: items are unaccounted for, whatever else is wrong with them."""

    text: str
    conservation: bool = False


def known_numbers(counts: Counts, evidence: Mapping[str, FactValue]) -> dict[str, int]:
    """The whole numbers that an equation may name: counts, and evidence that holds one."""
    numbers = {key: value for key, value in evidence.items() if type(value) is int}
    return numbers | counts.known


def unexplained(
    counts: Counts, rule: CountRule = STRICT, evidence: Mapping[str, FactValue] | None = None
) -> int | None:
    """Items that went in and that nothing the job said accounts for, by the rule's equation if it declares one;
    negative when more came out than went in.

    None while what went in or the valid items are unknown. What the job did not mention explains nothing.
    """
    balance = rule.balance or CONSERVATION
    if counts.valid is None and "valid" in balance.names:
        return None
    return balance.remainder(known_numbers(counts, evidence or {}))


def invalid_ratio(counts: Counts, remainder: int | None) -> float | None:
    """Invalid, lost and unexplained items per item that went in, 0 to 1. None when the counts do not tell.

    10 in, 7 valid and nothing said of the other 3 is 0.3, as if they had been reported invalid.
    """
    if remainder is not None and counts.input:
        return (max(remainder, 0) + (counts.invalid or 0) + (counts.lost or 0)) / counts.input
    if counts.input is None and counts.valid is not None and counts.invalid is not None:
        judged = counts.valid + counts.invalid
        return counts.invalid / judged if judged else None
    return None


def objection(
    counts: Counts, rule: CountRule, *, evidence: Mapping[str, FactValue] | None = None, closed: bool = True
) -> Objection | None:
    """Why the rule does not accept these counts; None when it does, or when they tell too little.

    Whether everything is accounted for is asked when the run is closed: before that the job may still be counting.
    """
    said = known_numbers(counts, evidence or {})
    declared = rule.balance
    if closed and (declared is not None or rule.max_unexplained is not None):
        unbalanced = _unbalanced(declared or CONSERVATION, said, rule.max_unexplained or 0)
        if unbalanced is not None:
            return unbalanced
    remainder = unexplained(counts, rule, evidence)
    if declared is None and remainder is not None and remainder < 0:
        return Objection(
            f"the counts contradict each other: {counts.input} items went in and {-remainder} more came out",
            conservation=True,
        )
    ratio = invalid_ratio(counts, remainder)
    if ratio is not None and ratio > rule.max_invalid_ratio:
        text = f"{ratio:.1%} of the items are invalid or unexplained; the promise allows {rule.max_invalid_ratio:.1%}"
        if remainder and remainder > 0:
            return Objection(f"{text} ({remainder} of {counts.input} are unexplained)", conservation=True)
        return Objection(text)
    if not rule.zero_is_ok and (counts.valid == 0 or (counts.valid is None and counts.input == 0)):
        return Objection("there are no valid items, and the promise does not say that zero is ok")
    return None


def _unbalanced(equation: Equation, said: Mapping[str, int], allowed: int) -> Objection | None:
    remainder = equation.remainder(said)
    if remainder is None or 0 <= remainder <= allowed:
        return None
    terms = " ".join(f"{'+' if sign > 0 else '-'} {name} {said.get(name, 'unknown')}" for sign, name in equation.right)
    what = f"{remainder} items are unexplained" if remainder > 0 else f"{-remainder} more items came out than went in"
    return Objection(
        f"{what}: {equation.left} {said[equation.left]} is not {terms.removeprefix('+ ')}"
        + (f" (up to {allowed} may be)" if allowed else ""),
        conservation=True,
    )


def is_told(counts: Counts) -> bool:
    """Whether the counts tell enough to be judged."""
    return counts.valid is not None and (counts.input is not None or counts.invalid is not None)
