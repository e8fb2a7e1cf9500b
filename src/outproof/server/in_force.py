"""What is in force now: loaded files in; terms, rules, channels and the declared values for whoever asks, out.

All of it changes at once. Promises, policies, routes, channels and rate cards change while the server runs; the rest
is taken when it starts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from threading import Lock

import structlog

from outproof.config.declared import Declared
from outproof.config.loading import Loaded, promise_of
from outproof.engine.decide import Rules
from outproof.engine.declare import last_declared, orphans, put_in_force
from outproof.engine.settle import Terms
from outproof.ports import Channel, Clock, State, Transaction
from outproof.prove.holds import Holds

_log = structlog.get_logger()

_AT_START = ("project", "decision", "egress", "scrub")
"""Sections that are read when the server starts, and not again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Now:
    declared: Declared
    terms: Terms
    rules: Rules
    channels: Mapping[str, Channel]
    waiting: tuple[str, ...] = ()
    removed: Mapping[str, int]


class InForce:
    """Begins with what the server was started with; `put` replaces it, `tick` forgets what nothing depends on."""

    def __init__(
        self,
        loaded: Loaded,
        *,
        state: State,
        clock: Clock,
        holds: Callable[[], Holds],
        channels: Callable[[Declared], Mapping[str, Channel]],
    ) -> None:
        self._state = state
        self._clock = clock
        self._holds = holds
        self._channels = channels
        self._started = loaded.declared
        self._changing = Lock()
        self.put(loaded)

    @property
    def declared(self) -> Declared:
        return self._now.declared

    @property
    def waiting(self) -> tuple[str, ...]:
        """Sections that were changed in the files and come into force when the server is started again."""
        return self._now.waiting

    def waits(self, wanted: Declared) -> tuple[str, ...]:
        """Sections of these that would come into force only when the server is started again."""
        return tuple(name for name in _AT_START if getattr(wanted, name) != getattr(self._started, name))

    @property
    def removed(self) -> Mapping[str, int]:
        """Promises that are no longer declared and have open incidents, with how many."""
        return self._now.removed

    def terms(self) -> Terms:
        return replace(self._now.terms, holds=self._holds())

    def rules(self) -> Rules:
        return self._now.rules

    def channels(self) -> Mapping[str, Channel]:
        return self._now.channels

    def put(self, loaded: Loaded) -> None:
        """Put what was loaded into force, and on record.

        Raises:
            Transient: it could not be put on record; what was in force stays.
        """
        wanted = loaded.declared
        waiting = self.waits(wanted)
        declared = replace(wanted, **{name: getattr(self._started, name) for name in waiting}, removed=())
        with self._state.begin() as tx:
            put_in_force(tx, loaded.versions, self._clock.now())
            made = self._made(tx, declared, waiting)
        with self._changing:
            self._now = made
        _log.info(
            "configuration_in_force",
            promises=len(declared.promises),
            policies=len(declared.policies),
            channels=[channel.name for channel in declared.channels],
            needs_restart=list(waiting),
        )

    def tick(self) -> None:
        """Stop judging by promises that are no longer declared once no incident of theirs is open."""
        before = self._now
        if not before.removed:
            return
        with self._state.look() as tx:
            if orphans(tx, _names(before.declared)) == before.removed:
                return
            made = self._made(tx, before.declared, before.waiting)
        with self._changing:
            if self._now is before:  # else files were read meanwhile, and what they declare stays
                self._now = made

    def _made(self, tx: Transaction, declared: Declared, waiting: tuple[str, ...]) -> _Now:
        removed = orphans(tx, _names(declared))
        judged_by = (last_declared(tx, name, promise_of) for name in removed)
        declared = replace(declared, removed=tuple(promise for promise in judged_by if promise is not None))
        return _Now(
            declared=declared,
            terms=Terms(declared.promises_by_name, declared.routes),
            rules=Rules(declared.policies, declared.routes, declared.rates),
            channels=self._channels(declared),
            waiting=waiting,
            removed=removed,
        )


def _names(declared: Declared) -> frozenset[str]:
    return frozenset(promise.name for promise in declared.promises)
