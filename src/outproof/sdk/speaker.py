"""What is said of one run in; signals, signs of life and lines about items out. The first word opens the run."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from outproof.contract.run import Stage
from outproof.sdk.facts import error_name, facts_of, readable, readable_id
from outproof.sdk.guard import never_raises, nothing
from outproof.sdk.ids import time_ordered_id
from outproof.sdk.ledger import DropReason
from outproof.sdk.outbox import Outbox
from outproof.sdk.run_letters import letter, note_letter
from outproof.sdk.run_name import RunName, name_of_run

NOTE_PAUSE_S = 5.0
ERROR_TYPES_MAX = 20


def _a_run(*_: object) -> str:
    return "run"


class Speaker:
    """Speaks for one run. Without a name for it, it counts what is said with the reason why it goes nowhere."""

    def __init__(self, outbox: Outbox, promise: object, external_id: object = None, evidence: object = None) -> None:
        self._outbox = outbox
        self._asked = (promise, external_id, evidence)
        self._made_ns = time.time_ns()
        self._name: RunName | None = None
        self._named = False
        self._no_name = DropReason.BAD_VALUE
        self._items_path = ""
        self._failed_items: dict[str, int] = {}
        self.item_stages: set[Stage] = set()
        self.opened = False

    @classmethod
    def resumed(cls, outbox: Outbox, name: RunName | None, *, no_name: DropReason = DropReason.BAD_VALUE) -> Speaker:
        """Speaks for a run that somebody else opened."""
        speaker = cls(outbox, None)
        speaker._name, speaker._named, speaker._no_name = name, True, no_name
        speaker.opened = True
        return speaker

    def of_call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Speaker:
        """Speaks for the run of one call of a function: what can be called is asked about its arguments."""
        promise, external_id, evidence = self._asked
        return Speaker(self._outbox, promise, told(external_id, args, kwargs), told(evidence, args, kwargs))

    @property
    def name(self) -> RunName | None:
        """The run's name, made when it is first asked for; None: it has none."""
        if not self._named:
            self._named = True
            promise, own_id = readable(self._asked[0]), readable_id(told(self._asked[1], (), {}))
            if promise:
                self._name = name_of_run(self._outbox.project, promise, own_id or time_ordered_id())
        return self._name

    @property
    @never_raises(_a_run)
    def label(self) -> str:
        """What a person at a terminal knows the run by."""
        return (self.name and self.name.promise) or _a_run()

    @never_raises(nothing)
    def open(self, at_ns: int) -> None:
        """Say that the run began at that time."""
        self.opened = True
        facts = facts_of(told(self._asked[2], (), {}))
        if self._outbox.deploy is not None:
            facts.setdefault("deploy_sha", self._outbox.deploy)
        self._send("/v1/runs", {"evidence": facts, "counts": None}, at_ns)

    @never_raises(nothing)
    def say(self, what: str, body: Mapping[str, object]) -> None:
        """Send a signal: its proofs, its close."""
        self._open_by_word()
        self._send(f"/v1/runs/{self.name.id if self.name else ''}/{what}", body, time.time_ns())

    @never_raises(nothing)
    def note(self, text: str | None = None, *, done: int | None = None, total: int | None = None) -> None:
        """Send a sign of life, or have it wait for the pause since the last one to be over."""
        self._open_by_word()
        name = self.name
        if name is None:
            self._outbox.refuse(self._no_name)
        else:
            at_ns = time.time_ns()
            self._outbox.send_latest(name.id, lambda: note_letter(name, text, done, total, at_ns), pause_s=NOTE_PAUSE_S)

    @never_raises(nothing)
    def tell(self, lines: list[str]) -> None:
        """Put lines about items on disk; a line without a name is counted as refused."""
        name = self.name
        named = [line for line in lines if line] if name else []
        for _ in range(len(lines) - len(named)):
            self._outbox.refuse(self._no_name)
        if name is not None and named:
            self._open_by_word()
            self._items_path = self._items_path or name.items_path
            self._outbox.add_lines(name.id, self._items_path, "".join(named).encode())

    @never_raises(nothing)
    def item_failed(self, kind: type[BaseException]) -> None:
        """Count the type of an exception that ended the block of an item."""
        known = error_name(kind) or ""
        if known in self._failed_items or len(self._failed_items) < ERROR_TYPES_MAX:
            self._failed_items[known] = self._failed_items.get(known, 0) + 1

    @never_raises(nothing)
    def complete(self) -> None:
        """Have what was said of items and of progress sent."""
        if self.name is None:
            return
        if self._failed_items:
            failed, self._failed_items = self._failed_items, {}
            self.note("items failed: " + ", ".join(f"{kind} {times}" for kind, times in failed.items()))
        self._outbox.complete(self.name.id)

    def _open_by_word(self) -> None:
        """A run that nobody opened opens with the first word about it, as of its making."""
        if not self.opened:
            self.open(self._made_ns)

    def _send(self, path: str, body: Mapping[str, object], at_ns: int) -> None:
        name = self.name
        if name is None:
            self._outbox.refuse(self._no_name)
        else:
            self._outbox.send(letter(name, path, body, at_ns), synced=True)


@never_raises(nothing)
def told(said: object, args: tuple[Any, ...], kwargs: dict[str, Any]) -> object:
    """What the application said, or what its function says of the arguments of a call."""
    return said(*args, **kwargs) if callable(said) else said
