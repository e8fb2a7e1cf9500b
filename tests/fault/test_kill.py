"""The server is killed again and again while clients send: what it acknowledged is there, once."""

from __future__ import annotations

import json
import os
import random
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.fault.declared import write_config
from tests.fault.server import Server, Started
from tests.fault.stored import Stored, stored
from tests.fault.traffic import POLICY, SERVICE, Client, Signals, Spans, Told, all_told
from tests.integration.sink import Sink, running, until

ROUNDS = int(os.environ.get("OUTPROOF_KILL_ROUNDS", "6"))
SEED = int(os.environ.get("OUTPROOF_KILL_SEED", "0")) or random.randrange(1, 10**9)
REPORT = os.environ.get("OUTPROOF_KILL_REPORT")
START_CPU_S_MAX = 20.0
"""Several times what a start takes: one that goes through all that is stored is found, a slow processor is not."""

LOADED_S_MAX = 60.0
SPANS_MIN = 100


@dataclass(frozen=True, slots=True)
class Aftermath:
    """Everything that can be known once the last round is over."""

    told: Told
    stored: Stored
    ledger: dict[tuple[str, str, str], int]
    window: dict[str, Any]
    incidents: list[dict[str, Any]]
    notices: list[tuple[str, str]]
    starts: list[Started]
    kills: int
    seconds: float


def ledger(server: Server) -> dict[tuple[str, str, str], int]:
    lines = server.get("/v1/status").json()["ledger"]
    return {(line["signal"], line["outcome"], line["reason"] or ""): line["count"] for line in lines}


def lag(server: Server) -> int:
    components = server.get("/v1/status").json()["components"]
    return next(int(part["lag"]) for part in components if part["name"] == "intake")


def killed_rounds(server: Server, draw: random.Random) -> tuple[list[Started], int]:
    """Kill at random moments: under load, and every third time again while it is still starting."""
    starts, kills = [], 0
    for number in range(ROUNDS):
        time.sleep(draw.uniform(0.1, 2.0))
        server.kill()
        kills += 1
        if number % 3 == 2:
            server.launch()
            time.sleep(draw.uniform(0.2, 3.0))
            server.kill()
            kills += 1
        starts.append(server.start())
    return starts, kills


def notices(sink: Sink) -> list[tuple[str, str]]:
    """Type and id of everything the receiver was told of the break. A server that is back late tells of itself too."""
    told = [(json.loads(got.body), got.headers["webhook-id"]) for got in sink.bodies("/hook")]
    return [(body["type"], identity) for body, identity in told if body["data"]["policy"] == POLICY]


def enough(clients: list[Client]) -> bool:
    """Whether there is something to prove: a load, and a break in it."""
    told = [client.told for client in clients]
    return sum(len(each.spans) for each in told) > SPANS_MIN and any(each.unsafe for each in told)


@pytest.fixture(scope="module")
def aftermath(tmp_path_factory: pytest.TempPathFactory) -> Aftermath:
    folder = tmp_path_factory.mktemp("kill")
    draw = random.Random(SEED)
    sys.stderr.write(f"OUTPROOF_KILL_SEED={SEED}\n")
    with running() as sink:
        server = Server(folder / "data", config=write_config(folder, sink.url))
        began_s = time.monotonic()
        server.start()
        clients: list[Client] = [*(Spans(server, SEED + n) for n in range(4)), Signals(server, SEED + 10)]
        for client in clients:
            client.start()
        try:
            starts, kills = killed_rounds(server, draw)
            until(lambda: enough(clients), within_s=LOADED_S_MAX)
            told = all_told(clients)
            until(lambda: lag(server) == 0, within_s=LOADED_S_MAX)
            until(lambda: "incident.opened" in dict(notices(sink)), within_s=LOADED_S_MAX)
            seconds = time.monotonic() - began_s
            counts = ledger(server)
            window = server.get(f"/v1/services/{SERVICE}/window?minutes=120").json()
            incidents = server.get("/v1/incidents?state=all").json()["incidents"]
        finally:
            for client in clients:
                client.stop()
            server.kill()
        found = Aftermath(told, stored(server.data), counts, window, incidents, notices(sink), starts, kills, seconds)
    if REPORT:
        Path(REPORT).write_text(json.dumps(report(found), indent=2) + "\n")
    return found


def report(found: Aftermath) -> dict[str, Any]:
    """The figures of one proof."""
    acked = {"spans": found.told.spans, "run_signals": found.told.runs, "feedback": found.told.feedback}
    kept = {"spans": found.stored.spans, "run_signals": found.stored.signals, "feedback": found.stored.feedback}
    walls, cpus = sorted(s.wall_s for s in found.starts), sorted(s.cpu_s for s in found.starts)
    return {
        "rounds": ROUNDS,
        "kills": found.kills,
        "seed": SEED,
        "seconds": round(found.seconds, 1),
        "acknowledged": {name: len(names) for name, names in acked.items()},
        "lost": {name: len(names - set(kept[name])) for name, names in acked.items()},
        "duplicated": {name: sum(copies - 1 for copies in counts.values()) for name, counts in kept.items()},
        "sent_more_than_once_spans": found.told.attempted["spans"] - len(found.told.spans),
        "unsafe_answers": len(found.told.unsafe),
        "incidents": len(found.incidents),
        "restart_s": {"wall": _spread(walls), "cpu": _spread(cpus)},
        "load_average": round(os.getloadavg()[0], 1),
    }


def _spread(ordered: list[float]) -> dict[str, float]:
    return {
        "min": round(ordered[0], 2),
        "median": round(ordered[len(ordered) // 2], 2),
        "max": round(ordered[-1], 2),
    }


def copies(counts: Counter[str]) -> dict[str, int]:
    """What is there more than once."""
    return {name: count for name, count in counts.items() if count != 1}


def test_no_request_was_answered_with_anything_but_success_or_try_again(aftermath: Aftermath) -> None:
    assert aftermath.told.surprises == [], f"repeat with OUTPROOF_KILL_SEED={SEED}"
    assert len(aftermath.told.spans) > SPANS_MIN, "expected real load"


def test_every_acknowledged_span_is_stored_exactly_once_and_nothing_else_is(aftermath: Aftermath) -> None:
    assert set(aftermath.stored.spans) == aftermath.told.spans
    assert copies(aftermath.stored.spans) == {}


def test_every_acknowledged_run_signal_and_feedback_is_there_once(aftermath: Aftermath) -> None:
    assert set(aftermath.stored.signals) == aftermath.told.runs
    assert set(aftermath.stored.feedback) == aftermath.told.feedback
    assert copies(aftermath.stored.signals) == {}
    assert copies(aftermath.stored.feedback) == {}


def test_windows_count_nothing_twice(aftermath: Aftermath) -> None:
    told, window = aftermath.told, aftermath.window
    assert (window["answers"], window["calls"]) == (len(told.spans), len(told.spans))
    assert window["unsafe"]["count"] == len(told.unsafe)
    set_aside = [{"reason": "first_token_after_end", "count": len(told.set_aside)}] if told.set_aside else []
    assert window["quarantined"] == set_aside


def test_the_ledger_accounts_for_everything_that_reached_the_disk(aftermath: Aftermath) -> None:
    told, counts = aftermath.told, aftermath.ledger
    assert counts["traces", "stored", ""] == len(told.spans)
    assert ("traces", "dropped", "damaged_journal_entry") not in counts
    # A request whose answer was lost may or may not have reached the disk: between the two counts lies no other truth.
    kept = counts["traces", "stored", ""] + counts.get(("traces", "duplicate", ""), 0)
    assert told.acknowledged["spans"] <= kept <= told.attempted["spans"]
    refused = counts.get(("traces", "rejected", "bad_span_id"), 0)
    assert told.acknowledged["refused"] <= refused <= told.attempted["refused"]
    assert counts["runs", "stored", ""] == len(told.runs)
    signals = counts["runs", "stored", ""] + counts.get(("runs", "duplicate", ""), 0)
    assert told.acknowledged["signals"] <= signals <= told.attempted["signals"]
    assert counts["feedback", "stored", ""] == len(told.feedback)


def test_one_break_is_one_incident_that_counts_each_unsafe_answer_once(aftermath: Aftermath) -> None:
    # A server that is back late opens an incident of its own downtime beside it.
    [incident] = [each for each in aftermath.incidents if each["subject"]["type"] != "monitor"]
    assert (incident["policy"], incident["state"]) == (POLICY, "open")
    assert incident["occurrences"] == len(aftermath.told.unsafe) > 0


def test_on_call_was_told_that_it_opened_always_under_one_id(aftermath: Aftermath) -> None:
    opened = {identity for kind, identity in aftermath.notices if kind == "incident.opened"}
    assert len(opened) == 1


def test_the_journal_is_sound_and_the_server_starts_in_time(aftermath: Aftermath) -> None:
    assert aftermath.stored.journal == "ok"
    assert max(start.cpu_s for start in aftermath.starts) <= START_CPU_S_MAX
