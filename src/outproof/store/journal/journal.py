"""The journal on SQLite: a batch in, its position out once it is on disk. Neighbouring requests share one fsync."""

from __future__ import annotations

import sqlite3
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from outproof.core.errors import Transient
from outproof.scrub.admit import Admitted
from outproof.store.journal.codec import encoded

QUEUED_BYTES_MAX = 64 * 2**20
COMMIT_BYTES_MAX = 32 * 2**20
_WAL_PAGES_MAX = 8_192

_SCHEMA = """
CREATE TABLE IF NOT EXISTS batches (
    position INTEGER PRIMARY KEY AUTOINCREMENT,  -- never used again, even after deletion
    spans INTEGER NOT NULL,
    body BLOB NOT NULL
)
"""


_ROWS_PER_INSERT = (64, 16, 4, 1)
_INSERTS = {
    rows: "INSERT INTO batches (spans, body) VALUES " + ", ".join(["(?, ?)"] * rows) for rows in _ROWS_PER_INSERT
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One batch as it lies in the journal."""

    position: int
    spans: int
    body: bytes


class Journal:
    """Admitted batches in the order of their arrival.

    `append` may be called from any thread. A single writer gathers what is waiting into one transaction: while one
    commit is being fsynced, the next requests queue up behind it, so load makes commits larger, not more frequent.
    """

    def __init__(self, path: Path, *, queued_bytes_max: int = QUEUED_BYTES_MAX) -> None:
        self._path = path
        self._queued_bytes_max = queued_bytes_max
        self._waiting: deque[tuple[int, bytes, Future[int]]] = deque()
        self._queued_bytes = 0
        self._changed = threading.Condition()
        self._closed = False
        self.appended = threading.Event()
        """Set after each commit; the consumer clears it before it reads."""
        self._reader = self._open()
        self._reader_lock = threading.Lock()
        self._writer = threading.Thread(target=self._write_forever, name="journal-writer", daemon=True)
        self._writer.start()

    def append(self, batch: Admitted) -> Future[int]:
        """A promise of the batch's position, kept when it is on disk, or broken with `Transient`.

        Raises:
            Transient: too much is waiting already, or the journal is closing. Nothing was queued.
        """
        body = encoded(batch)
        done: Future[int] = Future()
        with self._changed:
            if self._closed:
                raise Transient("the journal is closing: send the batch again to the next server", retry_after_s=2)
            if self._queued_bytes + len(body) > self._queued_bytes_max:
                raise Transient(
                    f"{self._queued_bytes} bytes wait for the disk, at most {self._queued_bytes_max} may: send it again"
                )
            self._queued_bytes += len(body)
            self._waiting.append((len(batch.columns["span_id"]), body, done))
            self._changed.notify()
        return done

    def read(self, after: int, *, spans_max: int) -> list[Entry]:
        """The entries behind a position, oldest first: as many as hold `spans_max` spans, and at least one.

        Raises:
            Transient: the disk does not give them now.
        """
        entries: list[Entry] = []
        spans = 0
        with self._reader_lock, _translated("read"):
            rows = self._reader.execute(
                "SELECT position, spans, body FROM batches WHERE position > ? ORDER BY position", (after,)
            )
            for row in rows:
                entry = Entry(*row)
                spans += entry.spans
                if entries and spans > spans_max:
                    break
                entries.append(entry)
            rows.close()
        return entries

    def last(self) -> int:
        """The position of the newest entry ever appended; 0 for none."""
        with self._reader_lock, _translated("read"):
            row = self._reader.execute("SELECT seq FROM sqlite_sequence WHERE name = 'batches'").fetchone()
        return int(row[0]) if row else 0

    def trim(self, through: int) -> None:
        """Forget the entries up to a position that every consumer has passed.

        Raises:
            Transient: the disk does not take it now; nothing was forgotten.
        """
        with self._reader_lock, _translated("trimmed"):
            self._reader.execute("DELETE FROM batches WHERE position <= ?", (through,))

    def close(self) -> None:
        """Write what is waiting, then stop. Idempotent."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._writer.join()
        with self._reader_lock:
            self._reader.close()

    def _open(self) -> sqlite3.Connection:
        pragmas = (
            "journal_mode=WAL",
            "synchronous=FULL",
            f"wal_autocheckpoint={_WAL_PAGES_MAX}",
            "secure_delete=FAST",  # what is trimmed lives on in the event store: zeroing it would write it twice
        )
        with _translated("opened"):
            connection = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False, timeout=10)
            for pragma in pragmas:
                connection.execute(f"PRAGMA {pragma}")  # identifiers from a closed set
            connection.execute(_SCHEMA)
        return connection

    def _write_forever(self) -> None:
        connection = self._open()
        try:
            while (batch := self._gather()) is not None:
                self._commit(connection, batch)
        finally:
            connection.close()

    def _gather(self) -> list[tuple[int, bytes, Future[int]]] | None:
        """Everything that waits, up to the size of one commit; None when closed and nothing waits."""
        with self._changed:
            while not self._waiting:
                if self._closed:
                    return None
                self._changed.wait()
            gathered, gathered_bytes = [], 0
            while self._waiting and gathered_bytes < COMMIT_BYTES_MAX:
                gathered.append(self._waiting.popleft())
                gathered_bytes += len(gathered[-1][1])
            return gathered

    def _commit(self, connection: sqlite3.Connection, batch: list[tuple[int, bytes, Future[int]]]) -> None:
        positions: list[int] = []
        try:
            connection.execute("BEGIN IMMEDIATE")
            while len(positions) < len(batch):
                positions += _insert(connection, batch[len(positions) :])
            connection.execute("COMMIT")
        except sqlite3.Error as error:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            failure = Transient(f"the journal could not be written ({error}): send the batch again", retry_after_s=5)
            self._finish(batch, [failure] * len(batch))
        else:
            self.appended.set()
            self._finish(batch, positions)

    def _finish(self, batch: list[tuple[int, bytes, Future[int]]], results: Sequence[int | Transient]) -> None:
        with self._changed:
            self._queued_bytes -= sum(len(body) for _, body, _ in batch)
        for (_, _, done), result in zip(batch, results, strict=True):
            if not done.set_running_or_notify_cancel():
                continue  # the client went away; its batch is on disk all the same
            if isinstance(result, int):
                done.set_result(result)
            else:
                done.set_exception(result)


def _insert(connection: sqlite3.Connection, batch: Sequence[tuple[int, bytes, Future[int]]]) -> range:
    """Insert the first entries of a batch, as many as one statement takes. Returns their positions.

    Each statement gives up the interpreter's lock and must win it back, which under load takes longer than the
    statement: so one inserts many rows, and of few sizes, which SQLite keeps prepared.
    """
    rows = next(size for size in _ROWS_PER_INSERT if size <= len(batch))
    values = [value for spans, body, _ in batch[:rows] for value in (spans, body)]
    cursor = connection.execute(_INSERTS[rows], values)
    last = cursor.execute("SELECT last_insert_rowid()").fetchone()[0]
    return range(last - rows + 1, last + 1)


@contextmanager
def _translated(what: str) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise Transient(f"the journal could not be {what}: {error}", retry_after_s=5) from error
