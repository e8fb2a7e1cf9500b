"""Delivers notices: claimed from the outbox, sent outside any transaction, put on record after the receiver's answer.

A crash between the receiver's answer and the record sends again, with the same id: at least once, never "marked, then
not sent".
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock

from outproof.core.time import after
from outproof.ports import Channel, Clock, State
from outproof.respond.delivery import Attempt, Claimed, DeliveryState, Outcome, Sent, settled
from outproof.respond.incident import Entry, EntryKind

SENDERS_PER_CHANNEL = 4
CLAIM_S = 60.0
"""How long a claim holds: longer than any attempt may take, so that nobody sends what is being sent."""


class Dispatcher:
    """Sends what is due. Each channel has its own few senders, so a slow receiver holds up nobody else's pages."""

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
        self._broken: list[BaseException] = []
        self._pools: dict[str, ThreadPoolExecutor] = {}

    def tick(self) -> None:
        """Claim what is due, as much as there are free senders for, and have it sent. Does not wait for the sending.

        Raises:
            Exception: what went wrong in a sender since the last tick, after the due notices were handed over.
        """
        channels = self._channels()
        for claimed in self._claimed(channels):
            channel = channels.get(claimed.channel)
            if channel is None:
                self._record(claimed, _nobody(claimed.channel), duration_s=0.0)
            else:
                sending = self._pool(claimed.channel).submit(self._send, claimed, channel)
                sending.add_done_callback(self._done(claimed.channel))
        with self._lock:
            broken, self._broken = self._broken, []
        for error in broken:
            raise error

    def stop(self) -> None:
        """Wait for what is being sent. What is not sent yet stays in the outbox."""
        for pool in self._pools.values():
            pool.shutdown(wait=True, cancel_futures=True)

    def _pool(self, channel: str) -> ThreadPoolExecutor:
        """The senders of a channel. They stay when it is taken out of the files: it may come back."""
        if channel not in self._pools:
            self._pools[channel] = ThreadPoolExecutor(SENDERS_PER_CHANNEL, thread_name_prefix=f"send-{channel}")
        return self._pools[channel]

    def _claimed(self, channels: Mapping[str, Channel]) -> list[Claimed]:
        now = self._clock.now()
        claimed: list[Claimed] = []
        with self._state.begin() as tx:
            for channel in tx.outbox.due_channels(now):
                with self._lock:
                    free = SENDERS_PER_CHANNEL - self._sending.get(channel, 0)
                if free > 0:
                    claimed += tx.outbox.claim(channel, now, after(now, CLAIM_S), free)
        with self._lock:
            for notice in claimed:
                if notice.channel in channels:
                    self._sending[notice.channel] = self._sending.get(notice.channel, 0) + 1
        return claimed

    def _send(self, claimed: Claimed, channel: Channel) -> None:
        began_s = time.monotonic()
        sent = channel.send(claimed.id, claimed.notification, self._clock.now())
        self._record(claimed, sent, duration_s=time.monotonic() - began_s)

    def _record(self, claimed: Claimed, sent: Sent, *, duration_s: float) -> None:
        now = self._clock.now()
        attempt = Attempt(
            number=claimed.attempts + 1,
            at=now,
            outcome=sent.outcome,
            detail=sent.detail,
            duration_s=duration_s,
            status_code=sent.status_code,
        )
        state, next_attempt_at = settled(claimed.id, attempt.number, sent, now)
        with self._state.begin() as tx:
            if tx.outbox.attempted(claimed, attempt, state, next_attempt_at) and state is not DeliveryState.RETRYING:
                text = _told(claimed, attempt, state)
                tx.incidents.add_entries(claimed.incident_id, (Entry(now, EntryKind.NOTIFIED, text),))

    def _done(self, channel: str) -> Callable[[Future[None]], None]:
        def done(future: Future[None]) -> None:
            error = None if future.cancelled() else future.exception()
            with self._lock:
                self._sending[channel] -= 1
                if error is not None:
                    self._broken.append(error)
            self._wake()  # the next notice of the same incident may go now

        return done


def _nobody(channel: str) -> Sent:
    return Sent(
        outcome=Outcome.PERMANENT,
        detail=f"no channel named {channel} is configured: add it under channels, or change the route",
    )


def _told(claimed: Claimed, attempt: Attempt, state: DeliveryState) -> str:
    tries = "" if attempt.number == 1 else f" on attempt {attempt.number}"
    if state is DeliveryState.ACCEPTED:
        return f"{claimed.channel} accepted the notice that it {_VERB[claimed.notification.kind.value]}{tries}"
    return f"{claimed.channel} was not told that it {_VERB[claimed.notification.kind.value]}: {attempt.detail}"


_VERB = {"opened": "opened", "updated": "got worse", "resolved": "is over"}
