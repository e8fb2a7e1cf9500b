"""What we send, as a real Alertmanager understands it."""

import json
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from outproof.channels.alertmanager.config import AlertmanagerConfig
from outproof.channels.alertmanager.send import Alertmanager
from outproof.core.time import Instant, after
from outproof.egress.http import GuardedClient
from outproof.respond.delivery import Outcome
from outproof.respond.notification import NoticeKind, Notification
from tests.integration.own_port import ON_A_FREE_PORT, url_of
from tests.integration.sink import until
from tests.unit.channels.wire import HOSTILE, NOTICE, SITE, a_notification, hostile, the_longest


@dataclass(frozen=True)
class Cluster:
    """One peer, and our channel to it."""

    url: str
    channel: Alertmanager
    now: Instant

    def send(self, notification: Notification, kind: NoticeKind, at_s: float) -> Outcome:
        told = replace(notification, kind=kind, opened_at=after(self.now, -60), at=after(self.now, at_s))
        return self.channel.send(NOTICE, told, self.now).outcome

    def alerts(self, name: str) -> list[Any]:
        with urllib.request.urlopen(f"{self.url}/api/v2/alerts", timeout=60) as response:
            return [alert for alert in json.load(response) if alert["labels"]["alertname"] == name]

    def is_ready(self) -> bool:
        try:
            self.alerts("any")
        except OSError:
            return False
        return True


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    folder: Path = tmp_path_factory.mktemp("alertmanager")
    (folder / "a.yml").write_text("route: {receiver: nobody}\nreceivers: [{name: nobody}]\n")
    arguments = [f"--config.file={folder / 'a.yml'}", f"--storage.path={folder}", ON_A_FREE_PORT]
    with (folder / "log").open("wb") as log:
        running = subprocess.Popen(["prometheus-alertmanager", *arguments, "--cluster.listen-address="], stderr=log)
    try:
        url = url_of(folder / "log")
        channel = Alertmanager(
            AlertmanagerConfig(name="am", urls=(url,)), GuardedClient(["127.0.0.1"], 60, 1_024), SITE
        )
        cluster = Cluster(url, channel, Instant(time.time_ns()))
        until(cluster.is_ready)
        yield cluster
    finally:
        running.kill()
        running.wait(60)


def test_an_alert_fires_until_it_is_told_that_it_is_over(cluster: Cluster) -> None:
    said = a_notification(policy="unsafe")
    assert cluster.send(said, NoticeKind.OPENED, -60) is Outcome.ACCEPTED
    assert cluster.send(said, NoticeKind.REMINDED, -30) is Outcome.ACCEPTED
    [alert] = cluster.alerts("unsafe")
    assert (alert["status"]["state"], alert["labels"]["severity"]) == ("active", "critical")
    assert cluster.send(said, NoticeKind.RESOLVED, -1) is Outcome.ACCEPTED
    assert cluster.alerts("unsafe") == []


def test_a_test_is_taken_and_shown_to_nobody(cluster: Cluster) -> None:
    assert cluster.send(a_notification(), NoticeKind.CANARY, -60) is Outcome.ACCEPTED
    assert cluster.alerts("OutproofTest") == []


@pytest.mark.parametrize("text", [*HOSTILE, None])
def test_whatever_is_monitored_it_is_taken(cluster: Cluster, text: str | None) -> None:
    said = the_longest() if text is None else hostile(text)
    assert cluster.send(said, NoticeKind.OPENED, -60) is Outcome.ACCEPTED
