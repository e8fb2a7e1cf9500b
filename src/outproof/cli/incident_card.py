"""How incidents look in a terminal: the API's JSON in, a table or a card of rich renderables out.

Values are made plain and stand in `Text`, which reads no markup, so that what was monitored can neither colour, nor
hide, nor command the terminal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from outproof.contract.evidence import Fact
from outproof.core.money import NanoUsd, usd_text
from outproof.respond.notification import plain

TIMELINE_ENTRIES_MAX = 8
PARTS_MAX = 20
"""Broken parts that are listed, the newest."""
TEXT_CHARS_MAX = 1_000

_PRIORITY = {"critical": "P0", "warning": "P1", "info": "P2"}
_STYLE = {"critical": "bold red", "warning": "bold yellow", "info": "bold blue"}
_STATE_STYLE = {
    "resolved": "green",
    "passed": "green",
    "accepted": "green",
    "open": "red",
    "failed": "red",
    "missing": "yellow",
    "retrying": "yellow",
    "acknowledged": "yellow",
}
_MARK = {"passed": "✓", "failed": "✗", "missing": "?", "not_required": "–"}

Json = Mapping[str, Any]


def table(incidents: Sequence[Json]) -> Table:
    """Incidents, the newest first; readable in 80 columns."""
    shown = Table(box=box.SIMPLE_HEAD, expand=True)
    shown.add_column("state", no_wrap=True)
    shown.add_column("incident", ratio=1, overflow="fold")
    shown.add_column("since (UTC), told", no_wrap=True)
    for incident in _cleaned(incidents):
        what = [Text(incident["title"], style="bold")]
        if incident["headline"]:
            what.append(Text(incident["headline"]))
        what.append(Text(f"{incident['subject']['name']} · {incident['owner']}"))
        what.append(Text(incident["id"], style="dim"))
        shown.add_row(
            Text("\n").join([_priority(incident), _state(incident["state"]), *_marks(incident)]),
            Text("\n").join(what),
            Text("\n").join([Text(_moment(incident["opened_at"])), _told(incident["deliveries"])]),
        )
    return shown


def _marks(incident: Json) -> list[Text]:
    """What sets an incident apart in a list: that nobody is told of it, that it flaps, that it is part of another."""
    suppression = incident["suppression"]
    said = [suppression["kind"].replace("_", " ")] if suppression else []
    said += ["flapping"] if incident["flapping"] else []
    return [Text(each, style="yellow") for each in said]


def card(incident: Json, endpoint: str) -> Panel:
    """One incident, everything a responder asks first."""
    incident = _cleaned(incident)
    head = Text.assemble(_priority(incident), "  ", Text(incident["title"], style="bold"))
    parts: list[RenderableType] = [_facts(incident)]
    parts += [
        Group(Text(f"\n{title}", style="bold"), body)
        for title, body in (
            ("First exemplar", _exemplar(incident["exemplars"])),
            ("Stages", _stages(incident["stages"])),
            ("Broken parts", _broken(incident["broken"])),
            ("Merged into it", _merged(incident["merged"])),
            ("Evidence", _grid((fact["label"], Fact(**fact).text) for fact in incident["evidence"])),
            ("Timeline", _timeline(incident["timeline"])),
            ("Deliveries", _deliveries(incident["deliveries"])),
        )
        if body.row_count
    ]
    link = f"{endpoint.rstrip('/')}/incidents/{incident['id']}"
    return Panel(
        Group(*parts),
        title=head,
        title_align="left",
        subtitle=Text(link, style="dim"),
        border_style="green" if incident["state"] == "resolved" else _STYLE.get(incident["severity"], ""),
        padding=(1, 2),
    )


def _cleaned(value: Any) -> Any:
    """The same JSON with every text on one line and without control characters."""
    if isinstance(value, str):
        return plain(value, TEXT_CHARS_MAX)
    if isinstance(value, Mapping):
        return {key: _cleaned(inner) for key, inner in value.items()}
    return [_cleaned(inner) for inner in value] if isinstance(value, Sequence) else value


def _facts(incident: Json) -> Table:
    taken = f"{_moment(incident['acknowledged_at'])} by {incident['acknowledged_by']}"
    good = incident["last_good_run"]
    return _grid(
        (
            ("What", incident["headline"]),
            ("State", _state(incident["state"])),
            ("Where", incident["subject"]["name"]),
            ("Owner", incident["owner"]),
            ("Since", f"{_moment(incident['opened_at'])} UTC"),
            ("Taken", taken if incident["acknowledged_at"] else None),
            ("Assigned", incident["assignee"]),
            ("Not told", _held_back(incident["suppression"])),
            ("Part of", incident["part_of"]),
            ("Reopened", _reopened(incident)),
            ("Over", f"{_moment(incident['resolved_at'])} UTC" if incident["resolved_at"] else None),
            ("Occurrences", incident["occurrences"]),
            ("First check", Text(incident["first_check"], style="bold") if incident["first_check"] else None),
            ("Runbook", incident["runbook"]),
            ("Last good run", f"{good['external_id']} {_moment(good['closed_at'])}" if good else None),
        )
    )


def _exemplar(exemplars: Sequence[Json]) -> Table:
    if not exemplars:
        return _grid(())
    shown = exemplars[0]
    return _grid(
        (
            ("Request", shown["request_id"]),
            ("Template", shown["template_id"]),
            ("Evidence version", shown["evidence_version"]),
            ("Route", shown["route"]),
            ("First failed stage", shown["first_failed_stage"]),
            ("Model", shown["model"]),
            ("Tokens", _tokens(shown)),
            ("First token", None if shown["ttft_s"] is None else f"{shown['ttft_s'] * 1_000:.0f} ms"),
            ("Cost", _cost(shown)),
            ("Trace", shown["trace_id"]),
        )
    )


def _tokens(exemplar: Json) -> str | None:
    given, cached, written = (exemplar[f"{kind}_tokens"] for kind in ("input", "cached_input", "output"))
    if given is None and written is None:
        return None
    of_cache = f" ({cached} cached)" if cached else ""
    return f"{'unknown' if given is None else given} in{of_cache}, {'unknown' if written is None else written} out"


def _cost(exemplar: Json) -> str | None:
    if exemplar["cost_nano_usd"] is None:
        return None
    return f"{usd_text(NanoUsd(exemplar['cost_nano_usd']))} under {exemplar['rate_card']}"


def _held_back(suppression: Json | None) -> str | None:
    if suppression is None:
        return None
    until = f", until {_moment(suppression['until'])} UTC" if suppression["until"] else ""
    return f"{suppression['reason']}{until}"


def _reopened(incident: Json) -> str | None:
    if not incident["reopened"]:
        return None
    times = "once" if incident["reopened"] == 1 else f"{incident['reopened']} times"
    return f"{times}, flapping: each turn is not told any more" if incident["flapping"] else times


def _broken(parts: Sequence[Json]) -> Table:
    shown = Table.grid(padding=(0, 2))
    for part in parts[-PARTS_MAX:] if len(parts) > 1 else ():
        shown.add_row(Text(_moment(part["at"]), style="dim"), Text(part["name"]), Text(part["severity"] or ""))
    return shown


def _merged(incidents: Sequence[Json]) -> Table:
    shown = Table.grid(padding=(0, 2))
    for each in incidents:
        shown.add_row(_state(each["state"]), Text(each["title"]), Text(each["id"], style="dim"))
    return shown


def _stages(stages: Sequence[Json]) -> Table:
    shown = Table.grid(padding=(0, 2))
    for stage in stages:
        state = stage["state"]
        said = Text(f"{_MARK.get(state, ' ')} {stage['stage']}", style=_STATE_STYLE.get(state, "dim"))
        shown.add_row(said, Text(state.replace("_", " ")), Text(stage["observer"] or ""), Text(stage["detail"] or ""))
    return shown


def _timeline(entries: Sequence[Json]) -> Table:
    shown = Table.grid(padding=(0, 2))
    if len(entries) > TIMELINE_ENTRIES_MAX:
        shown.add_row(Text("…", style="dim"), Text(f"{len(entries) - TIMELINE_ENTRIES_MAX} earlier", style="dim"))
    for entry in entries[-TIMELINE_ENTRIES_MAX:]:
        shown.add_row(Text(_moment(entry["at"]), style="dim"), Text(entry["kind"]), Text(entry["text"]))
    return shown


def _deliveries(deliveries: Sequence[Json]) -> Table:
    shown = Table.grid(padding=(0, 2))
    for delivery in deliveries:
        last = delivery["attempts"][-1] if delivery["attempts"] else None
        tries = len(delivery["attempts"])
        said = "" if last is None else f"{last['detail']}, {tries} {'attempt' if tries == 1 else 'attempts'}"
        if delivery["next_attempt_at"] and tries:
            said += f", again at {_moment(delivery['next_attempt_at'])}"
        shown.add_row(Text(delivery["channel"]), Text(delivery["kind"]), _state(delivery["state"]), Text(said))
    return shown


def _grid(rows: Any) -> Table:
    """Labels and what is known of them; what is unknown is left out."""
    shown = Table.grid(padding=(0, 2))
    shown.add_column(style="dim", no_wrap=True)
    shown.add_column(overflow="fold")
    for label, value in rows:
        if value is not None:
            shown.add_row(Text(label), value if isinstance(value, Text) else Text(_said(value)))
    return shown


def _said(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _priority(incident: Json) -> Text:
    severity = incident["severity"]
    return Text(_PRIORITY.get(severity, str(severity)), style=_STYLE.get(severity, ""))


def _state(state: str) -> Text:
    return Text(state, style=_STATE_STYLE.get(state, ""))


def _told(counts: Json) -> Text:
    said = [f"{counts[state]} {state}" for state in ("accepted", "queued", "retrying", "failed") if counts[state]]
    return Text("\n".join(said) or "nobody", style="" if said else "dim")


def _moment(text: str | None) -> str:
    """The second of an RFC 3339 instant."""
    return "" if text is None else text[:19].replace("T", " ")
