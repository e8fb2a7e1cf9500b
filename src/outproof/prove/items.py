"""Items of a run: the words said of each in; one mark per item, what became of them all, and counts out.

Marks are joined, so that the order of words means nothing: a bit once set stays, the graver of two fates counts. A pass
outweighs a failed try of the same stage, since a job that tried again and succeeded cannot take the first try back.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from outproof.contract.item import Fate, ItemWord
from outproof.contract.run import Counts, Stage

_BITS = {stage: 1 << number for number, stage in enumerate(Stage)}
_SOMEWHERE = 1 << len(_BITS)  # beside the failed stages: a try failed, and nobody said at which stage
_GRAVITY = {fate: number for number, fate in enumerate((None, *Fate))}


class ItemState(StrEnum):
    """What became of an item, as far as anybody said."""

    PASSED = "passed"
    """It passed each stage that anybody speaks of for items of this run."""
    FAILED = "failed"
    """It failed, at a stage or somewhere, and nobody said that it passed after all."""
    MISSING = "missing"
    """Nobody said what became of it: it is unexplained."""
    SKIPPED = "skipped"
    SUPPRESSED = "suppressed"
    INVALID = "invalid"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Mark:
    """All that was said of one item. `passed` and `failed` hold a bit per stage, the first stage lowest.

    The bit of `failed` above those says that it failed at a stage that nobody named.
    """

    passed: int = 0
    failed: int = 0
    fate: Fate | None = None

    def joined(self, other: Mark) -> Mark:
        """Both together."""
        fate = max(self.fate, other.fate, key=_GRAVITY.__getitem__)
        return Mark(self.passed | other.passed, self.failed | other.failed, fate)

    def has_passed(self, stage: Stage) -> bool:
        return bool(self.passed & _BITS[stage])

    def stages_passed(self) -> tuple[Stage, ...]:
        return tuple(stage for stage in Stage if self.passed & _BITS[stage])

    def stages_failed(self) -> tuple[Stage, ...]:
        """Stages it failed and did not pass after all."""
        return tuple(stage for stage in Stage if self.failed & ~self.passed & _BITS[stage])


def mark(word: ItemWord) -> Mark:
    """What one word says."""
    if word.passed:
        return Mark(0 if word.stage is None else _BITS[word.stage], 0, word.fate)
    return Mark(0, _SOMEWHERE if word.stage is None else _BITS[word.stage], word.fate)


def marks(words: Iterable[ItemWord]) -> dict[str, Mark]:
    """What words say of each item, by its id."""
    joined: dict[str, Mark] = {}
    for word in words:
        joined[word.item_id] = joined.get(word.item_id, Mark()).joined(mark(word))
    return joined


@dataclass(frozen=True, slots=True)
class ItemTotals:
    """How many items of a run have each mark."""

    groups: tuple[tuple[Mark, int], ...]

    @property
    def total(self) -> int:
        return sum(number for _, number in self.groups)

    @property
    def spoken(self) -> tuple[Stage, ...]:
        """The stages that somebody speaks of for single items."""
        bits = 0
        for known, _ in self.groups:
            bits |= known.passed | known.failed
        return tuple(stage for stage in Stage if bits & _BITS[stage])

    def state(self, known: Mark) -> ItemState:
        """What became of an item with that mark."""
        if known.fate is not None:
            return ItemState(known.fate.value)
        spoken = self.spoken
        if spoken and all(known.has_passed(stage) for stage in spoken):
            return ItemState.PASSED
        return ItemState.FAILED if known.stages_failed() or known.failed & _SOMEWHERE else ItemState.MISSING

    def by_state(self) -> dict[ItemState, int]:
        """Items by what became of them; every state is there."""
        numbers = dict.fromkeys(ItemState, 0)
        for known, number in self.groups:
            numbers[self.state(known)] += number
        return numbers

    def marks_of(self, state: ItemState | None, lacking: Stage | None = None) -> Sequence[Mark]:
        """The marks of items of a state, and of those that have no fate and did not pass a stage. None: of any."""
        return [
            known
            for known, _ in self.groups
            if (state is None or self.state(known) is state)
            and (lacking is None or (known.fate is None and not known.has_passed(lacking)))
        ]

    def lacking(self, stage: Stage) -> int:
        """Items without a fate that did not pass a stage.

        Where nobody speaks of the stage for single items, these are the ones that failed at a stage nobody named.
        """
        fateless = [(known, number) for known, number in self.groups if known.fate is None]
        if stage not in self.spoken:
            failed = [(known, number) for known, number in fateless if known.failed & _SOMEWHERE]
            return sum(number for known, number in failed if self.state(known) is ItemState.FAILED)
        return sum(number for known, number in fateless if not known.has_passed(stage))

    def counts(self) -> Counts:
        """What the items say of the counts; the valid ones are known only where somebody speaks of the validation."""
        by_fate = dict.fromkeys(Fate, 0)
        for known, number in self.groups:
            if known.fate is not None:
                by_fate[known.fate] += number
        valid = None
        if Stage.VALIDATED in self.spoken:
            fateless = [(known, number) for known, number in self.groups if known.fate is None]
            valid = sum(number for known, number in fateless if known.has_passed(Stage.VALIDATED))
        return Counts(input=self.total, valid=valid, **{fate.value: number for fate, number in by_fate.items()})


NO_ITEMS = ItemTotals(())
