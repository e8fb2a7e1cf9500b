"""Costs in the terminal: what the API answers in; tables in which unknown is called so, never zero, out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from outproof.core.money import NanoUsd, usd_text
from outproof.respond.notification import plain

_NAME_CHARS_MAX = 80
_WHY = {
    "no_card": "no rate card had started",
    "model": "no price for the model",
    "tier": "no price for the tier",
    "usage": "did not say how many tokens",
    "contradiction": "more cached tokens than were sent",
}
_BECAUSE = {
    "rounding": "rounding of the invoice",
    "tokens": "other tokens billed than we saw, at our price",
    "price": "the billed tokens at another price than ours",
    "sampling": "calls that sampling dropped, estimated",
    "unpriced": "calls that have no price here, or no usage",
    "not_seen": "billed, but no call of it arrived here",
    "not_invoiced": "arrived here, but nothing was billed",
    "other_charge": "charges that name no model",
    "unexplained": "unexplained",
}


def spending(answer: Mapping[str, Any]) -> RenderableType:
    """What was spent: a line for each part, and the whole."""
    table = _table(answer["by"], "cost", "calls", "input", "cached", "output")
    for part in answer["parts"]:
        tokens = (_count(part[name]) for name in ("input_tokens", "cached_input_tokens", "output_tokens"))
        table.add_row(_name(part["value"]), _usd(part["nano_usd"]), _count(part["calls"]), *tokens)
    whole = Text.assemble(("total ", "dim"), (_usd(answer["nano_usd"]), "bold"), _under(answer["rate_cards"]))
    said: list[Table | Text] = [_head(answer, "cost"), table, whole]
    if answer["parts_left_out"]:
        said.append(Text(f"and {answer['parts_left_out']} more lines: ask for a shorter time, or one service"))
    if answer["estimated_nano_usd"] != answer["nano_usd"]:
        said.append(Text(f"only a sample was kept: all calls cost about {_usd(answer['estimated_nano_usd'])}"))
    said += _left_out(answer["unpriced"])
    said += [Text(f"restated: {_both(each)}") for each in answer["restatements"]]
    return Group(*said)


def restatement(answer: Mapping[str, Any]) -> RenderableType:
    """Both figures, model by model."""
    table = _table("model", "before", "after", "calls")
    for line in answer["lines"]:
        before, after = _usd(line["before_nano_usd"]), _usd(line["after_nano_usd"])
        table.add_row(_name(line["model"]), before, after, _count(line["calls"]))
    who = f"{answer['id']}  by {plain(answer['by'], _NAME_CHARS_MAX)}: {plain(answer['reason'], 500)}"
    return Group(_head(answer, "restated"), table, Text(_both(answer)), Text(who, "dim"))


def reconciliation(answer: Mapping[str, Any]) -> RenderableType:
    """An invoice beside our figures, and why they differ."""
    table = _table("model", "invoiced", "ours", "difference", "because")
    for line in answer["lines"]:
        table.add_row(
            "(no model)" if line["model"] is None else _name(line["model"]),
            "nothing" if line["invoiced_nano_usd"] is None else _usd(line["invoiced_nano_usd"]),
            _usd(line["ours_nano_usd"]),
            _usd(line["difference_nano_usd"]),
            ", ".join(f"{each['because']} {_usd(each['nano_usd'])}" for each in line["differences"]) or "agrees",
        )
    said: list[Table | Text] = [_head(answer, "invoice"), table]
    invoiced, ours = _usd(answer["invoiced_nano_usd"]), _usd(answer["ours_nano_usd"])
    said.append(Text(f"invoiced {invoiced}, ours {ours}{_under(answer['rate_cards'])}"))
    said.append(Text.assemble("difference ", (_usd(answer["difference_nano_usd"]), "bold")))
    said += [Text(f"  {_usd(each['nano_usd'])}  {_BECAUSE[each['because']]}") for each in answer["differences"]]
    said += _left_out([each for line in answer["lines"] for each in line["unpriced"]])
    said += [
        Text(f"line {each['line']} is for {each['on']}, so not counted: {_usd(each['nano_usd'])}")
        for each in answer["outside"][:20]
    ]
    return Group(*said)


def _head(answer: Mapping[str, Any], what: str) -> Text:
    service = f" of {_name(answer['service'])}" if answer.get("service") else ""
    return Text.assemble((f"{what}{service}", "bold"), f"  {answer['start'][:16]}Z to {answer['end'][:16]}Z")


def _table(first: str, *others: str) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column(first)
    for name in others:
        table.add_column(name, justify="left" if name == "because" else "right")
    return table


def _both(restated: Mapping[str, Any]) -> str:
    before, after = restated["before"], restated["after"]
    return (
        f"{_usd(before['nano_usd'])}{_under(before['rate_cards'])} became {_usd(after['nano_usd'])} "
        f"under {plain(restated['card'], _NAME_CHARS_MAX)}"
    )


def _left_out(unpriced: Sequence[Mapping[str, Any]]) -> Iterator[Text]:
    for each in unpriced:
        tier = f" in tier {plain(each['tier'], _NAME_CHARS_MAX)}" if each["tier"] else ""
        yield Text(
            f"not in the cost: {_count(each['calls'])} calls of {_name(each['model'])}{tier}: {_WHY[each['reason']]}"
        )


def _name(value: str | None) -> str:
    return "unknown" if value is None else plain(value, _NAME_CHARS_MAX)


def _usd(nanos: int | None) -> str:
    return "unknown" if nanos is None else usd_text(NanoUsd(nanos))


def _count(value: int | None) -> str:
    return "unknown" if value is None else f"{value:,}"


def _under(cards: Sequence[str]) -> str:
    return f" under {' + '.join(plain(card, _NAME_CHARS_MAX) for card in cards)}" if cards else ""
