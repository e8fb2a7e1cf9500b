"""The provider, the receiver and what was told, for the tests of each client.

Clients are imported when their first test runs: it takes seconds, and each worker collects all tests.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import outproof
from tests.integration.sdk_clients.provider import Provider, Told, providing
from tests.integration.sdk_receiver import Receiver, serving


@pytest.fixture(scope="session")
def openai() -> Any:
    return pytest.importorskip("openai", reason="needs openai")


@pytest.fixture(scope="session")
def anthropic() -> Any:
    return pytest.importorskip("anthropic", reason="needs anthropic")


@pytest.fixture(scope="session")
def ollama() -> Any:
    return pytest.importorskip("ollama", reason="needs ollama")


@pytest.fixture(scope="session")
def running_provider(realcases: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provider]:
    with providing(realcases, tmp_path_factory.mktemp("provider")) as provider:
        yield provider


@pytest.fixture
def provider(running_provider: Provider) -> Provider:
    return replace(running_provider, seen=len(running_provider.lines()))


@pytest.fixture(scope="module")
def receiver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Receiver]:
    receiver = Receiver()
    with serving(receiver) as endpoint:
        outproof.init(service="monitored", endpoint=endpoint, spool_dir=tmp_path_factory.mktemp("spool"))
        yield receiver
        outproof.shutdown()


@pytest.fixture
def told(receiver: Receiver) -> Told:
    told = Told(receiver)
    told.spans()
    return told
