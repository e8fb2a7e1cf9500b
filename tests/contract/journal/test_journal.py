from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from outproof.core.errors import Permanent, Transient
from outproof.core.ids import DEFAULT_PROJECT
from outproof.scrub.admit import Admitted, Scrubber
from outproof.store.journal.codec import decoded, encoded
from outproof.store.journal.journal import Journal
from tests.unit.wire.spans import NOW, a_span, read

WRITTEN_S_MAX = 60.0


def a_batch(request_id: str = "req_1", spans: int = 1) -> Admitted:
    reading = read(*[a_span({"outproof.request.id": request_id}, spanId=f"{n + 1:016x}") for n in range(spans)])
    return Scrubber().admit(
        reading.columns, reading.set_aside, {"too_old": 2}, project=DEFAULT_PROJECT, received_at=NOW
    )


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    opened = Journal(tmp_path / "journal.db")
    yield opened
    opened.close()


def test_what_was_appended_is_read_back_in_order_and_whole(journal: Journal) -> None:
    positions = [journal.append(a_batch(f"req_{n}", spans=n)).result(WRITTEN_S_MAX) for n in range(1, 4)]
    entries = journal.read(0, spans_max=100)
    assert [entry.position for entry in entries] == sorted(positions) == [1, 2, 3]
    body = decoded(entries[2].body)
    assert body.columns["request_id"] == ["req_3"] * 3
    assert body.columns["trace_id"][0] == bytes.fromhex("0af7651916cd43dd8448eb211c80319c")
    assert body.rejected == {"too_old": 2}


def test_a_position_that_was_given_is_never_given_again(tmp_path: Path) -> None:
    first = Journal(tmp_path / "journal.db")
    assert first.append(a_batch()).result(WRITTEN_S_MAX) == 1
    first.trim(1)
    first.close()
    second = Journal(tmp_path / "journal.db")
    assert second.last() == 1
    assert second.append(a_batch()).result(WRITTEN_S_MAX) == 2
    second.close()


def test_a_reader_gets_about_as_many_spans_as_it_asks_for_and_at_least_one_entry(journal: Journal) -> None:
    for _ in range(4):
        journal.append(a_batch(spans=10)).result(WRITTEN_S_MAX)
    assert len(journal.read(0, spans_max=25)) == 2
    assert len(journal.read(0, spans_max=1)) == 1
    assert [entry.position for entry in journal.read(2, spans_max=100)] == [3, 4]
    assert journal.read(4, spans_max=100) == []


def test_many_threads_append_and_nothing_is_lost_or_mixed_up(journal: Journal) -> None:
    with ThreadPoolExecutor(16) as pool:
        positions = list(pool.map(lambda n: journal.append(a_batch(f"req_{n}")).result(WRITTEN_S_MAX), range(400)))
    assert sorted(positions) == list(range(1, 401))
    kept = {entry.position: decoded(entry.body).columns["request_id"][0] for entry in journal.read(0, spans_max=1_000)}
    assert all(kept[position] == f"req_{n}" for n, position in enumerate(positions))


def test_an_acknowledged_batch_is_in_the_file_for_anybody_else_to_read(journal: Journal, tmp_path: Path) -> None:
    journal.append(a_batch()).result(WRITTEN_S_MAX)
    other = sqlite3.connect(tmp_path / "journal.db")
    assert other.execute("SELECT count(*) FROM batches").fetchone() == (1,)
    assert other.execute("PRAGMA synchronous").fetchone() is not None
    other.close()


def test_more_than_may_wait_is_refused_at_once_and_told_to_come_again(tmp_path: Path) -> None:
    full = Journal(tmp_path / "journal.db", queued_bytes_max=10)
    with pytest.raises(Transient, match="send it again"):
        full.append(a_batch())
    full.close()


def test_a_full_disk_refuses_the_batch_and_the_next_one_after_it_is_kept(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.db")
    blocker = sqlite3.connect(tmp_path / "journal.db", isolation_level=None)
    blocker.execute("CREATE TRIGGER full BEFORE INSERT ON batches BEGIN SELECT RAISE(FAIL, 'disk is full'); END")
    with pytest.raises(Transient, match="disk is full"):
        journal.append(a_batch()).result(WRITTEN_S_MAX)
    blocker.execute("DROP TRIGGER full")
    assert journal.append(a_batch()).result(WRITTEN_S_MAX) == 1
    blocker.close()
    journal.close()


def test_closing_writes_what_waits_and_then_takes_nothing_more(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.db")
    waiting = [journal.append(a_batch(f"req_{n}")) for n in range(50)]
    closing = threading.Thread(target=journal.close)
    closing.start()
    assert sorted(done.result(WRITTEN_S_MAX) for done in waiting) == list(range(1, 51))
    closing.join(WRITTEN_S_MAX)
    with pytest.raises(Transient, match="closing"):
        journal.append(a_batch())


def test_a_damaged_entry_is_told_apart_from_trouble_that_passes() -> None:
    raw = encoded(a_batch())
    for damaged in (b"", b"\x07" + raw[1:], raw[: len(raw) // 2], raw[:1] + b"garbage"):
        with pytest.raises(Permanent):
            decoded(damaged)


@pytest.mark.parametrize("span_ids", [["1" * 16], ["1" * 16] * 3, ["1" * 16, "2" * 16, "3" * 16], []])
def test_columns_that_say_the_same_of_every_span_come_back_whole(span_ids: list[str]) -> None:
    reading = read(*[a_span({"outproof.segment": "gold"}, spanId=span_id) for span_id in span_ids])
    batch = Scrubber().admit(reading.columns, (), {}, project=DEFAULT_PROJECT, received_at=NOW)
    body = decoded(encoded(batch))
    assert {name: list(values) for name, values in body.columns.items()} == {
        name: list(values) for name, values in batch.columns.items()
    }
