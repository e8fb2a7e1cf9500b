from collections.abc import Iterator
from pathlib import Path

import pytest

from outproof.store.events.client import Client


@pytest.fixture(scope="session")
def _embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    # One per process: the embedded engine has one directory a process, and each opening leaks threads.
    path: Path = tmp_path_factory.mktemp("events")
    client = Client.embedded(path)
    yield client
    client.close()


@pytest.fixture
def client(_embedded: Client) -> Client:
    _embedded.command("TRUNCATE TABLE answers")
    _embedded.command("TRUNCATE TABLE set_aside")
    return _embedded
