"""What files say about watching the monitor itself."""

import re
from pathlib import Path

import pytest

from outproof.config.loading import read
from outproof.config.rendering import plain
from outproof.config.yaml_lines import ConfigErrors
from outproof.contract.severity import Severity
from outproof.decide.monitoring import BeatStyle, Blind, Monitoring

PAGE = Path(__file__).resolve().parents[3] / "docs" / "how-to" / "watch-outproof.md"
SECRET = "whsec_" + "A" * 32


def declared(path: Path, text: str) -> Monitoring:
    path /= "outproof.yaml"
    path.write_text(text)
    return read([path]).declared.monitor


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BEAT_SECRET", SECRET)
    monkeypatch.setenv("HEALTHCHECKS_URL", "https://hc.example/ping/1")


def test_what_the_page_declares_is_what_it_says(tmp_path: Path) -> None:
    blocks = re.findall(r"^```yaml\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    watchdog, healthchecks, blind = (declared(tmp_path, block) for block in blocks)
    assert [(each.name, each.style, each.secrets, each.every_s) for each in watchdog.heartbeats] == [
        ("watchdog", BeatStyle.WATCHDOG, (SECRET,), 30.0)
    ]
    assert healthchecks.heartbeats[0].url == "https://hc.example/ping/1"
    assert (blind.severity, blind.owner, blind.stalled_s) == (Severity.WARNING, "platform", 30.0)
    assert blind.blind == Blind(decided_ratio_min=0.95), "the page shows what is standard, but for the declared share"


def test_nothing_declared_watches_all_the_same(tmp_path: Path) -> None:
    assert declared(tmp_path, "project: shop\n") == Monitoring()


def test_null_turns_a_judgement_off(tmp_path: Path) -> None:
    assert declared(tmp_path, "monitor: {blind: {silent: null}}\n").blind.silent_s is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{stalled: 1s}", "expected stalled of 10s to 1h"),
        ("{channels: [nobody]}", "expected a declared channel (none), got 'nobody'"),
        ("{heartbeats: [{name: a, watchdog: 'https://w.example/beat'}]}", "or `watchdog` with `secret_env`"),
        ("{heartbeats: [{name: a, healthchecks: 'ftp://x/y'}]}", "expected an http or https URL"),
        ("{heartbeats: [{name: a, healthchecks: 'https://x.example/y', every: 0s}]}", "expected every of 1s to 1h"),
        ("{blind: {dropped_ratio_max: 2.0}}", "expected dropped_ratio_max from 0 to 1"),
        ("{blind: {silent: 1m}}", "expected silent of at least 3m"),
        ("{blind: {window: 1d}}", "expected a window of 1m to 1h"),
        ("{runbook: 'javascript:x'}", "expected runbook to be an http(s) URL"),
    ],
)
def test_what_cannot_be_meant_is_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigErrors, match=re.escape(said)):
        declared(tmp_path, f"monitor: {text}\n")


def test_an_address_that_may_be_a_secret_is_not_shown(tmp_path: Path) -> None:
    monitoring = declared(tmp_path, "monitor: {heartbeats: [{name: a, healthchecks_env: HEALTHCHECKS_URL}]}\n")
    assert "hc.example" not in repr(monitoring)
    assert "hc.example" not in str(plain(monitoring))


def test_the_routes_know_whose_incidents_about_the_monitor_are(tmp_path: Path) -> None:
    (tmp_path / "outproof.yaml").write_text("monitor: {owner: platform-team}\n")
    assert read([tmp_path]).declared.routes.monitoring.owner == "platform-team"
