"""Celery's own worker with processes that it forks and replaces after a few tasks: every answer arrives, once."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.integration.sdk_programs import deliver_leftovers
from tests.integration.sdk_receiver import Receiver, Told, attributes, child_env, serving, until

TASKS = 40

APPLICATION = """
import pathlib

import celery
import outproof

app = celery.Celery("shop", broker="filesystem://")
app.conf.broker_transport_options = {
    "data_folder_in": "queue", "data_folder_out": "queue", "control_folder": "control", "processed_folder": "done",
}
app.conf.worker_hijack_root_logger = False
outproof.init(service="shop")

@app.task
def answer(number):
    outproof.feedback(f"req_{number}", thumbs="up")
    with outproof.answer("answer", request_id=f"req_{number}"):
        pass
    pathlib.Path("ended", str(number)).touch()
"""

PUBLISH = "import shop\nfor number in range({}, {}): shop.answer.delay(number)"


@contextmanager
def a_worker(folder: Path, endpoint: str, *options: str) -> Iterator[subprocess.Popen[bytes]]:
    """Celery's worker, with tasks already in its queue."""
    (folder / "shop.py").write_text(APPLICATION)
    for name in ("queue", "control", "done", "ended"):
        (folder / name).mkdir()
    publish(folder, endpoint, 0, TASKS)
    command = [sys.executable, "-W", "ignore", "-m", "celery", "-A", "shop", "worker", "--loglevel", "ERROR"]
    process = subprocess.Popen(
        [*command, "--pool", "prefork", "--concurrency", "2", "--without-gossip", "--without-mingle", *options],
        cwd=folder,
        env=env_of(folder, endpoint),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def env_of(folder: Path, endpoint: str) -> dict[str, str]:
    env = child_env(endpoint, folder / "spool")
    return {**env, "PYTHONPATH": f"{folder}{os.pathsep}{env['PYTHONPATH']}", "PYTHONWARNINGS": "ignore"}


def publish(folder: Path, endpoint: str, first: int, last: int) -> None:
    code = PUBLISH.format(first, last)
    subprocess.run([sys.executable, "-c", code], cwd=folder, env=env_of(folder, endpoint), check=True)


@pytest.fixture
def receiver() -> Receiver:
    receiver = Receiver()
    receiver.answer = lambda got: Told(200 if got.path == "/v1/traces" else 201)
    return receiver


def names(receiver: Receiver) -> list[str]:
    """The request ids of the answers. What Celery killed a process over comes again, as the same span."""
    answers = {span.span_id: attributes(span)["outproof.request.id"] for span in receiver.spans()}
    return sorted(answers.values())


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGQUIT], ids=["warm", "cold"])
def test_processes_that_celery_replaces_lose_no_answer(
    tmp_path: Path, receiver: Receiver, stop: signal.Signals
) -> None:
    with serving(receiver) as endpoint:
        with a_worker(tmp_path, endpoint, "--max-tasks-per-child", "5") as worker:
            until(lambda: len(list((tmp_path / "ended").iterdir())) == TASKS, within_s=120)
            worker.send_signal(stop)
            worker.wait(timeout=90)
        deliver_leftovers(endpoint, tmp_path / "spool")
    assert names(receiver) == sorted(f"req_{number}" for number in range(TASKS))
