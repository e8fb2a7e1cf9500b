"""Delivers notices: claimed from the outbox, sent outside any transaction, put on record after the receiver's answer.

A crash between the receiver's answer and the record sends again, with the same id: at least once, never "marked, then
not sent".
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from threading import Lock

from outproof.core.errors import Transient
from outproof.core.time import after
from outproof.ports import Channel, Clock, State, Transaction
from outproof.respond.delivery import Attempt, Claimed, DeliveryState, Outcome, Sent, settled
from outproof.respond.incident import Entry, EntryKind
from outproof.respond.notification import NoticeKind

SENDERS_PER_CHANNEL = 8
CLAIM_S = 60.0
"""How long a claim holds: longer than any attempt may take, so that nobody sends what is being sent."""

UNKNOWN_S = 60.0
"""A server that does not know a channel leaves its notices so long to those that do: it may have older files."""


@dataclass(frozen=True, slots=True)
class _Tried:
    """An attempt that was made and is not on record yet."""

    claimed: Claimed
    sent: Sent
    duration_s: float


class Dispatcher:
    """Sends what is due. Each channel has its own few senders, so a slow receiver holds up nobody else's pages.

    Senders only send: what came of it is put on record by the next tick, many attempts in one transaction.
    """

    def __init__(
        self,
        state: State,
        channels: Callable[[], Mapping[str, Channel]],
        clock: Clock,
        wake: Callable[[], None] = lambda: None,
    ) -> None:
        self._state = state
        self._channels = channels
        self._clock = clock
        self._wake = wake
        self._lock = Lock()
        self._sending: dict[str, int] = {}
        self._tried: list[_Tried] = []
        self._broken: list[BaseException] = []
        self._pools: dict[str, ThreadPoolExecutor] = {}

    def tick(self) -> None:
        """Put on record what was tried, and have sent what is due, as much as there are free senders for.

        Does not wait for the sending.

        Raises:
            Transient: nothing was changed; what was tried is put on record by the next tick.
            Exception: what went wrong in a sender since the last tick, after the due notices were handed over.
        """
        channels = self._channels()
        with self._lock:
            broken, self._broken = self._broken, []
        for claimed in self._turned(channels):
            sending = self._pool(claimed.channel).submit(self._send, claimed, channels[claimed.channel])
            sending.add_done_callback(self._done(claimed, time.monotonic()))
        for error in broken:
            raise error

    def stop(self) -> None:
        """Wait for what was claimed to be sent, and put it on record. What is not claimed stays in the outbox."""
        for pool in self._pools.values():
            pool.shutdown(wait=True)
        with self._lock:
            tried = list(self._tried)
        with suppress(Transient), self._state.begin() as tx:  # then it is sent once more, under its id
            self._record(tx, tried)

    def _pool(self, channel: str) -> ThreadPoolExecutor:
        """The senders of a channel. They stay when it is taken out of the files: it may come back."""
        if channel not in self._pools:
            self._pools[channel] = ThreadPoolExecutor(SENDERS_PER_CHANNEL, thread_name_prefix=f"send-{channel}")
        return self._pools[channel]

    def _turned(self, channels: Mapping[str, Channel]) -> list[Claimed]:
        """Record what was tried, then claim what is due; both in one transaction."""
        now = self._clock.now()
        claimed: list[Claimed] = []
        with self._lock:
            tried = list(self._tried)
            sending = dict(self._sending)
        with self._state.begin() as tx:
            self._record(tx, tried)
            for channel in tx.outbox.due_channels(now):
                free = SENDERS_PER_CHANNEL - sending.get(channel, 0)
                if channel not in channels:
                    left = tx.outbox.claim(channel, after(now, -UNKNOWN_S), after(now, CLAIM_S), SENDERS_PER_CHANNEL)
                    self._record(tx, [_Tried(notice, _nobody(channel), 0.0) for notice in left])
                elif free > 0:
                    claimed += tx.outbox.claim(channel, now, after(now, CLAIM_S), free)
        with self._lock:
            del self._tried[: len(tried)]
            for notice in claimed:
                self._sending[notice.channel] = self._sending.get(notice.channel, 0) + 1
        return claimed

    def _send(self, claimed: Claimed, channel: Channel) -> None:
        began_s = time.monotonic()
        sent = channel.send(claimed.id, claimed.notification, self._clock.now())
        with self._lock:
            self._tried.append(_Tried(claimed, sent, time.monotonic() - began_s))

    def _record(self, tx: Transaction, tried: Sequence[_Tried]) -> None:
        now = self._clock.now()
        for one in tried:
            attempt = Attempt(
                number=one.claimed.attempts + 1,
                at=now,
                outcome=one.sent.outcome,
                detail=one.sent.detail,
                duration_s=one.duration_s,
                status_code=one.sent.status_code,
                receipt=one.sent.receipt,
            )
            state, next_attempt_at = settled(
                one.claimed.id, attempt.number, one.sent, now, queued_at=one.claimed.queued_at
            )
            is_ours = tx.outbox.attempted(one.claimed, attempt, state, next_attempt_at)
            if is_ours and state is not DeliveryState.RETRYING and not _is_routine(one.claimed, state):
                entry = Entry(now, EntryKind.NOTIFIED, _told(one.claimed, attempt, state))
                tx.incidents.add_entries(one.claimed.incident_id, (entry,))

    def _done(self, claimed: Claimed, began_s: float) -> Callable[[Future[None]], None]:
        def done(future: Future[None]) -> None:
            error = future.exception()
            with self._lock:
                self._sending[claimed.channel] -= 1
                if error is not None:
                    self._broken.append(error)
                if isinstance(error, Exception):  # another one ends the process: nobody knows what the receiver has
                    self._tried.append(_Tried(claimed, _raised(error), time.monotonic() - began_s))
            self._wake()  # to put it on record, and then to send the next

        return done


def _nobody(channel: str) -> Sent:
    """It may be declared a moment later, or was renamed: that refuses nothing, and who stands in for it is told."""
    return Sent(
        outcome=Outcome.TRANSIENT,
        detail=f"no channel named {channel} is configured: add it under channels, or change the route",
    )


def _raised(error: Exception) -> Sent:
    """What it says may hold an address or a key, so only its kind is put on record."""
    detail = f"the channel's own code failed with {type(error).__name__}: see the server's log"
    return Sent(outcome=Outcome.TRANSIENT, detail=detail)


def _is_routine(claimed: Claimed, state: DeliveryState) -> bool:
    """Whether it is what happens each few minutes, a reminder or a test that arrived: no line of a timeline."""
    kind = claimed.notification.kind
    return kind is NoticeKind.REMINDED or (kind is NoticeKind.CANARY and state is DeliveryState.ACCEPTED)


def _told(claimed: Claimed, attempt: Attempt, state: DeliveryState) -> str:
    tries = "" if attempt.number == 1 else f" on attempt {attempt.number}"
    kind = claimed.notification.kind
    if kind is NoticeKind.CANARY:
        return f"{claimed.channel} was tested and cannot be reached: {attempt.detail}"
    if state is DeliveryState.ACCEPTED:
        return f"{claimed.channel} accepted the notice that it {_VERB[kind]}{tries}"
    return f"{claimed.channel} was not told that it {_VERB[kind]}: {attempt.detail}"


_VERB = {
    NoticeKind.OPENED: "opened",
    NoticeKind.UPDATED: "got worse",
    NoticeKind.ESCALATED: "was not taken in time",
    NoticeKind.ACKNOWLEDGED: "was taken",
    NoticeKind.RESOLVED: "is over",
    NoticeKind.REOPENED: "broke again",
}
