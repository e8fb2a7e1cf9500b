"""Programs that responders have run: bounded in time and in what they say."""

import os
import sys
import time
from pathlib import Path
from threading import Event, Timer

import pytest

from outproof.core.errors import Permanent
from outproof.egress.command import OUTPUT_BYTES_MAX, run
from tests.integration.sink import until


def python(code: str, timeout_s: float = 20.0, stopping: Event | None = None) -> tuple[int | None, str]:
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


def test_when_its_time_is_up_it_ends_with_all_that_it_started(tmp_path: Path) -> None:
    child = "import time; time.sleep(60)"
    said = f"import subprocess, sys, time; print(subprocess.Popen([sys.executable, '-c', {child!r}]).pid, flush=True)"
    began_s = time.monotonic()
    code, output = python(f"{said}; time.sleep(60)", 1.0)
    assert code is None
    assert time.monotonic() - began_s < 5
    pid = int(output)
    until(lambda: is_gone(pid))


def is_gone(pid: int) -> bool:
    """Whether a process is over; one that nobody has waited for yet is over too."""
    try:
        return "State:\tZ" in Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return True


def test_what_it_leaves_running_does_not_hold_us_up() -> None:
    began_s = time.monotonic()
    child = "import time; time.sleep(3)"
    code, _ = python(f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {child!r}]); print('ok')")
    assert code == 0
    assert time.monotonic() - began_s < 2.5


def test_it_ends_when_the_server_stops() -> None:
    stopping = Event()
    Timer(0.3, stopping.set).start()
    began_s = time.monotonic()
    assert python("import time; time.sleep(60)", stopping=stopping)[0] is None
    assert time.monotonic() - began_s < 5


@pytest.mark.parametrize("argv", [["/nowhere/program"], [sys.executable, "nul\0byte"], [os.devnull]])
def test_what_cannot_be_started_did_nothing(argv: list[str]) -> None:
    with pytest.raises(Permanent, match="cannot be started"):
        run(argv, {}, 1.0, Event())
