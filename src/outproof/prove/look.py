"""What came of looking at a surface: conditions that were checked in; passed, failed or cannot tell, and why, out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from outproof.contract.evidence import FactValue
from outproof.core.time import Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What came of looking. `passed` None: we could not see either way, which proves nothing. `detail` is safe.

    `shown` names the surface without what may be secret. `measured` are the values that were read: numbers, digests,
    times, never content. `newest_at` is when what is shown was written; None: the surface did not say.
    """

    passed: bool | None
    detail: str
    shown: str | None = None
    measured: Mapping[str, FactValue] = field(default_factory=dict)
    newest_at: Instant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One thing that a surface must show: what that is, whether it does (None: nobody can tell), and what was seen.

    Neither text quotes the surface, and neither moves with time: the same sight again is no news.
    """

    expected: str
    passed: bool | None
    saw: str = ""
    measured: Mapping[str, FactValue] = field(default_factory=dict)


def judged(shown: str, conditions: Sequence[Condition], newest_at: Instant | None = None) -> Look:
    """The look that these conditions amount to: one that fails outweighs one that nobody can tell."""
    expected = " and ".join(condition.expected for condition in conditions)
    failed = next((condition for condition in conditions if condition.passed is False), None)
    unclear = next((condition for condition in conditions if condition.passed is None), None)
    if failed is not None:
        passed, detail = False, f"expected {expected} at {shown}, saw {failed.saw}"
    elif unclear is not None:
        passed, detail = None, f"expected {expected} at {shown}, could not tell: {unclear.saw}"
    else:
        passed, detail = True, f"saw {expected} at {shown}"
    measured = {key: value for condition in conditions for key, value in condition.measured.items()}
    return Look(passed=passed, detail=detail, shown=shown, measured=measured, newest_at=newest_at)


def unseen(shown: str, why: str) -> Look:
    """A look that could not be finished."""
    return Look(passed=None, detail=f"could not look at {shown}: {why}", shown=shown)


def blind(why: str) -> Look:
    """A look that could not even begin."""
    return Look(passed=None, detail=f"could not look: {why}")
