"""A thousand policies of a hundred segments each, looked at every ten seconds: what one look costs.

Runs in a process of its own (the embedded event store has one directory per process):

    python -m benchmarks.load.policies [--policies N] [--segments N]
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa

from benchmarks.figures import Figures
from benchmarks.load.answers import one_batch
from benchmarks.load.servers import ROOT
from outproof.contract.severity import Severity
from outproof.core.ids import DEFAULT_PROJECT
from outproof.core.time import NANOS_PER_S, Instant, after
from outproof.decide.alert import AlertState
from outproof.decide.declared_policy import DeclaredPolicy, policy
from outproof.decide.evaluate import LOOK_S
from outproof.decide.policy import NoData, Policy
from outproof.engine.decide import Decider, Rules
from outproof.engine.roll import Roller
from outproof.measure.dimension import Dimension
from outproof.measure.rate_book import RateBook
from outproof.respond.route import Routes
from outproof.store.events.client import Client
from outproof.store.events.windows import Windows
from outproof.store.state.database import open_engine
from outproof.store.state.state import SqlState

POLICIES = 1_000
SEGMENTS = 100
ANSWERS_PER_SEGMENT = 6
WINDOW_S = 300
LOOKS = 5
_BROKEN_OF = 1_000  # one segment in so many breaches


class SetClock:
    """A clock that stands until it is moved."""

    def __init__(self, at: Instant) -> None:
        self.at = at

    def now(self) -> Instant:
        return self.at


def measure(runs: int = 5) -> Figures:
    """One look at all of them, again and again."""
    figures = Figures("policies", {"policies": POLICIES, "segments": SEGMENTS})
    for _ in range(runs):
        command = [sys.executable, "-m", "benchmarks.load.policies"]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=ROOT)
        figures.add(**json.loads(done.stdout))
    return figures


def look(folder: Path, policies: int, segments: int) -> dict[str, float]:
    """Fill a window of so many services and templates, and look at it as the server does."""
    client = Client.embedded(folder / "events")
    end = Instant(time.time_ns() // (60 * NANOS_PER_S) * 60 * NANOS_PER_S)
    clock = SetClock(end)
    answers = _fill(client, policies, segments, after(end, -WINDOW_S), after(end, LOOKS * LOOK_S))
    roller = Roller(client, clock, DEFAULT_PROJECT, clock.now)
    while roller.tick():
        pass
    state = SqlState(open_engine(f"sqlite:///{folder / 'state.db'}"), DEFAULT_PROJECT, lambda _: None)
    rules = Rules([_policy(number) for number in range(policies)], Routes())
    decider = Decider(state, Windows(client, DEFAULT_PROJECT, RateBook), clock, DEFAULT_PROJECT, lambda: rules)
    looks, cpu = [], []
    for _ in range(LOOKS):
        clock.at = after(clock.at, LOOK_S)
        roller.tick()
        began, worked = time.perf_counter(), time.process_time()
        decider.tick()
        looks.append(time.perf_counter() - began)
        cpu.append(time.process_time() - worked)
    with state.look() as tx:
        firing = sum(1 for _, _, memory in tx.alerts.active() if memory.state is AlertState.FIRING)
    client.close()
    assert firing, "expected some of the segments to breach, or nothing was measured"
    return {
        "answers": answers,
        "firing_alerts": firing,
        "look_s_first": looks[0],
        "look_s_p50": float(np.median(looks)),
        "look_s_max": max(looks),
        "look_cpu_s_p50": float(np.median(cpu)),
        "cpu_us_per_segment": float(np.median(cpu)) / policies / segments * 1e6,
        "memory_mb_max": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_024,
    }


def _policy(number: int) -> Policy:
    return policy(
        DeclaredPolicy(
            name=f"unsafe-{number}",
            severity=Severity.WARNING,
            owner="benchmark",
            when="unsafe_rate > 5%",
            over={Dimension.SERVICE: f"service-{number}"},
            by=Dimension.TEMPLATE,
            window_s=WINDOW_S,
            min_answers=ANSWERS_PER_SEGMENT // 2,
            no_data=NoData.KEEP,
            first_check="Nothing is wrong: this is a benchmark.",
        )
    )


def _fill(client: Client, policies: int, segments: int, start: Instant, end: Instant) -> int:
    """Answers of every service under every template, spread evenly over the time."""
    seed = one_batch(client)
    draw = np.random.default_rng(1)
    filled = 0
    for each in np.array_split(np.arange(policies), max(1, policies // 50)):
        rows = len(each) * segments * ANSWERS_PER_SEGMENT
        table = seed.take(pa.array(np.arange(rows) % seed.num_rows))
        of = np.repeat(np.arange(len(each) * segments), ANSWERS_PER_SEGMENT)
        columns = {
            "span_id": pa.array(draw.integers(1, 2**63, rows), pa.uint64()),
            "started_at": pa.array(draw.integers(start, end, rows), pa.timestamp("ns", "UTC")),
            "service": pa.array([f"service-{each[at // segments]}" for at in of]),
            "template_id": pa.array([f"template-{at % segments}" for at in of]),
            "is_answer": pa.array(np.ones(rows, bool)),
            "unsafe_claim_served": pa.array(of % _BROKEN_OF == 0),
        }
        for name, array in columns.items():
            place = table.schema.get_field_index(name)
            table = table.set_column(place, name, array.cast(table.schema.field(place).type))
        client.insert("answers", table)
        filled += rows
    return filled


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--policies", type=int, default=POLICIES)
    parser.add_argument("--segments", type=int, default=SEGMENTS)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="outproof-bench-") as folder:
        print(json.dumps(look(Path(folder), asked.policies, asked.segments)))


if __name__ == "__main__":
    main()
