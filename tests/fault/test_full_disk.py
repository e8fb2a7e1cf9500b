"""The disk fills up: clients are told to try again, nothing acknowledged is lost, and the server recovers by itself."""

from __future__ import annotations

import json
import os
import random
import resource
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.fault.server import Reply, Server
from tests.fault.stored import stored
from tests.fault.test_kill import lag
from tests.fault.traffic import PROMISE, PROTOBUF, a_batch
from tests.integration.sink import until

DISK_BYTES = 64 * 2**20
FILE_BYTES = 2**20
BATCH_SPANS = 300
TRIES_MAX = 400
RECOVERY_S_MAX = 60.0


@dataclass(frozen=True)
class Disk:
    """Where a server keeps its data, and how its disk is filled up and freed while it runs."""

    data: Path
    fill: Callable[[Server], None]
    free: Callable[[Server], None]


@contextmanager
def small_disk(folder: Path) -> Iterator[Disk]:
    """A file system of its own that somebody else's file fills up."""
    disk = folder / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "outproof-test", str(disk)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode != 0:
        pytest.skip("needs root")
    ballast = disk / "ballast"

    def fill(_: Server) -> None:
        # Written until nothing more fits: the server may take some of the space in the meantime.
        with ballast.open("wb", buffering=0) as file, suppress(OSError):
            while file.write(bytes(2**20)):
                pass

    try:
        yield Disk(disk / "data", fill, lambda _: ballast.unlink())
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


@contextmanager
def small_files(folder: Path) -> Iterator[Disk]:
    """A disk that takes no write beyond a file size: an I/O error that is not "no space"."""

    def limit(server: Server, bytes_max: int) -> None:
        _, hard = resource.prlimit(server.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (bytes_max, hard))

    yield Disk(
        folder / "data",
        lambda server: limit(server, FILE_BYTES),
        lambda server: limit(server, resource.RLIM_INFINITY),
    )


@pytest.mark.parametrize("kind", [small_disk, small_files])
def test_a_full_disk_refuses_for_now_loses_nothing_and_recovers_by_itself(
    kind: Callable[[Path], AbstractContextManager[Disk]], tmp_path: Path
) -> None:
    draw = random.Random(7)
    acknowledged: set[str] = set()
    refused: set[str] = set()

    def send(server: Server) -> Reply:
        batch = a_batch(draw, BATCH_SPANS)
        reply = server.post("/v1/traces", batch.body, PROTOBUF)
        (acknowledged if reply.status == 200 else refused).update(batch.names)
        return reply

    with kind(tmp_path) as disk:
        server = Server(disk.data)
        server.start()
        try:
            assert send(server).status == 200
            disk.fill(server)
            replies = _until_refused(lambda: send(server))
            signals = _until_refused(lambda: _open_run(server, draw))
            assert {reply.status for reply in replies + signals} <= {200, 202, 503}
            for reply in (replies[-1], signals[-1]):
                assert int(reply.headers["retry-after"]) > 0
            assert server.get("/healthz").status == 200
            disk.free(server)
            until(lambda: send(server).status == 200, within_s=RECOVERY_S_MAX)
            until(lambda: server.get("/readyz").status == 200 and lag(server) == 0, within_s=RECOVERY_S_MAX)
            assert server.stop() == 0
        finally:
            server.kill()
        found = stored(disk.data)
    assert acknowledged <= set(found.spans), "acknowledged and lost"
    assert set(found.spans) <= acknowledged | refused
    assert max(found.spans.values()) == 1


def _until_refused(send: Callable[[], Reply]) -> list[Reply]:
    """Every reply up to the first refusal; what fits into space already taken is rightly accepted before it."""
    replies = []
    for _ in range(TRIES_MAX):
        replies.append(send())
        if replies[-1].status not in (200, 202):
            return replies
    raise AssertionError(f"expected a refusal on a full disk, got {TRIES_MAX} acceptances")


def _open_run(server: Server, draw: random.Random) -> Reply:
    run = {"promise": PROMISE, "external_id": f"batch-{draw.getrandbits(64)}"}
    return server.post("/v1/runs", json.dumps(run).encode())
