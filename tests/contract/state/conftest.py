"""Where the state suite runs: a fresh SQLite file, and a fresh database of one PostgreSQL for the whole session."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from outproof.store.state.state import SqlState
from tests.contract.state.opened import Home, a_state
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


@pytest.fixture(params=["sqlite", "postgresql"])
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Home:
    return tmp_path if request.param == "sqlite" else str(request.getfixturevalue("postgres_home"))


@pytest.fixture
def state(home: Home) -> Iterator[SqlState]:
    with a_state(home) as state:
        yield state
