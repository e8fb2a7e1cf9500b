import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from outproof.sdk.ledger import Account, Ledger
from outproof.sdk.life import CAME, HELD_MAX, YOUNG_S, Life
from outproof.sdk.spool import Spool

DIES = """
import os, sys
from pathlib import Path
from outproof.sdk.ledger import Account, Ledger
from outproof.sdk.life import Life
from outproof.sdk.spool import Spool
life = Life(Spool([Path(sys.argv[1])], Account(Ledger())), Account(Ledger()))
life.tally[0] += 12
life.safe(int(sys.argv[2]))
if sys.argv[3] == "ends":
    life.end()
print("there", flush=True)
if sys.argv[3] == "stays":
    sys.stdin.read()
os._exit(1)
"""


def another(folder: Path, safe: int, how: str) -> subprocess.Popen[str]:
    """Another process that held 12 answers, so many of them safe, by the time it has said that it is there."""
    process = subprocess.Popen(
        [sys.executable, "-c", DIES, str(folder), str(safe), how],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "there\n"
    return process


def the_next(folder: Path) -> Ledger:
    """What the next process with the same spool counts, once the file is old enough."""
    ledger = Ledger()
    for path in (folder / "lives").glob("*"):
        os.utime(path, (time.time() - 2 * YOUNG_S,) * 2)
    account = Account(ledger)
    Life(Spool([folder], account), account).count_the_dead()
    return ledger


@pytest.mark.parametrize(("safe", "died"), [(0, {"died": 12}), (9, {"died": 3}), (12, {})])
def test_what_died_with_a_process_is_counted_once(tmp_path: Path, safe: int, died: dict[str, int]) -> None:
    another(tmp_path, safe, "dies").communicate()
    ledger = the_next(tmp_path)
    assert (ledger.dropped, ledger.accepted) == (died, sum(died.values()))
    assert the_next(tmp_path).dropped == {}


def test_what_a_living_process_holds_is_not_counted(tmp_path: Path) -> None:
    living = another(tmp_path, 0, "stays")
    assert the_next(tmp_path).dropped == {}
    living.communicate("")
    assert the_next(tmp_path).dropped == {"died": 12}


@pytest.mark.parametrize(("safe", "died"), [(12, {}), (11, {"died": 1})])
def test_an_orderly_end_leaves_nothing_to_count_but_what_was_never_safe(
    tmp_path: Path, safe: int, died: dict[str, int]
) -> None:
    another(tmp_path, safe, "ends").communicate()
    assert len(list((tmp_path / "lives").iterdir())) == len(died)
    assert the_next(tmp_path).dropped == died


def test_our_own_count_is_left_alone(tmp_path: Path) -> None:
    ledger = Ledger()
    account = Account(ledger)
    life = Life(Spool([tmp_path], account), account)
    life.tally[CAME] += 5
    assert not life.others_ended()
    assert the_next(tmp_path).dropped == {}


@pytest.mark.parametrize("content", [b"", b"short", b"x" * 16, b"y" * 4_000])
def test_a_file_that_makes_no_sense_stops_nobody(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "lives").mkdir()
    (tmp_path / "lives" / "0a1b2c3d.life").write_bytes(content)
    assert the_next(tmp_path).dropped.get("died", 0) <= HELD_MAX


def test_without_a_folder_it_counts_for_nobody(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    account = Account(Ledger())
    life = Life(Spool([tmp_path / "file"], account), account)
    life.tally[CAME] += 1
    life.safe(1)
    life.end()
    assert not life.others_ended()
