"""Programs that use the SDK, each in a process of its own: started, ended, and what they left delivered."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

from tests.integration.sdk_receiver import child_env


def program(code: str, endpoint: str, spool: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code)],
        env=child_env(endpoint, spool),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(process: subprocess.Popen[str], *, says: str = "") -> int:
    """Its exit status; it must have printed nothing but `says`."""
    out, err = process.communicate(timeout=120)
    assert (out.strip(), err.strip()) == (says, "")
    return process.returncode


def deliver_leftovers(endpoint: str, spool: Path) -> None:
    """What the next start of the application does."""
    code = """
    import time, outproof
    outproof.init()
    deadline = time.monotonic() + 60
    while outproof.stats()["in_spool"] and time.monotonic() < deadline:
        time.sleep(0.01)
    print(outproof.stats()["in_spool"])
    """
    ended(program(code, endpoint, spool), says="0")
