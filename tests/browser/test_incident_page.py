"""The incident page of a real server in a real browser: the exemplar is there to be found at 03:00."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from tests.server_process import ServerProcess

ROOT = Path(__file__).resolve().parents[2]
FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"),
)
# What a machine that stands still for a while may need; what comes earlier is seen earlier.
PATIENCE_S = 60
# Rounds of polling are 5 s and more apart; where there are none, only the change stream can bring what is new.
NEVER_POLLS = "{ const every = setInterval; window.setInterval = (act, ms) => (ms < 5000 ? every(act, ms) : 0); }"
CONFIG = """
policies:
  - name: unsafe-delivery-claim
    severity: critical
    owner: delivery-answers
    summary: Unsupported delivery claim reached customer response.
    invariant: unsafe_claim_served == 0
    over: {service: tracking-answerer}
    first_check: Compare serving-gate template with tracking-answerer-v1.
    no_data: keep
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, realcases: Path) -> Iterator[ServerProcess]:
    if not (ROOT / "web" / "dist" / "index.html").is_file():
        pytest.skip("needs the built pages: run make setup")
    folder = tmp_path_factory.mktemp("browser")
    config = folder / "outproof.yaml"
    config.write_text(CONFIG)
    events = folder / "events.json"
    worked = json.loads((realcases / "seed_cases.json").read_text())["worked_window"]["events"]
    events.write_text(json.dumps(worked))
    with ServerProcess(folder / "data", config) as started:
        env = {**os.environ, "OUTPROOF_ENDPOINT": started.url, "OUTPROOF_SPOOL": str(folder / "spool")}
        client = ROOT / "tests" / "integration" / "worked_window.py"
        subprocess.run(
            [sys.executable, str(client), str(events)], env=env, check=True, timeout=2 * PATIENCE_S, cwd=ROOT
        )
        started.until(lambda: started.get("/v1/incidents")["incidents"], within_s=PATIENCE_S)
        yield started


@pytest.fixture
def page(chromium: str) -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS, timeout=2_000 * PATIENCE_S)
        page = browser.new_page()
        page.set_default_timeout(1_000 * PATIENCE_S)
        expect.set_options(timeout=1_000 * PATIENCE_S)
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        yield page
        browser.close()
        assert errors == []


def test_a_responder_finds_the_exemplar_and_the_first_check_from_the_list(server: ServerProcess, page: Page) -> None:
    page.goto(server.url)
    page.get_by_role("link", name="Unsupported delivery claim reached customer response.").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Unsupported delivery claim reached customer response.")
    main = page.get_by_role("main")
    for fact in (
        "unsafe_claim_served 2/6",
        "Compare serving-gate template with tracking-answerer-v1.",
        "req_205",
        "tracking-answerer-v1.1-regression",
        "fastship@v17",
        "serving_gate",
        "delivery-answers",
    ):
        expect(main.get_by_text(fact).first).to_be_visible()


def test_the_window_of_the_service_shows_shares_with_their_counts(server: ServerProcess, page: Page) -> None:
    page.goto(f"{server.url}/services/tracking-answerer")
    main = page.get_by_role("main")
    expect(main).to_contain_text("33.3")
    expect(main).to_contain_text("66.7")
    expect(main).to_contain_text("240 ms")


def test_a_page_that_is_open_hears_of_a_new_answer_without_being_reloaded(server: ServerProcess, page: Page) -> None:
    page.add_init_script(NEVER_POLLS)
    page.goto(f"{server.url}/services")
    expect(page.get_by_role("main")).to_contain_text("tracking-answerer")
    body = {
        "resourceSpans": [
            {
                "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "newcomer"}}]},
                "scopeSpans": [{"spans": [a_span()]}],
            }
        ]
    }
    assert server.post("/v1/traces", json.dumps(body).encode())[0] == 200
    expect(page.get_by_role("main")).to_contain_text("newcomer")


def a_span() -> dict[str, object]:
    now = time.time_ns()
    chat = {"key": "gen_ai.operation.name", "value": {"stringValue": "chat"}}
    return {
        "traceId": os.urandom(16).hex(),
        "spanId": os.urandom(8).hex(),
        "name": "chat",
        "startTimeUnixNano": str(now - 10**8),
        "endTimeUnixNano": str(now),
        "attributes": [chat],
    }
