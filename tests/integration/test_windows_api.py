"""Windows as people ask for them: cut by what they like, against last week, from the API and in the terminal."""

from __future__ import annotations

import json
import os
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from outproof.core.time import Instant, after
from tests import forked
from tests.server_process import ServerProcess
from tests.unit.wire.spans import a_request, a_span

WEEK_S = 7 * 86_400


def answer(number: int, at: Instant, *, unsafe: bool, template: str) -> dict[str, Any]:
    values = {
        "gen_ai.operation.name": "chat",
        "gen_ai.request.model": "support-model-prod",
        "app.answer.route": "serve",
        "app.answer.unsafe_claim_served": unsafe,
        "app.prompt.template_id": template,
    }
    end = str(after(at, 0.4))
    return a_span(
        values, traceId=f"{number:032x}", spanId=f"{number:016x}", startTimeUnixNano=str(at), endTimeUnixNano=end
    )


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    folder = tmp_path_factory.mktemp("windows")
    config = folder / "outproof.yaml"
    config.write_text("decision: {namespaces: [app]}\n")
    with ServerProcess(folder / "data", config) as started:
        now = Instant(time.time_ns() - 60 * 10**9)
        this_week = [answer(n, now, unsafe=n % 2 == 0, template=f"v{n % 2}") for n in range(1, 101)]
        before = [answer(n + 1_000, after(now, -WEEK_S), unsafe=n % 10 == 0, template="v1") for n in range(1, 101)]
        for spans in (this_week, before):
            body = a_request(*spans)
            headers = {"content-type": "application/json"}
            urllib.request.urlopen(
                urllib.request.Request(f"{started.url}/v1/traces", body, headers), timeout=60
            ).close()
        started.until(lambda: started.get("/v1/window?minutes=15000")["answers"] == 200 or None)
        yield started


def told(server: ServerProcess, *words: str) -> str:
    env = {**os.environ, "OUTPROOF_ENDPOINT": server.url, "COLUMNS": "200"}
    done = forked.run("window", "tracking-answerer", *words, environment=env)
    assert done.returncode == 0, done.stderr
    return done.stdout


def refused(server: ServerProcess, path: str) -> str:
    with pytest.raises(urllib.error.HTTPError) as error:
        urllib.request.urlopen(server.url + path, timeout=60)
    assert error.value.code in (400, 422)
    return error.value.read().decode()


def test_a_window_is_cut_by_a_dimension(server: ServerProcess) -> None:
    found = server.get("/v1/windows/template_id")
    assert [
        (each["value"], each["window"]["answers"], each["window"]["unsafe"]["count"]) for each in found["groups"]
    ] == [
        ("v0", 50, 50),
        ("v1", 50, 0),
    ]
    assert found["left_out"] == 0
    (unsaid,) = server.get("/v1/windows/deploy")["groups"]
    assert (unsaid["value"], unsaid["window"]["answers"]) == (None, 100)


def test_a_window_is_filtered_by_several_facts_and_by_what_is_not_said(server: ServerProcess) -> None:
    assert server.get("/v1/window?where=template_id=v0&where=route=serve")["answers"] == 50
    assert server.get("/v1/window?where=deploy=")["answers"] == 100
    assert server.get("/v1/services/tracking-answerer/window?where=template_id=v1")["unsafe"]["count"] == 0


def test_a_young_window_is_partial(server: ServerProcess) -> None:
    assert server.get("/v1/window")["settling"]["partial"] is True


def test_a_window_is_held_against_the_same_one_a_week_before(server: ServerProcess) -> None:
    found = server.get("/v1/window/changes")
    change = next(each for each in found["changes"] if each["measure"] == "unsafe_rate")
    assert (change["now"], change["before"], change["direction"]) == (0.5, 0.1, "higher")


def test_what_cannot_be_meant_is_refused_with_what_can(server: ServerProcess) -> None:
    assert "template_id" in refused(server, "/v1/windows/colour")
    assert "name=value" in refused(server, "/v1/window?where=template_id")
    assert "days" in refused(server, "/v1/window/changes?days=0")


def test_the_terminal_shows_parts_changes_and_one_window(server: ServerProcess) -> None:
    parts = told(server, "--by", "template_id")
    assert "v0" in parts
    assert "100.0%" in parts
    week = told(server, "--week")
    assert "▲" in week
    assert "50.00%" in week
    whole = told(server, "--where", "template_id=v0")
    assert "50/50" in whole
    assert "Partial" in whole
    assert json.loads(told(server, "--json"))["answers"] == 100
