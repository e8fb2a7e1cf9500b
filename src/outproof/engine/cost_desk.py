"""Costs on request: what was spent, what it would be under another card, and how an invoice compares."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from outproof.core.errors import Permanent
from outproof.core.ids import ProjectId, digest_id
from outproof.core.time import Instant, rfc3339
from outproof.measure.cost import Cost, Usage, costs
from outproof.measure.invoice import InvoiceLine
from outproof.measure.rate_book import RateBook, always
from outproof.measure.rate_card import RateCard
from outproof.measure.reconciliation import Reconciliation, reconciled
from outproof.measure.restatement import Restatement, restated
from outproof.measure.spending import By
from outproof.ports import Clock, Spending, State
from outproof.respond.audit import AuditEntry, Verb

RESTATEMENTS_SHOWN_MAX = 100
_KIND = "rate_card"


class NoSuchCard(Permanent):
    """No card of that version is, or ever was, declared."""


@dataclass(frozen=True, slots=True)
class Part:
    """One line of a cost: the value of the fact it is taken apart by, its usage and what that cost."""

    value: str | None
    usages: Sequence[Usage]
    cost: Cost


@dataclass(frozen=True, slots=True)
class Spent:
    """What was spent in a time. The parts add up to the whole, and `restatements` say what it was elsewhere."""

    whole: Cost
    parts: Sequence[Part]
    restatements: Sequence[Restatement]


class CostDesk:
    """Answers from the same usage each time; only a restatement is put on record, with both of its figures."""

    def __init__(
        self,
        spending: Spending,
        state: State,
        clock: Clock,
        project: ProjectId,
        book: Callable[[], RateBook],
        card_of: Callable[[str], RateCard | None],
    ) -> None:
        self._spending = spending
        self._state = state
        self._clock = clock
        self._project = project
        self._book = book
        self._card_of = card_of

    def spent(self, start: Instant, end: Instant, by: By, service: str | None) -> Spent:
        """What was spent, the dearest part first."""
        book = self._book()
        usages = self._spending.usages(start, end, book, by, service)
        whole, parts = costs(usages, book)
        with self._state.look() as tx:
            restatements = tx.restatements.newest(start, end, RESTATEMENTS_SHOWN_MAX)
        found = [Part(value, usages[value], cost) for value, cost in parts.items()]
        if by is By.DAY:
            found.sort(key=lambda part: part.value or "")
        else:
            found.sort(key=lambda part: (-(part.cost.nano_usd or 0), part.value or ""))
        return Spent(whole, found, [each for each in restatements if service is None or each.service == service])

    def restate(
        self, by: str, reason: str, card: str, start: Instant, end: Instant, service: str | None
    ) -> Restatement:
        """Compute a time again, all of it under one card, and keep both figures.

        Raises:
            NoSuchCard: no card of that version is, or was, declared.
        """
        before, after = self._book(), always(self._card(card))
        both = RateBook((*before.cards, *after.cards))  # usage must come apart wherever either changes a price
        found = restated(self._by_model(start, end, both, service), before, after)
        now = self._clock.now()
        restatement = Restatement(
            id=digest_id("rst", self._project, card, service or "", str(start), str(end), str(now)),
            by=by,
            reason=reason,
            made_at=now,
            start=start,
            end=end,
            service=service,
            card=card,
            before=found.before,
            after=found.after,
            lines=found.lines,
        )
        detail = f"{rfc3339(start)} to {rfc3339(end)} under {card}: {reason}"
        with self._state.begin() as tx:
            tx.restatements.add(restatement)
            tx.audit.add(AuditEntry(now, by, Verb.COST_RESTATED, restatement.id, detail))
        return restatement

    def restatements(self) -> Sequence[Restatement]:
        """The newest first."""
        with self._state.look() as tx:
            return tx.restatements.newest(None, None, RESTATEMENTS_SHOWN_MAX)

    def reconcile(
        self, lines: Sequence[InvoiceLine], start: Instant, end: Instant, service: str | None, provider: str | None
    ) -> Reconciliation:
        """An invoice beside what was spent with its provider, or with all. Nothing of it is kept."""
        book = self._book()
        by_model = self._by_model(start, end, book, service)
        usages = [
            usage
            for found in by_model.values()
            for usage in found
            if provider is None or (usage.provider or provider) == provider
        ]
        return reconciled(lines, usages, book, start, end)

    def _by_model(
        self, start: Instant, end: Instant, book: RateBook, service: str | None
    ) -> Mapping[str | None, Sequence[Usage]]:
        return self._spending.usages(start, end, book, By.MODEL, service)

    def _card(self, version: str) -> RateCard:
        card = self._book().card(version)
        if card is not None:
            return card
        with self._state.look() as tx:
            past = tx.declarations.history(_KIND, version, 1)
        card = self._card_of(past[0].body) if past else None
        if card is None:
            known = ", ".join(each.version for each in self._book().cards) or "none"
            raise NoSuchCard(f"expected the version of a rate card that is or was declared ({known}), got {version!r}")
        return card
