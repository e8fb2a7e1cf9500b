"""What is on disk: bytes per answer, and what a window costs over a million of them.

Runs in a process of its own (the embedded event store has one directory per process):

    python -m benchmarks.load.answers disk|window [--answers N]
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa

from benchmarks.figures import Figures
from benchmarks.load.servers import ROOT
from benchmarks.load.spans import SERVICE, Bodies
from outproof.core.ids import DEFAULT_PROJECT
from outproof.core.time import NANOS_PER_S, Instant
from outproof.engine.roll import Roller
from outproof.measure.dimension import Dimension
from outproof.measure.minutes import minute_of, minute_start
from outproof.measure.rate_book import RateBook
from outproof.scrub.admit import Admitted, Scrubber
from outproof.store.events.client import Client
from outproof.store.events.load import load
from outproof.store.events.windows import Windows
from outproof.store.journal.codec import decoded, encoded
from outproof.store.journal.journal import Journal
from outproof.wire.answers import Reader
from outproof.wire.dialects import aliases
from outproof.wire.otlp_protobuf import scopes_of_protobuf

DISK_ANSWERS = 200_000
WINDOW_ANSWERS = 1_000_000
WINDOW_QUERIES = 15
HOUR_S = 3_600
_BATCH = 512
_ENTRIES_PER_LOAD = 32


def measure_disk(runs: int = 5) -> Figures:
    """Bytes per answer, each run in a fresh directory."""
    return _measured("disk", DISK_ANSWERS, runs)


def measure_window(runs: int = 5) -> Figures:
    """One hour of history, filled evenly, asked for again and again."""
    return _measured("window", WINDOW_ANSWERS, runs)


def _measured(what: str, answers: int, runs: int) -> Figures:
    figures = Figures(what, {"answers": answers})
    for _ in range(runs):
        command = [sys.executable, "-m", "benchmarks.load.answers", what, "--answers", str(answers)]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=ROOT)
        figures.add(**json.loads(done.stdout))
    return figures


def disk(folder: Path, answers: int) -> dict[str, float]:
    """Take answers in as the server does, merge and trim, and look what is left."""
    journal, client = Journal(folder / "journal.db"), Client.embedded(folder / "events")
    position = journal_peak = 0
    for batches in _groups(answers):
        for done in [journal.append(batch) for batch in batches]:
            done.result()
        entries = journal.read(position, spans_max=_BATCH * _ENTRIES_PER_LOAD)
        load(client, [(entry.position, decoded(entry.body)) for entry in entries])
        position = entries[-1].position
        journal_peak += sum(len(entry.body) for entry in entries)
        journal.trim(position)
    client.command("OPTIMIZE TABLE answers FINAL")
    (parts,) = client.rows(
        "SELECT sum(bytes_on_disk) AS bytes, sum(rows) AS rows FROM system.parts WHERE active AND table = 'answers'"
    )
    journal.close()
    files = sum(path.stat().st_size for path in folder.glob("journal.db*"))
    client.close()
    assert parts["rows"] >= answers
    return {
        "events_bytes_per_answer": parts["bytes"] / parts["rows"],
        "journal_bytes_per_answer": journal_peak / parts["rows"],
        "journal_left_bytes_per_answer": files / parts["rows"],
    }


def window(folder: Path, answers: int) -> dict[str, float]:
    """Fill an hour, roll it up as the server does, and ask for its window, its last five minutes, and its course.

    The last minutes are not settled then, and the window begins and ends within a minute, as those of a page do.
    """
    client = Client.embedded(folder / "events")
    end = Instant(time.time_ns() // NANOS_PER_S * NANOS_PER_S)
    start = Instant(end - HOUR_S * NANOS_PER_S)
    _fill(client, answers, start, end)
    windows = Windows(client, DEFAULT_PROJECT, RateBook)
    where = {Dimension.SERVICE: SERVICE}
    assert windows.window(where, start, end).answers == answers
    anew = [_timed_ms(lambda: windows.window(where, start, end)) for _ in range(WINDOW_QUERIES // 3)]
    roller = Roller(client, _Now(end), DEFAULT_PROJECT, lambda: end)
    began = time.perf_counter()
    while roller.tick():
        pass
    rolled_s = time.perf_counter() - began
    found = windows.window(where, start, end)
    assert found.answers == answers, f"expected {answers} answers in the window, got {found.answers}"
    hour = [_timed_ms(lambda: windows.window(where, start, end)) for _ in range(WINDOW_QUERIES)]
    last = Instant(end - 300 * NANOS_PER_S)
    five = [_timed_ms(lambda: windows.window(where, last, end)) for _ in range(WINDOW_QUERIES)]
    whole = minute_start(minute_of(start))
    course = [_timed_ms(lambda: windows.series(where, whole, end, 60)) for _ in range(WINDOW_QUERIES)]
    by_template = [
        _timed_ms(lambda: windows.groups(Dimension.TEMPLATE, where, start, end)) for _ in range(WINDOW_QUERIES)
    ]
    client.close()
    return {
        "rolling_us_per_span": rolled_s / answers * 1e6,
        "hour_counted_anew_ms_p50": float(np.median(anew)),
        "hour_by_template_ms_p50": float(np.median(by_template)),
        "hour_ms_p50": float(np.median(hour)),
        "hour_ms_max": max(hour),
        "five_minutes_ms_p50": float(np.median(five)),
        "course_of_hour_ms_p50": float(np.median(course)),
    }


class _Now:
    """A clock that stands."""

    def __init__(self, at: Instant) -> None:
        self._at = at

    def now(self) -> Instant:
        return self._at


def _fill(client: Client, answers: int, start: Instant, end: Instant) -> None:
    """Copy one loaded batch over and over, with ids and times of its own for each copy."""
    seed = one_batch(client)
    draw = np.random.default_rng(1)
    filled = 0
    while filled < answers:
        rows = min(seed.num_rows, answers - filled)
        table = seed.slice(0, rows)
        starts = np.sort(draw.integers(start, end, rows))
        for name, array in (
            ("span_id", pa.array(draw.integers(1, 2**63, rows), pa.uint64())),
            ("started_at", pa.array(starts, pa.timestamp("ns", "UTC"))),
        ):
            table = table.set_column(table.schema.get_field_index(name), name, array)
        client.insert("answers", table)
        filled += rows


def one_batch(client: Client) -> pa.Table:
    """The rows of one loaded batch, out of a store that is empty again."""
    batches = next(_groups(_BATCH * _ENTRIES_PER_LOAD))
    load(client, [(position, decoded(encoded(batch))) for position, batch in enumerate(batches, 1)])
    seed = client.arrow("SELECT * FROM answers")
    client.command("TRUNCATE TABLE answers")
    return seed


def _groups(answers: int) -> Iterator[list[Admitted]]:
    """Admitted batches, some at a time."""
    reader, scrubber, bodies = Reader(aliases()), Scrubber(), Bodies(_BATCH)
    left = answers
    while left > 0:
        group = []
        for _ in range(min(_ENTRIES_PER_LOAD, -(-left // _BATCH))):
            now = Instant(time.time_ns())
            reading = reader.read(scopes_of_protobuf(bodies.body()), now=now)
            group.append(
                scrubber.admit(reading.columns, reading.set_aside, {}, project=DEFAULT_PROJECT, received_at=now)
            )
        left -= len(group) * _BATCH
        yield group


def _timed_ms(act: object) -> float:
    assert callable(act)
    began = time.perf_counter()
    act()
    return (time.perf_counter() - began) * 1_000


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=("disk", "window"))
    parser.add_argument("--answers", type=int, required=True)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="outproof-bench-") as folder:
        print(json.dumps({"disk": disk, "window": window}[asked.what](Path(folder), asked.answers)))


if __name__ == "__main__":
    main()
