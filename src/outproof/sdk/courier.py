"""The background thread that delivers: ended answers and spooled signals in, HTTP requests to the server out."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import RLock, Thread

from outproof.contract.statement import Lane
from outproof.sdk.answer_lane import AnswerLane
from outproof.sdk.buffer import Buffer
from outproof.sdk.guard import never_raises, nothing
from outproof.sdk.ledger import Account, Ledger
from outproof.sdk.letter import Letter
from outproof.sdk.life import Life
from outproof.sdk.post import TIMEOUT_S, Line
from outproof.sdk.settings import Settings
from outproof.sdk.sheets import Sheets
from outproof.sdk.signal_lane import SignalLane
from outproof.sdk.spool import QUEUES, Kind, Spool
from outproof.sdk.statements import Statements
from outproof.sdk.trickle import Trickle

TICK_S = 0.5  # how long an answer waits for company
TURN_S = 1.0  # how long the spool, then fresh answers, may be sent before the other gets its turn
SWEEP_S = 10.0
POLL_S = 0.002


class Courier:
    """Delivers for one set of settings. The thread starts with the first thing to deliver.

    Waiting is done by looking again and again, not by conditions: a signal handler may call in at any moment, also
    while the thread it interrupts holds a lock. Our own handler calls from a thread of its own: `exits`.
    """

    def __init__(self, settings: Settings, buffer: Buffer, ledger: Ledger) -> None:
        self.settings = settings
        self._buffer = buffer
        account = self._account = Account(ledger)
        self._spool = Spool(settings.spools, account)
        self.life = Life(self._spool, account)
        self._line = Line(settings)
        self._answers = AnswerLane(settings, buffer, self._spool, self._line, account, self.life)
        self._signals = SignalLane(self._spool, self._line, account)
        self._sheets = Sheets(self._spool, account, lambda letter: self._signals.keep(letter, synced=True))
        self._statements = Statements(settings, self._spool, self._line, account, self._waiting)
        self._trickle = Trickle(lambda letter: self.post_signal(letter, synced=False))
        self._wakes: SimpleQueue[None] = SimpleQueue()  # the one queue that a signal handler may put into
        self._woken = False
        self._starting = RLock()
        self._thread: Thread | None = None
        self._asked = self._answered = 0
        self._stopping = self._ended = False
        self._stop_by_s = 0.0
        self._swept_at_s = float("-inf")

    def wake(self) -> None:
        """Have the thread look soon; start it when it isn't there."""
        if not (self._woken or self._stopping):
            self._wake()

    @never_raises(nothing)
    def _wake(self) -> None:
        self._start()
        self._woken = True
        self._wakes.put(None)

    def deliver_leftovers(self) -> None:
        """Start when an earlier process left something to deliver."""
        if not self._spool.is_empty() or self.life.others_ended():
            self.wake()

    def post_signal(self, letter: Letter, *, synced: bool) -> None:
        """Make a signal safe from a crash before returning, and from a power cut when `synced`."""
        self._signals.post(letter, synced=synced)
        self.wake()

    def post_latest(self, topic: str, write: Callable[[], Letter], *, pause_s: float) -> None:
        """Post a sign of life, now or when the pause since the last one of its topic is over."""
        self._trickle.give(topic, write, pause_s=pause_s)

    def add_lines(self, topic: str, path: str, lines: bytes) -> None:
        """Make lines about items safe from a crash before returning; they are sent with others, a second later."""
        if self._sheets.add(topic, path, lines):
            self.wake()

    def complete(self, topic: str) -> None:
        """Have what waits for company under a topic sent, safe from a power cut from here on."""
        self._trickle.send_now(topic)
        self._sheets.seal(topic)

    def flush(self, timeout_s: float) -> bool:
        """Deliver what this process emitted so far; True when all of it was settled within the time.

        The first try is made at once; further ones wait as long as they would anyway.
        """
        until_s = time.monotonic() + timeout_s
        self._complete_all()
        self._hurry()
        while not self._clean():
            if self._stopping:
                return False
            self._asked += 1
            asked = self._asked
            self.wake()
            while self._answered < asked or self._stuck():
                if time.monotonic() >= until_s:
                    return self._clean()
                time.sleep(POLL_S)
        return True

    def save(self) -> None:
        """Put every answer that is still in memory on disk."""
        self._answers.save()

    def retire(self, timeout_s: float) -> None:
        """Make what is left safe on disk, then let the thread deliver it for so long and end. Does not wait."""
        self._answers.retire()
        self._complete_all()
        self._hurry()
        self._line.timeout_s = min(TIMEOUT_S, max(timeout_s, 0.05))
        self._stop_by_s = time.monotonic() + timeout_s
        if self._thread is None and not self._clean():
            self._start()
        elif self._thread is None:
            self.life.end()
        self._stopping = True
        self._wakes.put(None)

    def close(self, timeout_s: float) -> bool:
        """Retire and wait, so long at most; True when everything was settled. What wasn't lies in the spool."""
        until_s = time.monotonic() + timeout_s
        self.retire(timeout_s)
        while self._thread is not None and not self._ended and time.monotonic() < until_s:
            time.sleep(POLL_S)
        return self._clean()

    def abandon(self) -> None:
        """Let go of the connection and the open files that belong to the parent process."""
        self._line.close()
        self._sheets.abandon()
        self.life.abandon()

    def under_way(self) -> int:
        """Items that have left the buffer and are nowhere but in this process."""
        return self._answers.under_way() + self._signals.in_memory() + self._sheets.in_memory()

    def in_spool(self) -> int:
        """Items on disk, whoever wrote them."""
        return self._spool.items_waiting()

    def _waiting(self, lane: Lane) -> int:
        """Items of a lane that this courier still holds, in memory or on disk."""
        on_disk = self._spool.own_waiting(Kind(lane.value))
        if lane is Lane.ANSWERS:
            return on_disk + self._answers.under_way()
        return on_disk + self._signals.in_memory(lane) + (self._sheets.open_items() if lane is Lane.ITEMS else 0)

    def _clean(self) -> bool:
        """Whether everything this process emitted was settled."""
        # In the order that things go their way in: what goes on meanwhile is met at the next place.
        if len(self._buffer) and not self._stopping:
            return False
        if self._trickle.busy or self._sheets.busy or self._answers.busy or self._signals.in_memory():
            return False
        with self._account.in_one():
            writers = {parcel.writer for kind in QUEUES for parcel in self._spool.waiting(kind)}
        return self._spool.writer not in writers

    def _stuck(self) -> bool:
        """Whether another try would be too early."""
        now_s = time.monotonic()
        return not (self._answers.patience.over(now_s) and self._signals.ready(now_s))

    def _complete_all(self) -> None:
        self._trickle.send_all()
        self._sheets.seal_all()

    def _hurry(self) -> None:
        self._answers.patience.hurry()
        self._signals.patience.hurry()

    def _start(self) -> None:
        with self._starting:
            if self._thread is None and not self._ended:
                thread = Thread(target=self._work, name="outproof", daemon=True)
                thread.start()
                self._thread = thread
                self._buffer.attended = True

    def _work(self) -> None:
        while True:
            with suppress(Empty):
                self._wakes.get(timeout=TICK_S)
            self._woken = False
            asked, stopping = self._asked, self._stopping
            more = self._round()
            self._answered = asked
            if more and (not stopping or time.monotonic() < self._stop_by_s):
                self._wakes.put(None)
            elif stopping:
                break
        self._say_goodbye()
        self._line.close()
        self.life.end()
        self._ended = True

    @never_raises(nothing)
    def _say_goodbye(self) -> None:
        in_time = time.monotonic() < self._stop_by_s
        self._statements.tell_last(server_is_there=in_time and self._answers.patience.over(time.monotonic()))

    @never_raises(nothing)
    def _round(self) -> bool:
        """Deliver what can be delivered now; True when time ran out before everything had its turn."""
        if time.monotonic() - self._swept_at_s >= SWEEP_S:
            self._spool.sweep()
            self.life.count_the_dead()
            self._swept_at_s = time.monotonic()
        self._trickle.send_due(time.monotonic())
        self._sheets.seal_ripe(time.monotonic())
        self._sheets.adopt()
        more = self._drain(time.monotonic() + TURN_S)
        self._signals.send_letters()
        more = self._answers.send(time.monotonic() + TURN_S) or more
        if not more:
            self._speak(time.monotonic())
        return more

    def _speak(self, now_s: float) -> None:
        """State what was counted, while the server is there to hear it."""
        if self._answers.patience.over(now_s) and self._signals.patience.over(now_s):
            self._statements.tell_due(now_s)
            self._statements.deliver()

    def _drain(self, until_s: float) -> bool:
        now_s = time.monotonic()
        if not (self._signals.patience.over(now_s) or self._answers.patience.over(now_s)):
            return False  # without even looking: there may be many files
        if self._spool.is_empty():
            return False
        with self._spool.draining() as ours:
            return ours and (self._signals.drain(until_s) or self._answers.drain(until_s))
