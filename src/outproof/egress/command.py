"""Runs one program: arguments in; its exit code and the end of what it wrote, bounded in time and size, out.

No shell reads the arguments, and of our own environment, which holds secrets, nothing is passed on.
"""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from threading import Event

from outproof.core.errors import Permanent

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
OUTPUT_BYTES_MAX = 16_384
_LOOK_EVERY_S = 0.1
_CHUNK_BYTES = 8_192


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """How a program ended. `exit_code` None: it was killed, because its time was up or because we stop.

    `output` is the end of what it wrote to stdout and stderr, not scrubbed.
    """

    exit_code: int | None
    output: str
    stopped: bool = False


def run(argv: Sequence[str], environment: Mapping[str, str], timeout_s: float, stopping: Event) -> Ran:
    """Run a program in a group of its own, so that whatever it starts ends with it when its time is up.

    What it leaves running when it ends by itself goes on.

    Raises:
        Permanent: it cannot be started; nothing was done.
    """
    try:
        process = subprocess.Popen(
            list(argv),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={"PATH": PATH, "LANG": "C.UTF-8", **environment},
            cwd="/",
            start_new_session=True,
            bufsize=0,
        )
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "its arguments cannot be passed"
        raise Permanent(f"the program {argv[0]} cannot be started: {reason}") from error
    with process:
        try:
            return _watched(process, time.monotonic() + timeout_s, stopping)
        finally:
            if process.returncode is None:  # not waited for yet, so the number of its group is still its own
                _kill_all(process)


def _watched(process: subprocess.Popen[bytes], deadline_s: float, stopping: Event) -> Ran:
    assert process.stdout is not None
    output = bytearray()
    with selectors.DefaultSelector() as ready:
        ready.register(process.stdout, selectors.EVENT_READ)
        while True:
            if stopping.is_set() or time.monotonic() >= deadline_s:
                return Ran(exit_code=process.returncode, output=_text(output), stopped=stopping.is_set())
            if ready.select(_LOOK_EVERY_S):
                chunk = os.read(process.stdout.fileno(), _CHUNK_BYTES)
                output += chunk
                del output[:-OUTPUT_BYTES_MAX]
                if chunk:
                    continue
                ready.unregister(process.stdout)
                break
            # Looked once more: it may have written and ended since. A child of it may still hold its output open.
            if process.poll() is not None and not ready.select(0):
                return Ran(exit_code=process.returncode, output=_text(output))
    while process.poll() is None:
        if stopping.wait(_LOOK_EVERY_S / 10) or time.monotonic() >= deadline_s:
            return Ran(exit_code=None, output=_text(output), stopped=stopping.is_set())
    return Ran(exit_code=process.returncode, output=_text(output))


def _kill_all(process: subprocess.Popen[bytes]) -> None:
    """End the program and all that it started in its group."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def _text(output: bytearray) -> str:
    return bytes(output).decode("utf-8", "replace")
