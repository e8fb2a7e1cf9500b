"""The `outproof` command in real processes, forked from one that has imported it: a start costs no three seconds.

They are killed, stopped and asked as any other. What a start from nothing is like is seen in tests/integration/
test_serve.py and tests/fault, which begin with the interpreter.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from multiprocessing import get_context
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from outproof.cli import main

_FORKS = get_context("forkserver")
_FORKS.set_forkserver_preload(["outproof.cli.serve", "tests.forked"])

Environment = Mapping[str, str]


def start(arguments: Sequence[str], log: Path, *, environment: Environment | None = None) -> ForkServerProcess:
    """`outproof` with these arguments; what it says is added to `log`. It ends with the tests at the latest."""
    return _started(arguments, environment, (os.devnull, str(log), str(log)))


def run(
    *arguments: str | Path,
    environment: Environment | None = None,
    said: bytes = b"",
    within_s: float = 120.0,
) -> subprocess.CompletedProcess[str]:
    """`outproof` with these arguments, once it is over; `said` is its standard input."""
    words = [str(each) for each in arguments]
    with tempfile.TemporaryDirectory() as spot:
        files = tuple(str(Path(spot, name)) for name in ("in", "out", "err"))
        Path(files[0]).write_bytes(said)
        process = _started(words, environment, files)
        process.join(within_s)
        if process.exitcode is None:
            process.kill()
            raise subprocess.TimeoutExpired(words, within_s)
        out, err = (Path(file).read_text() for file in files[1:])
    return subprocess.CompletedProcess(["outproof", *words], process.exitcode, out, err)


def _started(arguments: Sequence[str], environment: Environment | None, files: tuple[str, ...]) -> ForkServerProcess:
    given = dict(os.environ if environment is None else environment)
    process = _FORKS.Process(target=_be_outproof, args=(list(arguments), str(Path.cwd()), given, files), daemon=True)
    process.start()
    return process


def _be_outproof(arguments: list[str], folder: str, environment: dict[str, str], files: tuple[str, ...]) -> None:
    """What the child does."""
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    for number, file in enumerate(files):
        opened = os.open(file, os.O_RDONLY if number == 0 else os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(opened, number)
        os.close(opened)
    sys.stdin = os.fdopen(0, encoding="utf-8", closefd=False)
    sys.argv = ["outproof", *arguments]
    main()
