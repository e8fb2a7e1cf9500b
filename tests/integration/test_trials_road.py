"""A policy is tried on what a real server stores, from the terminal, before it is in force and after."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from outproof.cli.trials import backtest, calibrate
from outproof.core.time import Instant, after, rfc3339
from tests.server_process import ServerProcess
from tests.unit.wire.spans import a_request, a_span

terminal = typer.Typer()
terminal.command()(backtest)
terminal.command()(calibrate)

POLICY = """
policies:
  - name: unsafe
    severity: warning
    owner: platform
    when: unsafe_rate > 30%
    window: 5m
    min_answers: 5
    no_data: keep
    first_check: Look at the template.
"""


def answer(number: int, at: Instant, *, unsafe: bool) -> dict[str, Any]:
    values = {
        "gen_ai.operation.name": "chat",
        "app.answer.route": "serve",
        "app.answer.unsafe_claim_served": unsafe,
    }
    return a_span(
        values,
        traceId=f"{number:032x}",
        spanId=f"{number:016x}",
        startTimeUnixNano=str(at),
        endTimeUnixNano=str(after(at, 0.4)),
    )


class Road:
    """A server with an hour of traffic, of which ten minutes were bad, and a terminal."""

    def __init__(self, server: ServerProcess, folder: Path) -> None:
        self.server = server
        self.files = folder / "outproof.yaml"
        self.other = folder / "other.yaml"
        self.other.write_text(POLICY.replace("30%", "90%"))
        self.now = Instant(time.time_ns())
        self.bad = (after(self.now, -1_800), after(self.now, -1_200))

    def fill(self) -> None:
        spans = []
        for number in range(360):
            at = after(self.now, 10 * number - 3_600 - 120)
            spans.append(answer(number + 1, at, unsafe=number % 50 == 0 or self.bad[0] <= at < self.bad[1]))
        assert self.server.post("/v1/traces", a_request(*spans))[0] == 200
        self.server.until(lambda: self.server.get("/v1/window?minutes=90")["answers"] == 360 or None)

    def told(self, *words: str, code: int = 0) -> str:
        environment = {"OUTPROOF_ENDPOINT": self.server.url, "COLUMNS": "140"}
        result = CliRunner().invoke(terminal, words, env=environment)
        assert result.exit_code == code, result.output
        return result.output


@pytest.fixture(scope="module")
def road(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Road]:
    folder = tmp_path_factory.mktemp("trials")
    config = folder / "outproof.yaml"
    config.write_text("decision: {namespaces: [app]}\n" + POLICY)
    with ServerProcess(folder / "data", config) as started:
        made = Road(started, folder)
        made.fill()
        yield made


def test_a_backtest_replays_what_is_stored(road: Road, tmp_path: Path) -> None:
    breaks = tmp_path / "breaks.yaml"
    breaks.write_text(f"- {{start: {rfc3339(road.bad[0])}, end: {rfc3339(road.bad[1])}, name: bad template}}\n")
    told = road.told("backtest", "unsafe", "--from", "2h", "--incidents", str(breaks), "--json")
    found = json.loads(told)["backtest"]
    assert (found["now"]["total"]["count"], found["now"]["caught"], found["now"]["false_alarms"]["count"]) == (1, 1, 0)
    assert found["now"]["pages"][0]["caught"] == ["bad template"]
    assert 0 <= found["now"]["detect_s_median"] <= 300
    assert found["late"]["brought"] == 1  # all of it came at once, long after: then nothing was seen
    assert found["late"]["known_ratio"] == 1.0
    shown = road.told("backtest", "unsafe", "--from", "2h", "--incidents", str(breaks))
    assert "with all data there, 1 page:" in shown
    assert "loaded afterwards" in shown


def test_a_policy_is_tried_from_a_file_before_it_is_in_force(road: Road) -> None:
    told = road.told("backtest", "unsafe", "--from", "2h", "--file", str(road.other))
    assert "nobody knows: nothing is labelled" in told
    in_file, in_force = (
        json.loads(road.told("backtest", "unsafe", "--from", "2h", "--json", *more))
        for more in (("--file", str(road.other)), ())
    )
    assert in_file["version"] != in_force["version"]


def test_a_calibration_on_an_hour_shows_limits_and_proposes_none(road: Road) -> None:
    found = json.loads(road.told("calibrate", "unsafe", "--from", "2h", "--json"))["calibration"]
    assert [each["text"] for each in found["limits"] if each["is_current"]] == ["unsafe_rate > 30%"]
    assert found["baseline"]["shares"]
    shown = road.told("calibrate", "unsafe", "--from", "2h", "--allowed", "1000")
    assert found["proposed"] is None
    assert "No limit is proposed: with 1000 a week allowed" in shown
    assert "of looks ≤ 100%" in shown
    assert "in force" in shown


def test_what_cannot_be_tried_says_why(road: Road, tmp_path: Path) -> None:
    refused = road.told("backtest", "unsaef", code=1)
    assert "no policy 'unsaef' is in force; did you mean 'unsafe'?" in refused
    assert "--file PATH" in refused
    assert "no policy 'unknown' is in" in road.told("backtest", "unknown", "--file", str(road.other), code=1)
    assert "--from: expected a duration" in road.told("backtest", "unsafe", "--from", "long", code=1)
    assert "cannot read" in road.told("backtest", "unsafe", "--incidents", str(tmp_path / "none.yaml"), code=1)
    naive = tmp_path / "naive.yaml"
    naive.write_text("- {start: 2026-11-21T03:00:00, end: 2026-11-21T04:00:00}\n")
    assert "with their offset" in road.told("backtest", "unsafe", "--incidents", str(naive), code=1)
    naive.write_text("- {from: 2026-11-21T03:00:00Z}\n")
    assert "expected a list of {start, end, name}" in road.told("backtest", "unsafe", "--incidents", str(naive), code=1)
