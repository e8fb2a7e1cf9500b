"""The event store in both its homes: chDB in this process, and over HTTP as a server would be."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from outproof.store.events.client import Client, Remembered


@pytest.fixture(scope="session", params=["embedded", "over HTTP"])
def _home(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    # One per process: the embedded engine has one directory a process, and each opening leaks threads.
    path: Path = tmp_path_factory.mktemp("events")
    if request.param == "embedded":
        client = Client.embedded(path)
        yield client
        client.close()
        return
    command = [sys.executable, str(Path(__file__).with_name("front.py")), str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as front:
        try:
            assert front.stdout
            client = Client.remote(front.stdout.readline().strip())
            yield client
            client.close()
        finally:
            front.terminate()


@pytest.fixture
def client(_home: Client) -> Client:
    _home.command("TRUNCATE TABLE answers")
    _home.command("TRUNCATE TABLE set_aside")
    _home.command("TRUNCATE TABLE beside")
    _home.command("TRUNCATE TABLE answer_minutes")
    _home.remembered = Remembered(waiting=False)
    return _home
