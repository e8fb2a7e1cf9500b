"""How many answers a process held in memory when it died without warning: two numbers in a file that outlives it.

    lives/<writer>.life     answers that came into memory, and how many of those are no longer only there

The file is mapped into memory, so that counting is no system call, and what was counted survives kill -9. Its process
holds a lock on it. Who finds one that nobody holds counts what died with its process, and takes it away.
"""

from __future__ import annotations

import mmap
import os
import re
import struct
import sys
import time
from array import array
from contextlib import suppress
from pathlib import Path

from outproof.contract.statement import Lane
from outproof.sdk.buffer import ANSWERS_MAX, BATCH_ANSWERS, Tally
from outproof.sdk.ledger import Account, DropReason
from outproof.sdk.spool import Spool, is_of_this_process, locked

CAME, SAFE = 0, 1
HELD_MAX = ANSWERS_MAX + BATCH_ANSWERS  # more no process can have held; a damaged file may say anything
YOUNG_S = 1.0  # a file of another process may not have got its lock yet

_NUMBERS = struct.Struct("=QQ")
_NAME = re.compile(r"(?P<writer>[0-9a-f]{8,16})\.life")


class Life:
    """The count of one courier. Without a writable folder it is kept in memory only, and nobody will ask."""

    def __init__(self, spool: Spool, account: Account) -> None:
        self._account = account
        self._folder = spool.folder / "lives" if spool.folder is not None and sys.platform != "win32" else None
        self._path = self._folder / f"{spool.writer}.life" if self._folder is not None else None
        self._descriptor: int | None = None
        self.tally: Tally = array("Q", (0, 0))
        """Answers that came, answers that are safe. An item is changed in one step, so threads need no lock."""
        with suppress(OSError, ValueError):
            self._begin()

    def safe(self, answers: int) -> None:
        """Count answers that lie on disk, were taken by the server, or were given up and counted."""
        self.tally[SAFE] += answers

    def end(self) -> None:
        """Leave nothing to count, unless answers are still in memory only."""
        if self._path is not None and self.tally[CAME] <= self.tally[SAFE]:
            with suppress(OSError):
                self._path.unlink()

    def abandon(self) -> None:
        """Let go of the file of the parent process."""
        if self._descriptor is not None:
            with suppress(OSError):
                os.close(self._descriptor)

    def others_ended(self) -> bool:
        """Whether there may be something to count."""
        return bool(self._files_of_others())

    def count_the_dead(self) -> None:
        """Count, as given up, what died with processes that ended without a word."""
        for path in self._files_of_others():
            with suppress(OSError, struct.error):
                if time.time() - path.stat().st_mtime >= YOUNG_S:
                    self._count(path)

    def _begin(self) -> None:
        if self._folder is None or self._path is None:
            return
        self._folder.mkdir(mode=0o700, exist_ok=True)
        # The descriptor stays open: closing it would give up the lock.
        self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        locked(self._descriptor)
        os.write(self._descriptor, _NUMBERS.pack(0, 0))
        self.tally = memoryview(mmap.mmap(self._descriptor, _NUMBERS.size)).cast("Q")

    def _files_of_others(self) -> list[Path]:
        if self._folder is None:
            return []
        try:
            found = [(path, _NAME.fullmatch(path.name)) for path in self._folder.iterdir()]
        except OSError:
            return []
        return [path for path, name in found if name and not is_of_this_process(name["writer"])]

    def _count(self, path: Path) -> None:
        descriptor = os.open(path, os.O_RDWR)
        try:
            if locked(descriptor):
                path.unlink()
                came, safe = _NUMBERS.unpack(os.read(descriptor, _NUMBERS.size))
                if came > safe:
                    writer = path.name.removesuffix(".life")
                    self._account.turn_away(Lane.ANSWERS, DropReason.DIED, min(came - safe, HELD_MAX), writer)
        finally:
            os.close(descriptor)
