"""The folder of what could not be delivered yet: signals, lines about items and batches of answers, one file each.

    signals/<UUIDv7>~<writer>~1[~<topic>].json  refused/   signals the server will never take, for a person to read
    items/<UUIDv7>~<writer>~<items>.ndjson      items/….part   one that its process still adds to
    answers/<UUIDv7>~<writer>~<answers>.otlp.gz drain.lock held by the one process that is sending
    lives/                                      what dies with a process is counted there, see `life`
    statements/<UUIDv7>~<writer>~0.json         what a process counted that ended while the server was away

All but a `.part` appear whole or not at all, names sort by time, and a file goes only after the server has taken it.
Files of a process that died lie here like any others, so the next process delivers them.
"""

from __future__ import annotations

import os
import re
import stat
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from outproof.contract.statement import Lane
from outproof.sdk.guard import never_raises, nothing
from outproof.sdk.ids import millis_of, random_bits, time_ordered_id
from outproof.sdk.ledger import Account, DropReason

if sys.platform != "win32":
    import fcntl

SPOOL_BYTES_MAX = 64 * 1024 * 1024
ANSWERS_AGE_S_MAX = 72 * 3_600.0
SIGNALS_AGE_S_MAX = 7 * 86_400.0  # servers recognise a repeated signal for at least this long
REFUSED_FILES_MAX = 1_000
ABANDONED_S = 3_600.0  # a half-written file this old has no writer any more

_NAME = re.compile(
    r"(?P<id>[0-9a-f-]{36})~(?P<writer>[0-9a-f]{8,16})~(?P<items>\d{1,6})(?:~(?P<topic>[0-9a-f]{16}))?\.(?:json|ndjson|otlp\.gz)"
)
_PART = re.compile(r"(?P<id>[0-9a-f-]{36})~(?P<writer>[0-9a-f]{8,16})\.part")

_writers_here: set[str] = set()
"""The writers of this process, whose open files nobody in it may take for left behind."""

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_writers_here.clear)


def is_of_this_process(writer: str) -> bool:
    """Whether a courier of this process, present or past, writes under that name."""
    return writer in _writers_here


class Kind(StrEnum):
    """The queues of the spool, the place for what was refused, and the last words of processes."""

    SIGNALS = "signals"
    ITEMS = "items"
    ANSWERS = "answers"
    REFUSED = "refused"
    STATEMENTS = "statements"


QUEUES = (Kind.SIGNALS, Kind.ITEMS, Kind.ANSWERS)
_SUFFIXES = {Kind.SIGNALS: "json", Kind.ITEMS: "ndjson", Kind.ANSWERS: "otlp.gz", Kind.STATEMENTS: "json"}
_GIVE_WAY = {  # what goes, the oldest first, to make room
    Kind.SIGNALS: (Kind.ANSWERS, Kind.ITEMS),
    Kind.ITEMS: (Kind.ANSWERS,),
    Kind.ANSWERS: (Kind.ANSWERS,),
    Kind.STATEMENTS: (),
}


@dataclass(frozen=True, slots=True)
class Parcel:
    """A file of the spool by its name: when it was written, by whom, and how many items it holds.

    Of the files of one topic only the newest matters.
    """

    kind: Kind
    name: str
    id: str
    writer: str
    items: int
    topic: str | None = None

    @property
    def millis(self) -> int:
        return millis_of(self.id)


class Spool:
    """One process's view of the folder. Without a writable folder every `put` says no, and nothing else happens."""

    def __init__(self, candidates: Sequence[Path], account: Account, *, bytes_max: int = SPOOL_BYTES_MAX) -> None:
        self.writer = f"{random_bits(64):016x}"
        _writers_here.add(self.writer)
        self._account = account
        self._bytes_max = bytes_max
        self._bytes = 0
        self.folder = next((folder for folder in candidates if _is_ours(folder)), None)

    def put(
        self,
        kind: Kind,
        content: bytes,
        *,
        items: int,
        item_id: str | None = None,
        topic: str | None = None,
        writer: str | None = None,
        synced: bool = False,
    ) -> Parcel | None:
        """Write a file, surviving a power cut when `synced`. None: there is no room or no disk for it.

        It is of this writer, or of the one whose half-finished file it was. To make room the oldest answers go first,
        then, for a signal, the oldest lines about items, all counted; a signal never goes.
        """
        parcel = self.parcel(kind, item_id or time_ordered_id(), items, topic, writer)
        if not self.room_for(len(content), kind):
            return None
        final = self.path(parcel)
        draft = final.with_name(parcel.name + ".tmp")
        try:
            _write(draft, content, synced=synced)
            self._bytes += len(content)
            draft.replace(final)
        except OSError:
            with suppress(OSError):
                draft.unlink()
            return None
        if synced:
            _named_for_good(final.parent)
        return parcel

    def parcel(
        self, kind: Kind, parcel_id: str, items: int, topic: str | None = None, writer: str | None = None
    ) -> Parcel:
        """What a file is called; without a writer it is one of ours."""
        writer = writer or self.writer
        name = f"{parcel_id}~{writer}~{items}" + (f"~{topic}" if topic else "")
        return Parcel(kind, f"{name}.{_SUFFIXES[kind]}", parcel_id, writer, items, topic)

    def part_path(self, parcel_id: str) -> Path:
        """Where a file about items lies while it grows."""
        return self._folder() / Kind.ITEMS.value / f"{parcel_id}~{self.writer}.part"

    def left_behind(self) -> list[tuple[Path, str]]:
        """The files about items that other processes were adding to, and which did; they may be at it still."""
        return [(path, writer) for path, writer in self._parts() if writer not in _writers_here]

    def grew(self, size: int) -> None:
        """Count bytes that were written into the folder."""
        self._bytes += size

    def waiting(self, kind: Kind) -> list[Parcel]:
        """The files of a queue, oldest first. Files that are not ours to read are passed over."""
        if self.folder is None:
            return []
        try:
            names = sorted(path.name for path in (self.folder / kind.value).iterdir())
        except OSError:
            return []
        found = [(name, _NAME.fullmatch(name)) for name in names]
        return [Parcel(kind, name, m["id"], m["writer"], int(m["items"]), m["topic"]) for name, m in found if m]

    def letters(self) -> list[Parcel]:
        """Signals and lines about items, oldest first."""
        return sorted((*self.waiting(Kind.SIGNALS), *self.waiting(Kind.ITEMS)), key=lambda parcel: parcel.id)

    def is_empty(self) -> bool:
        return not self._parts() and not any(self.waiting(kind) for kind in QUEUES)

    def items_waiting(self) -> int:
        """Items on disk that the server has not taken, whoever wrote them."""
        growing = sum(_lines_of(path) for path, _ in self._parts())  # first: meanwhile one may become a whole file
        return growing + sum(parcel.items for kind in QUEUES for parcel in self.waiting(kind))

    def read(self, parcel: Parcel) -> bytes | None:
        """The content; None when the file is gone, because somebody else was first."""
        try:
            return self.path(parcel).read_bytes()
        except OSError:
            return None

    def remove(self, parcel: Parcel) -> bool:
        """Take a file away; False when somebody else was first."""
        try:
            path = self.path(parcel)
            self._bytes = max(0, self._bytes - path.stat().st_size)
            path.unlink()  # last, so that whoever asked counts what is gone, whatever fails
        except OSError:
            return False
        return True

    def refuse(self, parcel: Parcel) -> None:
        """Put a file aside for a person to look at."""
        with suppress(OSError):
            self.path(parcel).replace(self._folder() / Kind.REFUSED.value / parcel.name)

    @contextmanager
    def draining(self) -> Iterator[bool]:
        """Be the one process that sends from this folder while the block lasts; False: another one is at it."""
        if self.folder is None:
            yield False
            return
        if sys.platform == "win32":
            yield True  # two may send the same file there; the server knows a repeated id
            return
        try:
            lock = os.open(self.folder / "drain.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError:
            yield False
            return
        try:
            yield locked(lock)
        finally:
            os.close(lock)

    def sweep(self) -> None:
        """Measure the folder, and give up what is too old to be taken."""
        if self.folder is None:
            return
        now_s = time.time()
        for kind in QUEUES:
            age_s_max = ANSWERS_AGE_S_MAX if kind is Kind.ANSWERS else SIGNALS_AGE_S_MAX
            for parcel in self.waiting(kind):
                if parcel.millis / 1_000 > now_s - age_s_max:
                    break
                self._give_up(parcel, DropReason.TOO_OLD)
        for kind in (Kind.REFUSED, Kind.STATEMENTS):
            for parcel in self.waiting(kind)[:-REFUSED_FILES_MAX]:
                self.remove(parcel)
        self._bytes = self._measure(now_s)

    def _measure(self, now_s: float) -> int:
        total = 0
        for kind in Kind:
            for path in (self._folder() / kind.value).iterdir():
                with suppress(OSError):
                    status = path.stat()
                    if path.suffix == ".tmp" and status.st_mtime < now_s - ABANDONED_S:
                        path.unlink()
                    else:
                        total += status.st_size
        return total

    def room_for(self, size: int, kind: Kind) -> bool:
        """Whether so many bytes have a place, once what gives way to them is gone."""
        if self.folder is None:
            return False
        if self._bytes + size <= self._bytes_max:
            return True
        for victim in _GIVE_WAY[kind]:
            for parcel in self.waiting(victim):
                self._give_up(parcel, DropReason.SPOOL_FULL)
                if self._bytes + size <= self._bytes_max:
                    return True
        return False

    def path(self, parcel: Parcel) -> Path:
        return self._folder() / parcel.kind.value / parcel.name

    def supersede(self, newest: Parcel) -> None:
        """Give up the older files of the same topic."""
        for parcel in self.waiting(newest.kind):
            if parcel.topic == newest.topic and parcel.id < newest.id:
                self._give_up(parcel, DropReason.SUPERSEDED)

    def _give_up(self, parcel: Parcel, reason: DropReason) -> None:
        with self._account.in_one():
            if self.remove(parcel):
                self._account.drop(Lane(parcel.kind.value), reason, parcel.items, self.other(parcel.writer))

    def other(self, writer: str) -> str | None:
        """The writer of a file, when it is another than this one."""
        return None if writer == self.writer else writer

    def own_waiting(self, kind: Kind) -> int:
        """Items of this writer in a queue."""
        return sum(parcel.items for parcel in self.waiting(kind) if parcel.writer == self.writer)

    def _parts(self) -> list[tuple[Path, str]]:
        """The files that still grow, or were left so, and who wrote them."""
        if self.folder is None:
            return []
        try:
            found = [(path, _PART.fullmatch(path.name)) for path in (self.folder / Kind.ITEMS.value).iterdir()]
        except OSError:
            return []
        return [(path, m["writer"]) for path, m in found if m]

    def _folder(self) -> Path:
        assert self.folder is not None
        return self.folder


def _is_ours(folder: Path) -> bool:
    """Whether the folder could be made, belongs to this user alone and can be written to."""
    try:
        for kind in Kind:
            (folder / kind.value).mkdir(mode=0o700, parents=True, exist_ok=True)
        for level in (folder, folder / Kind.SIGNALS.value, folder / Kind.ITEMS.value):
            status = level.lstat()
            if not stat.S_ISDIR(status.st_mode) or (hasattr(os, "getuid") and status.st_uid != os.getuid()):
                return False
            level.chmod(0o700)
    except OSError:
        return False
    return os.access(folder / Kind.SIGNALS.value, os.W_OK)


def _write(path: Path, content: bytes, *, synced: bool) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    try:
        rest = memoryview(content)
        while rest:
            rest = rest[os.write(descriptor, rest) :]
        if synced:
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _lines_of(path: Path) -> int:
    """How many items a growing file is about: its lines but the address."""
    try:
        return max(0, path.read_bytes().count(b"\n") - 1)
    except OSError:
        return 0


def sync_folder(folder: Path) -> None:
    """Make the file's name durable too; Windows has no such call and needs none."""
    if sys.platform != "win32":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@never_raises(nothing)
def _named_for_good(folder: Path) -> None:
    with suppress(OSError):  # what the disk will not promise is still worth sending
        sync_folder(folder)


def locked(descriptor: int) -> bool:
    """Whether the file is this process's alone, until it closes the file or ends."""
    # A record lock, not flock: a forked child must not inherit it.
    if sys.platform != "win32":
        try:
            fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
    return True
