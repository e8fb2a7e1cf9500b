"""What policies ask of the event store, and what it shows: windows, whole or cut into segments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from outproof.core.time import Instant
from outproof.measure.dimension import Dimension

Measured = Mapping[str, int | float | None]
"""Measures of a window by name, as `decide.names.MEASURES` lists them; `lower_95(…)` and `upper_95(…)` of a measure are
the ends of its 95 % interval. None and absent: no data."""

Scope = tuple[tuple[Dimension, str | None], ...]
"""Only what has these values, sorted by dimension. None: what does not say."""


@dataclass(frozen=True, slots=True)
class Span:
    """A window: event times in [start, end)."""

    start: Instant
    end: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One window that a policy looks at: `span_s` long, ending `back_s` before the look. `by` cuts it into segments.

    `measures` are the names that are wanted of it, so that nothing else is read; empty: all of them. With a `promise`
    it is about the runs of that promise, and not about answers.
    """

    where: Scope = ()
    by: Dimension | None = None
    span_s: float
    back_s: float = 0.0
    measures: frozenset[str] = frozenset()
    promise: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a window shows. `partial`: some of what happened in it may not have arrived.

    `revision` grows when something arrived after all: the same span of the same revision always shows the same.
    """

    span: Span
    measured: Measured
    partial: bool = False
    revision: int = 0


SEGMENTS_MAX = 1_000
"""Segments that one window is cut into at most, the busiest; of more, nobody knows whether one is gone."""

Looks = Mapping[Ask, Mapping[str | None, Seen]]
"""What was asked and what was seen, by segment. A window that is not cut has the one segment None; so has, among
others, what does not say."""
