"""A real Prometheus and a real Alertmanager around a real server: scraped, judged by our rules, told, and told by."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TypeVar

import pytest

from tests import forked
from tests.integration.own_port import ON_A_FREE_PORT, url_of
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
ALONE = "route: {receiver: nobody}\nreceivers: [{name: nobody}]\n"
RECEIVING = """
route: {receiver: outproof, group_by: [alertname], group_wait: 0s, group_interval: 1s}
receivers: [{name: outproof, webhook_configs: [{url: "OUTPROOF/v1/alertmanager", send_resolved: true}]}]
"""

Found = TypeVar("Found")


def until(look: Callable[[], Found | None], *, within_s: float = 60.0) -> Found:
    deadline = time.monotonic() + within_s
    while not (found := look()):
        assert time.monotonic() < deadline, f"waited {within_s} s in vain"
        time.sleep(0.1)
    return found


def fetched(url: str) -> Any:
    try:
        with urllib.request.urlopen(url, timeout=5) as response:
            return json.load(response)
    except OSError:
        return None


def written(path: Path, text: str, **names: str) -> Path:
    for name, value in names.items():
        text = text.replace(name, value)
    path.write_text(text)
    return path


class Neighbours:
    """The server with its Prometheus and its Alertmanager."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._running = ExitStack()
        self._config = folder / "outproof.yaml"
        self.server = ServerProcess(folder / "data", self._config)
        self.alertmanager = self.prometheus = ""

    def start(self) -> None:
        """Each one picks its port, so Alertmanager learns of the server when both listen."""
        receiving = written(self._folder / "alertmanager.yml", ALONE)
        self.alertmanager = self._run(
            *("prometheus-alertmanager", f"--config.file={receiving}", "--cluster.listen-address="),
            f"--storage.path={self._folder / 'am'}",
        )
        written(self._config, CONFIG, ALERTMANAGER=self.alertmanager)
        self._running.enter_context(self.server)
        written(receiving, RECEIVING, OUTPROOF=self.server.url)
        reload = urllib.request.Request(f"{self.alertmanager}/-/reload", method="POST")
        urllib.request.urlopen(reload, timeout=60).close()
        self._export()
        hosts = {"ALERTMANAGER": _host(self.alertmanager), "OUTPROOF": _host(self.server.url)}
        scraping = written(self._folder / "p.yml", PROMETHEUS, RULES=str(self._folder / "rules"), **hosts)
        self.prometheus = self._run(
            *("prometheus", f"--config.file={scraping}", f"--storage.tsdb.path={self._folder / 'tsdb'}"),
            "--enable-feature=exemplar-storage",
        )

    def stop(self) -> None:
        self._running.close()

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

    def told_by_alertmanager(self) -> dict[tuple[str, str | None], int]:
        """What became of the alerts that it sent us."""
        lines = self.server.get("/v1/status")["ledger"]
        return {(line["outcome"], line["reason"]): line["count"] for line in lines if line["signal"] == "alertmanager"}

    def _export(self) -> None:
        exported = forked.run("export", "prometheus", self._config, "--out", self._folder)
        assert exported.returncode == 0, exported.stderr
        for file in (self._folder / "rules").glob("*.yml"):
            file.write_text(file.read_text().replace("interval: 30s", "interval: 1s"))  # a test has no time

    def _run(self, *command: str) -> str:
        """Start a program; returns its URL."""
        with (self._folder / f"{command[0]}.log").open("wb") as log:
            process = subprocess.Popen(
                [*command, ON_A_FREE_PORT], stdout=log, stderr=subprocess.STDOUT, cwd=self._folder
            )
        self._running.callback(process.wait, 60)
        self._running.callback(process.kill)
        return url_of(Path(log.name))


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
    wanted = {"fast-enough", "mostly-fast", "nightly-digests-promise", "OutproofDown"}

    def are_judged() -> bool:
        found = fetched(f"{neighbours.prometheus}/api/v1/rules")
        groups = found["data"]["groups"] if found else []
        health = {rule["name"]: rule["health"] for group in groups for rule in group["rules"]}
        return wanted <= set(health) and set(health.values()) == {"ok"}

    until(are_judged)
    [of_a_policy] = until(lambda: neighbours.query('outproof_answers_total{service="tracking-answerer"}'))
    assert of_a_policy["value"][1] == "0"


def test_an_alert_goes_from_us_to_alertmanager_and_from_prometheus_through_it_to_us(neighbours: Neighbours) -> None:
    send_a_slow_answer(neighbours.server)
    [own] = until(lambda: neighbours.alerts(raised_by="outproof", policy="fast-enough"))
    assert (own["labels"]["severity"], own["labels"]["service"]) == ("critical", "tracking-answerer")
    assert "/incidents/" in own["generatorURL"]

    [theirs] = until(lambda: [a for a in neighbours.alerts(alertname="fast-enough") if "raised_by" not in a["labels"]])
    assert theirs["labels"]["owner"] == "platform"

    def external() -> list[Any]:
        """Theirs of this policy; the other one has its own, when Prometheus comes to it."""
        return [each for each in neighbours.incidents("external") if each["headline"] == "fast-enough"]

    assert until(external)[0]["severity"] == "critical"
    assert neighbours.told_by_alertmanager()["stored", None] >= 1
    until(lambda: neighbours.told_by_alertmanager().get(("dropped", "own_alert")))
    assert len(external()) == 1, "what we told Alertmanager must not come back as another"
