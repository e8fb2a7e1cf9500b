"""The main job in a minute: a live service that starts to invent dates, and a batch that succeeds unseen.

Starts the server on a fresh data directory, a surface for readers, a receiver for on-call, then two real programs that
use the SDK. Shows the two incidents that follow, drills the batch's promise, and keeps serving until Ctrl-C.

    make demo            (or: python examples/demo.py [--port 4318] [--once])
"""

from __future__ import annotations

import argparse
import functools
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

HERE = Path(__file__).resolve().parent
PORT, RECEIVER_PORT, SURFACE_PORT = 4318, 4320, 4321
SECRET = "whsec_b3V0cHJvb2YtZXhhbXBsZS1zZWNyZXQtMzItYnl0ZXM="  # of the example only: it signs nothing real
WAIT_S = 60.0

console = Console(highlight=False)


class Quiet(SimpleHTTPRequestHandler):
    """Serves the digests, as the readers' site would."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def surface(directory: Path, port: int) -> Iterator[None]:
    directory.mkdir(parents=True)
    server = ThreadingHTTPServer(("127.0.0.1", port), functools.partial(Quiet, directory=str(directory)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield
    finally:
        server.shutdown()


@contextmanager
def running(*arguments: str, env: dict[str, str] | None = None, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A program that runs until the block ends, its output in a file."""
    with log.open("wb") as out:
        process = subprocess.Popen([sys.executable, *arguments], env=env, stdout=out, stderr=subprocess.STDOUT)
        try:
            yield process
        finally:
            process.terminate()
            process.wait(15)


def free_port(wanted: int) -> int:
    """The wanted port, or any other when somebody has it."""
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError:
            probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def fetched(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=5) as response:
        return json.load(response)


def waited(what: str, look: Callable[[], Any], process: subprocess.Popen[bytes], log: Path) -> Any:
    """What `look` finds as soon as it finds something.

    Raises:
        SystemExit: it took too long, or the server is gone; with the end of its log.
    """
    deadline = time.monotonic() + WAIT_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if found := look():
                return found
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            pass
        time.sleep(0.1)
    tail = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
    raise SystemExit(f"waited {WAIT_S:.0f} s for {what}, in vain. The server's log ends:\n{tail}")


def incidents(url: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = fetched(f"{url}/v1/incidents?state=all")["incidents"]
    return found


def told(url: str) -> list[dict[str, Any]]:
    """Both incidents, once on-call has been told of both."""
    found = incidents(url)
    ready = {item["subject"]["type"] for item in found if item["deliveries"]["accepted"]}
    return found if ready == {"service", "promise"} else []


def configured(data: Path, receiver_port: int, surface_port: int) -> Path:
    """The example configuration with the ports that are free here."""
    text = (HERE / "outproof.yaml").read_text()
    text = text.replace(f":{RECEIVER_PORT}/", f":{receiver_port}/").replace(f":{SURFACE_PORT}/", f":{surface_port}/")
    path = data / "outproof.yaml"
    path.write_text(text)
    return path


@dataclass(frozen=True)
class Cast:
    """Where everybody in the play is."""

    data: Path
    port: int
    receiver_port: int
    surface_port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def env(self) -> dict[str, str]:
        """What an application needs to find the server."""
        return {**os.environ, "OUTPROOF_ENDPOINT": self.url, "OUTPROOF_SPOOL": str(self.data / "spool")}

    @property
    def server_log(self) -> Path:
        return self.data / "server.log"

    @property
    def receiver_log(self) -> Path:
        return self.data / "on-call.log"

    @property
    def nightly(self) -> list[str]:
        """The command of the nightly batch."""
        batch = f"digest-{time.strftime('%Y-%m-%d')}"
        program = [sys.executable, str(HERE / "nightly_digest.py")]
        return [*program, "--batch", batch, "--surface", str(self.data / "surface")]


def start(stack: ExitStack, cast: Cast) -> subprocess.Popen[bytes]:
    """The server, once it is ready; the readers' surface and on-call's receiver beside it."""
    stack.enter_context(surface(cast.data / "surface", cast.surface_port))
    receiver = (str(HERE / "receiver.py"), "--port", str(cast.receiver_port), "--secret", SECRET)
    stack.enter_context(running(*receiver, log=cast.receiver_log))
    config = configured(cast.data, cast.receiver_port, cast.surface_port)
    serving = ("-m", "outproof", "serve", "--data", str(cast.data / "data"), "--config", str(config))
    server = stack.enter_context(running(*serving, "--port", str(cast.port), env=cast.env, log=cast.server_log))
    waited("the server", lambda: fetched(f"{cast.url}/readyz")["ready"], server, cast.server_log)
    return server


def play(stack: ExitStack, cast: Cast) -> tuple[subprocess.Popen[bytes], list[dict[str, Any]]]:
    """The server and the two incidents, with progress on the way."""

    def run(*command: str) -> None:
        subprocess.run(command, env=cast.env, check=True, stdout=subprocess.DEVNULL)

    spinner = SpinnerColumn(finished_text="✓")
    with Progress(spinner, TextColumn("{task.description}"), TimeElapsedColumn(), console=console) as steps:

        @contextmanager
        def step(text: str) -> Iterator[None]:
            task = steps.add_task(text, total=1)
            yield
            steps.update(task, completed=1)

        with step("starting the server, a surface for readers, on-call's receiver"):
            server = start(stack, cast)
        with step("40 delivery questions; after 30 a new template ships"):
            run(sys.executable, str(HERE / "delivery_answers.py"))
        with step("the nightly batch: all calls finish, nothing is saved, exit 0"):
            run(*cast.nightly)
        with step("two incidents open, and on-call is told"):
            found = waited("two incidents", lambda: told(cast.url), server, cast.server_log)
    return server, found


def outproof(cast: Cast, *arguments: str) -> None:
    """A command of Outproof's own, with its output on this terminal; when it fails, it says so itself."""
    subprocess.run([sys.executable, "-m", "outproof", *arguments], env=cast.env, check=False)


def show(cast: Cast, found: list[dict[str, Any]]) -> None:
    """What on-call got, what the responder sees, and what to do next."""
    console.rule("what on-call got")
    console.print(cast.receiver_log.read_text(), markup=False, soft_wrap=True)
    console.rule("what the responder sees: outproof incident ID")
    for item in sorted(found, key=lambda item: str(item["opened_at"])):
        outproof(cast, "incident", str(item["id"]))
    [batch] = [item for item in found if item["subject"]["type"] == "promise"]
    console.rule("may it be done again, and what is known: outproof handoff ID")
    outproof(cast, "handoff", str(batch["id"]))
    console.rule("would we notice the next time: outproof drill NAME")
    outproof(cast, "drill", "nightly-digests", "--fault", "skip-persistence")
    console.print(f"\n[bold]{cast.url}/incidents[/bold]  the pages, live")
    console.print("\nRepair the batch, and its incident closes by itself:")
    console.print(f"  OUTPROOF_ENDPOINT={cast.url} {' '.join(cast.nightly)} --persist", soft_wrap=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("outproof-demo"), help="made anew at each start")
    parser.add_argument("--port", type=int, default=PORT)
    parser.add_argument("--once", action="store_true", help="show the incidents and stop")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # stop what was started, as Ctrl-C does
    shutil.rmtree(options.data, ignore_errors=True)
    options.data.mkdir(parents=True)
    with ExitStack() as stack:
        try:
            ports = free_port(options.port), free_port(RECEIVER_PORT), free_port(SURFACE_PORT)
            cast = Cast(options.data, *ports)
            server, found = play(stack, cast)
            show(cast, found)
            if not options.once:
                console.print("\nServing until Ctrl-C.")
                server.wait()
        except KeyboardInterrupt:
            console.print("stopping")


if __name__ == "__main__":
    main()
