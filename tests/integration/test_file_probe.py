import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fsspec  # type: ignore[import-untyped]  # it carries no types of its own
import pytest
from fsspec.implementations.memory import MemoryFileSystem  # type: ignore[import-untyped]  # it carries no types of its own
from fsspec.registry import _registry  # type: ignore[import-untyped]  # it carries no types of its own

from outproof.contract.evidence import FactValue
from outproof.contract.surface import FileSurface
from outproof.core.time import NANOS_PER_S, Instant, after
from outproof.probes.file import FileProbe
from outproof.prove.file_sight import FileSight
from outproof.prove.known_facts import Known
from outproof.prove.look import Look
from outproof.prove.surface_reading import sight
from tests.builders import START, at
from tests.builders import TestClock as Clock

BODY = b'{"digests": []}'
DIGEST = hashlib.sha256(BODY).hexdigest()
FACTS: dict[str, FactValue] = {"batch_id": "b-17", "digest": DIGEST}


def look(url: str, *allowed: Path, opened_at: Instant = START, **conditions: Any) -> Look:
    known = Known(facts=FACTS, nameable=("batch_id", "digest"), opened_at=opened_at)
    found = sight(FileSurface(url=url, **conditions), known)
    assert isinstance(found, FileSight), found
    return FileProbe([str(folder) for folder in allowed], Clock()).look(found)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    folder.mkdir()
    written(folder / "b-17.json", BODY, at(5))
    return folder


def written(path: Path, body: bytes, moment: Instant) -> None:
    path.write_bytes(body)
    os.utime(path, ns=(moment, moment))


def test_a_file_is_there_with_its_size_and_time(out: Path) -> None:
    seen = look(f"{out}/{{batch_id}}.json", out, newer_than_open=True, max_age_s=60.0, max_bytes=100)
    assert seen.passed, seen
    assert dict(seen.measured) == {"size_bytes": len(BODY), "written_at": "2027-01-15T08:00:05.000000Z"}
    assert seen.newest_at == at(5)


def test_yesterdays_file_is_not_todays(out: Path) -> None:
    seen = look(f"file://{out}/{{batch_id}}.json", out, opened_at=at(7), newer_than_open=True)
    assert seen.passed is False
    assert seen.detail.endswith("saw one of 2027-01-15T08:00:05.000000Z")


def test_a_file_has_the_digest_that_its_job_reported(out: Path) -> None:
    assert look(f"{out}/{{batch_id}}.json", out, sha256="digest").passed is True
    (out / "b-17.json").write_bytes(BODY + b" ")
    assert look(f"{out}/{{batch_id}}.json", out, sha256="digest").passed is False


def test_a_file_that_is_not_there_is_seen_not_to_be(out: Path) -> None:
    for name in ("none.json", "none/b-17.json", "b-17.json/deeper"):
        seen = look(f"{out}/{name}", out)
        assert (seen.passed, seen.detail.endswith("saw no file")) == (False, True), seen


def test_nothing_is_read_where_nobody_allowed_it(out: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside.json"
    outside.write_bytes(BODY)
    (out / "link.json").symlink_to(outside)
    (out / "folder").symlink_to(tmp_path)
    (tmp_path / "out-too").mkdir()
    (tmp_path / "out-too" / "x").write_bytes(BODY)
    for path in (
        outside,
        out / "link.json",
        out / "folder" / "outside.json",
        tmp_path / "out-too" / "x",
        "/etc/passwd",
    ):
        seen = look(str(path), out, sha256="digest")
        assert (seen.passed, "nobody allowed files to be read there" in seen.detail) == (None, True), seen
    assert look(f"{out}/b-17.json").passed is None


def test_an_allowed_directory_may_be_a_link_itself(out: Path, tmp_path: Path) -> None:
    (tmp_path / "current").symlink_to(out)
    assert look(f"{tmp_path}/current/b-17.json", tmp_path / "current").passed is True


def test_what_is_no_regular_file_is_not_opened(out: Path) -> None:
    os.mkfifo(out / "pipe")
    (out / "folder").mkdir()
    for name in ("pipe", "folder"):
        seen = look(f"{out}/{name}", out, sha256="digest", min_bytes=0)
        assert (seen.passed, seen.detail.endswith("it is no regular file")) == (None, True), seen


class Store(MemoryFileSystem):  # type: ignore[misc]  # fsspec carries no types
    """An object store in memory; `away` is one that cannot be reached."""

    protocol = "s3"
    store: dict[str, Any] = {}  # noqa: RUF012 - as fsspec shares it
    pseudo_dirs = [""]  # noqa: RUF012 - as fsspec shares it
    away = False

    def info(self, path: str, **kwargs: Any) -> Any:
        if self.away:
            raise TimeoutError("connect to 10.0.0.1 timed out")
        return super().info(path, **kwargs)


@pytest.fixture
def store() -> Iterator[type[Store]]:
    fsspec.register_implementation("s3", Store, clobber=True)
    Store.store.clear()
    Store.away = False
    yield Store
    _registry.pop("s3")


def test_an_object_is_there_with_its_size_time_and_digest(store: type[Store]) -> None:
    store().pipe("/bucket/digests/b-17.json", BODY)
    now = int(store().modified("/bucket/digests/b-17.json").timestamp()) * NANOS_PER_S
    seen = look(
        "s3://bucket/digests/{batch_id}.json",
        opened_at=Instant(now - 5 * NANOS_PER_S),
        newer_than_open=True,
        sha256="digest",
    )
    assert (seen.passed, seen.measured["size_bytes"]) == (True, len(BODY)), seen
    late = look("s3://bucket/digests/{batch_id}.json", opened_at=after(Instant(now), 60), newer_than_open=True)
    assert late.passed is False


def test_an_object_that_is_not_there_is_seen_not_to_be(store: type[Store]) -> None:
    assert look("s3://bucket/none").passed is False


def test_a_store_that_is_away_was_not_seen(store: type[Store]) -> None:
    store.away = True
    seen = look("s3://bucket/a")
    assert (seen.passed, seen.detail) == (None, "could not look at s3://bucket/a: it cannot be read (TimeoutError)")


def test_a_store_without_its_package_says_which_is_missing() -> None:
    seen = look("abfs://container/a")
    assert (seen.passed, "expected a package for abfs://" in seen.detail) == (None, True), seen
