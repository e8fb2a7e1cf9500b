"""How much going round is too much, and which tools are asked again on purpose: declared in a file or in the code."""

from __future__ import annotations

from dataclasses import dataclass

LIMIT_MAX = 10
"""What a run remembers of its steps holds so many rounds; what it has forgotten cannot be counted."""
MIXED = 3
"""So many times more turns without progress are let go by where several tools are called: work differs, polling not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Polling:
    """A tool that is asked again and again on purpose. `lasts_s`: for how long without progress; None: for ever."""

    tool: str
    lasts_s: float | None = None

    def __post_init__(self) -> None:
        if not self.tool.strip():
            raise ValueError(f"expected the name of a tool under `tool`, got {self.tool!r}")
        if self.lasts_s is not None and self.lasts_s <= 0:
            raise ValueError(f"expected `lasts` to be longer than nothing, got {self.lasts_s:g}s")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """From how many times on it is a loop.

    `repeats`: the same call in a row; `rounds`: the same few calls in the same order. Where the application marks its
    progress and the marker did not move, `unmoved` of either are enough. `errors`: failures in a row, of whichever
    tools. `no_progress`: turns with one tool since the marker last moved; `MIXED` times as many with several.
    """

    repeats: int = 3
    rounds: int = 3
    unmoved: int = 2
    errors: int = 5
    no_progress: int = 5
    polling: tuple[Polling, ...] = ()

    def __post_init__(self) -> None:
        for name in ("repeats", "rounds", "unmoved", "errors", "no_progress"):
            if not 2 <= (value := getattr(self, name)) <= LIMIT_MAX:
                raise ValueError(f"expected `{name}` from 2 to {LIMIT_MAX}, got {value}")

    def polling_of(self, tool: str) -> Polling | None:
        """How a tool may be polled; None: it may not."""
        return next((each for each in self.polling if each.tool == tool), None)


STANDARD = Limits()
