"""Lines about items, each on disk before its call returns; gathered per run, they become letters of many lines.

A sheet is a file of the spool that grows line by line. Full, or a second old, or at the end of its run, it is sealed:
made safe from a power cut and named so that the courier sends it. Its process holds a lock on it; when that process
dies, another one finds the sheet without a lock and sends what is on it.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import RLock

from outproof.contract.statement import Lane
from outproof.sdk.guard import faults
from outproof.sdk.ids import time_ordered_id
from outproof.sdk.ledger import Account, DropReason
from outproof.sdk.letter import Letter, address_line, letter_from, whole_lines
from outproof.sdk.spool import Kind, Spool, locked, sync_folder

SHEET_LINES_MAX = 5_000
SHEET_BYTES_MAX = 1_000_000
SHEETS_MAX = 64  # runs that a process adds to within one second; each holds a file open
RIPE_S = 1.0
YOUNG_S = 1.0  # a sheet of another process may not have got its lock yet


@dataclass(slots=True)
class _Sheet:
    """One sheet: on disk while it has a descriptor, else in memory because the disk refused."""

    id: str
    path: str
    begun_s: float
    descriptor: int | None
    items: int = 0
    size: int = 0
    kept: bytearray = field(default_factory=bytearray)


class Sheets:
    """The open sheets of one process, one for each topic. Calls are safe from any thread and from a signal handler."""

    def __init__(self, spool: Spool, account: Account, post: Callable[[Letter], None]) -> None:
        self._spool = spool
        self._account = account
        self._post = post
        self._open: dict[str, _Sheet] = {}
        self._sealing = 0
        self._lock = RLock()

    def add(self, topic: str, path: str, lines: bytes) -> bool:
        """Write lines on the sheet of a topic; True when this began a sheet."""
        items = lines.count(b"\n")
        with self._lock:
            sheet = self._open.get(topic)
            if sheet and (sheet.items + items > SHEET_LINES_MAX or sheet.size + len(lines) > SHEET_BYTES_MAX):
                self.seal(topic)
                sheet = None
            begun = sheet is None
            if sheet is None:
                if len(self._open) >= SHEETS_MAX:
                    self.seal(next(iter(self._open)))
                sheet = self._open[topic] = self._begun(path)
            if self._spool.folder is not None and not self._spool.room_for(len(lines), Kind.ITEMS):
                self._account.turn_away(Lane.ITEMS, DropReason.SPOOL_FULL, items)
                return begun
            self._account.accept(Lane.ITEMS, items)
            with self._account.holding(Lane.ITEMS, items):
                if not self._written(sheet, lines):
                    self.seal(topic)
                    sheet = self._open[topic] = self._begun(path, on_disk=False)
                    self._written(sheet, lines)
            sheet.items += items
        return begun

    def seal(self, topic: str) -> None:
        """Close the sheet of a topic, if there is one, and have it sent."""
        with self._lock:
            sheet = self._open.pop(topic, None)
            if sheet is None:
                return
            self._sealing += 1
        try:
            self._seal(sheet)
        finally:
            with self._lock:
                self._sealing -= 1

    def seal_ripe(self, now_s: float) -> None:
        """Close the sheets that have waited long enough for more lines."""
        with self._lock:
            ripe = [topic for topic, sheet in self._open.items() if now_s - sheet.begun_s >= RIPE_S]
        for topic in ripe:
            self.seal(topic)

    def seal_all(self) -> None:
        self.seal_ripe(float("inf"))

    @property
    def busy(self) -> bool:
        """Whether lines lie anywhere but in letters."""
        with self._lock:
            return bool(self._open or self._sealing)

    def open_items(self) -> int:
        """Items on sheets that are not sealed yet."""
        with self._lock:
            return sum(sheet.items for sheet in self._open.values())

    def in_memory(self) -> int:
        """Items that the disk would not take and that are in no letter yet."""
        with self._lock:
            return sum(sheet.items for sheet in self._open.values() if sheet.descriptor is None)

    def abandon(self) -> None:
        """Let go of files that belong to the parent process."""
        for sheet in self._open.values():
            if sheet.descriptor is not None:
                with suppress(OSError):
                    os.close(sheet.descriptor)
        self._open = {}

    def adopt(self) -> None:
        """Make letters of the sheets that dead processes left."""
        for path, writer in self._spool.left_behind():
            with suppress(OSError):
                if time.time() - path.stat().st_mtime >= YOUNG_S:
                    self._adopt(path, writer)

    def _begun(self, path: str, *, on_disk: bool = True) -> _Sheet:
        sheet = _Sheet(time_ordered_id(), path, time.monotonic(), None)
        if on_disk and self._spool.folder is not None:
            address = address_line(sheet.id, path)
            with suppress(OSError):
                flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | getattr(os, "O_BINARY", 0)
                sheet.descriptor = os.open(self._spool.part_path(sheet.id), flags, 0o600)
                locked(sheet.descriptor)
            if sheet.descriptor is not None and not self._written(sheet, address):
                self._seal(sheet)
                sheet.descriptor = None
        return sheet

    def _written(self, sheet: _Sheet, content: bytes) -> bool:
        """Whether the sheet has the content now, all of it; a part of a line is taken back."""
        if sheet.descriptor is None:
            sheet.kept += content
        else:
            try:
                written = os.write(sheet.descriptor, content)
                if written < len(content):
                    os.ftruncate(sheet.descriptor, sheet.size)
                    return False
            except OSError:
                return False
            self._spool.grew(len(content))
        sheet.size += len(content)
        return True

    def _seal(self, sheet: _Sheet) -> None:
        if sheet.descriptor is None:
            self._post(Letter(sheet.id, sheet.path, bytes(sheet.kept)))
            return
        part = self._spool.part_path(sheet.id)
        try:
            if not sheet.items:
                part.unlink()
                return
            with suppress(OSError):  # what the disk will not promise is still worth sending
                os.fsync(sheet.descriptor)
            part.replace(self._spool.path(self._spool.parcel(Kind.ITEMS, sheet.id, sheet.items)))
            sync_folder(part.parent)
        except OSError:
            faults.count("sheet_not_sealed")  # it stays as it is, for the next process to find
        finally:
            os.close(sheet.descriptor)

    def _adopt(self, path: Path, writer: str) -> None:
        descriptor = os.open(path, os.O_RDWR | getattr(os, "O_BINARY", 0))
        try:
            if not locked(descriptor):
                return
            # By this descriptor, not by name: closing a second one of the file would give up the lock.
            with open(descriptor, "rb", closefd=False) as file:
                address, _, lines = file.read().partition(b"\n")
            letter = letter_from(address + b"\n" + whole_lines(lines))
            if letter is None or self._spool.put(
                Kind.ITEMS, letter.content(), items=letter.items, item_id=letter.id, writer=writer, synced=True
            ):
                path.unlink()
        finally:
            os.close(descriptor)
