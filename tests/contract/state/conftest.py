"""Where the state suite runs: a fresh SQLite file, and a fresh database of one PostgreSQL for the whole session."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from outproof.store.state.database import open_engine
from outproof.store.state.state import SqlState
from outproof.store.state.tables import metadata
from tests.contract.state.opened import Home, a_state, engine_of
from tests.contract.state.postgres import a_postgres, binaries, run_sql, url

_numbers = count()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Path]:
    """The folder of a PostgreSQL's socket."""
    programs = binaries()
    if programs is None:
        pytest.skip("needs postgresql")
    with a_postgres(programs) as folder:
        yield folder


@pytest.fixture
def postgres_home(postgres: Path) -> str:
    """An empty database: for what only PostgreSQL lets happen."""
    name = f"state_{next(_numbers)}"
    run_sql(postgres, f"CREATE DATABASE {name}")
    return url(postgres, name)


@pytest.fixture(scope="session")
def postgres_made(postgres: Path) -> str:
    """A database with our tables, emptied after each test: making it takes longer than most of them."""
    run_sql(postgres, "CREATE DATABASE made")
    open_engine(url(postgres, "made")).dispose()
    return url(postgres, "made")


@pytest.fixture
def postgres_emptied(postgres: Path, postgres_made: str) -> Iterator[str]:
    yield postgres_made
    ours = ", ".join(table.name for table in metadata.sorted_tables)
    run_sql(postgres, f"SET lock_timeout = '60s'; TRUNCATE {ours} RESTART IDENTITY", "made")


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_home(request: pytest.FixtureRequest, tmp_path: Path) -> Home:
    """A place without our tables."""
    return tmp_path if request.param == "sqlite" else str(request.getfixturevalue("postgres_home"))


@pytest.fixture(params=["sqlite", "postgresql"])
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Home:
    """A place with our tables, and nothing in them."""
    if request.param == "sqlite":
        engine_of(tmp_path).dispose()
        return tmp_path
    return str(request.getfixturevalue("postgres_emptied"))


@pytest.fixture
def state(home: Home) -> Iterator[SqlState]:
    with a_state(home) as state:
        yield state
