"""What a stopped server left on disk: a data directory in, every stored id with its copies out.

It is a program of its own, because the event store opens one directory per process:

    python -m tests.fault.stored DATA
"""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from outproof.store.events.client import Client

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Stored:
    """Copies by id: spans as `trace:span`, signals as `external id/signal`, feedback by its own id."""

    spans: Counter[str]
    signals: Counter[str]
    feedback: Counter[str]
    journal: str
    """What SQLite says of the journal's file; `ok` when it is sound."""


def stored(data: Path) -> Stored:
    """Everything in a data directory that no server has open."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.fault.stored", str(data)], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True
    )
    with closing(sqlite3.connect(data / "state.db")) as state:
        rows = state.execute("SELECT json_extract(body, '$.external_id'), body FROM signals").fetchall()
        feedback = Counter(identity for (identity,) in state.execute("SELECT id FROM feedback"))
    with closing(sqlite3.connect(data / "journal.db")) as journal:
        (soundness,) = journal.execute("PRAGMA integrity_check").fetchone()
    signals = Counter(f"{external_id}/{_signal(json.loads(body))}" for external_id, body in rows)
    return Stored(Counter(json.loads(done.stdout)), signals, feedback, str(soundness))


def _signal(body: dict) -> str:
    proof = body.get("proof")
    return proof["stage"] if proof else body["kind"]


def main() -> None:
    client = Client.embedded(Path(sys.argv[1]) / "events")
    found = client.arrow("SELECT trace_id, span_id FROM answers")
    names = zip(found["trace_id"].to_pylist(), found["span_id"].to_pylist(), strict=True)
    sys.stdout.write(json.dumps(Counter(f"{trace.hex()}:{span:016x}" for trace, span in names)))
    client.close()


if __name__ == "__main__":
    main()
