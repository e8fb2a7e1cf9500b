import os
import signal
import sys
import time
from pathlib import Path

import pytest

from outproof.sdk.ledger import Account, Ledger
from outproof.sdk.letter import Letter, letter_from
from outproof.sdk.sheets import RIPE_S, SHEET_LINES_MAX, SHEETS_MAX, Sheets
from outproof.sdk.spool import Kind, Spool

PATH = "/v1/runs/run_1/items"


class Desk:
    """Sheets on a real folder, with what they could not put there."""

    def __init__(self, folder: Path, *, bytes_max: int = 10_000_000) -> None:
        self.ledger = Ledger()
        self.account = Account(self.ledger)
        self.spool = Spool([folder], self.account, bytes_max=bytes_max)
        self.posted: list[Letter] = []
        self.sheets = Sheets(self.spool, self.account, self.posted.append)

    def letters(self) -> list[Letter]:
        contents = [self.spool.read(parcel) for parcel in self.spool.waiting(Kind.ITEMS)]
        found = [letter_from(content) for content in contents if content is not None]
        return [letter for letter in found if letter is not None]

    @property
    def balanced(self) -> bool:
        dropped = sum(self.ledger.dropped.values())
        return self.ledger.accepted == dropped + self.spool.items_waiting() + self.sheets.in_memory()


def line(number: int) -> bytes:
    return b'{"item_id":"%d"}\n' % number


def test_each_line_is_on_disk_before_its_call_returns(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    for number in range(3):
        desk.sheets.add("run", PATH, line(number))
        [part] = (tmp_path / "items").iterdir()
        assert part.read_bytes().splitlines()[-1] == line(number).strip()
        assert part.stat().st_mode & 0o077 == 0
        assert desk.spool.items_waiting() == number + 1
    assert desk.letters() == []
    desk.sheets.seal("run")
    [letter] = desk.letters()
    assert (letter.path, letter.body) == (PATH, line(0) + line(1) + line(2))
    assert (desk.spool.items_waiting(), desk.sheets.busy, desk.balanced) == (3, False, True)


def test_a_sheet_is_sealed_when_it_is_full(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    began = [desk.sheets.add("run", PATH, line(number)) for number in range(SHEET_LINES_MAX + 1)]
    assert [number for number, begun in enumerate(began) if begun] == [0, SHEET_LINES_MAX]
    assert [letter.items for letter in desk.letters()] == [SHEET_LINES_MAX]
    desk.sheets.add("run", PATH, b'{"item_id":"%s"}\n' % (b"x" * 999_980))
    assert len(desk.letters()) == 2
    assert desk.balanced


def test_a_sheet_is_sealed_when_it_is_ripe(tmp_path: Path) -> None:
    desk, before_s = Desk(tmp_path), time.monotonic()
    desk.sheets.add("run", PATH, line(1))
    desk.sheets.seal_ripe(before_s)
    assert desk.letters() == []
    desk.sheets.seal_ripe(time.monotonic() + RIPE_S)
    assert len(desk.letters()) == 1
    desk.sheets.add("run", PATH, line(2))
    assert [letter.body for letter in desk.letters()] == [line(1)]


def test_many_runs_at_once_hold_a_bounded_number_of_files_open(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    for number in range(SHEETS_MAX + 10):
        desk.sheets.add(f"run-{number}", PATH, line(number))
    assert len(list((tmp_path / "items").glob("*.part"))) == SHEETS_MAX
    assert len(desk.letters()) == 10
    desk.sheets.seal_all()
    assert (len(desk.letters()), desk.balanced) == (SHEETS_MAX + 10, True)


def test_without_a_folder_lines_wait_in_memory_and_become_a_letter_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    desk = Desk(tmp_path / "file")
    desk.sheets.add("run", PATH, line(1))
    desk.sheets.add("run", PATH, line(2))
    assert (desk.sheets.in_memory(), desk.balanced) == (2, True)
    desk.sheets.seal("run")
    assert [letter.body for letter in desk.posted] == [line(1) + line(2)]


def test_a_disk_that_refuses_half_way_costs_no_line(tmp_path: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    desk = Desk(tmp_path)
    desk.sheets.add("run", PATH, line(1))
    sheet = desk.sheets._open["run"]
    assert sheet.descriptor is not None
    full = os.open("/dev/full", os.O_WRONLY)
    real = os.dup(sheet.descriptor)
    os.dup2(full, sheet.descriptor)
    desk.sheets.add("run", PATH, line(2))
    assert desk.sheets.in_memory() == 1
    desk.sheets.seal("run")
    assert [letter.body for letter in (*desk.letters(), *desk.posted)] == [line(1), line(2)]
    os.close(full)
    os.close(real)


def test_a_full_spool_gives_up_answers_for_items_and_items_for_signals(tmp_path: Path) -> None:
    desk = Desk(tmp_path, bytes_max=1_000)
    desk.spool.put(Kind.ANSWERS, b"x" * 600, items=9)
    desk.ledger.accept(9)
    for number in range(100):
        desk.sheets.add("run", PATH, line(number))
    assert desk.ledger.dropped["spool_full"] > 9
    assert desk.balanced
    desk.sheets.seal("run")
    kept = desk.spool.items_waiting()
    desk.ledger.accept()
    assert desk.spool.put(Kind.SIGNALS, b"x" * 900, items=1)
    assert desk.ledger.dropped["spool_full"] == 109
    assert kept > 0
    assert desk.balanced


@pytest.mark.skipif(sys.platform == "win32", reason="needs fork")
def test_what_a_dead_process_left_is_adopted_and_what_a_living_one_writes_is_not(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        desk = Desk(tmp_path)
        desk.sheets.add("run", PATH, line(1))
        desk.sheets.add("run", PATH, line(2))
        [part] = (tmp_path / "items").iterdir()
        with part.open("ab") as torn:
            torn.write(b'{"item_id":"3')
        os.utime(part, (1, 1))
        # Closing the file above gave up the lock, as POSIX has it; the sheet that counts is a new one.
        desk.sheets.add("other", PATH, line(4))
        [other] = (path for path in (tmp_path / "items").iterdir() if path != part)
        os.utime(other, (1, 1))
        os.write(writing, b"!")
        time.sleep(60)
        os._exit(0)
    try:
        assert os.read(reading, 1) == b"!"
        desk = Desk(tmp_path)
        desk.sheets.adopt()
        assert [letter.body for letter in desk.letters()] == [line(1) + line(2)]
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        desk.sheets.adopt()
        assert [letter.body for letter in desk.letters()] == [line(1) + line(2), line(4)]
        assert list((tmp_path / "items").glob("*.part")) == []
    finally:
        os.close(reading)
        os.close(writing)


def test_nobody_adopts_the_sheets_of_their_own_process(tmp_path: Path) -> None:
    desk, other = Desk(tmp_path), Desk(tmp_path)
    desk.sheets.add("run", PATH, line(1))
    [part] = (tmp_path / "items").iterdir()
    os.utime(part, (1, 1))
    other.sheets.adopt()
    assert part.exists()
    desk.sheets.seal("run")
    assert len(desk.letters()) == 1
