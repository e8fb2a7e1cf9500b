"""`outproof export`: what it writes is taken by promtool, and the tests it writes for promtool can fail."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner, Result

from outproof.cli import app
from outproof.export.promql import Traffic, measured
from outproof.measure.interval import wilson
from tests.unit.export.exports import DECLARED, declared

FIRES, STAYS_SILENT = "exp: {} 1E+00", "exp: nil"
"""Which expectation was not met."""


@pytest.fixture(scope="module")
def promtool() -> str:
    path = shutil.which("promtool")
    if path is None:
        pytest.skip("needs promtool")
    return path


def export(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["export", *map(str, arguments)])


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Everything that is exported, in one directory each."""
    folder = tmp_path_factory.mktemp("exported")
    for what in ("prometheus", "grafana", "openslo"):
        done = export(what, DECLARED, "--out", folder / what)
        assert done.exit_code == 0, done.stderr
    return folder


def test_promtool_takes_every_rule(promtool: str, exported: Path) -> None:
    rules = sorted((exported / "prometheus" / "rules").glob("*.yml"))
    assert len(rules) == len(declared().policies) + 1
    done = subprocess.run([promtool, "check", "rules", *rules], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_every_rule_fires_and_stays_silent_in_its_own_tests(promtool: str, exported: Path) -> None:
    tests = sorted((exported / "prometheus" / "tests").glob("*.yml"))
    named = [each["name"] for file in tests for each in yaml.safe_load(file.read_text())["tests"]]
    for policy in declared().policies:
        assert {f"{policy.name} fires", f"{policy.name} stays silent"} <= set(named)
    done = subprocess.run([promtool, "test", "rules", *tests], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("policy", "right", "wrong", "fails"),
    [
        ("surely-unsafe", "> 0.01", "> 0.9", FIRES),
        ("surely-unsafe", "> 0.01", ">= 0", STAYS_SILENT),
        ("too-dear", "> 12.5", "> 12500", FIRES),
        ("decisions-covered", "< 0.95", "< 1.1", STAYS_SILENT),
        ("unsafe-delivery-claim", "answers_unsafe", "answers_undecided", FIRES),
    ],
)
def test_a_rule_that_is_wrong_fails_its_tests(
    promtool: str, exported: Path, tmp_path: Path, policy: str, right: str, wrong: str, fails: str
) -> None:
    for kind in ("rules", "tests"):
        (tmp_path / kind).mkdir()
        shutil.copy(exported / "prometheus" / kind / f"policy-{policy}.yml", tmp_path / kind)
    rules = tmp_path / "rules" / f"policy-{policy}.yml"
    assert right in rules.read_text()
    rules.write_text(rules.read_text().replace(right, wrong))
    tests = tmp_path / "tests" / f"policy-{policy}.yml"
    done = subprocess.run([promtool, "test", "rules", tests], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    said = done.stdout + done.stderr
    assert f'alertname=\\"{policy}\\"' in said
    assert fails in said


def test_promtool_takes_every_expression_of_every_dashboard(promtool: str, exported: Path, tmp_path: Path) -> None:
    rules: list[dict[str, str]] = []
    for file in sorted((exported / "grafana").glob("*.json")):
        for panel in json.loads(file.read_text())["panels"]:
            for target in panel["targets"]:
                expr = target["expr"].replace("$__rate_interval", "5m").replace("$service", ".*")
                rules.append({"record": f"outproof:panel:{len(rules)}", "expr": expr})
    wrapped = tmp_path / "panels.yml"
    wrapped.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}))
    done = subprocess.run([promtool, "check", "rules", wrapped], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_an_export_without_a_place_is_printed_and_notes_go_beside_it() -> None:
    done = export("openslo", DECLARED)
    assert done.exit_code == 0
    assert "kind: SLO" in done.stdout
    assert "is no objective" in done.stderr
    assert "note:" not in done.stdout


@pytest.mark.parametrize(("name", "end"), [("lower_95(unsafe_rate)", 0), ("upper_95(unsafe_rate)", 1)])
def test_an_interval_in_promql_is_the_one_that_windows_have(promtool: str, tmp_path: Path, name: str, end: int) -> None:
    bounds = wilson(20 * 10, 1_000 * 10)
    assert bounds is not None
    expr = measured(name, Traffic(), 600.0)
    (tmp_path / "rules.yml").write_text("groups: []\n")
    test = {
        "interval": "1m",
        "input_series": [
            {"series": "outproof_answers_unsafe_total{}", "values": "0+20x30"},
            {"series": "outproof_answers_judged_total{}", "values": "0+1000x30"},
        ],
        "promql_expr_test": [
            {
                "expr": f"abs(({expr}) - {bounds[end]!r}) < bool 1e-9",
                "eval_time": "30m",
                "exp_samples": [{"labels": "{}", "value": 1}],
            }
        ],
    }
    tests = tmp_path / "tests.yml"
    tests.write_text(yaml.safe_dump({"rule_files": ["rules.yml"], "tests": [test]}))
    done = subprocess.run([promtool, "test", "rules", tests], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_prometheus_does_not_judge_itself_is_said(exported: Path) -> None:
    done = export("prometheus", DECLARED, "--out", exported / "again")
    assert "by-template-tested repeats Outproof's own verdict" in done.stderr


def test_files_that_cannot_be_meant_are_refused_with_their_place(tmp_path: Path) -> None:
    bad = tmp_path / "outproof.yaml"
    bad.write_text("policies:\n  - {name: p, severity: loud}\n")
    done = export("grafana", bad)
    assert done.exit_code == 1
    assert f"{bad}:2:" in done.stderr
