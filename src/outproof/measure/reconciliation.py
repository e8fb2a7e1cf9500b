"""An invoice beside our own figures: lines and usage in; per model the difference, taken apart by cause, out.

The parts of a difference always add up to it. A part that nothing we know explains is called so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from outproof.core.money import NANOS_PER_USD, NanoUsd
from outproof.core.time import Instant
from outproof.measure.cost import Cost, Unknown, Unpriced, Usage, attos_of, costs, rounded
from outproof.measure.invoice import InvoiceLine
from outproof.measure.rate_book import RateBook, midnight


class Because(StrEnum):
    """Why an invoice and our figure differ by an amount."""

    ROUNDING = "rounding"  # less than half of the last place of each line
    TOKENS = "tokens"  # more or fewer tokens were billed than we saw, at our price
    PRICE = "price"  # the billed tokens at their price instead of ours
    SAMPLING = "sampling"  # calls that were not kept, estimated
    UNPRICED = "unpriced"  # we saw calls of it that have no price, or did not say what they used
    NOT_SEEN = "not_seen"  # billed, and no call of it arrived here
    NOT_INVOICED = "not_invoiced"  # calls arrived here, and nothing was billed
    OTHER_CHARGE = "other_charge"  # names no model: a fee, a credit, a tax
    UNEXPLAINED = "unexplained"


@dataclass(frozen=True, slots=True)
class Difference:
    """A part of a difference: what was billed less our figure. Negative: we say more than was billed."""

    because: Because
    nano_usd: NanoUsd


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One model on the invoice and here. `ours` None: nothing of it could be priced; then it counts as nothing."""

    model: str | None
    invoiced_nano_usd: NanoUsd | None
    ours_nano_usd: NanoUsd | None
    rate_cards: tuple[str, ...]
    calls: int
    sampled_calls: int
    invoice_lines: int
    invoiced_tokens: int | None
    our_tokens: int | None
    unpriced: tuple[Unpriced, ...]
    differences: tuple[Difference, ...]

    @property
    def difference_nano_usd(self) -> NanoUsd:
        return NanoUsd((self.invoiced_nano_usd or 0) - (self.ours_nano_usd or 0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciliation:
    """A whole invoice beside our figures for [start, end). `outside` are charges for other days; they are in no sum."""

    start: Instant
    end: Instant
    invoiced_nano_usd: NanoUsd
    ours: Cost
    lines: tuple[Compared, ...]
    differences: tuple[Difference, ...]
    outside: tuple[InvoiceLine, ...]

    @property
    def difference_nano_usd(self) -> NanoUsd:
        return NanoUsd(self.invoiced_nano_usd - (self.ours.nano_usd or 0))

    @property
    def unexplained_nano_usd(self) -> NanoUsd:
        """What no cause was found for, or one that tells no amount, in either direction."""
        return NanoUsd(
            sum(abs(each.nano_usd) for line in self.lines for each in line.differences if each.because in _OPEN)
        )


_OPEN = (Because.UNEXPLAINED, Because.UNPRICED)


def reconciled(
    lines: Sequence[InvoiceLine], usages: Iterable[Usage], book: RateBook, start: Instant, end: Instant
) -> Reconciliation:
    """The report of an invoice for [start, end). Models are the same where the card has them as the same."""
    inside: list[InvoiceLine] = []
    outside: list[InvoiceLine] = []
    for line in lines:
        (inside if line.on is None or start <= midnight(line.on) < end else outside).append(line)
    names = _Names(book, Instant(end - 1))
    billed: dict[str | None, list[InvoiceLine]] = {}
    for line in inside:
        billed.setdefault(names.of(line.model, line.provider) if line.model else None, []).append(line)
    used: dict[str | None, list[Usage]] = {}
    for usage in usages:
        used.setdefault(names.of(usage.model or "unknown model", usage.provider), []).append(usage)
    ours, by_model = costs(used, book)
    compared = [
        _compared(model, billed.get(model, ()), used.get(model, ()), by_model.get(model), book, start)
        for model in dict.fromkeys([*billed, *used])
    ]
    compared.sort(key=lambda each: (-abs(each.difference_nano_usd), each.model or ""))
    causes: Counter[Because] = Counter()
    for each in compared:
        for difference in each.differences:
            causes[difference.because] += difference.nano_usd
    return Reconciliation(
        start=start,
        end=end,
        invoiced_nano_usd=NanoUsd(sum(line.amount for line in inside)),
        ours=ours,
        lines=tuple(compared),
        differences=tuple(Difference(because, NanoUsd(causes[because])) for because in Because if because in causes),
        outside=tuple(outside),
    )


class _Names:
    """One name for every model that the card at an instant has as one."""

    def __init__(self, book: RateBook, at: Instant) -> None:
        self._card = book.card_at(at) or book.newest

    def of(self, model: str, provider: str | None) -> str:
        name = self._card.listed(model, provider) if self._card else None
        return name or model.lower()


def _compared(
    model: str | None,
    billed: Sequence[InvoiceLine],
    used: Sequence[Usage],
    ours: Cost | None,
    book: RateBook,
    start: Instant,
) -> Compared:
    invoiced = NanoUsd(sum(line.amount for line in billed)) if billed else None
    return Compared(
        model=model,
        invoiced_nano_usd=invoiced,
        ours_nano_usd=ours.nano_usd if ours else None,
        rate_cards=ours.rate_cards if ours else (),
        calls=sum(usage.calls for usage in used),
        sampled_calls=sum(usage.calls for usage in used if usage.sampled_ppm is not None),
        invoice_lines=len(billed),
        invoiced_tokens=_total(line.input_tokens for line in billed),
        our_tokens=_total(usage.input_tokens for usage in used),
        unpriced=ours.unpriced if ours else (),
        differences=tuple(_parts(model, invoiced, billed, ours, book, start)),
    )


def _total(counts: Iterable[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if known else None


def _parts(
    model: str | None,
    invoiced: NanoUsd | None,
    billed: Sequence[InvoiceLine],
    ours: Cost | None,
    book: RateBook,
    start: Instant,
) -> list[Difference]:
    """The causes of a difference in the order in which they are known, and what is left of it."""
    figure = (ours.nano_usd if ours else None) or 0
    whole = (invoiced or 0) - figure
    if ours is None:
        return _told({Because.OTHER_CHARGE if model is None else Because.NOT_SEEN: whole})
    if invoiced is None:
        return _told({Because.NOT_INVOICED: whole})
    slack = sum((Fraction(NANOS_PER_USD, 2 * 10**line.decimals) for line in billed), Fraction(0))
    if abs(whole) <= slack:
        return _told({Because.ROUNDING: whole})
    parts = {Because.SAMPLING: (ours.estimated_nano_usd or figure) - figure}
    at_our_price = _at_our_price(model, billed, book, start)
    left = whole - parts[Because.SAMPLING]
    if at_our_price is not None:
        parts[Because.TOKENS] = at_our_price - figure - parts[Because.SAMPLING]
        left -= parts[Because.TOKENS]
        parts[Because.ROUNDING if abs(left) <= slack else Because.PRICE] = left
    else:
        parts[Because.UNPRICED if ours.unpriced else Because.UNEXPLAINED] = left
    return _told(parts)


def _told(parts: Mapping[Because, int]) -> list[Difference]:
    return [Difference(because, NanoUsd(amount)) for because, amount in parts.items() if amount]


def _at_our_price(model: str | None, billed: Sequence[InvoiceLine], book: RateBook, start: Instant) -> NanoUsd | None:
    """What the billed tokens cost under our cards, at plain prices: an invoice does not say how long each input was.

    None: a line does not say its tokens, or our cards have no price for it.
    """
    attos = 0
    for line in billed:
        usage = Usage(
            model=model,
            calls=line.calls or 1,
            input_tokens=line.input_tokens,
            cached_input_tokens=line.cached_input_tokens,
            cache_write_tokens=line.cache_write_tokens,
            output_tokens=line.output_tokens,
            provider=line.provider,
            tier=line.tier,
            at=start if line.on is None else midnight(line.on),
            context_tokens=0,
        )
        found = attos_of(usage, book.card_at(usage.at))
        if isinstance(found, Unknown):
            return None
        attos += found
    return rounded(attos)
