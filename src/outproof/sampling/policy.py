"""What of the traffic is kept, as data: what always is, how much of the rest, and the least of each kind."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from outproof.contract.answer import COLUMNS, ColumnKind
from outproof.core.ids import digest_id

CERTAIN_PPM = 1_000_000
FLOOR_MAX = 10_000
PERIOD_S_MAX = 86_400.0
AFTER_S_MAX = 7 * 86_400.0
STRATA_BY_MAX = 4

_LABELS = tuple(column.name for column in COLUMNS if column.kind is ColumnKind.LABEL)


class Reason(StrEnum):
    """Why something was kept, the strongest first. All but the last are kept for certain."""

    ERROR = "error"  # it failed, or its stream broke
    FLAGGED = "flagged"  # an unsafe claim was served
    EDGE = "edge"  # it meets a declared condition
    RARE = "rare"  # of its kind there were too few to leave any out
    NOMINAL = "nominal"  # ordinary, and drawn


class Op(StrEnum):
    """How a fact is held against a limit."""

    EQ = "=="
    NE = "!="
    LT = "<"
    LE = "<="
    GT = ">"
    GE = ">="


_HOLDS: Mapping[Op, Callable[[Any, Any], bool]] = {
    Op.EQ: operator.eq,
    Op.NE: operator.ne,
    Op.LT: operator.lt,
    Op.LE: operator.le,
    Op.GT: operator.gt,
    Op.GE: operator.ge,
}


@dataclass(frozen=True, slots=True)
class Bound:
    """One fact against one limit, in the unit of its column. An unknown fact never meets it."""

    column: str
    op: Op
    limit: str | int | float | bool

    def __str__(self) -> str:
        return f"{self.column} {self.op.value} {self.limit!r}"

    def holds(self, value: object) -> bool:
        return value is not None and _HOLDS[self.op](value, self.limit)


@dataclass(frozen=True, slots=True)
class Edge:
    """A case that is always kept: all of its tests hold."""

    tests: tuple[Bound, ...]

    def holds(self, facts: Mapping[str, object]) -> bool:
        return all(test.holds(facts.get(test.column)) for test in self.tests)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """What is kept of ordinary traffic.

    `nominal_ratio`: the share of ordinary traces. `by`: the columns whose values make a stratum; of each at least
    `floor` traces are kept in each period of `period_s`, all of them where there are no more. `edge`: cases that are
    always kept. `after_s`: for how long everything is kept, so that a trace may still turn out to be worth it.
    """

    nominal_ratio: float = 0.05
    by: tuple[str, ...] = ("service", "segment", "case_id")
    floor: int = 10
    edge: tuple[Edge, ...] = ()
    period_s: float = 600.0
    after_s: float = 600.0

    def __post_init__(self) -> None:
        if not 0.000_001 <= self.nominal_ratio <= 1:
            raise ValueError(f"expected `nominal_ratio` above 0 and at most 1, got {self.nominal_ratio:g}")
        if not 0 <= self.floor <= FLOOR_MAX:
            raise ValueError(f"expected `floor` from 0 to {FLOOR_MAX}, got {self.floor}")
        if unknown := [name for name in self.by if name not in _LABELS]:
            raise ValueError(f"expected labels such as segment, case_id or route under `by`, got {unknown[0]!r}")
        if len(self.by) > STRATA_BY_MAX:
            raise ValueError(f"expected at most {STRATA_BY_MAX} columns under `by`, got {len(self.by)}")
        if not 60 <= self.period_s <= PERIOD_S_MAX or self.period_s % 60:
            raise ValueError(f"expected `period` of whole minutes up to 1d, got {self.period_s:g}s")
        if not 0 <= self.after_s <= AFTER_S_MAX:
            raise ValueError(f"expected `after` up to 7d, got {self.after_s:g}s")

    @property
    def nominal_ppm(self) -> int:
        """The share of ordinary traces in millionths, as it is stored."""
        return max(1, round(self.nominal_ratio * CERTAIN_PPM))

    @property
    def version(self) -> str:
        """A digest of what is kept: two policies that differ have two versions, and draw by different lots.

        How long everything is kept first makes no difference to what is kept in the end.
        """
        edges = sorted(" and ".join(map(str, edge.tests)) for edge in self.edge)
        return digest_id("smp", str(self.nominal_ppm), str(self.floor), *self.by, "edges", *edges)
