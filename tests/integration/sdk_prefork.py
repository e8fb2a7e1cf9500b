"""A real gunicorn with workers that it forks, serving an application that uses the SDK."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.integration.sdk_receiver import a_port, child_env, until

APPLICATION = """
import os
import outproof
from outproof.sdk.metrics import Metrics
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

outproof.init(service="shop")
metrics = Metrics("shop", endpoints=["answer"], models=["m1"])
metrics.model_loaded("m1")

def application(environ, start_response):
    path, name, body = environ["PATH_INFO"], environ["QUERY_STRING"], str(os.getpid()).encode()
    if path == "/metrics":
        registry = CollectorRegistry()
        MultiProcessCollector(registry)
        body = generate_latest(registry)
    elif path == "/stats":
        body = repr(outproof.stats()["dropped"]).encode()
    else:
        outproof.feedback(name, thumbs="up")
        with outproof.answer("answer", request_id=name) as answer:
            answer.usage(input_tokens=10, output_tokens=2)
        if path == "/die":
            os._exit(1)
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]
"""

CONFIGURATION = """
from prometheus_client import multiprocess

def child_exit(server, worker):
    multiprocess.mark_process_dead(worker.pid)
"""


@dataclass
class Prefork:
    """A running gunicorn; `stop` ends it and gives its exit status."""

    process: subprocess.Popen[str]
    address: str

    def get(self, path: str) -> str:
        """The body of a reply; empty when the worker failed or died, as over metrics that another is just beginning."""
        try:
            with urllib.request.urlopen(self.address + path, timeout=60) as reply:
                return str(reply.read().decode())
        except (urllib.error.URLError, ConnectionError):
            return ""

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(timeout=90)


@contextmanager
def gunicorn(folder: Path, endpoint: str, *options: str) -> Iterator[Prefork]:
    """Serves the application from a folder, with three workers."""
    (folder / "application.py").write_text(textwrap.dedent(APPLICATION))
    (folder / "configuration.py").write_text(CONFIGURATION)
    (folder / "metrics").mkdir()
    with a_port() as port, _started(folder, endpoint, f"127.0.0.1:{port}", options) as prefork:
        yield prefork


@contextmanager
def _started(folder: Path, endpoint: str, address: str, options: Sequence[str]) -> Iterator[Prefork]:
    env = child_env(endpoint, folder / "spool") | {"PROMETHEUS_MULTIPROC_DIR": str(folder / "metrics")}
    del env["PYTHONWARNINGS"]
    command = [sys.executable, "-m", "gunicorn", "application:application", "--bind", address, "--workers", "3"]
    process = subprocess.Popen(
        [*command, "--config", "configuration.py", "--no-control-socket", *options],
        cwd=folder,
        env={**env, "PYTHONPATH": f"{folder}{os.pathsep}{env['PYTHONPATH']}"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    prefork = Prefork(process, f"http://{address}")
    try:
        until(lambda: prefork.get("/stats") or process.poll() is not None)
        assert process.poll() is None, "gunicorn did not start"
        yield prefork
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
