"""What a stopped server keeps of every span: a data directory in, rows as JSON out.

It is a program of its own, because the event store opens one directory per process:

    python -m tests.clients.stored DATA
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from outproof.contract.answer import COLUMN_NAMES
from outproof.store.events.client import Client

ROOT = Path(__file__).resolve().parents[2]
_READ = ", ".join("toUnixTimestamp64Nano(started_at) AS at" if n == "started_at" else n for n in COLUMN_NAMES)


def rows(data: Path) -> list[dict[str, Any]]:
    """Every row of a data directory that no server has open, in the order the spans began."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.clients.stored", str(data)],
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        timeout=200,
    )
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def main() -> None:
    client = Client.embedded(Path(sys.argv[1]) / "events")
    found = client.rows(f"SELECT {_READ} FROM answers ORDER BY at, span_id")
    plain = [{name: value.hex() if isinstance(value, bytes) else value for name, value in row.items()} for row in found]
    sys.stdout.write(json.dumps(plain))
    client.close()


if __name__ == "__main__":
    main()
