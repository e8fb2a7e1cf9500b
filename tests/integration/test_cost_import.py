"""`outproof cost import`: a file of prices in, a card that `outproof check` accepts out; it asks no network."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests import forked

PRICES = {
    "gpt-5": {
        "mode": "chat",
        "litellm_provider": "openai",
        "input_cost_per_token": 1.25e-06,
        "output_cost_per_token": 1e-05,
        "search_context_cost_per_query": {"search_context_size_low": 0.01},
    },
    "half": {"mode": "chat", "litellm_provider": "openai", "input_cost_per_token": 1e-06},
    "command-r": {
        "mode": "chat",
        "litellm_provider": "cohere",
        "input_cost_per_token": 1e-06,
        "output_cost_per_token": 1e-06,
    },
}


@pytest.fixture
def prices(tmp_path: Path) -> Path:
    file = tmp_path / "model_prices_and_context_window.json"
    file.write_text(json.dumps(PRICES))
    return file


def outproof(*arguments: str) -> subprocess.CompletedProcess[str]:
    return forked.run(*arguments)


def test_an_imported_card_is_one_that_check_accepts(prices: Path, tmp_path: Path) -> None:
    out = tmp_path / "prices.yaml"
    asked = ("--version", "2026-q4", "--starts", "2026-10-01", "--provider", "openai", "--out", str(out))
    done = outproof("cost", "import", "litellm", str(prices), *asked)
    assert done.returncode == 0, done.stderr
    assert "1 models in card 2026-q4; 2 facts were not carried over" in done.stderr
    assert out.read_text() == (
        "# Prices imported from litellm, in US dollars per million tokens. Check them against your contract.\n"
        "# not carried over: gpt-5: prices per search or per request\n"
        "# not carried over: half: no price for output\n"
        "rate_cards:\n"
        '  - version: "2026-q4"\n'
        '    starts: "2026-10-01"\n'
        "    models:\n"
        '      "gpt-5": {input: 1.25, output: 10}\n'
    )
    assert outproof("check", str(out)).returncode == 0
    again = outproof("cost", "import", "litellm", str(prices), *asked)
    assert again.returncode == 1
    assert "is there already" in again.stderr


def test_what_was_not_carried_over_is_listed_for_programs(prices: Path) -> None:
    done = outproof("cost", "import", "litellm", str(prices), "--version", "v", "--model", "gpt*", "--json")
    found = json.loads(done.stdout)
    assert list(found["rate_card"]["models"]) == ["gpt-5"]
    assert found["lost"] == [{"model": "gpt-5", "not_carried_over": "prices per search or per request"}]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("litellm", "FILE", "--version", "v", "--starts", "soon"), "expected --starts as a day such as 2026-10-01"),
        (("litellm", "nowhere.json", "--version", "v"), "expected a readable file, got nowhere.json"),
        (("genai-prices", "FILE", "--version", "v"), "expected genai-prices data"),
        (("litellm", "FILE", "--version", "v", "--provider", "nobody"), "found none"),
    ],
)
def test_what_cannot_be_imported_is_refused_with_what_was_expected(
    prices: Path, arguments: tuple[str, ...], said: str
) -> None:
    done = outproof("cost", "import", *(str(prices) if each == "FILE" else each for each in arguments))
    assert done.returncode == 1
    assert said in done.stderr


def test_a_card_that_cannot_be_meant_is_refused_with_its_place(tmp_path: Path) -> None:
    file = tmp_path / "outproof.yaml"
    file.write_text(
        "rate_cards:\n"
        "  - version: a\n"
        "    starts: 2026-13-01\n"
        "    models:\n"
        "      m: {input: 1, output: cheap}\n"
        "      n: {input: 1, output: 1, tiers: {default: {input: 1, output: 1}}}\n"
        "      o: {input: 1, output: 1, long_context: [{above_tokens: 0, input: 1, output: 1}]}\n"
        "  - {version: b, models: {m: {input: 0.0000000000001, output: 1}}}\n"
    )
    found = json.loads(outproof("check", str(file), "--json").stdout)
    assert [(each["line"], each["message"][:40]) for each in found["errors"]] == [
        (3, "expected a date such as 2026-10-01, got "),
        (5, "expected a price in US dollars per milli"),
        (6, "expected tiers other than the standard o"),
        (7, "expected `above_tokens` of 1 to 10000000"),
        (8, "expected a price with at most 12 decimal"),
    ]
