"""A journal entry is damaged on disk: it is counted as lost, and its neighbours get by."""

from __future__ import annotations

import random
import sqlite3
import time
from pathlib import Path
from typing import cast

import pytest

from outproof.contract.answer import Columns
from outproof.core.errors import Transient
from outproof.core.ids import DEFAULT_PROJECT
from outproof.core.time import Instant
from outproof.engine.changes import Changes
from outproof.engine.intake import Intake
from outproof.engine.meter import Meter
from outproof.measure.rate_book import RateBook
from outproof.ports import Transaction
from outproof.scrub.admit import Scrubber
from outproof.store.events.client import Client
from outproof.store.journal.journal import Journal
from outproof.store.state.state import SqlState
from outproof.wire.answers import Reader
from outproof.wire.dialects import aliases
from outproof.wire.otlp_protobuf import scopes_of_protobuf
from tests.builders import TestClock
from tests.contract.state.opened import engine_of
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
        journal.append(admitted).result(60)
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
        until(lambda: ("traces", "stored", "") in ledger(server) and lag(server) == 0, within_s=60)
        counts = ledger(server)
        assert server.stop() == 0
    finally:
        server.kill()
    assert counts["traces", "dropped", "damaged_journal_entry"] == SPANS[1]
    assert counts["traces", "stored", ""] == SPANS[0] + SPANS[2]
    assert set(stored(server.data).spans) == {*batches[0].names, *batches[2].names}


class Away:
    """An event store that is down."""

    def arrow(self, query: str, **_: object) -> object:
        raise Transient("the event store is away")


class NoJudge:
    """Nothing is declared that answers could break."""

    def broken(self, columns: Columns) -> None:
        return None

    def judge_batch(self, tx: Transaction, looks: None) -> None:
        return None


def test_a_damaged_entry_is_not_counted_again_each_time_the_event_store_is_tried(tmp_path: Path) -> None:
    draw = random.Random(3)
    journal_of(tmp_path / "data", [a_batch(draw, spans) for spans in SPANS])
    flip(tmp_path / "data" / "journal.db", 2, 0.5)
    journal = Journal(tmp_path / "data" / "journal.db")
    engine = engine_of(tmp_path)
    state = SqlState(engine, DEFAULT_PROJECT, lambda _: None)
    intake = Intake(
        journal,
        cast(Client, Away()),
        state,
        NoJudge(),
        clock=TestClock(),
        project=DEFAULT_PROJECT,
        changes=Changes(),
        meter=Meter(tuple, RateBook),
    )
    for _ in range(3):
        with pytest.raises(Transient):
            intake.tick()
    with state.begin() as tx:
        assert tx.ledger.lines() == []
    journal.close()
    engine.dispose()
