"""What is outside: time, surfaces, channels, measures, and what a responder has done to the world."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

from outproof.contract.evidence import Exemplar
from outproof.core.ids import NoticeId
from outproof.core.time import Instant
from outproof.decide.fault import Fault
from outproof.decide.policy import ExemplarRule
from outproof.decide.question import Ask, Looks, Scope, Span
from outproof.measure.attribution import Cause, Changes
from outproof.prove.look import Look
from outproof.prove.surface_reading import Sight
from outproof.respond.action import Call, Done
from outproof.respond.delivery import Sent
from outproof.respond.notification import Notification


class Clock(Protocol):
    """Server time."""

    def now(self) -> Instant: ...


class Probe(Protocol):
    """Our own look at a user-visible surface."""

    def look(self, sight: Sight) -> Look:
        """What is there now. It never raises over what the world does: a look that fails saw nothing."""
        ...


class Measures(Protocol):
    """What policies are judged on: the windows of the event store, by event time in [start, end)."""

    def look(self, asks: Collection[Ask], at: Instant) -> Looks:
        """What each of these windows shows, read at an instant. One that is not cut is there even if it is empty."""
        ...

    def exemplars(
        self, where: Scope, span: Span, rule: ExemplarRule, fault: Fault | None, cause: Cause | None
    ) -> Sequence[Exemplar]:
        """Answers that show a breach: bad ones if `fault` says which are, and of those what `cause` explains."""
        ...

    def changes(self, where: Scope, span: Span, before: Span, fault: Fault) -> Changes:
        """What explains that more answers of a window are bad than of the one before it."""
        ...


class Channel(Protocol):
    """A way to people."""

    def send(self, notice: NoticeId, notification: Notification, now: Instant) -> Sent:
        """Make one attempt. It never raises over what the world does: a failure is what it returns."""
        ...


class Doer(Protocol):
    """Does what responders ask for: makes requests, runs commands."""

    def do(self, call: Call, now: Instant) -> Done:
        """Do it, once. It never raises over what the world does: what is not known to be done is `unknown`."""
        ...


class Signer(Protocol):
    """The key that evidence packets are signed with."""

    def public_key(self) -> bytes:
        """The 32 bytes of the Ed25519 public key."""
        ...

    def sign(self, message: bytes) -> bytes:
        """The 64 bytes of the signature."""
        ...
