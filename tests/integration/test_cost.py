"""Costs over a real server: real spans in, cards by their starts, tiers and long inputs, both figures, an invoice."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests import forked
from tests.server_process import ServerProcess

NOW_NS = time.time_ns()
TODAY = datetime.fromtimestamp(NOW_NS // 10**9, UTC).date()
CARDS = f"""
rate_cards:
  - version: first
    models:
      gpt-5: {{input: 1, output: 10, tiers: {{batch: {{input: 0.5, output: 5}}}}, also: ["gpt-5-####-##-##"]}}
      long: {{input: 1, output: 0, long_context: [{{above_tokens: 1000, input: 3, output: 0}}]}}
  - version: second
    starts: {TODAY}
    models:
      gpt-5: {{input: 2, output: 20, tiers: {{batch: {{input: 1, output: 10}}}}, also: ["gpt-5-####-##-##"]}}
      long: {{input: 1, output: 0, long_context: [{{above_tokens: 1000, input: 3, output: 0}}]}}
"""
DAY_NS = 86_400 * 10**9


def a_call(number: int, model: str, *, at: int = NOW_NS, service: str = "shop", **usage: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": model,
    }
    values |= {f"gen_ai.usage.{name}": value for name, value in usage.items() if name != "tier"}
    if "tier" in usage:
        values["openai.response.service_tier"] = usage["tier"]
    span = {
        "traceId": f"{number:032x}",
        "spanId": f"{number:016x}",
        "name": "chat",
        "startTimeUnixNano": str(at),
        "endTimeUnixNano": str(at + 10**9),
        "attributes": [
            {"key": key, "value": {"intValue": str(value)} if isinstance(value, int) else {"stringValue": value}}
            for key, value in values.items()
        ],
    }
    resource = {"attributes": [{"key": "service.name", "value": {"stringValue": service}}]}
    return {"resource": resource, "scopeSpans": [{"spans": [span]}]}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    home = tmp_path_factory.mktemp("cost")
    config = home / "outproof.yaml"
    config.write_text(CARDS)
    with ServerProcess(home / "data", config) as server:
        calls = [
            a_call(1, "gpt-5", input_tokens=1_000_000, output_tokens=1_000),
            a_call(2, "gpt-5-2025-08-07", input_tokens=1_000_000, output_tokens=0, tier="batch"),
            a_call(3, "gpt-5", input_tokens=1_000_000, output_tokens=0, tier="priority"),
            a_call(4, "long", input_tokens=1_000, output_tokens=1),
            a_call(5, "long", input_tokens=1_001, output_tokens=1),
            a_call(6, "unheard-of", input_tokens=10, output_tokens=10),
            a_call(7, "gpt-5", at=NOW_NS - DAY_NS, service="night", input_tokens=1_000_000, output_tokens=0),
        ]
        for _ in range(2):  # delivered twice, priced once
            status, _body = server.post("/v1/traces", json.dumps({"resourceSpans": calls}).encode())
            assert status == 200
        server.until(lambda: counted(server) == len(calls) or None)
        yield server


def spending(server: ServerProcess, **query: str) -> Any:
    tomorrow, before = TODAY + timedelta(days=2), TODAY - timedelta(days=2)
    asked = {"start": str(before), "end": str(tomorrow), **query}
    return server.get("/v1/cost?" + "&".join(f"{name}={value}" for name, value in asked.items()))


def counted(server: ServerProcess) -> int:
    return sum(part["calls"] for part in spending(server)["parts"])


def posted(server: ServerProcess, path: str, body: object) -> tuple[int, Any]:
    status, answer = server.post(path, json.dumps(body).encode())
    return status, json.loads(answer)


def outproof(server: ServerProcess, *arguments: str) -> subprocess.CompletedProcess[str]:
    return forked.run("cost", *arguments, "--endpoint", server.url)


def test_each_call_is_priced_by_the_card_of_its_day_in_its_tier_and_by_its_length(server: ServerProcess) -> None:
    found = spending(server, by="day")
    yesterday, today = found["parts"]
    assert (yesterday["value"], yesterday["nano_usd"]) == (str(TODAY - timedelta(days=1)), 1_000_000_000)
    assert today["nano_usd"] == 2_000_000_000 + 20_000_000 + 1_000_000_000 + 1_000_000 + 3_003_000
    assert found["nano_usd"] == yesterday["nano_usd"] + today["nano_usd"]
    assert (yesterday["rate_cards"], today["rate_cards"]) == (["first"], ["second"])


def test_what_has_no_price_is_listed_and_null(server: ServerProcess) -> None:
    found = spending(server)
    assert found["unpriced"] == [
        {"model": "gpt-5", "tier": "priority", "reason": "tier", "calls": 1},
        {"model": "unheard-of", "tier": None, "reason": "model", "calls": 1},
    ]
    [unheard] = [part for part in found["parts"] if part["value"] == "unheard-of"]
    assert unheard["nano_usd"] is None


def test_one_service_can_be_asked_for(server: ServerProcess) -> None:
    assert spending(server, service="night")["nano_usd"] == 1_000_000_000


def test_a_restatement_keeps_both_figures_and_changes_nothing_else(server: ServerProcess) -> None:
    before = spending(server)["nano_usd"]
    asked = {"start": str(TODAY - timedelta(days=2)), "end": str(TODAY + timedelta(days=2))}
    status, made = posted(
        server,
        "/v1/cost/restatements",
        {**asked, "by": "kim", "reason": "the price was announced late", "card": "second"},
    )
    assert status == 201
    assert made["before"]["nano_usd"] == before
    assert made["after"]["nano_usd"] == before + 1_000_000_000  # yesterday's call at today's price
    assert sum(line["after_nano_usd"] or 0 for line in made["lines"]) == made["after"]["nano_usd"]
    assert server.get("/v1/cost/restatements")["restatements"] == [made]
    again = spending(server)
    assert (again["nano_usd"], again["restatements"]) == (before, [made])
    [entry] = [entry for entry in server.get("/v1/audit")["entries"] if entry["verb"] == "cost restated"]
    assert (entry["actor"], entry["subject"]) == ("kim", made["id"])


def test_a_card_that_never_was_is_refused_with_those_that_are(server: ServerProcess) -> None:
    status, said = posted(
        server, "/v1/cost/restatements", {"by": "kim", "reason": "to see what it does", "card": "third"}
    )
    assert (status, said["message"]) == (
        400,
        "expected the version of a rate card that is or was declared (first, second), got 'third'",
    )


def test_an_invoice_is_compared_model_by_model(server: ServerProcess, tmp_path: Path) -> None:
    invoice = tmp_path / "invoice.csv"
    invoice.write_text(f"date,model,cost_usd\n{TODAY},gpt-5,4.50\n{TODAY},dall-e-3,1.00\n")
    asked = ("--start", str(TODAY), "--end", str(TODAY + timedelta(days=2)))
    done = outproof(server, "reconcile", str(invoice), *asked, "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    lines = {line["model"]: line for line in found["lines"]}
    assert lines["gpt-5"]["ours_nano_usd"] == 3_020_000_000
    assert lines["gpt-5"]["differences"] == [{"because": "unpriced", "nano_usd": 1_480_000_000}]
    assert lines["dall-e-3"]["differences"] == [{"because": "not_seen", "nano_usd": 1_000_000_000}]
    assert found["difference_nano_usd"] == sum(each["nano_usd"] for each in found["differences"])
    assert outproof(server, "reconcile", str(invoice), *asked, "--strict").returncode == 1


def test_a_bad_invoice_is_refused_with_file_and_line(server: ServerProcess, tmp_path: Path) -> None:
    invoice = tmp_path / "invoice.csv"
    invoice.write_text("model,cost_usd\ngpt-5,lots\n")
    done = outproof(server, "reconcile", str(invoice), "--month", "2026-10")
    assert done.returncode == 1
    assert f"{invoice}:2: expected an amount in dollars such as 12.34, got 'lots'" in done.stderr


def test_the_terminal_shows_a_cost_and_what_is_not_in_it(server: ServerProcess) -> None:
    done = outproof(server, "show", "--start", str(TODAY), "--end", str(TODAY + timedelta(days=2)))
    assert done.returncode == 0, done.stderr
    assert "$3.024003 under second" in done.stdout
    assert "not in the cost: 1 calls of gpt-5 in tier priority: no price for the tier" in done.stdout


def test_the_cards_in_force_are_shown_with_their_starts(server: ServerProcess) -> None:
    assert server.get("/v1/rate-cards")["rate_cards"] == [
        {"version": "first", "starts": None, "models": 2, "revisions": 1},
        {"version": "second", "starts": str(TODAY), "models": 2, "revisions": 1},
    ]
    card = server.get("/v1/rate-cards/second")
    [long] = [model for model in card["models"] if model["model"] == "long"]
    assert [(step["above_tokens"], step["input"]) for step in long["tiers"]["standard"]] == [(None, "1"), (1_000, "3")]


@pytest.mark.parametrize("query", ["month=2026-13", "start=yesterday", "start=2026-01-01&end=2025-01-01", "by=colour"])
def test_a_time_or_a_fact_that_cannot_be_meant_is_refused(server: ServerProcess, query: str) -> None:
    status = subprocess.run(
        ["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", f"{server.url}/v1/cost?{query}"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert status == "400"
