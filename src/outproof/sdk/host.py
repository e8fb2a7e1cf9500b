"""What one process keeps of the SDK: its ledger, its buffer and its courier; renewed in a forked child."""

from __future__ import annotations

from collections.abc import Callable

from outproof.contract.statement import Lane
from outproof.core.ids import DEFAULT_PROJECT, ProjectId
from outproof.sdk.buffer import Buffer
from outproof.sdk.courier import Courier
from outproof.sdk.guard import faults, never_raises, nothing
from outproof.sdk.ledger import DropReason, Ledger, Stats
from outproof.sdk.letter import Letter
from outproof.sdk.onlookers import Look, Onlookers
from outproof.sdk.safe import own_ids
from outproof.sdk.settings import Settings

RETIRE_S = 5.0  # how long the courier of earlier settings may go on in the background
SHOW_S = 0.5  # how long the end of a process waits for metrics and log lines


class Host:
    """The SDK of this process. Calls are safe from any thread."""

    def __init__(self) -> None:
        self.ledger = Ledger()
        self.buffer = Buffer(self.ledger)
        self.onlookers = Onlookers()
        self._courier: Courier | None = None

    @property
    def project(self) -> ProjectId:
        return self._courier.settings.project if self._courier else DEFAULT_PROJECT

    @property
    def deploy(self) -> str | None:
        return self._courier.settings.deploy if self._courier else None

    def open(self, settings: Settings) -> None:
        """Deliver by these settings from now on. The same settings again change nothing."""
        if self._courier is not None:
            if self._courier.settings == settings and self.buffer.closed is None:
                return
            self._courier.retire(RETIRE_S)
        own_ids.use(settings.pseudonym_secret, settings.project)
        self._employ(Courier(settings, self.buffer, self.ledger)).deliver_leftovers()

    def show(self, look: Look, after: Callable[[], None] = nothing) -> None:
        """Show every answer that ends from now on, in a thread of its own; works without `open` too."""
        self.onlookers.add(look, after)
        self.buffer.shown = self.onlookers.see

    def _employ(self, courier: Courier) -> Courier:
        self._courier = courier
        self.buffer.attended = False
        self.buffer.on_ready = courier.wake
        self.buffer.tally = courier.life.tally
        self.buffer.closed = None
        return courier

    def send(self, letter: Letter, *, synced: bool) -> None:
        """Keep a signal for delivery; after `close` it waits on disk for the next process."""
        if self._courier is None:
            self.ledger.shut_out(Lane.SIGNALS, DropReason.NOT_INITIALISED)
        else:
            self._courier.post_signal(letter, synced=synced)

    def send_latest(self, topic: str, write: Callable[[], Letter], *, pause_s: float) -> None:
        """Keep the newest signal of a topic for delivery, at most one in so many seconds."""
        if self._courier is not None:
            self._courier.post_latest(topic, write, pause_s=pause_s)
        else:
            self.ledger.shut_out(Lane.SIGNALS, DropReason.NOT_INITIALISED)

    def add_lines(self, topic: str, path: str, lines: bytes) -> None:
        """Keep lines about items for delivery together with others of their topic."""
        if self._courier is not None:
            self._courier.add_lines(topic, path, lines)
        else:
            self.ledger.shut_out(Lane.ITEMS, DropReason.NOT_INITIALISED, lines.count(b"\n"))

    def complete(self, topic: str) -> None:
        """Have what waits for company under a topic delivered."""
        if self._courier is not None:
            self._courier.complete(topic)

    def refuse(self, reason: DropReason) -> None:
        self.ledger.shut_out(Lane.SIGNALS, reason)

    def save(self) -> None:
        """Put what is in memory on disk."""
        if self._courier is not None:
            self._courier.save()

    def flush(self, timeout_s: float) -> bool:
        return self._courier is None or self._courier.flush(timeout_s)

    def close(self, timeout_s: float) -> bool:
        delivered = True
        if self._courier is not None and self.buffer.closed is not DropReason.SHUT_DOWN:
            self.buffer.closed = DropReason.SHUT_DOWN
            delivered = self._courier.close(timeout_s)
        self.onlookers.finish(SHOW_S)
        return delivered

    def stats(self) -> Stats:
        under_way = self._courier.under_way() if self._courier else 0  # waits for a batch that is just being packed
        with self.ledger.lock:
            waiting = len(self.buffer)
            return Stats(
                emitted=self.ledger.accepted + waiting,
                sent=self.ledger.sent,
                rejected=self.ledger.rejected,
                dropped=dict(self.ledger.dropped),
                in_buffer=waiting + under_way,
                in_spool=self._courier.in_spool() if self._courier else 0,
                faults=faults.by_kind(),
                last_problem=self.ledger.last_problem or self.ledger.last_refusal,
            )

    @never_raises(nothing)
    def after_fork(self) -> None:
        """Begin anew in a child: what lay in memory, the thread and the connection are the parent's."""
        closed, courier = self.buffer.closed, self._courier
        faults.forget()
        self.ledger.forget()
        self.buffer.forget()
        self.onlookers.forget()
        if courier is not None:
            courier.abandon()
            self._employ(Courier(courier.settings, self.buffer, self.ledger))
            self.buffer.closed = closed


this_process = Host()
