import socket
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from outproof.contract.evidence import FactValue
from outproof.contract.surface import ROWS_MAX, SqlSurface
from outproof.probes.sql import SqlProbe
from outproof.prove.known_facts import Known
from outproof.prove.look import Look
from outproof.prove.sql_sight import SqlSight
from outproof.prove.surface_reading import sight
from tests.builders import at
from tests.contract.state.postgres import a_postgres, binaries, run_sql, url

MADE = (
    "create table digests (id integer, batch text, customer text, at text)",
    "insert into digests select n, 'b-17', 'Ann', '2027-01-15T08:00:05Z' from "
    "(with recursive c(n) as (select 1 union all select n + 1 from c where n < 980) select n from c) as numbers",
)
FACTS: dict[str, FactValue] = {"batch_id": "b-17", "valid": 980}
COUNT = "select count(*) from digests where batch = :batch_id"

Looking = Callable[..., Look]


@pytest.fixture(scope="module")
def server() -> Iterator[Path]:
    programs = binaries()
    if programs is None:
        pytest.skip("needs postgresql")
    with a_postgres(programs) as folder:
        run_sql(folder, "CREATE DATABASE digests")
        engine = create_engine(url(folder, "digests"))
        with engine.begin() as connection:
            for statement in MADE:
                connection.execute(text(statement))
        engine.dispose()
        yield folder


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "app data#1.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in MADE:
            connection.execute(statement)
    return path


def looking(dsn: str) -> Looking:
    def look(query: str = COUNT, **conditions: Any) -> Look:
        known = Known(facts=FACTS, nameable=("batch_id",), opened_at=at(0))
        found = sight(SqlSurface(dsn_env="DIGEST_DB", query=query, **conditions), known)
        assert isinstance(found, SqlSight)
        return SqlProbe(environment={"DIGEST_DB": dsn}).look(found)

    return look


@pytest.fixture(params=["sqlite", "postgresql"])
def look(request: pytest.FixtureRequest) -> Looking:
    if request.param == "sqlite":
        return looking(f"sqlite:///{request.getfixturevalue('file')}")
    return looking(url(request.getfixturevalue("server"), "digests"))


def test_a_batch_is_read_back_from_its_database(look: Looking) -> None:
    seen = look(equals="valid")
    assert (seen.passed, seen.detail) == (True, "saw the value = 980 at database DIGEST_DB")
    assert dict(seen.measured) == {"value": 980}


def test_a_batch_that_is_not_there_is_seen_not_to_be(look: Looking) -> None:
    seen = look("select count(*) from digests where batch = :batch_id and id < 10", equals="valid")
    assert (seen.passed, seen.detail) == (
        False,
        "expected the value = 980 at database DIGEST_DB, saw the value = 9",
    )


def test_rows_are_counted_up_to_a_limit(look: Looking) -> None:
    seen = look("select customer from digests", rows_at_least=980)
    assert (seen.passed, dict(seen.measured)) == (True, {"rows": 980})
    many = look("select 1 from digests a, digests b", rows_at_least=ROWS_MAX)
    assert (many.passed, dict(many.measured)) == (True, {})


def test_a_text_in_a_row_is_never_repeated(look: Looking) -> None:
    seen = look("select customer from digests where id = 1", equals="Bob")
    assert seen.passed is False
    assert "Ann" not in str(seen)


def test_a_row_may_tell_when_it_was_written(look: Looking) -> None:
    assert look("select max(at) from digests", newer_than_open=True).passed is True
    assert look("select '2027-01-15T07:00:00Z'", newer_than_open=True).passed is False
    assert look("select '2027-01-15 07:00:00'", newer_than_open=True).passed is None


def test_a_query_that_is_wrong_says_so_without_quoting(look: Looking) -> None:
    assert "names a table that is not there" in look("select count(*) from nowhere", equals=1).detail
    assert "names a column that is not there" in look("select max(colour) from digests", equals=1).detail


def test_an_error_that_quotes_a_row_is_not_repeated(server: Path) -> None:
    seen = looking(url(server, "digests"))("select customer::integer from digests", equals=1)
    assert (seen.passed, "Ann" in str(seen)) == (None, False)
    assert seen.detail == "could not look at database DIGEST_DB: it refused the query (22P02)"


WRITES = [
    "with gone as (delete from digests returning 1) select count(*) from gone",
    "select setval('numbers', 5)",
    "select set_config('transaction_read_only', 'off', true)",
    "select 1 into copied",
    "select id from digests for update",
]


@pytest.mark.parametrize("query", WRITES)
def test_nothing_is_written_to_postgresql(server: Path, query: str) -> None:
    engine = create_engine(url(server, "digests"))
    with engine.begin() as connection:
        connection.execute(text("create sequence if not exists numbers"))
    seen = looking(url(server, "digests"))(query, equals=1)
    assert seen.passed is not True
    with engine.begin() as connection:
        assert connection.execute(text("select count(*) from digests")).scalar_one() == 980
        assert connection.execute(text("select last_value from numbers")).scalar_one() == 1
        assert connection.execute(text("select to_regclass('copied')")).scalar_one() is None
    engine.dispose()


@pytest.mark.parametrize(
    "query",
    ["select load_extension('x')", "with a as (select 1) delete from digests", "select * from pragma_table_list"],
)
def test_nothing_but_reading_is_done_on_sqlite(file: Path, query: str) -> None:
    seen = looking(f"sqlite:///{file}")(query, rows_at_least=1)
    assert seen.passed is None, seen
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("select count(*) from digests").fetchone() == (980,)


def test_a_database_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    seen = looking(f"sqlite:///{tmp_path / 'none.db'}")(equals=1)
    assert (seen.passed, seen.detail) == (None, "could not look at database DIGEST_DB: the file cannot be opened")
    assert list(tmp_path.iterdir()) == []


ENDLESS = "with recursive c(n) as (select 1 union all select n + 1 from c) select count(*) from c"


def test_a_query_that_does_not_end_is_left_when_its_time_is_over(look: Looking) -> None:
    seen = look(ENDLESS, equals=1, timeout_s=0.5)
    assert (seen.passed, "took too long" in seen.detail) == (None, True), seen


def test_a_table_that_others_lock_does_not_hold_us(server: Path) -> None:
    engine = create_engine(url(server, "digests"))
    with engine.begin() as connection:
        connection.execute(text("lock table digests in access exclusive mode"))
        seen = looking(url(server, "digests"))(equals="valid", timeout_s=0.5)
    engine.dispose()
    assert seen.passed is None
    assert "locked" in seen.detail or "too long" in seen.detail


def test_a_server_that_accepts_and_says_nothing_does_not_hold_us() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        seen = looking(f"postgresql://probe:hush@127.0.0.1:{port}/x")(equals=1, timeout_s=2.0)
    assert (seen.passed, "hush" in str(seen)) == (None, False)


@pytest.mark.parametrize(
    ("dsn", "why"),
    [
        ("", "got nothing or something else"),
        ("postgres;hush", "got nothing or something else"),
        ("mysql://me:hush@host/db", "got one that begins with mysql:"),
        ("sqlite://", "expected the path of a file"),
        ("sqlite:///:memory:", "expected the path of a file"),
        ("sqlite:///file:/etc/passwd?mode=rwc&uri=true", "expected the path of a file"),
        ("postgresql://me:hush@127.0.0.1:1/db", "nobody listens there"),
    ],
)
def test_a_database_that_cannot_be_meant_or_reached_is_told_without_its_url(dsn: str, why: str) -> None:
    seen = looking(dsn)(equals=1)
    assert (seen.passed, why in seen.detail, "hush" in str(seen)) == (None, True, False), seen
