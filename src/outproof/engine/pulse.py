"""Keeps the pulses of promises without runs: beats and looks in; what went stale, or is fresh again, on record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

from outproof.contract.promise import Promise
from outproof.core.ids import ProjectId
from outproof.core.time import Instant, after
from outproof.decide.pulse import pulse_finding
from outproof.engine.knowledge import briefing
from outproof.engine.looking import AT_ONE_PLACE_MAX, LOOK_S_MAX, Looking
from outproof.engine.record import Around, record
from outproof.engine.settle import Terms
from outproof.ports import Clock, Probe, State, Transaction
from outproof.prove.known_facts import Known
from outproof.prove.look import Look
from outproof.prove.pulses import Pulse, PulseState, aged, beaten, begun, looked, paused, redeclared
from outproof.prove.surface_reading import sight

PULSES_PER_TICK_MAX = 50
"""Few: one that cannot be recorded now undoes the others of its transaction."""

DECLARED_AT_ONCE_MAX = 500

CLAIM_S = 60.0
"""How long a claimed look is left to who took it: longer than any look lasts."""

HELD_UP_S = 1.0
"""How long a look waits whose place is busy with others."""

_ONLY = "look"
_NOTHING_REPORTED = Known()


def beat(tx: Transaction, promise: Promise, terms: Terms, *, project: ProjectId, now: Instant) -> Pulse:
    """Write down a heartbeat that came now, and end what it ends.

    Raises:
        Transient: somebody else changed the pulse first; nothing of this transaction may be kept.
    """
    old = tx.pulses.load(promise.name)
    known = begun(promise, now, terms.holds) if old is None else old
    new = beaten(known, promise, now, terms.holds)
    if old is None:
        tx.pulses.save(new)
    else:
        _save(tx, old, new, promise, terms, project, now)
    return new


class Pulses:
    """Makes a pulse for each promise that needs one, looks where it must, and finds what went stale.

    A tick waits `patience_s` for the looks that are under way; what takes longer is written down by a later one.
    """

    def __init__(
        self,
        state: State,
        clock: Clock,
        probe: Probe,
        project: ProjectId,
        terms: Callable[[], Terms],
        *,
        patience_s: float = LOOK_S_MAX,
    ) -> None:
        self._state = state
        self._clock = clock
        self._project = project
        self._terms = terms
        self._patience_s = patience_s
        self._looking: Looking[Pulse] = Looking(probe)
        self._known: dict[str, str] = {}
        self._seen: Mapping[str, Promise] | None = None
        self._wanted: set[str] = set()
        self._new: list[str] = []

    def tick(self) -> bool:
        """Take up what is declared, look, then judge by the time. True: there may be more."""
        terms = self._terms()
        self._declare(terms)
        claimed = self._claim(terms)
        for pulse, looks in self._looking.finished(self._patience_s):
            self._write(pulse, looks[_ONLY])
        return self._judge(terms) or claimed

    def stop(self) -> None:
        """Look no more."""
        self._looking.stop()

    def _declare(self, terms: Terms) -> None:
        """Begin what is new, follow what was changed, pause what nobody declares any more.

        Many are taken up in several transactions: meanwhile others must be able to write.
        """
        if terms.promises is not self._seen:  # files were read: which promises differ is a digest of each
            self._take_up(terms)
        while self._new:
            names = self._new[:DECLARED_AT_ONCE_MAX]
            with self._state.begin() as tx:
                for name in names:
                    self._declare_one(tx, name, terms)
            self._known.update({name: terms.promises[name].version for name in names if name in self._wanted})
            del self._new[: len(names)]

    def _take_up(self, terms: Terms) -> None:
        """Find what is new or changed, and what is not expected any more."""
        self._wanted = {name for name, promise in terms.promises.items() if promise.heartbeat or promise.freshness}
        with self._state.look() as tx:
            gone = [name for name, pulse in tx.pulses.every().items() if name not in self._wanted and _goes_on(pulse)]
        self._known = {name: version for name, version in self._known.items() if name in self._wanted}
        changed = [name for name in self._wanted if self._known.get(name) != terms.promises[name].version]
        self._new = [*changed, *gone]
        self._seen = terms.promises

    def _declare_one(self, tx: Transaction, name: str, terms: Terms) -> None:
        now, old = self._clock.now(), tx.pulses.load(name)
        if name not in self._wanted:
            if old is not None:
                _put(tx, old, paused(old))
            return
        promise = terms.promises[name]
        if old is None:
            tx.pulses.save(begun(promise, now, terms.holds))
        else:
            _save(tx, old, redeclared(old, promise, now, terms.holds), promise, terms, self._project, now)

    def _claim(self, terms: Terms) -> bool:
        """Begin the looks that are due, put off for everybody else while we do. True: there may be more."""
        now, room = self._clock.now(), self._looking.room()
        if room <= 0:
            return False
        with self._state.look() as tx:
            if not tx.pulses.unseen(now, 1):
                return False
        places, taken = self._looking.places(), []
        with self._state.begin() as tx:
            due = tx.pulses.unseen(now, min(room, PULSES_PER_TICK_MAX))
            for pulse in due:
                promise = terms.promises.get(pulse.promise)
                if promise is None or promise.freshness is None:
                    _put(tx, pulse, paused(pulse))
                    continue
                full = places[promise.freshness.surface.place] >= AT_ONE_PLACE_MAX
                put_off = _put(tx, pulse, replace(pulse, look_at=after(now, HELD_UP_S if full else CLAIM_S)))
                if not full:
                    places[promise.freshness.surface.place] += 1
                    taken.append((put_off, promise.freshness.surface))
        for pulse, surface in taken:
            self._looking.begin(pulse, {_ONLY: sight(surface, _NOTHING_REPORTED)})
        return len(due) == PULSES_PER_TICK_MAX

    def _write(self, claimed: Pulse, look: Look) -> None:
        """Save what a look saw, unless the promise was changed or paused meanwhile: then it is looked at anew."""
        terms = self._terms()
        with self._state.begin() as tx:
            now, old = self._clock.now(), tx.pulses.load(claimed.promise)
            promise = terms.promises.get(claimed.promise)
            if old is None or old.generation != claimed.generation or promise is None or promise.freshness is None:
                return
            _save(tx, old, looked(old, promise, look, now, terms.holds), promise, terms, self._project, now)

    def _judge(self, terms: Terms) -> bool:
        """Find what went stale. True: there may be more."""
        with self._state.look() as tx:
            if not tx.pulses.stale(self._clock.now(), 1):
                return False
        with self._state.begin() as tx:
            now = self._clock.now()
            due = tx.pulses.stale(now, PULSES_PER_TICK_MAX)
            around = Around(tx, terms.routes, self._project, now)
            for pulse in due:
                promise = terms.promises.get(pulse.promise)
                if promise is None:
                    _put(tx, pulse, paused(pulse))
                else:
                    new = aged(pulse, promise, now, terms.holds)
                    _save(tx, pulse, new, promise, terms, self._project, now, around)
        return len(due) == PULSES_PER_TICK_MAX


def _save(
    tx: Transaction,
    old: Pulse,
    new: Pulse,
    promise: Promise,
    terms: Terms,
    project: ProjectId,
    now: Instant,
    around: Around | None = None,
) -> None:
    """Save a pulse, and record what its change amounts to. That a stale one stays as stale as it was is no news."""
    _put(tx, old, new)
    is_news = new.state is not old.state or (new.state is PulseState.STALE and new.newest_at != old.newest_at)
    found = pulse_finding(new, promise) if is_news else None
    if found is not None:
        brief = partial(briefing, tx, promise=promise, holds=terms.holds, now=now)
        changed = new.state is not old.state
        record(tx, found, project=project, routes=terms.routes, now=now, brief=brief, is_news=changed, around=around)


def _goes_on(pulse: Pulse) -> bool:
    """Whether time or a look may still change it."""
    return pulse.state is not PulseState.PAUSED


def _put(tx: Transaction, old: Pulse, new: Pulse) -> Pulse:
    """Save a pulse as it is now, one generation on; nothing where nothing changed."""
    if new == old:
        return old
    saved = replace(new, generation=old.generation + 1)
    tx.pulses.save(saved)
    return saved
