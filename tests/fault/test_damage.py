"""A journal entry is damaged on disk: it is counted as lost, and its neighbours get by."""

from __future__ import annotations

import random
import sqlite3
import time
from pathlib import Path

import pytest

from outproof.core.ids import DEFAULT_PROJECT
from outproof.core.time import Instant
from outproof.scrub.admit import Scrubber
from outproof.store.journal.journal import Journal
from outproof.wire.answers import Reader
from outproof.wire.dialects import aliases
from outproof.wire.otlp_protobuf import scopes_of_protobuf
from tests.fault.server import Server
from tests.fault.stored import stored
from tests.fault.test_kill import lag, ledger
from tests.fault.traffic import Batch, a_batch
from tests.integration.sink import until

SPANS = (3, 5, 7)


def journal_of(data: Path, batches: list[Batch]) -> None:
    """What a server leaves behind that was killed right after it had acknowledged these."""
    data.mkdir()
    reader, scrubber, journal = Reader(aliases()), Scrubber(), Journal(data / "journal.db")
    for batch in batches:
        now = Instant(time.time_ns())
        reading = reader.read(scopes_of_protobuf(batch.body), now=now)
        admitted = scrubber.admit(reading.columns, reading.set_aside, {}, project=DEFAULT_PROJECT, received_at=now)
        journal.append(admitted).result(10)
    journal.close()


def flip(journal: Path, position: int, share: float) -> None:
    """Turn one bit of an entry around, so far into it."""
    with sqlite3.connect(journal) as connection:
        (body,) = connection.execute("SELECT body FROM batches WHERE position = ?", (position,)).fetchone()
        damaged = bytearray(body)
        damaged[int((len(body) - 1) * share)] ^= 0x10
        connection.execute("UPDATE batches SET body = ? WHERE position = ?", (bytes(damaged), position))
    connection.close()


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0], ids=["first byte", "middle", "last byte"])
def test_a_damaged_entry_is_counted_and_its_neighbours_are_loaded(share: float, tmp_path: Path) -> None:
    draw = random.Random(3)
    batches = [a_batch(draw, spans) for spans in SPANS]
    server = Server(tmp_path / "data")
    journal_of(server.data, batches)
    flip(server.data / "journal.db", 2, share)
    server.start()
    try:
        until(lambda: ("traces", "stored", "") in ledger(server) and lag(server) == 0, within_s=30)
        counts = ledger(server)
        assert server.stop() == 0
    finally:
        server.kill()
    assert counts["traces", "dropped", "damaged_journal_entry"] == SPANS[1]
    assert counts["traces", "stored", ""] == SPANS[0] + SPANS[2]
    assert set(stored(server.data).spans) == {*batches[0].names, *batches[2].names}
