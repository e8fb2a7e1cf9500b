"""One run and several processes: resumed, forked, spawned, killed. What each said arrives; only the owner closes it."""

import json
import signal
from pathlib import Path
from typing import Any

import pytest

from outproof.core.ids import DEFAULT_PROJECT, run_id
from tests.integration.sdk_programs import deliver_leftovers, ended, program
from tests.integration.sdk_receiver import Receiver, Told, serving

LAST = ("/runs", "/proofs", "/close")
RUN = run_id(DEFAULT_PROJECT, "nightly-digests", "batch-7")


def paths_of(receiver: Receiver) -> list[str]:
    """The last parts of the paths, without their queries."""
    return [got.path.partition("?")[0].rpartition("/")[2] for got in receiver.signals()]


def lines_of(receiver: Receiver) -> list[dict[str, Any]]:
    return [json.loads(line) for got in receiver.signals() if "/items" in got.path for line in got.body.splitlines()]


@pytest.mark.parametrize(
    "how",
    ["os._exit(1)", "os.kill(os.getpid(), signal.SIGKILL)", "ctypes.string_at(0)"],
    ids=["_exit", "kill", "crash"],
)
def test_no_word_about_an_item_is_lost_however_the_process_dies(tmp_path: Path, how: str) -> None:
    code = f"""
    import ctypes, os, signal, outproof
    outproof.init(service="digests")
    run = outproof.run("nightly-digests", external_id="batch-7")
    for number, item in run.items(range(7_001)):
        item.persisted()
    {how}
    """
    receiver = Receiver()
    receiver.answer = lambda _: Told(202)
    with serving(receiver) as endpoint:
        ended(program(code, endpoint, tmp_path))
        deliver_leftovers(endpoint, tmp_path)
    persisted = {line["item_id"] for line in lines_of(receiver) if line.get("stage") == "persisted"}
    assert persisted == {str(number) for number in range(7_001)}
    assert list(tmp_path.glob("*/items/*")) == []


def test_a_process_that_is_killed_at_any_moment_loses_nothing_it_had_said(tmp_path: Path) -> None:
    code = """
    import sys, outproof
    outproof.init(service="digests")
    run = outproof.run("nightly-digests", external_id="batch-7")
    for number in range(1_000_000):
        run.item(number).persisted()
        if number % 100 == 0:
            print(number, flush=True)
    """
    receiver = Receiver()
    receiver.answer = lambda _: Told(202)
    with serving(receiver) as endpoint:
        process = program(code, endpoint, tmp_path)
        assert process.stdout is not None
        said = 0
        while said < 8_000:
            said = int(process.stdout.readline())
        process.send_signal(signal.SIGKILL)
        out, _ = process.communicate(timeout=120)
        said = max([said, *(int(word) for word in out.split()[:-1])])
        deliver_leftovers(endpoint, tmp_path)
    arrived = {int(line["item_id"]) for line in lines_of(receiver)}
    assert set(range(said + 1)) <= arrived


def test_a_run_is_carried_on_by_its_ticket_by_its_names_and_from_the_environment(tmp_path: Path) -> None:
    parent = """
    import os, subprocess, sys, outproof
    outproof.init()
    with outproof.run("nightly-digests", external_id="batch-7") as run:
        child = "import outproof as o; o.init(); o.resume({}).persisted(output_id='{}'); o.flush(60)"
        for resume, env in (
            (repr(run.ticket), {}),
            ("promise='nightly-digests', external_id='batch-7'", {}),
            ("", run.environment()),
            (repr(run.id), {}),
        ):
            code = child.format(resume, len(resume))
            subprocess.run([sys.executable, "-c", code], check=True, env={**os.environ, **env})
    outproof.flush(60)
    """
    receiver = Receiver()
    receiver.answer = lambda _: Told(202)
    with serving(receiver) as endpoint:
        assert ended(program(parent, endpoint, tmp_path)) == 0
    assert sorted(paths_of(receiver)) == ["close", "proofs", "proofs", "proofs", "proofs", "runs"]
    proofs = [got for got in receiver.signals() if got.path.endswith("/proofs")]
    assert {got.path for got in proofs} == {f"/v1/runs/{RUN}/proofs"}
    assert [got.fields.get("external_id") for got in proofs].count("batch-7") == 3


FAMILY = """
import multiprocessing, os, sys, outproof

def work(run, name):
    outproof.init()
    with run.item(name) as item:
        item.persisted()
    run.persisted(output_id=name)

def in_block(run):
    with run:
        work(run, "in-block")

def main():
    outproof.init()
    with outproof.run("nightly-digests", external_id="batch-7") as run:
        run.item("before").skipped()
        {start}
        work(run, "parent")
    outproof.flush(60)

if __name__ == "__main__":
    main()
"""


@pytest.mark.parametrize(
    "start",
    [
        "os.fork() and os.wait() or (work(run, 'child'), sys.exit(0))",
        "os.fork() and os.wait() or (work(run, 'child'), os._exit(0))",
        "p = multiprocessing.get_context('fork').Process(target=work, args=(run, 'child')); p.start(); p.join()",
        "p = multiprocessing.get_context('spawn').Process(target=work, args=(run, 'child')); p.start(); p.join()",
        "with multiprocessing.get_context('fork').Pool(2) as pool: pool.starmap(work, [(run, 'child')])",
        "p = multiprocessing.get_context('spawn').Process(target=in_block, args=(run,)); p.start(); p.join()",
    ],
    ids=["fork and exit", "fork and _exit", "multiprocessing fork", "spawn", "fork pool", "spawn with a block"],
)
def test_children_speak_of_the_run_and_only_the_owner_closes_it(tmp_path: Path, start: str) -> None:
    script = tmp_path / "family.py"
    script.write_text(FAMILY.format(start=start))
    receiver = Receiver()
    receiver.answer = lambda _: Told(202)
    with serving(receiver) as endpoint:
        code = f"import runpy, sys; sys.argv = [{str(script)!r}]; runpy.run_path({str(script)!r}, run_name='__main__')"
        if "spawn" in start:  # a spawned child imports the main module again, so it must be a file
            code = f"import subprocess, sys; sys.exit(subprocess.run([sys.executable, {str(script)!r}]).returncode)"
        assert ended(program(code, endpoint, tmp_path)) == 0
        deliver_leftovers(endpoint, tmp_path)
    # A pool ends its workers: what one was sending then, of whichever process, is sent again under its old id.
    said = {last: {got.fields["signal_id"] for got in receiver.signals() if got.path.endswith(last)} for last in LAST}
    assert {last: len(ids) for last, ids in said.items()} == {"/runs": 1, "/proofs": 2, "/close": 1}
    child = "in-block" if "in_block" in start else "child"
    assert {line["item_id"] for line in lines_of(receiver)} == {"before", child, "parent"}
    assert len({tuple(sorted(line.items())) for line in lines_of(receiver)}) == 1 + 2 * 2
    assert {got.fields["claim"] for got in receiver.signals() if got.path.endswith("/close")} == {"success"}


def test_hooks_of_a_scheduler_need_nothing_but_the_ticket(tmp_path: Path) -> None:
    code = """
    import outproof, sys
    outproof.init()
    good = outproof.begin("nightly-digests", external_id="batch-7", evidence={"batch_id": "batch-7"})
    bad = outproof.begin("nightly-digests", external_id="batch-8")
    outproof.resume(good).persisted(output_id="out-7")
    outproof.end(good)
    outproof.end(bad, KeyError("customer Quirin"))
    outproof.end("no ticket")
    outproof.end(promise="nightly-digests", external_id="batch-9", error="customer Quirin has no digest")
    outproof.flush(60)
    print(outproof.stats()["dropped"])
    """
    receiver = Receiver()
    receiver.answer = lambda _: Told(202)
    with serving(receiver) as endpoint:
        assert ended(program(code, endpoint, tmp_path), says="{'bad_value': 1}") == 0
    assert paths_of(receiver) == ["runs", "runs", "proofs", "close", "close", "close"]
    claims = [(got.fields["claim"], got.fields["error_type"]) for got in receiver.signals()[-3:]]
    assert claims == [("success", None), ("failure", "KeyError"), ("failure", "_OTHER")]
    assert not any(b"Quirin" in got.body for got in receiver.signals())


def test_a_heartbeat_in_a_loop_is_one_beat_a_second_at_most(tmp_path: Path) -> None:
    code = """
    import outproof, time
    outproof.init()
    outproof.heartbeat("mail-worker")
    outproof.flush(60)
    began = time.monotonic()
    for _ in range(100_000):
        outproof.heartbeat("mail-worker")
    print(time.monotonic() - began)
    outproof.flush(60)
    """
    receiver = Receiver()
    receiver.answer = lambda _: Told(202)
    with serving(receiver) as endpoint:
        took_s, trouble = program(code, endpoint, tmp_path).communicate(timeout=120)
    assert trouble == ""
    beats = [got.path for got in receiver.signals()]
    assert 2 <= len(beats) <= 1 + float(took_s) + 2  # the one before, one a second, and the last
    assert set(beats) == {"/v1/promises/mail-worker/heartbeat"}
