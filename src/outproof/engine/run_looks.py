"""Reads the runs that policies ask for: asks about promises in; how many runs were judged and kept, out."""

from __future__ import annotations

from collections.abc import Iterable

from outproof.core.time import Instant, after
from outproof.decide.names import lower, upper
from outproof.decide.question import Ask, Measured, Seen, Span
from outproof.measure.interval import wilson
from outproof.ports import Transaction


def looks_at_runs(tx: Transaction, asks: Iterable[Ask], at: Instant) -> dict[Ask, dict[str | None, Seen]]:
    """What each of these windows shows of the runs of its promise."""
    return {ask: {None: _seen(tx, ask, at)} for ask in asks}


def _seen(tx: Transaction, ask: Ask, at: Instant) -> Seen:
    assert ask.promise is not None, "asks about answers go to the event store"
    end = after(at, -ask.back_s)
    span = Span(after(end, -ask.span_s), end)
    runs, kept = tx.runs.judged(ask.promise, span.start, span.end)
    return Seen(span=span, measured=measures_of_runs(runs, kept))


def measures_of_runs(runs: int, kept: int) -> Measured:
    """The measures a promise is judged by. A share of no runs is no data."""
    interval = wilson(kept, runs)
    return {
        "runs": runs,
        "kept": kept,
        "kept_rate": kept / runs if runs else None,
        lower("kept_rate"): None if interval is None else interval[0],
        upper("kept_rate"): None if interval is None else interval[1],
    }
