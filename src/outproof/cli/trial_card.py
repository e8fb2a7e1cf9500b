"""How trials look in a terminal: the API's JSON in, rich renderables out. Values are `Text`, which reads no markup."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from outproof.cli.findings import counted
from outproof.core.time import duration_text
from outproof.respond.notification import plain

PAGES_SHOWN_MAX = 10
_TEXT_CHARS_MAX = 200
_NOBODY_KNOWS = "nobody knows: nothing is labelled"

Json = Mapping[str, Any]


def backtest_card(trial: Json) -> Group:
    """What the policy would have done."""
    found = trial["backtest"]
    then = found["then"]
    head = Text(f"{_plain(trial['policy'])} from {_day(found['start'])} to {_day(found['end'])} (UTC)", style="bold")
    lines = Table.grid(padding=(0, 2))
    for name, value in _lines(found):
        lines.add_row(Text(name, style="dim"), Text(value))
    parts: list[RenderableType] = [head, lines]
    if then["pages"]:
        parts += [Text("\nThe newest pages", style="bold"), _pages(then["pages"])]
    missed = [each for each in then["breaks"] if each["detect_s"] is None]
    if missed:
        parts += [Text("\nMissed", style="bold"), *(Text(_break(each)) for each in missed[:PAGES_SHOWN_MAX])]
    return Group(*parts, *_remarks(found))


def calibration_card(trial: Json) -> Group:
    """Which limits there are, and what each would have done."""
    found = trial["calibration"]
    head = Text(f"{_plain(trial['policy'])}: {_plain(found['compare'])}", style="bold")
    sign = "≥" if "<" in found["compare"] else "≤"
    shares = found["baseline"]["shares"]
    baseline = ", ".join(f"{share['ratio']:.1%} of looks {sign} {_plain(share['text'])}" for share in shares)
    shown = Table(box=box.SIMPLE_HEAD)
    for name in (
        "limit",
        "est. false alarms a week",
        "95 %: at most",
        "breaks caught",
        "missed",
        "median to detect",
        "",
    ):
        shown.add_column(name, justify="left" if name in ("limit", "") else "right")
    for each in found["limits"]:
        false = each["false_alarms"]
        shown.add_row(
            Text(_plain(each["text"])),
            f"{false['per_week']:,.2f}",
            f"{false['upper_per_week']:,.2f}",
            str(each["caught"]),
            "–" if each["missed"] is None else str(each["missed"]),
            _duration(each["detect_s_median"]),
            Text(_standing(each), style="green" if each["is_proposed"] else ""),
        )
    allowed = f"an estimate of at most {found['allowed_per_week']:g} false alarms a week"
    if found["lacking"] is not None:
        verdict = Text(f"No limit is proposed: {_plain(found['lacking'])}.", "yellow")
    elif found["proposed"] is None:
        verdict = Text(f"No limit that was tried keeps to {allowed}: a longer window, `for` or n_of_m may.", "yellow")
    else:
        verdict = Text(f"Proposed: {_plain(found['proposed'])} ({allowed}). Nothing was changed.", "green")
    ordinary = Text(f"Ordinarily: {baseline or 'no data'}", style="dim")
    return Group(head, ordinary, shown, verdict, *_remarks(found))


def _lines(found: Json) -> Iterator[tuple[str, str]]:
    then, now, late = found["then"], found["now"], found["late"]
    yield "pages", _counted(then["total"], "page")
    false = then["false_alarms"]
    yield "false alarms", _NOBODY_KNOWS if false is None else _counted(false, "false alarm")
    if then["unlabelled"] and false is not None:
        yield "not labelled", f"{counted(then['unlabelled'], 'page')} of which nobody said what they would be worth"
    known = len(then["breaks"])
    caught = (
        f"{known - then['missed']} of {counted(known, 'known break')}" if known else "no break is known in this time"
    )
    yield "caught", caught
    if then["detect_s_median"] is not None:
        yield "time to detect", f"{_duration(then['detect_s_median'])} (median)"
    yield "no data", f"{found['without_data'] / max(1, found['looks']):.1%} of {counted(found['looks'], 'look')}"
    yield "late data", _late(now, late)


def _late(now: Json, late: Json) -> str:
    pages = counted(now["total"]["count"], "page")
    said = f"with all data there, {pages}: {late['taken_back']} fewer, {late['brought']} more"
    return said if late["median_delay_s"] is None else f"{said}; pages came {_duration(late['median_delay_s'])} later"


def _pages(pages: list[Json]) -> Table:
    shown = Table(box=box.SIMPLE_HEAD)
    for name in ("at (UTC)", "lasted", "worth", "why"):
        shown.add_column(name, no_wrap=name != "why")
    for page in reversed(pages[-PAGES_SHOWN_MAX:]):
        segments = ", ".join(_plain(each or "(not said)") for each in page["segments"])
        shown.add_row(
            page["at"][:16].replace("T", " "),
            "still open" if page["ended_at"] is None else f"to {page['ended_at'][5:16].replace('T', ' ')}",
            page["worth"],
            Text(_plain(page["reason"]) + (f": {segments}" if segments else "")),
        )
    return shown


def _break(each: Json) -> str:
    return f"{each['start'][:16].replace('T', ' ')} to {each['end'][5:16].replace('T', ' ')}  {_plain(each['name'])}"


def _standing(limit: Json) -> str:
    return ", ".join(
        name for name, is_so in (("proposed", limit["is_proposed"]), ("in force", limit["is_current"])) if is_so
    )


def _remarks(found: Json) -> list[Text]:
    return [Text(f"· {_plain(each)}", style="dim") for each in found["remarks"]]


def _counted(rate: Json, noun: str) -> str:
    """`3 pages, an estimate of 1.50 a week (95 %: at most 3.88 a week)`."""
    estimate = f"{rate['per_week']:,.2f} a week (95 %: at most {rate['upper_per_week']:,.2f} a week)"
    return f"{counted(rate['count'], noun)}, an estimate of {estimate}"


def _duration(seconds: float | None) -> str:
    if seconds is None:
        return "–"
    return duration_text(seconds) if seconds >= 1 else "at once"


def _day(instant: str) -> str:
    return instant[:16].replace("T", " ")


def _plain(text: str) -> str:
    return plain(text, _TEXT_CHARS_MAX)
