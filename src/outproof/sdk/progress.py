"""How far a loop is, for a person who watches it: counts in, one line on a terminal out, and nothing anywhere else."""

from __future__ import annotations

import time
from typing import Protocol

from outproof.sdk.guard import never_raises, nothing

PAUSE_S = 0.1


class Terminal(Protocol):
    """What sys.stderr is, where there is one."""

    def isatty(self) -> bool: ...

    def write(self, text: str, /) -> object: ...

    def flush(self) -> object: ...


class Progress:
    """One line that is written over again, at most ten times a second. A file or a pipe gets nothing."""

    def __init__(self, label: str, total: int | None, terminal: Terminal | None) -> None:
        self._label = label
        self._total = total
        self._terminal = terminal if terminal is not None and _is_watched(terminal) else None
        self._shown_at_s = float("-inf")

    @never_raises(nothing)
    def show(self, done: int, *, last: bool = False) -> None:
        """Say how many are done; the last line stays."""
        if self._terminal is None:
            return
        now_s = time.monotonic()
        if last or now_s - self._shown_at_s >= PAUSE_S:
            self._shown_at_s = now_s
            self._terminal.write(f"\r{self._label}: {so_far(done, self._total)}" + ("\n" if last else ""))
            self._terminal.flush()


def so_far(done: int, total: int | None) -> str:
    """`120 of 1000 (12 %)`, or `120` when nobody knows of how many."""
    if total is None:
        return str(done)
    return f"{done} of {total} ({done * 100 // total} %)" if total else f"{done} of 0"


def _no(*_: object) -> bool:
    return False


@never_raises(_no)
def _is_watched(terminal: Terminal) -> bool:
    return terminal.isatty()
