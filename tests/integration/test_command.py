"""Programs that responders have run: bounded in time and in what they say."""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread

import pytest

from outproof.core.errors import Permanent
from outproof.egress.command import OUTPUT_BYTES_MAX, run
from tests.integration.sink import until


def python(code: str, timeout_s: float = 120.0, stopping: Event | None = None) -> tuple[int | None, str]:
    ran = run([sys.executable, "-I", "-c", code], {"GIVEN": "yes"}, timeout_s, stopping or Event())
    return ran.exit_code, ran.output


def test_its_exit_code_and_what_it_wrote_are_told() -> None:
    assert python("import sys; print('out', flush=True); sys.stderr.write('err'); sys.exit(3)") == (3, "out\nerr")


def test_it_sees_nothing_of_our_environment_and_nothing_to_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OUTPROOF_TEST_SECRET", "op_secret")
    code, said = python("import os, sys; print(sorted(os.environ), os.getcwd(), repr(sys.stdin.read()))")
    assert code == 0
    assert "OUTPROOF_TEST_SECRET" not in said
    assert "'GIVEN', 'LANG'" in said
    assert said.endswith("/ ''\n")


def test_only_the_end_of_a_flood_is_kept() -> None:
    code, said = python("import sys; sys.stdout.write('x' * 3_000_000 + 'end')")
    assert (code, len(said), said[-4:]) == (0, OUTPUT_BYTES_MAX, "xend")


FOR_EVER = "import time; time.sleep(3600)"


def starting(child: str, *said: str) -> str:
    """A program that starts another one, tells its number, and goes on as `said`."""
    begun = f"import subprocess, sys; child = subprocess.Popen([sys.executable, '-c', {child!r}, *sys.argv[1:]])"
    return "; ".join((begun, "print(child.pid, flush=True)", *said))


def test_when_its_time_is_up_it_ends_with_all_that_it_started(tmp_path: Path) -> None:
    mark = str(tmp_path)  # among their arguments, so that they are found even if they had no time to say who they are
    argv = [sys.executable, "-I", "-c", starting(FOR_EVER, FOR_EVER), mark]
    assert run(argv, {}, 1.0, Event()).exit_code is None
    until(lambda: not running_with(mark))


def test_what_it_leaves_running_does_not_hold_us_up() -> None:
    code, output = python(starting(FOR_EVER))
    child = int(output)
    try:
        assert code == 0
        assert not is_gone(child)
    finally:
        os.kill(child, signal.SIGKILL)


def test_it_ends_with_all_that_it_started_when_the_server_stops(tmp_path: Path) -> None:
    told, stopping = tmp_path / "told", Event()
    goes_on = f"import pathlib; pathlib.Path({str(told)!r}).touch()"
    stop = Thread(target=_after, args=(told.exists, stopping.set))
    stop.start()
    code, output = python(starting(FOR_EVER, goes_on, FOR_EVER), stopping=stopping)
    stop.join()
    assert code is None
    until(lambda: is_gone(int(output)))


def _after(condition: Callable[[], bool], act: Callable[[], None]) -> None:
    until(condition)
    act()


def running_with(argument: str) -> list[str]:
    """The programs that run with this argument."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            given = (process / "cmdline").read_bytes().split(b"\0")
        except (FileNotFoundError, ProcessLookupError):
            continue  # it ended meanwhile
        if argument.encode() in given:
            found.append(process.name)
    return found


def is_gone(pid: int) -> bool:
    """Whether a process is over; one that nobody has waited for yet is over too."""
    try:
        return "State:\tZ" in Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return True


@pytest.mark.parametrize("argv", [["/nowhere/program"], [sys.executable, "nul\0byte"], [os.devnull]])
def test_what_cannot_be_started_did_nothing(argv: list[str]) -> None:
    with pytest.raises(Permanent, match="cannot be started"):
        run(argv, {}, 1.0, Event())
