"""A real Prometheus and a real Alertmanager around a real server: scraped, judged by our rules, told, and told by."""

from __future__ import annotations

import json
import shutil
import signal
import socket
import subprocess
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest

from tests import forked
from tests.server_process import ServerProcess
from tests.unit.wire.spans import a_request, a_span

CONFIG = """
promises:
  - name: nightly-digests
    outcome: Each digest is validated by 06:00.
    owner: growth
    due: 3h
    proofs: {validated: {observer: job}}
policies:
  - name: fast-enough
    severity: critical
    owner: platform
    invariant: ttft <= 5s
    over: {service: tracking-answerer}
    first_check: Look at the provider.
    no_data: keep
  - name: mostly-fast
    severity: warning
    owner: platform
    when: ttft_p95 > 1s
    over: {service: tracking-answerer}
    window: 5m
    min_answers: 1
    first_check: Look at the provider.
    no_data: keep
channels:
  - name: alertmanager
    alertmanager: {urls: ["ALERTMANAGER"]}
routes: {default: [alertmanager]}
egress: {allow: [127.0.0.0/8]}
"""
PROMETHEUS = """
global: {scrape_interval: 1s, evaluation_interval: 1s}
rule_files: ["RULES/*.yml"]
alerting: {alertmanagers: [{static_configs: [{targets: ["ALERTMANAGER"]}]}]}
scrape_configs: [{job_name: outproof, static_configs: [{targets: ["OUTPROOF"]}]}]
"""
RECEIVING = """
route: {receiver: outproof, group_by: [alertname], group_wait: 0s, group_interval: 1s}
receivers: [{name: outproof, webhook_configs: [{url: "OUTPROOF/v1/alertmanager", send_resolved: true}]}]
"""

Found = TypeVar("Found")


def until(look: Callable[[], Found | None], *, within_s: float = 40.0) -> Found:
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(0.1)
    raise AssertionError(f"waited {within_s} s in vain")


def fetched(url: str) -> Any:
    try:
        with urllib.request.urlopen(url, timeout=5) as response:
            return json.load(response)
    except OSError:
        return None


def a_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def written(path: Path, text: str, **names: str) -> Path:
    for name, value in names.items():
        text = text.replace(name, value)
    path.write_text(text)
    return path


class Neighbours:
    """The server with its Prometheus and its Alertmanager."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._running: list[subprocess.Popen[bytes]] = []
        self.alertmanager = f"http://127.0.0.1:{a_port()}"
        self.prometheus = f"http://127.0.0.1:{a_port()}"
        config = written(folder / "outproof.yaml", CONFIG, ALERTMANAGER=self.alertmanager)
        self.server = ServerProcess(folder / "data", config)
        self.server.start()
        exported = forked.run("export", "prometheus", config, "--out", folder)
        assert exported.returncode == 0, exported.stderr
        for file in (folder / "rules").glob("*.yml"):
            file.write_text(file.read_text().replace("interval: 30s", "interval: 1s"))  # a test has no time

    def start(self) -> None:
        receiving = written(self._folder / "alertmanager.yml", RECEIVING, OUTPROOF=self.server.url)
        self._run(
            *("prometheus-alertmanager", f"--config.file={receiving}", "--cluster.listen-address="),
            *(f"--storage.path={self._folder / 'am'}", f"--web.listen-address={_host(self.alertmanager)}"),
        )
        hosts = {"ALERTMANAGER": _host(self.alertmanager), "OUTPROOF": _host(self.server.url)}
        scraping = written(self._folder / "p.yml", PROMETHEUS, RULES=str(self._folder / "rules"), **hosts)
        self._run(
            *("prometheus", f"--config.file={scraping}", f"--storage.tsdb.path={self._folder / 'tsdb'}"),
            *(f"--web.listen-address={_host(self.prometheus)}", "--enable-feature=exemplar-storage"),
        )

    def stop(self) -> None:
        for process in self._running:
            process.send_signal(signal.SIGKILL)
            process.wait(10)
        self.server.stop()

    def query(self, expr: str) -> list[Any]:
        """What Prometheus answers to an expression now."""
        found = fetched(f"{self.prometheus}/api/v1/query?query={urllib.parse.quote(expr)}")
        return found["data"]["result"] if found else []

    def alerts(self, **labels: str) -> list[Any]:
        """What Alertmanager knows, of those that have these labels."""
        found = fetched(f"{self.alertmanager}/api/v2/alerts") or []
        return [alert for alert in found if labels.items() <= alert["labels"].items()]

    def incidents(self, kind: str) -> list[Any]:
        return [each for each in self.server.get("/v1/incidents?state=all")["incidents"] if each["kind"] == kind]

    def _run(self, *command: str) -> None:
        with (self._folder / f"{command[0]}.log").open("wb") as log:
            self._running.append(subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, cwd=self._folder))


def _host(url: str) -> str:
    return url.removeprefix("http://")


@pytest.fixture(scope="module")
def neighbours(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Neighbours]:
    for tool in ("prometheus", "prometheus-alertmanager"):
        if shutil.which(tool) is None:
            pytest.skip(f"needs {tool}")
    found = Neighbours(tmp_path_factory.mktemp("neighbours"))
    try:
        found.start()
        yield found
    finally:
        found.stop()


def send_a_slow_answer(server: ServerProcess) -> None:
    now = time.time_ns()
    span = a_span(
        {
            "gen_ai.operation.name": "chat",
            "gen_ai.request.model": "model-a",
            "outproof.answer.route": "serve",
            "outproof.answer.unsafe_claim_served": False,
            "gen_ai.response.time_to_first_chunk": 6.0,
        },
        startTimeUnixNano=str(now - 8 * 10**9),
        endTimeUnixNano=str(now),
    )
    status, body = server.post("/v1/traces", a_request(span))
    assert status == 200, body


def test_prometheus_scrapes_and_takes_the_exported_rules(neighbours: Neighbours) -> None:
    assert until(lambda: neighbours.query("outproof_build_info"))
    [target] = fetched(f"{neighbours.prometheus}/api/v1/targets")["data"]["activeTargets"]
    assert (target["health"], target["lastError"]) == ("up", "")
    groups = until(lambda: fetched(f"{neighbours.prometheus}/api/v1/rules"))["data"]["groups"]
    rules = {rule["name"]: rule for group in groups for rule in group["rules"]}
    assert {"fast-enough", "mostly-fast", "nightly-digests-promise", "OutproofDown"} <= set(rules)
    until(lambda: all(r["health"] == "ok" for r in _rules(neighbours)) or None)
    of_a_policy = neighbours.query('outproof_answers_total{service="tracking-answerer"}')
    assert [sample["value"][1] for sample in of_a_policy] == ["0"]


def _rules(neighbours: Neighbours) -> list[Any]:
    found = fetched(f"{neighbours.prometheus}/api/v1/rules")
    return [rule for group in found["data"]["groups"] for rule in group["rules"]] if found else [{"health": "unknown"}]


def test_an_alert_goes_from_us_to_alertmanager_and_from_prometheus_through_it_to_us(neighbours: Neighbours) -> None:
    send_a_slow_answer(neighbours.server)
    [own] = until(lambda: neighbours.alerts(raised_by="outproof", policy="fast-enough"))
    assert (own["labels"]["severity"], own["labels"]["service"]) == ("critical", "tracking-answerer")
    assert "/incidents/" in own["generatorURL"]

    [theirs] = until(lambda: [a for a in neighbours.alerts(alertname="fast-enough") if "raised_by" not in a["labels"]])
    assert theirs["labels"]["owner"] == "platform"
    [external] = until(lambda: neighbours.incidents("external"))
    assert external["headline"] == "fast-enough"
    assert external["severity"] == "critical"
    ledger = {
        (line["outcome"], line["reason"]): line["count"]
        for line in neighbours.server.get("/v1/status")["ledger"]
        if line["signal"] == "alertmanager"
    }
    assert ledger["stored", None] >= 1
    assert len(neighbours.incidents("external")) == 1, "what we told Alertmanager must not come back as another"
