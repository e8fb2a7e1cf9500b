"""A real server, a real watchdog beside it, and applications that die: who is told of what."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from outproof.cli import watchdog
from tests.server_process import ServerProcess

SECRET = "whsec_" + b64encode(b"w" * 32).decode()
CONFIG = """
egress: {{allow: [127.0.0.1]}}
monitor:
  owner: platform
  heartbeats:
    - {{name: watchdog, watchdog: "http://127.0.0.1:{port}/beat", secret_env: BEAT_SECRET, every: 1s}}
"""
LOST = """
import os, sys, time
import outproof
from outproof.sdk import exits
exits.LAST_CHANCE_S = 60.0  # at the end it has two seconds for its last statement: a machine that stalls takes longer
outproof.init(service="shop", endpoint=sys.argv[1], spool_dir=sys.argv[2])
for _ in range(600):
    with outproof.answer("answer") as answer:
        answer.route("serve")
outproof.feedback("0" * 32 + ":" + "0" * 16, thumbs="up")
outproof.flush(60)
if sys.argv[3] == "dies":
    os.kill(os.getpid(), 9)
"""


class Watchdog:
    """`outproof watchdog` as it runs on a host where nothing is installed; its pages are lines of a file."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.pages_file = folder / "pages"
        self.pages_file.touch()
        command = f"sh -c 'echo \"$WATCHDOG_STATE $WATCHDOG_TEXT\" >> {self.pages_file}'"
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", watchdog.__file__, "--command", command, *options],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "BEAT_SECRET": SECRET},
        )
        assert self._process.stdout
        self.said = self._process.stdout.readline()

    @property
    def port(self) -> int:
        found = re.search(r"port (\d+)", self.said)
        assert found, self.said
        return int(found[1])

    def pages(self) -> list[str]:
        return self.pages_file.read_text().splitlines()

    def stop(self) -> None:
        self._process.kill()
        self._process.communicate()


def until(look: Callable[[], Any], within_s: float = 120.0) -> Any:
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(0.1)
    raise AssertionError(f"waited {within_s} s in vain")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("watched")


@pytest.fixture(scope="module")
def listening(folder: Path) -> Iterator[Watchdog]:
    watchdog = Watchdog(folder, "--listen", "127.0.0.1:0", "--secret-env", "BEAT_SECRET", "--after", "10")
    yield watchdog
    watchdog.stop()


@pytest.fixture(scope="module")
def server(folder: Path, listening: Watchdog) -> Iterator[ServerProcess]:
    """One server for all: to start it is what these tests take long for. Whoever kills it starts it again."""
    config = folder / "outproof.yaml"
    config.write_text(CONFIG.format(port=listening.port))
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("BEAT_SECRET", SECRET)
        with ServerProcess(folder / "data", config) as server:
            yield server


def until_quiet(listening: Watchdog) -> int:
    """How many pages there were, once the server beats and nobody is told that it is down."""
    until(lambda: not listening.pages() or listening.pages()[-1].startswith("up "))
    return len(listening.pages())


def test_a_statement_that_cannot_be_is_refused_with_the_place_that_is_wrong(server: ServerProcess) -> None:
    good = {"sender": "a" * 16, "service": "other", "number": 1, "lanes": {}}
    bad: list[dict[str, object]] = [
        {**good, "sender": "../../etc"},
        {**good, "number": 0},
        {**good, "lanes": {"answers": {"emitted": -1}}},
        {**good, "lanes": {"dreams": {"emitted": 1}}},
        {**good, "lanes": {"answers": {"emitted": 1, "dropped": {"A b": 1}}}},
        {**good, "of_others": {"x": {}}},
        {**good, "claimed_at": "yesterday"},
        {**good, "service": "a\nb"},
    ]
    for body in bad:
        status, answer = server.post("/v1/statements", json.dumps(body).encode())
        assert status == 422, body
        assert b"expected" in answer
    assert server.post("/v1/statements", json.dumps(good).encode())[0] == 202
    assert json.loads(server.post("/v1/statements", json.dumps(good).encode())[1]) == {"kept": False}


def test_everything_applications_emitted_is_accounted_for_however_they_end(
    server: ServerProcess, tmp_path: Path
) -> None:
    """One that is killed before its first statement is known by what arrived of it alone, and lacks nothing."""
    for how in ("ends", "dies", "ends"):
        subprocess.run([sys.executable, "-c", LOST, server.url, str(tmp_path / "spool"), how], check=False, timeout=180)

    def settled() -> Any:
        told = server.get("/v1/conservation")
        stored = {
            each["service"]: {lane["lane"]: lane["stored"] for lane in each["lanes"]} for each in told["services"]
        }
        return told if stored.get("shop") == {"answers": 1_200, "signals": 2} and None in stored else None

    told = server.until(settled)
    assert told["unexplained"] == 0
    services = {each["service"]: each for each in told["services"]}
    assert [sender["ended"] for sender in services["shop"]["senders"]] == [True, True]
    assert {lane["lane"]: lane["emitted"] for lane in services["shop"]["lanes"]} == {"answers": 1_200, "signals": 2}
    killed = {lane["lane"]: (lane["emitted"], lane["stored"]) for lane in services[None]["lanes"]}
    assert killed == {"answers": (None, 600), "signals": (None, 1)}


def test_a_state_that_cannot_be_written_is_seen(server: ServerProcess, folder: Path) -> None:
    assert server.get("/readyz")["ready"]
    blocker = sqlite3.connect(folder / "data" / "state.db", isolation_level=None)
    server.until(lambda: _begun(blocker))

    def troubles() -> list[str]:
        return [each["trouble"] for each in server.get("/v1/status")["components"] if each["trouble"]]

    try:
        server.until(troubles)
    finally:
        blocker.execute("ROLLBACK")
        blocker.close()
    server.until(lambda: not troubles())


def test_the_death_of_a_server_is_paged_by_who_hears_its_beats_and_by_who_looks_at_it(
    tmp_path: Path, server: ServerProcess, listening: Watchdog
) -> None:
    polling = Watchdog(tmp_path, "--poll", server.url, "--every", "3")  # so long, too, it waits for an answer
    try:
        told = until_quiet(listening)
        assert polling.pages() == []
        server.kill()
        [down] = until(polling.pages)
        assert re.fullmatch(r"down 127\.0\.0\.1:\d+ is down: .* did not answer .* \(\d looks in a row\)", down)
        [down] = until(lambda: listening.pages()[told:])
        assert re.match(r"down \S+-[0-9a-f]{4} is down: no beat for \d+ s", down)
        server.start()  # the same folder: the same name, and its first beat goes out at once
        until(lambda: listening.pages()[told + 1 :])
        assert listening.pages()[-1].startswith("up ")
    finally:
        polling.stop()


def test_a_server_that_is_stopped_on_purpose_leaves_nobody_who_misses_it(server: ServerProcess, folder: Path) -> None:
    server.until(lambda: _rows(folder))
    assert server.stop() == 0
    assert _rows(folder) == 0
    server.start()


def _begun(state: sqlite3.Connection) -> bool:
    try:
        state.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError:
        return False
    return True


def _rows(folder: Path) -> int:
    state = sqlite3.connect(f"file:{folder / 'data' / 'state.db'}?mode=ro", uri=True)
    try:
        return int(state.execute("SELECT count(*) FROM components").fetchone()[0])
    finally:
        state.close()


def test_a_server_that_stands_still_is_paged_for(server: ServerProcess, listening: Watchdog) -> None:
    """A process that is stopped answers nothing, though its connections are taken."""
    told = until_quiet(listening)
    server.pause()
    try:
        until(lambda: listening.pages()[told:])
    finally:
        server.go_on()
