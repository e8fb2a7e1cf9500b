"""Steps in; turns out: what an agent asked for at once is one turn, whoever told of it and in whatever order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from outproof.core.time import Instant
from outproof.loops.limits import Limits
from outproof.loops.step import PENDING, ToolStep

Call = tuple[str, str | None]
"""A tool, and the hash of what it was called with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """Calls that began before any of them had ended. Two turns are equal when the agent did the same and got as far.

    `failed`: all of them did. `markers` are where the application said it was. `steps` is how many calls there were.
    """

    calls: tuple[Call, ...]
    failed: bool
    markers: frozenset[str]
    steps: int = field(compare=False)
    started_at: Instant = field(compare=False)
    ended_at: Instant = field(compare=False)
    polls: bool = field(default=False, compare=False)
    """Only asks again on purpose."""

    @property
    def is_known(self) -> bool:
        """Whether it is known what every tool was called with, without which two turns cannot be told to be alike."""
        return all(given is not None for _, given in self.calls)

    @property
    def tools(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(tool for tool, _ in self.calls))


def turns(steps: Iterable[ToolStep], limits: Limits) -> list[Turn]:
    """The turns of a run, the oldest first. `steps` are in the order of their start."""
    groups: list[list[ToolStep]] = []
    ends = Instant(0)
    for step in steps:
        if groups and step.started_at < ends:
            groups[-1].append(step)
            ends = min(ends, step.ended_at)
        else:
            groups.append([step])
            ends = step.ended_at
    return [_turn(group, limits) for group in groups]


def _turn(group: Sequence[ToolStep], limits: Limits) -> Turn:
    told = _told_once(group)
    return Turn(
        calls=tuple(sorted({(step.tool, step.input_hash) for step in told}, key=lambda call: (call[0], call[1] or ""))),
        failed=all(step.failed for step in told),
        markers=frozenset(step.progress for step in group if step.progress is not None),
        steps=len(told),
        started_at=group[0].started_at,
        ended_at=max(step.ended_at for step in group),
        polls=all(step.status == PENDING or limits.polling_of(step.tool) is not None for step in told),
    )


def _told_once(group: Sequence[ToolStep]) -> Sequence[ToolStep]:
    """The calls of a turn, each once: a client and its server both tell of a call, and one may not know its input."""
    best: dict[str | int, ToolStep] = {}
    for index, step in enumerate(group):
        name = index if step.call_id is None else step.call_id
        if name not in best or best[name].input_hash is None:
            best[name] = step
    known = {step.tool for step in best.values() if step.input_hash is not None}
    return [step for step in best.values() if step.input_hash is not None or step.tool not in known]
