"""A skipped test is named with its reason, and in CI a missing tool is a failure: shown on small runs of pytest."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.tidy.source import ROOT


def run(folder: Path, test: str, *, ci: str) -> tuple[int, str]:
    """Exit code and output of pytest over one test file, under our own conftest.py."""
    shutil.copy(ROOT / "tests" / "conftest.py", folder)
    (folder / "test_it.py").write_text(f"import pytest\n\n{test}\n")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", folder, folder],
        cwd=folder,
        env=os.environ | {"CI": ci},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


NEEDS_A_TOOL = "def test_it():\n    pytest.skip('needs chromium')"


def test_a_skipped_test_is_named_with_its_reason(tmp_path: Path) -> None:
    code, output = run(tmp_path, NEEDS_A_TOOL, ci="")
    assert code == 0
    assert "test_it.py::test_it: needs chromium" in output


def test_a_missing_tool_fails_the_run_in_ci(tmp_path: Path) -> None:
    code, output = run(tmp_path, NEEDS_A_TOOL, ci="true")
    assert code == 1
    assert "expected every tool in CI" in output


def test_a_file_that_skips_itself_counts_too(tmp_path: Path) -> None:
    code, _ = run(tmp_path, "pytest.skip('needs chromium', allow_module_level=True)", ci="true")
    assert code != 0


def test_other_skips_and_expected_failures_pass_in_ci(tmp_path: Path) -> None:
    other = (
        "def test_it():\n    pytest.skip('only on a leap day')\n\n\ndef test_that():\n    pytest.xfail('needs work')"
    )
    code, output = run(tmp_path, other, ci="true")
    assert code == 0
    assert "only on a leap day" in output
