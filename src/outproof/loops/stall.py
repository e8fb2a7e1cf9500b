"""The turns of a run in; what goes round in circles out, with what to do about it; None where the work goes on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from outproof.core.time import Instant, duration_text, seconds_between
from outproof.loops.limits import MIXED, Limits
from outproof.loops.turn import Turn

PERIOD_TURNS_MAX = 6
"""The longest round that is looked for."""


class StallKind(StrEnum):
    """How an agent goes round in circles."""

    REPEAT = "repeat"  # the same call again and again
    CYCLE = "cycle"  # the same few calls in the same order: a, b, a, b
    ERROR_STREAK = "error_streak"  # failure after failure, of one tool or of several
    NO_PROGRESS = "no_progress"  # call after call, and the application's marker does not move


class Advice(StrEnum):
    """What the loop that drives an agent should do next."""

    CONTINUE = "continue"
    STOP_AND_REVIEW = "stop_and_review"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stall:
    """A run that goes round in circles. What it called its tools with is no part of it.

    `count` says how often it went round: repeats, rounds, failures, or turns without progress. `calls` are all calls
    of tools in that time. `is_marked`: the application marks its progress, and the marker did not move; otherwise
    nothing tells of progress, and the same input is all there is.
    """

    kind: StallKind
    tools: tuple[str, ...]
    count: int
    calls: int
    is_marked: bool
    since: Instant
    until: Instant

    @property
    def advice(self) -> Advice:
        return Advice.STOP_AND_REVIEW

    @property
    def reason(self) -> str:
        """One sentence that says what happened."""
        return f"{_SAYS[self.kind](self)} within {duration_text(seconds_between(self.since, self.until))}"

    @property
    def repeats(self) -> str:
        """What is the same each time, in words."""
        unmoved = " and the progress marker" if self.is_marked else ""
        return {
            StallKind.REPEAT: f"the tool, its input{unmoved}",
            StallKind.CYCLE: f"the tools, their inputs{unmoved} and the order",
            StallKind.ERROR_STREAK: "the failure",
            StallKind.NO_PROGRESS: "the progress marker",
        }[self.kind]


def _named(stall: Stall) -> str:
    return ", ".join(stall.tools)


def _unmoved(stall: Stall) -> str:
    return "the progress marker did not move" if stall.is_marked else "nothing told of progress"


_SAYS: dict[StallKind, Callable[[Stall], str]] = {
    StallKind.REPEAT: lambda it: (
        f"{_named(it)} was called {it.count} times in a row with the same input, and {_unmoved(it)},"
    ),
    StallKind.CYCLE: lambda it: (
        f"the same calls came round {it.count} times ({' → '.join(it.tools)}), and {_unmoved(it)},"
    ),
    StallKind.ERROR_STREAK: lambda it: f"{it.count} turns in a row failed ({_named(it)})",
    StallKind.NO_PROGRESS: lambda it: f"{it.count} turns ({_named(it)}) went by, and {_unmoved(it)},",
}


def advice(stall: Stall | None) -> Advice:
    """What to do next, given what was found."""
    return Advice.CONTINUE if stall is None else stall.advice


def found(run: Sequence[Turn], limits: Limits) -> Stall | None:
    """How the newest turns of a run go round in circles; of several ways the one that says most."""
    if not run:
        return None
    return _repeat(run, limits) or _cycle(run, limits) or _error_streak(run, limits) or _no_progress(run, limits)


def _repeat(run: Sequence[Turn], limits: Limits) -> Stall | None:
    last = run[-1]
    if not _counts(last):
        return None
    same = _alike(run, 1) + 1
    is_marked = bool(last.markers)
    if same < (min(limits.unmoved, limits.repeats) if is_marked else limits.repeats):
        return None
    return _stall(StallKind.REPEAT, run[-same:], last.tools, same, is_marked=is_marked)


def _cycle(run: Sequence[Turn], limits: Limits) -> Stall | None:
    for period in range(2, min(PERIOD_TURNS_MAX, len(run) // 2) + 1):
        once = run[-period:]
        if not all(map(_counts, once)) or len({turn.calls for turn in once}) < 2:
            continue
        is_marked = all(turn.markers for turn in once)
        rounds = _alike(run, period) // period + 1
        if rounds >= (min(limits.unmoved, limits.rounds) if is_marked else limits.rounds):
            tools = tuple(tool for turn in once for tool in turn.tools)
            return _stall(StallKind.CYCLE, run[-period * rounds :], tools, rounds, is_marked=is_marked)
    return None


def _error_streak(run: Sequence[Turn], limits: Limits) -> Stall | None:
    failed = next((back for back, turn in enumerate(reversed(run)) if not turn.failed), len(run))
    if failed < limits.errors:
        return None
    streak = run[-failed:]
    return _stall(
        StallKind.ERROR_STREAK, streak, _tools(streak), failed, is_marked=all(turn.markers for turn in streak)
    )


def _no_progress(run: Sequence[Turn], limits: Limits) -> Stall | None:
    """Turns since a marker came that was not there before: one that moves back and forth gets nowhere.

    Tools that are asked again on purpose have as long as they were given; without a marker they may not outlast it.
    """
    seen: set[str] = set()
    moved_at = 0
    for position, turn in enumerate(run):
        if not turn.markers <= seen or not (turn.markers or turn.polls):
            moved_at = position
        seen |= turn.markers
    since = run[moved_at:]
    if _outlasted(since, limits):
        return _stall(StallKind.NO_PROGRESS, since, _tools(since), len(since), is_marked=bool(since[-1].markers))
    unmoved = [turn for turn in since[1:] if not turn.polls]
    enough = limits.no_progress * (1 if len({turn.tools for turn in since}) == 1 else MIXED)
    if len(unmoved) < enough or not all(turn.markers for turn in since):
        return None
    return _stall(StallKind.NO_PROGRESS, since, _tools(since), len(unmoved), is_marked=True)


def _outlasted(since: Sequence[Turn], limits: Limits) -> bool:
    """Whether the newest turns poll one tool for longer than was declared, without anything moving."""
    last = since[-1]
    declared = limits.polling_of(last.tools[0]) if last.polls and len(last.tools) == 1 else None
    if declared is None or declared.lasts_s is None:
        return False
    first = last
    for turn in reversed(since):
        if turn.tools != last.tools:
            break
        first = turn
    return seconds_between(first.started_at, last.ended_at) > declared.lasts_s


def _counts(turn: Turn) -> bool:
    """Whether a turn can be told to be like another, and is not meant to be."""
    return turn.is_known and not turn.polls


def _alike(run: Sequence[Turn], period: int) -> int:
    """How many turns at the end equal the one `period` turns before them."""
    count = 0
    while len(run) - count > period and run[-1 - count] == run[-1 - count - period]:
        count += 1
    return count


def _tools(run: Sequence[Turn]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(tool for turn in run for tool in turn.tools))


def _stall(kind: StallKind, part: Sequence[Turn], tools: tuple[str, ...], count: int, *, is_marked: bool) -> Stall:
    return Stall(
        kind=kind,
        tools=tools,
        count=count,
        calls=sum(turn.steps for turn in part),
        is_marked=is_marked,
        since=part[0].started_at,
        until=part[-1].ended_at,
    )
