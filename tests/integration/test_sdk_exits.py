"""Every way a process can end, with real processes: what it had said must reach the server, now or from disk."""

import os
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from textwrap import dedent
from threading import Event

import pytest

from tests.integration.sdk_programs import deliver_leftovers, ended, program
from tests.integration.sdk_receiver import Got, Receiver, Told, a_port, serving, until

NOWHERE = "http://127.0.0.1:9"  # the discard port: nobody listens

ANSWERS = """
import outproof, os, signal, sys, time
outproof.init(service="tracking-answerer")
for number in range(500):
    with outproof.answer("answer", request_id=f"req_{number}") as a:
        a.route("serve")
"""


# The end of a process has two seconds to deliver in, and leaves the rest on disk. A machine that stalls takes longer.
PATIENT = "from outproof.sdk import exits; exits.LAST_CHANCE_S = 60.0"


# As a supervisor that tells the process and its group, and again because it does not end at once.
MANY_A_SIGTERM = """
me = os.getpid()
if os.fork() == 0:
    for _ in range(99):
        os.kill(me, signal.SIGTERM)
    os._exit(0)
time.sleep(120)
"""


@contextmanager
def a_black_hole() -> Iterator[str]:
    """An address that accepts connections and never says a word."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(16)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


def requests_of(receiver: Receiver) -> set[str]:
    return {pair.value.string_value for span in receiver.spans() for pair in span.attributes if "request" in pair.key}


ALL_500 = {f"req_{number}" for number in range(500)}


@pytest.mark.parametrize(
    ("how", "status"),
    [
        ("", 0),
        ("sys.exit(3)", 3),
        ("os.kill(os.getpid(), signal.SIGTERM); time.sleep(120)", -signal.SIGTERM),
        (MANY_A_SIGTERM, -signal.SIGTERM),
        ("outproof.shutdown(60); os._exit(0)", 0),
        ("outproof.flush(60); os.kill(os.getpid(), signal.SIGKILL)", -signal.SIGKILL),
    ],
    ids=["normal", "sys.exit", "SIGTERM", "many a SIGTERM", "shutdown", "flush"],
)
def test_every_answer_is_delivered_before_the_process_is_gone(tmp_path: Path, how: str, status: int) -> None:
    receiver = Receiver()
    with serving(receiver) as endpoint:
        assert ended(program(f"{PATIENT}\n{ANSWERS}\n{how}", endpoint, tmp_path)) == status
        assert requests_of(receiver) == ALL_500


@pytest.mark.parametrize(
    "how", ["", "os.kill(os.getpid(), signal.SIGTERM); time.sleep(600)"], ids=["normal", "SIGTERM"]
)
def test_with_the_server_away_the_process_ends_all_the_same_and_the_next_one_delivers(tmp_path: Path, how: str) -> None:
    receiver = Receiver()
    with a_port() as port:
        ended(program(ANSWERS + how, f"http://127.0.0.1:{port}", tmp_path))
        with serving(receiver, port) as endpoint:
            deliver_leftovers(endpoint, tmp_path)
            until(lambda: requests_of(receiver) == ALL_500)


@pytest.mark.parametrize("how", ["outproof.shutdown()", "pass"], ids=["shutdown", "exit"])
def test_a_server_that_says_nothing_holds_up_nobody(tmp_path: Path, how: str) -> None:
    code = ANSWERS + f"time.sleep(1); {how}; print('over')"
    with a_black_hole() as endpoint:
        assert ended(program(code, endpoint, tmp_path), says="over") == 0
    assert sum(int(file.name.split("~")[2].split(".")[0]) for file in tmp_path.glob("*/answers/*")) == 500


def test_a_proof_survives_kill_9_right_after_the_call_returned(tmp_path: Path) -> None:
    code = """
    import outproof, os, signal
    outproof.init(service="digests")
    run = outproof.run("nightly-digests", external_id="batch-7")
    run.validated(valid=980, invalid=20)
    os.kill(os.getpid(), signal.SIGKILL)
    """
    receiver = Receiver()
    receiver.answer = lambda _: Told(503)
    with serving(receiver) as endpoint:
        assert ended(program(code, endpoint, tmp_path)) == -signal.SIGKILL
        taken: dict[str, Got] = {}

        def take(got: Got) -> Told:
            taken[got.fields["signal_id"]] = got
            return Told(201)

        receiver.answer = take
        deliver_leftovers(endpoint, tmp_path)
    # What the dead process had just sent may be read, and be taken, as late as now: under the same ids.
    opened, proof = taken.values()
    assert opened.path == "/v1/runs"
    assert proof.fields["stage"] == "validated"
    assert proof.fields["counts"] == {"valid": 980, "invalid": 20}


@pytest.mark.parametrize(
    "how",
    ["os._exit(1)", "os.kill(os.getpid(), signal.SIGKILL)", "ctypes.string_at(0)"],
    ids=["_exit", "kill", "crash"],
)
def test_no_outcome_is_lost_however_the_process_dies(tmp_path: Path, how: str) -> None:
    code = f"""
    import ctypes, os, signal, outproof
    outproof.init(service="digests")
    for number in range(40):
        with outproof.run("nightly-digests", external_id=f"batch-{{number}}"):
            pass
    outproof.feedback("0" * 32 + ":" + "0" * 16, thumbs="down")
    {how}
    """
    receiver = Receiver()
    receiver.answer = lambda _: Told(201)
    with serving(receiver) as endpoint:
        ended(program(code, endpoint, tmp_path))
        deliver_leftovers(endpoint, tmp_path)
    ids = {got.fields.get("signal_id") or got.fields["id"] for got in receiver.signals()}
    assert len(ids) == 81


@pytest.mark.parametrize("how", ["os._exit(1)", "os.kill(os.getpid(), signal.SIGKILL)"], ids=["_exit", "kill"])
def test_answers_that_were_only_in_memory_are_counted_by_the_next_process(tmp_path: Path, how: str) -> None:
    next_process = """
    import time, outproof
    outproof.init()
    deadline = time.monotonic() + 60
    while not outproof.stats()["dropped"] and time.monotonic() < deadline:
        time.sleep(0.01)
    stats = outproof.stats()
    print(stats["dropped"]["died"], stats["emitted"] - stats["sent"])
    """
    receiver, gone = Receiver(), Event()
    # What it sends is not settled while it lives.
    receiver.answer = lambda _: Told() if gone.wait(60) else Told(503)
    with serving(receiver) as endpoint:
        ended(program(ANSWERS + how, endpoint, tmp_path))
        gone.set()
        for count in tmp_path.glob("*/lives/*"):
            os.utime(count, (0, 0))  # a younger file may belong to a process that is just starting
        out, _ = program(next_process, endpoint, tmp_path).communicate(timeout=120)
        died, given_up = (int(word) for word in out.split())
    assert 0 < died == given_up <= 500
    assert len(requests_of(receiver)) + died >= 500  # what was being sent may have arrived and be counted as well


@pytest.mark.parametrize(
    ("handler", "status"), [("", -signal.SIGTERM), ("signal.signal(signal.SIGTERM, orderly)", 5)], ids=["none", "own"]
)
def test_a_sigterm_that_interrupts_what_the_last_chance_waits_for_ends_the_process_and_loses_nothing(
    tmp_path: Path, handler: str, status: int
) -> None:
    code = f"""
    import os, signal, sys, time, outproof
    from outproof.sdk.host import this_process
    def orderly(number, frame):
        sys.exit(5)
    {handler}
    outproof.init(service="x")
    packing = this_process._courier._answers._packing
    with this_process.ledger.lock:  # as every call of the SDK that counts something, for a moment
        with outproof.answer("answer", request_id="req_1"):
            pass
        while packing.acquire(blocking=False):  # until the courier has it, and waits for the lock above
            packing.release()
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(0.1)
    time.sleep(600)
    """
    receiver = Receiver()
    with a_port() as port:
        assert ended(program(code, f"http://127.0.0.1:{port}", tmp_path)) == status
        with serving(receiver, port) as endpoint:
            deliver_leftovers(endpoint, tmp_path)
    assert requests_of(receiver) == {"req_1"}


def test_the_applications_own_sigterm_handler_still_runs(tmp_path: Path) -> None:
    code = """
    import os, signal, sys, outproof
    def orderly(number, frame):
        print("orderly")
        sys.exit(5)
    signal.signal(signal.SIGTERM, orderly)
    outproof.init(service="x")
    with outproof.answer("answer", request_id="req_1"):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    """
    receiver = Receiver()
    with serving(receiver) as endpoint:
        assert ended(program(f"{PATIENT}\n{dedent(code)}", endpoint, tmp_path), says="orderly") == 5
        assert requests_of(receiver) == {"req_1"}


def test_a_sigterm_that_is_ignored_stays_ignored(tmp_path: Path) -> None:
    code = """
    import os, signal, outproof
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    outproof.init(service="x")
    os.kill(os.getpid(), signal.SIGTERM)
    print("alive")
    """
    assert ended(program(code, NOWHERE, tmp_path), says="alive") == 0


FORKS = """
import multiprocessing, os, sys, time, outproof

def work(name):
    with outproof.answer("answer", request_id=name):
        pass

def main():
    outproof.init(service="x")
    work("parent-before")
    {start}
    work("parent-after")

if __name__ == "__main__":
    main()
"""


@pytest.mark.parametrize(
    "start",
    [
        "os.fork() and os.wait() or (work('child'), sys.exit(0))",
        "os.fork() and os.wait() or (work('child'), outproof.flush(60), os._exit(0))",
        "p = multiprocessing.get_context('fork').Process(target=work, args=('child',)); p.start(); p.join()",
    ],
    ids=["fork and exit", "fork and flush", "multiprocessing"],
)
def test_a_forked_child_delivers_its_own_answers_once(tmp_path: Path, start: str) -> None:
    receiver = Receiver()
    with serving(receiver) as endpoint:
        assert ended(program(PATIENT + FORKS.format(start=start), endpoint, tmp_path)) == 0
    assert requests_of(receiver) == {"parent-before", "child", "parent-after"}
    assert len(set(receiver.span_ids())) == len(receiver.span_ids()) == 3


def test_processes_that_share_a_spool_deliver_each_signal(tmp_path: Path) -> None:
    code = """
    import os, outproof
    outproof.init(service="x")
    for number in range(25):
        outproof.feedback(f"{os.getpid()}-{number}", thumbs="up")
    """
    receiver = Receiver()
    with serving(receiver) as endpoint:
        for process in [program(code, endpoint, tmp_path) for _ in range(4)]:
            ended(process)
        deliver_leftovers(endpoint, tmp_path)
    answers = [got.fields["answer_id"] for got in receiver.signals()]
    assert len(set(answers)) == len(answers) == 100


def test_importing_touches_no_server_code_and_no_library_that_is_not_declared(tmp_path: Path) -> None:
    """What it costs is a benchmark."""
    code = """
    import sys
    import outproof
    rooms = {name.split(".")[1] for name in sys.modules if name.startswith("outproof.")}
    third_party = {"msgspec", "litestar", "sqlalchemy", "httpx", "opentelemetry", "pyarrow", "yaml"} & set(sys.modules)
    ours = {"core", "contract", "wire", "scrub", "sampling", "loops", "sdk"}
    print(sorted(rooms - ours), sorted(third_party))
    """
    out, _ = program(code, NOWHERE, tmp_path).communicate(timeout=120)
    assert out == "[] []\n"
