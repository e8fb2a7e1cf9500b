"""The routes section as it is written: what it becomes, that it can be written again, and what is wrong where."""

from pathlib import Path

import pytest

from outproof.config.loading import read
from outproof.config.rendering import body, yaml_text
from outproof.config.yaml_lines import ConfigErrors
from outproof.contract.severity import Severity
from outproof.core.time import instant_from_rfc3339
from outproof.respond.route import Canary, Routes

CHANNELS = """
channels:
  - {name: chat, slack: {url: "https://hooks.slack.com/services/T/B/X"}}
  - {name: pager, slack: {url: "https://hooks.slack.com/services/T/B/Y"}}
maintenance:
  - {name: patching, matchers: ['service="db"'], owner: ann, reason: patches, cron: "0 3 * * 0", lasts: 1h}
incidents: {reopen: 5m}
"""
ROUTES = """
routes:
  default: [chat]
  by_severity: {critical: [pager, chat]}
  escalate: [{after: 15m, channels: [pager]}]
  fail_over: [chat]
  fail_over_after: 20s
  repeat: 4h
  canary: {every: 1h, proof: 3h}
  quiet_hours: [{severities: [warning, info], from: "22:00", until: "07:00", zone: Europe/Berlin}]
  routes:
    - name: shop
      matchers: ['service="shop"', severity=~"critical|warning"]
      hours: {days: [mon, tue, wed, thu, fri], from: "08:00", until: "18:00", zone: Europe/Berlin}
      continue: true
      routes:
        - {name: eu, matchers: ['region="eu"'], escalate: [], repeat: 30m}
"""


def routes(folder: Path, text: str) -> Routes:
    file = folder / "outproof.yaml"
    file.write_text(CHANNELS + text)
    return read([file]).declared.routes


def errors(folder: Path, text: str) -> list[str]:
    with pytest.raises(ConfigErrors) as caught:
        routes(folder, text)
    return [str(error).rpartition("outproof.yaml:")[2] for error in caught.value.errors]


def test_a_tree_is_read_as_it_is_written(tmp_path: Path) -> None:
    read_ = routes(tmp_path, ROUTES)
    assert read_.channels(Severity.CRITICAL) == ("pager", "chat")
    (shop,) = read_.routes
    assert (shop.continue_, str(shop.hours)) == (True, "mon, tue, wed, thu, fri 08:00 to 18:00 Europe/Berlin")
    assert (shop.routes[0].escalate, shop.routes[0].repeat_s) == ((), 1_800.0)
    assert (read_.fail_over_after_s, read_.canary) == (20.0, Canary(every_s=3_600.0, proof_s=10_800.0))
    assert read_.quiet_hours[0].severities == (Severity.WARNING, Severity.INFO)
    friday = instant_from_rfc3339("2026-11-20T12:00:00Z")
    labels = {"severity": "critical", "service": "shop", "region": "eu"}
    assert [way.name for way in read_.ways([labels], friday)] == ["shop / eu"]


def test_a_tree_that_was_read_can_be_written_and_read_again(tmp_path: Path) -> None:
    once = routes(tmp_path, ROUTES)
    again = routes(tmp_path, "routes:\n" + "".join(f"  {line}\n" for line in yaml_text(body(once)).splitlines()))
    assert again == once


def test_telling_knows_what_other_sections_say(tmp_path: Path) -> None:
    read_ = routes(tmp_path, ROUTES)
    assert set(read_.manners) == {"chat", "pager"}
    assert [each.name for each in read_.suppressors.maintenance] == ["patching"]
    assert read_.reopening.reopen_s == 300.0


def test_tests_can_be_turned_off(tmp_path: Path) -> None:
    assert routes(tmp_path, "routes: {default: [chat], canary: null}\n").canary is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("routes: {routes: [{name: a, channels: [sms]}]}", "expected a declared channel"),
        ("routes: {escalate: [{after: 5m, channels: [sms]}]}", "expected a declared channel"),
        ("routes: {fail_over: [sms]}", "expected a declared channel"),
        ("routes: {routes: [{name: a, matchers: [service]}]}", "expected a matcher such as severity="),
        ("routes: {routes: [{name: a, continue: maybe}]}", "expected true or false, got 'maybe'"),
        ("routes: {routes: [{name: a, channel: [chat]}]}", "did you mean 'channels'?"),
        ("routes: {routes: [{name: a}, {name: a}]}", "expected each name once, got 'a' again"),
        ("routes: {quiet_hours: [{severities: [info], from: '7:00'}]}", "expected a time of day such as 07:30"),
        ("routes: {fail_over_after: 2m}", "expected `fail_over_after` up to 1 min, got 2 min"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(tmp_path: Path, text: str, message: str) -> None:
    (error,) = errors(tmp_path, text)
    assert message in error
    assert error[0].isdigit()
