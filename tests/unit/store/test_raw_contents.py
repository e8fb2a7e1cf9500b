from pathlib import Path

import pytest

from outproof.contract.raw import CONTENTS_PER_GRANT_MAX, RawContent, RawGrant
from outproof.core.errors import Permanent
from outproof.core.ids import ProjectId
from outproof.core.time import Instant
from outproof.store.raw.contents import NAME, RawContents
from outproof.store.secret_file import RAW_KEY, secret_key
from tests.builders import at

SHOP = ProjectId("shop")


def a_grant(name: str = "raw_1", *, until: Instant | None = None) -> RawGrant:
    return RawGrant(id=name, by="ines", reason="a complaint", made_at=at(0), expires_at=until or at(3_600))


def a_content(text: str = "maya@example.com asked", name: str = "gen_ai.prompt") -> RawContent:
    return RawContent(trace_id=b"t" * 16, span_id=b"s" * 8, name=name, text=text, at=at(1))


def read(raw: RawContents, grant: str = "raw_1") -> list[str]:
    return [content.text for _, content in raw.read(grant, 0, 100)]


def test_nothing_is_on_disk_and_nothing_recorded_before_the_first_grant(tmp_path: Path) -> None:
    raw = RawContents(tmp_path, SHOP)
    assert not raw.recording(at(0))
    assert list(raw.grants()) == []
    assert not raw.revoke("raw_1", at(0))
    assert list(tmp_path.iterdir()) == []


def test_what_is_kept_is_read_as_it_came_and_is_not_to_be_seen_in_the_file(tmp_path: Path) -> None:
    raw = RawContents(tmp_path, SHOP)
    raw.add(a_grant())
    assert raw.recording(at(1))
    assert raw.keep([a_content(), a_content("half \ud800 a character")], at(1)) == 0
    assert read(raw) == ["maya@example.com asked", "half \ud800 a character"]
    held = (tmp_path / NAME).read_bytes()
    assert b"maya" not in held
    assert b"gen_ai" not in held
    assert (tmp_path / NAME).stat().st_mode & 0o077 == 0
    raw.close()


def test_a_server_that_starts_again_goes_on_with_live_grants(tmp_path: Path) -> None:
    raw = RawContents(tmp_path, SHOP)
    raw.add(a_grant())
    raw.keep([a_content()], at(1))
    raw.close()
    again = RawContents(tmp_path, SHOP)
    assert again.recording(at(2))
    assert read(again) == ["maya@example.com asked"]
    assert [grant.contents for grant in again.grants()] == [1]


def test_a_grant_that_is_over_records_no_more_and_is_erased_to_the_last_byte(tmp_path: Path) -> None:
    raw = RawContents(tmp_path, SHOP)
    raw.add(a_grant(until=at(60)))
    raw.keep([a_content()], at(1))
    assert not raw.recording(at(60))
    raw.keep([a_content()], at(60))
    assert [grant.id for grant in raw.due(at(60))] == ["raw_1"]
    sealed = (tmp_path / NAME).read_bytes()
    assert b"raw_1" in sealed
    assert raw.erase("raw_1") == 1
    assert raw.erase("raw_1") == 0
    left = (tmp_path / NAME).read_bytes()
    assert b"raw_1" not in left
    assert b"t" * 16 not in left
    assert read(raw) == []
    assert not raw.due(at(99))
    assert {path.name for path in tmp_path.iterdir()} == {NAME, RAW_KEY}


def test_a_revoked_grant_ends_at_once(tmp_path: Path) -> None:
    raw = RawContents(tmp_path, SHOP)
    raw.add(a_grant())
    assert raw.revoke("raw_1", at(5))
    assert not raw.revoke("raw_1", at(6))
    assert not raw.recording(at(6))
    assert [grant.id for grant in raw.due(at(6))] == ["raw_1"]


def test_each_live_grant_has_its_own_copy_and_erasing_one_leaves_the_other(tmp_path: Path) -> None:
    raw = RawContents(tmp_path, SHOP)
    raw.add(a_grant("raw_1"))
    raw.add(a_grant("raw_2"))
    raw.keep([a_content()], at(1))
    raw.erase("raw_1")
    assert read(raw, "raw_1") == []
    assert read(raw, "raw_2") == ["maya@example.com asked"]


def test_a_grant_keeps_so_much_and_no_more(tmp_path: Path) -> None:
    raw = RawContents(tmp_path, SHOP)
    raw.add(a_grant())
    assert raw.keep([a_content("x")] * (CONTENTS_PER_GRANT_MAX - 1), at(1)) == 0
    assert raw.keep([a_content("x")] * 3, at(1)) == 2
    assert raw.keep([a_content("x")], at(1)) == 1
    assert [grant.contents for grant in raw.grants()] == [CONTENTS_PER_GRANT_MAX]


def test_another_project_sees_nothing_of_it(tmp_path: Path) -> None:
    raw = RawContents(tmp_path, SHOP)
    raw.add(a_grant())
    raw.keep([a_content()], at(1))
    raw.close()
    other = RawContents(tmp_path, ProjectId("bank"))
    assert not other.recording(at(1))
    assert list(other.grants()) == []
    assert read(other) == []
    assert other.erase("raw_1") == 0


def test_what_was_sealed_by_another_key_does_not_open(tmp_path: Path) -> None:
    raw = RawContents(tmp_path, SHOP)
    raw.add(a_grant())
    raw.keep([a_content()], at(1))
    raw.close()
    (tmp_path / RAW_KEY).write_bytes(b"\1" * 32)
    with pytest.raises(Permanent, match="does not open"):
        read(RawContents(tmp_path, SHOP))


def test_a_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    key = secret_key(tmp_path / "a.key")
    assert len(key) == 32
    assert secret_key(tmp_path / "a.key") == key
    assert secret_key(tmp_path / "b.key") != key
    assert (tmp_path / "a.key").stat().st_mode & 0o777 == 0o600


def test_a_key_that_others_may_read_or_that_is_none_is_refused(tmp_path: Path) -> None:
    secret_key(tmp_path / "a.key")
    (tmp_path / "a.key").chmod(0o644)
    with pytest.raises(Permanent, match="chmod 600"):
        secret_key(tmp_path / "a.key")
    (tmp_path / "b.key").write_bytes(b"short")
    (tmp_path / "b.key").chmod(0o600)
    with pytest.raises(Permanent, match="expected 32 bytes"):
        secret_key(tmp_path / "b.key")
