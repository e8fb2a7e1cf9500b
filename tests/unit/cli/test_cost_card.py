import re
from io import StringIO
from pathlib import Path
from typing import Any

from rich.console import Console, RenderableType

from outproof.cli.cost_card import reconciliation, restatement, spending

ROOT = Path(__file__).resolve().parents[3]
DOLLAR = 10**9
OCTOBER = {"start": "2026-10-01T00:00:00.000000Z", "end": "2026-11-01T00:00:00.000000Z"}


def shown(card: RenderableType) -> str:
    out = StringIO()
    Console(file=out, width=200).print(card)
    return "".join(f"{line.rstrip()}\n" for line in out.getvalue().splitlines())


def a_line(model: str, invoiced: int, ours: int | None, **because: int) -> dict[str, Any]:
    return {
        "model": model,
        "invoiced_nano_usd": invoiced * DOLLAR,
        "ours_nano_usd": None if ours is None else ours * DOLLAR,
        "difference_nano_usd": (invoiced - (ours or 0)) * DOLLAR,
        "differences": [{"because": name, "nano_usd": amount * DOLLAR} for name, amount in because.items()],
        "unpriced": [],
    }


def test_the_report_that_the_how_to_shows_is_the_one_that_is_printed() -> None:
    causes = {"tokens": 1, "price": 1, "not_seen": 1}
    answer = {
        **OCTOBER,
        "invoiced_nano_usd": 6 * DOLLAR,
        "ours_nano_usd": 3 * DOLLAR,
        "difference_nano_usd": 3 * DOLLAR,
        "differences": [{"because": name, "nano_usd": amount * DOLLAR} for name, amount in causes.items()],
        "rate_cards": ["2026-q4"],
        "lines": [a_line("gpt-5", 5, 3, tokens=1, price=1), a_line("dall-e-3", 1, None, not_seen=1)],
        "outside": [],
    }
    page = (ROOT / "docs/how-to/reconcile-an-invoice.md").read_text()
    [block] = re.findall(r"```text\n(.*?)```", page, re.DOTALL)
    assert shown(reconciliation(answer)) == block


def a_part(value: str | None, nano_usd: int | None) -> dict[str, Any]:
    tokens = dict.fromkeys(("input_tokens", "cached_input_tokens", "output_tokens"))
    return {"value": value, "nano_usd": nano_usd, "calls": 1_200, **tokens}


def test_what_is_unknown_is_called_so_and_never_zero() -> None:
    answer = {
        **OCTOBER,
        "by": "model",
        "service": None,
        "nano_usd": None,
        "estimated_nano_usd": None,
        "rate_cards": [],
        "parts": [a_part(None, None)],
        "parts_left_out": 0,
        "unpriced": [{"model": None, "tier": None, "reason": "no_card", "calls": 1_200}],
        "restatements": [],
    }
    text = shown(spending(answer))
    assert "total unknown" in text
    assert "not in the cost: 1,200 calls of unknown: no rate card had started" in text
    assert "$0" not in text


def test_a_name_cannot_write_on_the_terminal() -> None:
    figure = {"nano_usd": 1, "rate_cards": ["\x1b[31mred"], "unpriced_calls": 0}
    answer = {
        **OCTOBER,
        "id": "rst_1",
        "by": "kim\x07",
        "reason": "it was late",
        "service": "a\nb",
        "card": "v",
        "before": figure,
        "after": figure,
        "lines": [{"model": "m\x1b]0;x\x07", "calls": 1, "before_nano_usd": 1, "after_nano_usd": None}],
    }
    text = shown(restatement(answer))
    assert not set(text) & {"\x1b", "\x07"}
    assert "became $0.000000 under v" in text
