"""The way of signals, lines about items and feedback: onto disk, then to the server one by one, in order."""

from __future__ import annotations

import time
from collections import deque

from outproof.contract.statement import SENDER_HEADER, Lane
from outproof.sdk.guard import faults
from outproof.sdk.ledger import Account, DropReason
from outproof.sdk.letter import JSON, Letter, letter_from
from outproof.sdk.patience import Patience
from outproof.sdk.post import Line, Reply
from outproof.sdk.spool import Kind, Parcel, Spool

LETTERS_IN_MEMORY_MAX = 1_000  # signals that the disk would not take
LETTERS_BYTES_MAX = 8 * 1024 * 1024

_PASSING = frozenset({0, 401, 408, 429, 502, 503, 504})  # no other signal would fare better just now
_HELD = frozenset({403, 404})  # perhaps the server has to learn of something first
_CONFLICT = 409


class SignalLane:
    """Signals of one spool. `post` is for any thread, the rest for the courier's."""

    def __init__(self, spool: Spool, line: Line, account: Account) -> None:
        self._spool = spool
        self._line = line
        self._account = account
        self._letters: deque[bytes] = deque()
        self._held: dict[str, Patience] = {}
        self.patience = Patience()

    def post(self, letter: Letter, *, synced: bool) -> None:
        """Write a signal to disk, or keep it in memory when the disk refuses."""
        self._account.accept(_lane(letter), letter.items)
        with self._account.holding(_lane(letter), letter.items):
            parcel = self._kept(letter, synced=synced)
        if parcel is not None and parcel.topic is not None:
            self._spool.supersede(parcel)

    def keep(self, letter: Letter, *, synced: bool) -> None:
        """The same for what was counted before."""
        with self._account.holding(_lane(letter), letter.items):
            self._kept(letter, synced=synced)

    def _kept(self, letter: Letter, *, synced: bool) -> Parcel | None:
        """The file; None when the disk refused."""
        content, kind = letter.content(), Kind.SIGNALS if letter.media_type == JSON else Kind.ITEMS
        parcel = self._spool.put(
            kind, content, items=letter.items, item_id=letter.id, topic=letter.topic_digest, synced=synced
        )
        if parcel is not None:
            return parcel
        held_bytes = sum(map(len, list(self._letters)))
        if len(self._letters) >= LETTERS_IN_MEMORY_MAX or held_bytes + len(content) > LETTERS_BYTES_MAX:
            self._account.drop(_lane(letter), DropReason.SPOOL_UNWRITABLE, letter.items)
        else:
            faults.count("signal_not_on_disk")
            self._letters.append(content)
        return None

    def ready(self, now_s: float) -> bool:
        """Whether a try would not be too early, for at least one of the signals that were held back."""
        held = list(self._held.values())
        return self.patience.over(now_s) and (not held or any(patience.over(now_s) for patience in held))

    def in_memory(self, lane: Lane | None = None) -> int:
        """Items that only this process has, of one lane or of all."""
        letters = [letter for content in list(self._letters) if (letter := letter_from(content)) is not None]
        return sum(letter.items for letter in letters if lane in (None, _lane(letter)))

    def drain(self, until_s: float) -> bool:
        """Send what lies in the spool, oldest first; True when time ran out before the end."""
        waiting = self._spool.letters()
        self._held = {parcel.name: self._held[parcel.name] for parcel in waiting if parcel.name in self._held}
        for parcel in waiting:
            now_s = time.monotonic()
            if now_s >= until_s:
                return True
            if not self.patience.over(now_s):
                return False
            if parcel.name in self._held and not self._held[parcel.name].over(now_s):
                continue
            content = self._spool.read(parcel)
            if content is not None:
                self._deliver(parcel, content)
        return False

    def send_letters(self) -> None:
        """Send the signals that the disk would not take. Here there is no place to hold one back or put it aside."""
        while self._letters and self.patience.over(time.monotonic()):
            letter = letter_from(self._letters[0])
            reply = Reply(400) if letter is None else self._ask(letter, self._spool.writer)
            if reply.status in _PASSING:
                return
            self._letters.popleft()
            lane = Lane.SIGNALS if letter is None else _lane(letter)
            self._count(reply, lane, 1 if letter is None else letter.items, self._spool.writer)

    def _deliver(self, parcel: Parcel, content: bytes) -> None:
        """Ask the server, and decide by its reply: gone, put aside, later, or later along with all others."""
        letter = letter_from(content)
        if letter is None:
            faults.count("unreadable_signal")
            self._put_aside(parcel)
            return
        reply = self._ask(letter, parcel.writer)
        if reply.accepted or reply.status == _CONFLICT:
            with self._account.in_one():
                if self._spool.remove(parcel):
                    self._count(reply, Lane(parcel.kind.value), parcel.items, parcel.writer)
            self._held.pop(parcel.name, None)
        elif reply.status in _PASSING:
            return
        elif reply.status in _HELD or not 400 <= reply.status < 500:
            self._held.setdefault(parcel.name, Patience()).strain(time.monotonic(), reply.retry_after_s)
        else:
            faults.count(f"refused:{reply.status}")
            self._put_aside(parcel)

    def _ask(self, letter: Letter, writer: str) -> Reply:
        headers = {"Content-Type": letter.media_type, "User-Agent": "outproof-sdk", SENDER_HEADER: writer}
        reply = self._line.post(letter.path, letter.payload(), headers, now_s=time.time())
        self._account.ledger.last_problem = reply.problem
        if reply.status in _PASSING:
            self.patience.strain(time.monotonic(), reply.retry_after_s)
        else:
            self.patience.ease()
        return reply

    def _put_aside(self, parcel: Parcel) -> None:
        lane = Lane(parcel.kind.value)
        with self._account.in_one():
            self._spool.refuse(parcel)
            self._account.settle(lane, rejected=parcel.items, of=self._spool.other(parcel.writer))

    def _count(self, reply: Reply, lane: Lane, items: int, writer: str) -> None:
        of = self._spool.other(writer)
        if reply.accepted:
            self._account.settle(lane, sent=items, of=of)
            return
        faults.count("conflict" if reply.status == _CONFLICT else f"refused:{reply.status}")
        self._account.settle(lane, rejected=items, of=of)


def _lane(letter: Letter) -> Lane:
    return Lane.SIGNALS if letter.media_type == JSON else Lane.ITEMS
