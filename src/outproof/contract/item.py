"""One item of a run: what a job says of it, a word at a time. Words may come in any order, and more than once."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from outproof.contract.run import Stage

ITEMS_PER_RUN_MAX = 100_000


class Fate(StrEnum):
    """What kept an item from its reader, the gravest last: of two that are said of one item the graver counts."""

    SKIPPED = "skipped"
    SUPPRESSED = "suppressed"
    INVALID = "invalid"
    LOST = "lost"


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemWord:
    """What was said of one item. With neither stage nor fate: that the run is about it, or that it failed somewhere."""

    item_id: str
    stage: Stage | None = None
    passed: bool = True
    fate: Fate | None = None
