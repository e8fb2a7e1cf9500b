import multiprocessing
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing.synchronize import Barrier as ProcessBarrier
from pathlib import Path
from threading import Barrier

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, inspect, text
from sqlalchemy.exc import DBAPIError

from outproof.core.errors import Permanent, Transient
from outproof.store.state import migrate as migrate_module
from outproof.store.state.database import open_engine, transaction
from outproof.store.state.migrate import HEAD, migrate, stamp
from outproof.store.state.tables import metadata
from tests.contract.state.opened import Home, url_of

AT_ONCE = 8


@pytest.fixture
def home(empty_home: Home) -> Home:
    """Here tables are made, so it has none."""
    return empty_home


@contextmanager
def raw(home: Home) -> Iterator[Connection]:
    """A connection past our own code, to prepare a database or look at what is in it."""
    engine = create_engine(url_of(home))
    with engine.begin() as connection:
        yield connection
    engine.dispose()


def tables(home: Home) -> set[str]:
    with raw(home) as connection:
        return set(inspect(connection).get_table_names())


def test_the_steps_make_exactly_the_tables_that_the_code_uses(home: Home) -> None:
    open_engine(url_of(home)).dispose()
    with raw(home) as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        assert compare_metadata(context, metadata) == []
        assert stamp(connection) == HEAD


def test_the_newest_step_is_the_one_the_program_expects() -> None:
    steps = ScriptDirectory(Path(migrate_module.__file__).with_name("migrations"))
    assert steps.get_heads() == [HEAD]


def test_opening_an_up_to_date_database_waits_for_nobody(home: Home) -> None:
    engine = open_engine(url_of(home))
    with transaction(engine) as connection:
        migrate(connection)  # holds what a migrating server holds, and finds nothing to do
        open_engine(url_of(home)).dispose()
    engine.dispose()


def test_a_database_that_a_newer_version_has_used_is_refused_and_left_alone(home: Home) -> None:
    open_engine(url_of(home)).dispose()
    with raw(home) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(Permanent, match=f"at step {HEAD} or .*, found step 9999.*Start that version again"):
        open_engine(url_of(home))
    with raw(home) as connection:
        assert stamp(connection) == "9999"


def test_tables_of_unknown_origin_are_refused_and_left_alone(home: Home) -> None:
    with raw(home) as connection:
        connection.execute(text("CREATE TABLE runs (speed INTEGER)"))
    with pytest.raises(Permanent, match="found the tables runs and no record"):
        open_engine(url_of(home))
    assert tables(home) == {"runs"}


def test_tables_of_other_names_are_no_hindrance(home: Home) -> None:
    with raw(home) as connection:
        connection.execute(text("CREATE TABLE visits (at INTEGER)"))
    open_engine(url_of(home)).dispose()
    assert tables(home) == {"visits", "alembic_version", *metadata.tables}


def test_a_step_that_fails_halfway_leaves_nothing_behind(home: Home) -> None:
    with raw(home) as connection:
        connection.execute(text("CREATE TABLE visits (at INTEGER)"))
        connection.execute(text("CREATE INDEX ix_runs_settle ON visits (at)"))
    with pytest.raises(DBAPIError, match="ix_runs_settle"):
        open_engine(url_of(home))
    assert tables(home) == {"visits"}


def test_of_many_threads_that_open_an_empty_database_one_makes_the_tables(home: Home) -> None:
    together = Barrier(AT_ONCE)

    def opens(_: int) -> None:
        together.wait()
        open_engine(url_of(home)).dispose()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(opens, range(AT_ONCE)))
    assert tables(home) == {"alembic_version", *metadata.tables}


def _open_together(url: str, together: ProcessBarrier) -> None:
    together.wait()
    open_engine(url).dispose()


def test_of_several_processes_that_open_an_empty_database_one_makes_the_tables(home: Home) -> None:
    spawning = multiprocessing.get_context("spawn")
    together = spawning.Barrier(3)
    processes = [spawning.Process(target=_open_together, args=(url_of(home), together)) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0, 0]
    assert tables(home) == {"alembic_version", *metadata.tables}


@pytest.mark.parametrize(
    "url", ["mysql://root:hunter2@db/state", "postgresql+asyncpg://root:hunter2@db/state", "hunter2"]
)
def test_a_url_that_cannot_be_used_is_refused_without_being_repeated(url: str) -> None:
    with pytest.raises(Permanent, match=re.escape("expected a state URL such as postgresql://")) as refused:
        open_engine(url)
    assert "hunter2" not in str(refused.value)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "state.db").write_bytes(b"This is a letter to the editor. " * 100)
    with pytest.raises(Permanent, match="found a file that is damaged or none"):
        open_engine(url_of(tmp_path))


def test_a_database_that_cannot_be_reached_may_be_there_later(tmp_path: Path) -> None:
    for url in (f"postgresql://postgres@/state?host={tmp_path}", f"sqlite:///{tmp_path}/missing/state.db"):
        with pytest.raises(Transient):
            open_engine(url)
