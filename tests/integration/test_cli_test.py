"""`outproof test`: readable results, exit codes for CI, and every mistake with its place."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from xml.etree import ElementTree

from tests import forked

GOOD = "promise daily due 15m\n 0m run r1 opens\n15m incident of daily is open late\n"
BAD = "promise daily due 15m\n 0m run r1 opens\n 5m incident of daily is open late at visible\n"


def outproof(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return forked.run("test", *arguments)


def files(folder: Path, **texts: str) -> Path:
    for name, text in texts.items():
        (folder / f"{name}.scenario").write_text(text)
    return folder


def test_what_comes_true_exits_with_0_and_says_how_many(tmp_path: Path) -> None:
    done = outproof(files(tmp_path, good=GOOD))
    assert (done.returncode, done.stderr) == (0, "")
    assert f"1/1 passed  {tmp_path / 'good.scenario'}: good" in done.stdout
    assert "1 scenario passed in " in done.stdout


def test_what_does_not_exits_with_1_and_says_where_what_was_expected_and_what_was_seen(tmp_path: Path) -> None:
    junit = tmp_path / "out.xml"
    done = outproof(files(tmp_path, good=GOOD, bad=BAD), "--junit", junit)
    assert done.returncode == 1
    assert f"{tmp_path / 'bad.scenario'}:3:2: 5m incident of daily is open late at visible" in done.stdout
    assert "expected an incident of daily that is open late at visible\n" in done.stdout
    assert "saw      there is none" in done.stdout
    assert "1 of 2 scenarios failed" in done.stdout
    root = ElementTree.parse(junit).getroot()
    assert [root.get(name) for name in ("tests", "failures", "errors")] == ["2", "1", "0"]


def test_only_what_is_asked_for_is_run_and_programs_get_json(tmp_path: Path) -> None:
    done = outproof(files(tmp_path, good=GOOD, bad=BAD), "-k", "GOOD", "--json")
    assert done.returncode == 0
    [scenario] = json.loads(done.stdout)["scenarios"]
    assert (scenario["name"], scenario["passed"], scenario["failures"]) == ("good", True, [])


def test_what_cannot_be_run_exits_with_2_and_says_why(tmp_path: Path) -> None:
    wrong = files(tmp_path, wrong="0m run r1 opend\n")
    done = outproof(wrong)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"{wrong / 'wrong.scenario'}:1:11: expected opens, proves" in done.stderr
    assert outproof(wrong / "gone.scenario").returncode == 2
    assert "cannot be read: No such file or directory" in outproof(wrong / "gone.scenario").stderr


def test_no_scenario_at_all_is_no_success(tmp_path: Path) -> None:
    done = outproof(tmp_path)
    assert done.returncode == 2
    assert "expected files that end in .scenario" in done.stderr


def test_a_declared_promise_is_found_in_the_files_that_are_given(tmp_path: Path) -> None:
    promises = tmp_path / "promises"
    promises.mkdir()
    (promises / "nightly.yaml").write_text(
        "promises:\n  - {name: nightly, outcome: It is saved., owner: ann, due: 1h, proofs: {persisted: {}}}\n"
    )
    scenarios = tmp_path / "scenarios"
    scenarios.mkdir()
    files(scenarios, night="0m run r1 opens\n1h incident of nightly is open late owner=ann\n")
    done = outproof(promises, scenarios)
    assert done.returncode == 0, done.stdout + done.stderr


def test_an_event_that_cannot_happen_fails_the_scenario_where_it_stands(tmp_path: Path) -> None:
    text = "promise a due 1h\npromise b due 1h\n0m run r1 opens\n"
    done = outproof(files(tmp_path, two=text))
    assert done.returncode == 1
    assert "two.scenario:3:1: 0m run r1 opens" in done.stdout
    assert "expected `run r1 of PROMISE` where it is first named; promises with runs: a, b" in done.stdout
