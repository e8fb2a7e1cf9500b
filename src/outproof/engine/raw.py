"""Raw access under governance: granted for a reason and a time, every look and every write on record, erased after."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from threading import Lock

import structlog

from outproof.contract.raw import RawContent, RawGrant
from outproof.core.errors import Permanent, Transient
from outproof.core.ids import ProjectId, digest_id
from outproof.core.time import NANOS_PER_S, Instant, rfc3339
from outproof.ports import Clock, RawStore, State
from outproof.respond.audit import AuditEntry, Verb
from outproof.scrub.declared import RawAccess

_log = structlog.get_logger()
OURSELVES = "outproof"
_LEDGER = "raw_contents"


class NotGranted(Permanent):
    """Nobody may do that now; the message says what is missing."""


class RawDesk:
    """Hands raw contents out. What cannot be put on record first does not happen."""

    def __init__(self, raw: RawStore, state: State, clock: Clock, project: ProjectId, terms: RawAccess) -> None:
        self._raw = raw
        self._state = state
        self._clock = clock
        self._project = project
        self._terms = terms
        self._lock = Lock()
        self._lost: Counter[str] = Counter()  # contents by reason, not yet on record

    def grant(self, by: str, reason: str, lasts_s: float) -> RawGrant:
        """Record contents from now on, and let them be read, for so long.

        Raises:
            NotGranted: the project's files do not allow it, or not for so long.
        """
        if not self._terms.allowed:
            raise NotGranted(
                "expected `scrub: {raw: {allowed: true}}` in this project's files: raw access is off unless they say so"
            )
        if not 60 <= lasts_s <= self._terms.lasts_s:
            raise NotGranted(
                f"expected a time from 1m to {self._terms.lasts_s:g} s, as the files allow, got {lasts_s:g} s"
            )
        now = self._clock.now()
        grant = RawGrant(
            id=digest_id("raw", self._project, by, reason, str(now)),
            by=by,
            reason=reason,
            made_at=now,
            expires_at=Instant(now + int(lasts_s * NANOS_PER_S)),
        )
        self._note(by, Verb.RAW_GRANTED, grant.id, f"until {rfc3339(grant.expires_at)}: {reason}")
        self._raw.add(grant)
        return grant

    def grants(self) -> Sequence[RawGrant]:
        """Those that were not erased yet."""
        return self._raw.grants()

    def read(self, by: str, grant: str, after: int, limit: int) -> Sequence[tuple[int, RawContent]]:
        """Contents under a live grant, by number.

        Raises:
            NotGranted: there is no such grant, or it is over.
        """
        if not any(each.id == grant and each.is_live(self._clock.now()) for each in self._raw.grants()):
            self._note(by, Verb.RAW_REFUSED, grant, "no live grant of that id")
            raise NotGranted(f"expected the id of a live grant, got {grant!r}: it is over, revoked, or there was none")
        self._note(by, Verb.RAW_READ, grant, f"up to {limit} contents after number {after}")
        return self._raw.read(grant, after, limit)

    def revoke(self, by: str, grant: str) -> int:
        """End a grant now and erase what was recorded under it; how many contents that were.

        Raises:
            NotGranted: there is none of that id that was not over.
        """
        if not self._raw.revoke(grant, self._clock.now()):
            raise NotGranted(f"expected the id of a live grant, got {grant!r}")
        self._note(by, Verb.RAW_REVOKED, grant, "")
        return self._erase(grant)

    def recording(self, now: Instant) -> bool:
        """Whether contents are to be kept now."""
        return self._raw.recording(now)

    def keep(self, contents: Sequence[RawContent], now: Instant) -> None:
        """Keep contents under the live grants. What cannot be kept is counted: answers are not held up."""
        if not contents:
            return
        try:
            spans = len({(each.trace_id, each.span_id) for each in contents})
            self._note(OURSELVES, Verb.RAW_WRITTEN, self._project, f"{len(contents)} contents of {spans} spans")
            self._lose("grant_full", self._raw.keep(contents, now))
        except Transient as error:
            self._lose("not_writable", len(contents), str(error))

    def tick(self) -> None:
        """Erase what was recorded under grants that are over, and put on record what could not be kept."""
        self._own_up()
        for grant in self._raw.due(self._clock.now()):
            self._erase(grant.id)

    def _lose(self, reason: str, contents: int, why: str = "") -> None:
        if contents:
            _log.warning("raw_contents_not_kept", contents=contents, reason=reason, why=why)
            with self._lock:
                self._lost[reason] += contents

    def _own_up(self) -> None:
        """Put losses on record; those of a moment in which the state store cannot be written wait for the next."""
        with self._lock:
            lost, self._lost = self._lost, Counter()
        if not lost:
            return
        detail = ", ".join(f"{count} contents: {reason}" for reason, count in sorted(lost.items()))
        try:
            with self._state.begin() as tx:
                for reason, count in lost.items():
                    tx.ledger.add(_LEDGER, "dropped", reason, count)
                tx.audit.add(AuditEntry(self._clock.now(), OURSELVES, Verb.RAW_LOST, self._project, detail))
        except Transient:
            with self._lock:
                self._lost += lost
            raise

    def _erase(self, grant: str) -> int:
        gone = self._raw.erase(grant)
        self._note(OURSELVES, Verb.RAW_ERASED, grant, f"{gone} contents and their key")
        return gone

    def _note(self, actor: str, verb: Verb, subject: str, detail: str) -> None:
        with self._state.begin() as tx:
            tx.audit.add(AuditEntry(self._clock.now(), actor, verb, subject, detail))
