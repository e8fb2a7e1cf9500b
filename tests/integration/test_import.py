"""`outproof import` as it is called."""

import json
from pathlib import Path

import pytest

from tests import forked

EXPORT = {
    "checks": [
        {"name": "Backup", "slug": "backup", "tags": "owner:ops", "grace": 600, "timeout": 3600, "status": "new"}
        | {"ping_url": "https://hc-ping.com/31365bce-8da9-4729-8ff3-aaa71d56b712"},
        {"name": "Odd", "slug": "odd", "tags": "owner:ops", "grace": 600, "schedule": "*-*~3 02:30", "tz": "UTC"}
        | {"ping_url": "https://hc-ping.com/803f680d-e89b-492b-82ef-2be7b774a92d"},
    ]
}


def outproof(*arguments: str | Path) -> tuple[int, str, str]:
    """Its exit code, and what it printed on stdout and stderr."""
    done = forked.run(*arguments)
    return done.returncode, done.stdout, done.stderr


@pytest.fixture
def export(tmp_path: Path) -> Path:
    file = tmp_path / "checks.json"
    file.write_text(json.dumps(EXPORT))
    return file


def test_what_is_printed_passes_the_check_and_what_is_lost_is_told(export: Path, tmp_path: Path) -> None:
    code, printed, told = outproof("import", "healthchecks", export)
    assert code == 0
    assert "# Odd was left out: expected a schedule that a cron line can say" in printed
    assert "Odd: left out: expected a schedule" in told
    assert told.splitlines()[-1] == "2 entries: 1 promises, of which 0 lost something; 1 left out"
    promises = tmp_path / "promises.yaml"
    promises.write_text(printed)
    assert outproof("check", promises)[0] == 0


def test_a_file_is_not_replaced_unless_told_so(export: Path, tmp_path: Path) -> None:
    out = tmp_path / "promises.yaml"
    assert outproof("import", "healthchecks", export, "--out", out)[0] == 0
    out.write_text("mine")
    code, _, told = outproof("import", "healthchecks", export, "--out", out)
    assert (code, out.read_text(), "--force" in told) == (1, "mine", True)
    assert outproof("import", "healthchecks", export, "--out", out, "--force")[0] == 0
    assert "name: backup" in out.read_text()


def test_strict_fails_when_something_was_lost_and_json_is_for_programs(export: Path) -> None:
    code, printed, _ = outproof("import", "healthchecks", export, "--strict", "--json")
    assert code == 1
    backup, odd = json.loads(printed)["entries"]
    assert (backup["promise"]["schedule"], backup["not_carried_over"]) == ({"every": "1h", "grace": "10m"}, [])
    assert (odd["title"], odd["promise"], len(odd["not_carried_over"])) == ("Odd", None, 1)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["cronitor", "{export}"], "as a cronitor.yaml has them"),
        (["healthchecks", "/nowhere/checks.json"], "expected a readable file"),
        (["healthchecks", "{export}", "--out", "/nowhere/promises.yaml"], "expected a file that can be written"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(arguments: list[str], said: str, export: Path) -> None:
    code, _, told = outproof("import", *(each.replace("{export}", str(export)) for each in arguments))
    assert (code, said in told, "Traceback" in told) == (1, True, False)
