"""Programs of real clients, each against a provider and all against one server: what was served, and what is kept."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.clients.provider import Provider
from tests.clients.stored import rows
from tests.server_process import ServerProcess

ROOT = Path(__file__).resolve().parents[2]
PROGRAM_S_MAX = 200
GRPC_PORT = re.compile(r"over gRPC at \S+:(\d+)")


@dataclass(frozen=True)
class Program:
    """One program, the road its telemetry takes, how often it asks its provider, and what else it is told."""

    file: str
    road: str
    calls: int
    env: Mapping[str, str]


@dataclass(frozen=True)
class Told:
    """What a provider served to a program, and the rows of its spans, both in their order."""

    served: list[dict[str, Any]]
    rows: list[dict[str, Any]]

    @property
    def calls(self) -> list[dict[str, Any]]:
        return [row for row in self.rows if row["is_call"]]


@dataclass(frozen=True)
class Outcome:
    """What all of them left. `said` are the server's log and its answers about itself, `data` its data directory."""

    told: dict[str, Told]
    ledger: dict[tuple[str, str], int]
    data: Path
    said: bytes


def outcome(programs: Mapping[str, Program], realcases: Path, folder: Path, config: Path) -> Outcome:
    """Run all programs at once, each as a service of its own name; stop the server, and read what it keeps."""
    with ExitStack() as stack:
        server = stack.enter_context(ServerProcess(folder / "data", config, options=("--grpc-port", "0")))
        port = GRPC_PORT.search(server.log)
        assert port
        grpc = f"http://127.0.0.1:{port[1]}"
        providers, running = {}, {}
        for name, program in programs.items():
            provider = providers[name] = stack.enter_context(Provider(realcases, folder / f"{name}.served"))
            env = {
                **os.environ,
                "SERVICE": name,
                "ROAD": program.road,
                "OTLP_HTTP": server.url,
                "OTLP_GRPC": grpc,
                "PROVIDER": provider.url,
                "NO_PROXY": "*",
                "OTEL_EXPORTER_OTLP_TIMEOUT": "60",
                **program.env,
            }
            command = [sys.executable, "-m", f"tests.clients.programs.{program.file}"]
            process = subprocess.Popen(
                command, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
            )
            running[name] = stack.enter_context(process)
            stack.callback(process.kill)
        for name, process in running.items():
            said, _ = process.communicate(timeout=PROGRAM_S_MAX)
            assert process.returncode == 0, f"{name} failed:\n{said[-3_000:]}"
        served = {name: providers[name].served(program.calls) for name, program in programs.items()}
        server.until(lambda: _lag(server) == 0 or None)
        ledger: dict[tuple[str, str], int] = {}
        for line in server.get("/v1/status")["ledger"]:
            key = line["signal"], line["outcome"]
            ledger[key] = ledger.get(key, 0) + line["count"]
        shown = [repr(server.get(path)).encode() for path in ("/v1/quarantine", "/v1/incidents?state=all", "/v1/audit")]
        assert server.stop() == 0
        said_by_server = b"\0".join((*shown, server.log.encode()))
    kept = rows(folder / "data")
    told = {name: Told(served[name], [row for row in kept if row["service"] == name]) for name in programs}
    return Outcome(told, ledger, folder / "data", said_by_server)


def _lag(server: ServerProcess) -> int:
    return next(part["lag"] for part in server.get("/v1/status")["components"] if part["name"] == "intake")
