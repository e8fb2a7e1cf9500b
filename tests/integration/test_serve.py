"""`outproof serve` as an operator meets it, and the demo as a newcomer does."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.server_process import ServerProcess

ROOT = Path(__file__).resolve().parents[2]


def test_a_bad_config_is_refused_with_its_line_and_nothing_is_started(tmp_path: Path) -> None:
    config = tmp_path / "outproof.yaml"
    config.write_text("policies:\n  - name: x\n    severity: fatal\n    invariant: unsafe_claim_servd == 0\n")
    command = [sys.executable, "-m", "outproof", "serve", "--data", str(tmp_path / "data"), "--config", str(config)]
    result = subprocess.run([*command, "--port", "0"], capture_output=True, text=True, timeout=180)
    assert result.returncode == 2
    assert f"{config}:3:15: expected one of critical, warning, info, got 'fatal'" in result.stderr
    assert "Traceback" not in result.stderr


def test_two_servers_on_one_directory_are_refused(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "outproof", "serve", "--data", str(tmp_path / "data"), "--port", "0"]
    with ServerProcess(tmp_path / "data"):
        result = subprocess.run(command, capture_output=True, text=True, timeout=180)
    assert result.returncode == 2
    assert "another server works on" in result.stderr


def test_the_demo_ends_with_both_incidents(tmp_path: Path) -> None:
    command = [sys.executable, "examples/demo.py", "--data", str(tmp_path / "demo"), "--port", "0", "--once"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=240, cwd=ROOT)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "Unsupported delivery claim reached customer response." in result.stdout
    assert "is not visible" in result.stdout
    assert result.stdout.count("signature verified") == 2
    assert "Retry: safe: its batch_id digest-" in result.stdout
    assert "[customer-20, customer-40]" in result.stdout
    assert "drill of nightly-digests (skip-persistence) passed" in result.stdout
