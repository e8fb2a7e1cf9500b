"""Runs the way from a verdict to a channel in forked processes, and kills one at a chosen executed line of ours.

It is a program of its own that imports everything once and forks for each case, so that a case costs milliseconds:

    python -m tests.fault.crash_points        one JSON `Case` a line in, one JSON `Ended` a line out
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from types import FrameType
from typing import Any

import outproof
from outproof.channels.webhook.config import WebhookConfig
from outproof.channels.webhook.send import Webhook
from outproof.core.ids import ProjectId
from outproof.core.time import Instant
from outproof.egress.http import GuardedClient
from outproof.engine.decide import Decider, Rules
from outproof.engine.dispatch import Dispatcher
from outproof.engine.settle import Settler, Terms
from outproof.engine.tell import Teller
from outproof.respond.escalation import Step
from outproof.respond.route import Routes
from outproof.store.state.database import open_engine
from outproof.store.state.state import SqlState
from tests.builders import NIGHTLY, a_promise, by_job
from tests.contract.state.opened import PROJECT, GivenMeasures, SetClock
from tests.unit.decide.policies import a_threshold

OURS = str(Path(outproof.__file__).parent)
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ROUTES = Routes(default=("pager",))
PROMISE = a_promise(by_job(*a_promise().proofs), due_s=60.0)
TERMS = Terms({NIGHTLY: PROMISE}, ROUTES)
STEP_S = 60.0
STEP_TERMS = Terms({NIGHTLY: PROMISE}, Routes(escalate=(Step(after_s=STEP_S, channels=("pager",)),)))
"""Nobody is told at first; whoever has the pager is when nobody took it within a minute."""

POLICY = a_threshold(for_s=0.0, min_answers=1)
ROUNDS_MAX = 5
SEND_S_MAX = 60.0
"""A receiver that is slow is no failed attempt: the clock stands, so the next one would never come."""


@dataclass(frozen=True)
class Case:
    """Decide and send on a state database at an instant; die before the line of this number, or never (0)."""

    road: str
    database: str
    url: str
    now: int
    die_at: int = 0


@dataclass(frozen=True)
class Ended:
    """How a case ended: killed or not, and how many lines of ours it executed (0 where it was killed)."""

    killed: bool
    status: int
    lines: int


class Lines:
    """Counts executed lines of ours in all threads; kills the process at one of them."""

    def __init__(self, die_at: int) -> None:
        self.count = 0
        self._die_at = die_at
        self._lock = threading.Lock()

    def trace(self, frame: FrameType, event: str, _: Any) -> Callable[..., Any] | None:
        if not frame.f_code.co_filename.startswith(OURS):
            return None
        if event == "line":
            with self._lock:
                self.count += 1
                if self.count == self._die_at:
                    os.kill(os.getpid(), signal.SIGKILL)
        return self.trace

    def start(self) -> None:
        threading.settrace(self.trace)
        sys.settrace(self.trace)


def decide_and_send(case: Case, state: SqlState, project: ProjectId = PROJECT) -> None:
    """What the server's loops do about it: one tick of the loop of that road, then ticks until all is sent."""
    clock = SetClock(Instant(case.now))
    if case.road == "steps":
        Teller(state, clock, project, lambda: STEP_TERMS).tick()
    elif case.road == "runs":
        Settler(state, clock, project, lambda: TERMS).tick()
    else:
        measures = GivenMeasures()
        measures.by_service[None] = {"answers": 40, "calls": 40, "ttft_p95": 0.612}
        Decider(state, measures, clock, project, lambda: Rules((POLICY,), ROUTES)).tick()
    channel = Webhook(
        WebhookConfig("pager", case.url, (SECRET,)), GuardedClient(["127.0.0.0/8"], SEND_S_MAX, 1_024), case.url
    )
    for _ in range(ROUNDS_MAX):
        dispatcher = Dispatcher(state, lambda: {"pager": channel}, clock)
        dispatcher.tick()
        dispatcher.stop()
        with state.look() as tx:
            if tx.outbox.next_due() is None:
                return


def run(case: Case) -> Ended:
    """The case in a process of its own."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            lines = Lines(case.die_at)
            engine = open_engine(f"sqlite:///{case.database}")
            lines.start()
            decide_and_send(case, SqlState(engine, PROJECT, lambda topics: None))
            sys.settrace(None)
            os.write(writing, str(lines.count).encode())
            status = 0
        finally:
            os._exit(status)
    os.close(writing)
    with os.fdopen(reading, "rb") as told:
        lines_run = int(told.read() or 0)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return Ended(killed=status == -signal.SIGKILL, status=status, lines=lines_run)


def main() -> None:
    for line in sys.stdin:
        sys.stdout.write(json.dumps(asdict(run(Case(**json.loads(line))))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
