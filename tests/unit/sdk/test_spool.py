import os
import time
from pathlib import Path
from uuid import UUID

from outproof.sdk.ledger import Account, Ledger
from outproof.sdk.spool import ANSWERS_AGE_S_MAX, SIGNALS_AGE_S_MAX, Kind, Spool


def a_spool(folder: Path, *, bytes_max: int = 10_000) -> tuple[Spool, Ledger]:
    ledger = Ledger()
    return Spool([folder], Account(ledger), bytes_max=bytes_max), ledger


def an_id(age_s: float) -> str:
    return str(UUID(int=int((time.time() - age_s) * 1_000) << 80 | 7 << 76 | 2 << 62))


def test_files_come_back_in_the_order_they_were_put(tmp_path: Path) -> None:
    spool, _ = a_spool(tmp_path)
    for number in range(20):
        assert spool.put(Kind.SIGNALS, str(number).encode(), items=1, synced=number % 2 == 0)
    contents = [spool.read(parcel) for parcel in spool.waiting(Kind.SIGNALS)]
    assert contents == [str(number).encode() for number in range(20)]
    assert spool.items_waiting() == 20


def test_another_process_finds_them(tmp_path: Path) -> None:
    spool, _ = a_spool(tmp_path)
    spool.put(Kind.ANSWERS, b"batch", items=512)
    later, _ = a_spool(tmp_path)
    (parcel,) = later.waiting(Kind.ANSWERS)
    assert (parcel.items, parcel.writer) == (512, spool.writer)
    assert later.read(parcel) == b"batch"
    assert later.remove(parcel)
    assert not spool.remove(parcel)
    assert spool.items_waiting() == 0


def test_a_full_spool_gives_up_the_oldest_answers_and_counts_them(tmp_path: Path) -> None:
    spool, ledger = a_spool(tmp_path, bytes_max=1_000)
    for items in (1, 2, 3):
        spool.put(Kind.ANSWERS, b"x" * 400, items=items)
    assert [parcel.items for parcel in spool.waiting(Kind.ANSWERS)] == [2, 3]
    assert ledger.dropped == {"spool_full": 1}


def test_signals_stay_until_all_answers_are_gone(tmp_path: Path) -> None:
    spool, ledger = a_spool(tmp_path, bytes_max=1_000)
    spool.put(Kind.SIGNALS, b"x" * 300, items=1)
    spool.put(Kind.ANSWERS, b"x" * 600, items=9)
    assert spool.put(Kind.SIGNALS, b"x" * 300, items=1)
    assert ledger.dropped == {"spool_full": 9}
    assert spool.put(Kind.SIGNALS, b"x" * 600, items=1) is None
    assert len(spool.waiting(Kind.SIGNALS)) == 2


def test_what_is_too_old_is_given_up_signals_later_than_answers(tmp_path: Path) -> None:
    spool, ledger = a_spool(tmp_path)
    for kind in (Kind.SIGNALS, Kind.ANSWERS):
        spool.put(kind, b"x", items=5, item_id=an_id(ANSWERS_AGE_S_MAX + 60))
        spool.put(kind, b"x", items=1, item_id=an_id(ANSWERS_AGE_S_MAX - 60))
    spool.put(Kind.SIGNALS, b"x", items=1, item_id=an_id(SIGNALS_AGE_S_MAX + 60))
    spool.sweep()
    assert ledger.dropped == {"too_old": 6}
    assert (len(spool.waiting(Kind.SIGNALS)), len(spool.waiting(Kind.ANSWERS))) == (2, 1)


def test_what_is_refused_is_put_aside_for_a_person(tmp_path: Path) -> None:
    spool, _ = a_spool(tmp_path)
    parcel = spool.put(Kind.SIGNALS, b"wrong", items=1)
    assert parcel is not None
    spool.refuse(parcel)
    assert spool.items_waiting() == 0
    assert (tmp_path / "refused" / parcel.name).read_bytes() == b"wrong"


def test_foreign_and_half_written_files_are_passed_over_and_drafts_swept(tmp_path: Path) -> None:
    spool, _ = a_spool(tmp_path)
    (tmp_path / "signals" / "notes.txt").write_text("mine")
    draft = tmp_path / "signals" / "a-draft.tmp"
    draft.write_text("half")
    os.utime(draft, (1, 1))
    spool.sweep()
    assert spool.waiting(Kind.SIGNALS) == []
    assert (tmp_path / "signals" / "notes.txt").exists()
    assert not draft.exists()


def test_the_folder_is_for_its_owner_only(tmp_path: Path) -> None:
    spool, _ = a_spool(tmp_path / "spool")
    spool.put(Kind.SIGNALS, b"x", items=1)
    assert (tmp_path / "spool").stat().st_mode & 0o077 == 0
    (file,) = (tmp_path / "spool" / "signals").iterdir()
    assert file.stat().st_mode & 0o077 == 0


def test_a_link_is_not_taken_for_the_folder(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    spool, _ = a_spool(tmp_path / "link")
    assert spool.folder is None


def test_without_a_usable_folder_everything_says_no(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    spool, _ = a_spool(tmp_path / "file")
    assert spool.put(Kind.SIGNALS, b"x", items=1) is None
    assert spool.waiting(Kind.SIGNALS) == []
    spool.sweep()
    with spool.draining() as ours:
        assert not ours


def test_of_one_topic_only_the_newest_waits_whoever_wrote_it(tmp_path: Path) -> None:
    earlier, first = a_spool(tmp_path)
    later, second = a_spool(tmp_path)
    earlier.put(Kind.SIGNALS, b"plain", items=1)
    earlier.put(Kind.SIGNALS, b"beat 1", items=1, topic="a" * 16)
    later.put(Kind.SIGNALS, b"other", items=1, topic="b" * 16)
    newest = later.put(Kind.SIGNALS, b"beat 2", items=1, topic="a" * 16)
    assert newest is not None
    later.supersede(newest)
    contents = [later.read(parcel) for parcel in later.waiting(Kind.SIGNALS)]
    assert contents == [b"plain", b"other", b"beat 2"]
    assert (first.dropped, second.dropped) == ({}, {"superseded": 1})


def test_signals_and_lines_about_items_come_back_in_one_order(tmp_path: Path) -> None:
    spool, _ = a_spool(tmp_path)
    for number, kind in enumerate((Kind.SIGNALS, Kind.ITEMS, Kind.SIGNALS, Kind.ITEMS)):
        spool.put(kind, str(number).encode(), items=1)
    assert [spool.read(parcel) for parcel in spool.letters()] == [b"0", b"1", b"2", b"3"]
