"""Tells the server what this process emitted, gave up and still holds: its account in; one small request at times out.

Only the newest statement of a process matters, so none waits on disk but the last: a process that ends while the server
is away leaves it for the next one to deliver.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable

from outproof.contract.statement import Lane
from outproof.core.time import Instant, rfc3339
from outproof.sdk.ledger import Account
from outproof.sdk.post import Line
from outproof.sdk.settings import Settings
from outproof.sdk.spool import Kind, Spool

PATH = "/v1/statements"
CHANGED_S = 10.0  # so soon after the last one, when something changed
ALIVE_S = 60.0  # and so soon in any case: the server notices who falls silent
UNWANTED = frozenset({403, 404, 405})  # a server that is not ours, or too old

_HEADERS = {"Content-Type": "application/json", "User-Agent": "outproof-sdk"}


class Statements:
    """The statements of one courier, made and sent in its thread. `waiting` says what it still holds of a lane."""

    def __init__(
        self, settings: Settings, spool: Spool, line: Line, account: Account, waiting: Callable[[Lane], int]
    ) -> None:
        self._service = settings.service
        self._spool = spool
        self._line = line
        self._account = account
        self._waiting = waiting
        self._number = 0
        self._said: object = None
        self._at_s = time.monotonic()  # a program that is over sooner says all of it in its last word
        self._unwanted = False
        with account.ledger.lock:
            self._door = dict(account.ledger.at_the_door)

    def tell_due(self, now_s: float) -> None:
        """Send one if it is time: something changed, or nothing was said for long. What fails is said again later."""
        quiet_s = now_s - self._at_s
        if self._unwanted or quiet_s < CHANGED_S:
            return
        lanes = self._lanes()
        if (lanes, self._account.of_others) == self._said and quiet_s < ALIVE_S:
            return
        self._at_s = now_s
        if self._posted(self._statement(lanes, ended=False)):
            self._said = (lanes, json.loads(json.dumps(self._account.of_others)))

    def tell_last(self, *, server_is_there: bool) -> None:
        """Say goodbye, now or through the disk."""
        if self._unwanted or not self._emitted():
            return
        body = self._statement(self._lanes(), ended=True)
        if not (server_is_there and self._posted(body)) and not self._unwanted:
            self._spool.put(Kind.STATEMENTS, body, items=0)

    def deliver(self) -> None:
        """Send the last words of processes that could not; the server knows an old word by its number."""
        for parcel in self._spool.waiting(Kind.STATEMENTS):
            content = self._spool.read(parcel)
            if self._unwanted or (content is not None and not self._posted(content)):
                return
            self._spool.remove(parcel)

    def _emitted(self) -> bool:
        return self._number > 0 or any(said["emitted"] for said in self._lanes().values())

    def _posted(self, body: bytes) -> bool:
        """Whether the server has it, or never will."""
        reply = self._line.post(PATH, body, _HEADERS, now_s=time.time())
        self._unwanted = reply.status in UNWANTED
        return reply.accepted or 400 <= reply.status < 500

    def _lanes(self) -> dict[str, dict[str, object]]:
        """What was counted of each lane. First what was emitted, then what waits: what comes in between only waits."""
        account = self._account
        with account.ledger.lock:
            counted = {
                lane: (account.accepted[lane], account.rejected[lane], dict(account.dropped[lane])) for lane in Lane
            }
            for (lane, reason), items in account.ledger.at_the_door.items():
                emitted, rejected, dropped = counted[lane]
                more = items - self._door.get((lane, reason), 0)
                counted[lane] = (emitted + more, rejected, {**dropped, reason: dropped.get(reason, 0) + more})
        return {
            lane.value: {
                "emitted": emitted,
                "rejected": rejected,
                "dropped": {reason: items for reason, items in dropped.items() if items},
                "waiting": self._waiting(lane),
            }
            for lane, (emitted, rejected, dropped) in counted.items()
            if emitted
        }

    def _statement(self, lanes: object, *, ended: bool) -> bytes:
        self._number += 1
        said = {
            "sender": self._spool.writer,
            "service": self._service,
            "number": self._number,
            "claimed_at": rfc3339(Instant(time.time_ns())),
            "ended": ended,
            "lanes": lanes,
            "of_others": self._account.of_others,
        }
        return json.dumps(said).encode()
