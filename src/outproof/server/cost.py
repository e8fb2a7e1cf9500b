"""Costs over REST: what was spent, restatements with both figures, and an invoice beside our own figures."""

from __future__ import annotations

from dataclasses import dataclass, field

from litestar import get, post
from litestar.exceptions import ClientException, ValidationException
from litestar.params import FromQuery, JSONBody

from outproof.core.time import Instant, rfc3339
from outproof.engine.cost_desk import Part
from outproof.measure.cost import Unpriced
from outproof.measure.invoice import InvoiceLine, invoice_lines
from outproof.measure.reconciliation import Compared, Difference, Reconciliation
from outproof.measure.restatement import Figure, Restatement
from outproof.measure.spending import By, moment, month
from outproof.respond.notification import plain
from outproof.scrub.text import preview
from outproof.server import given
from outproof.wire.folding import provider as folded

DAYS_MAX = 400
BY_CHARS_MAX, REASON_CHARS_MAX, REASON_CHARS_MIN = 100, 500, 10
LINES_SHOWN_MAX = 1_000
_DAY_NS = 86_400 * 10**9


@dataclass(frozen=True, slots=True)
class UnpricedCalls:
    """Calls that a cost leaves out: no_card, model, tier, usage or contradiction."""

    model: str | None
    tier: str | None
    reason: str
    calls: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SpendingPart:
    """One line of a cost; `value` null: the calls do not say. `nano_usd` null: nothing of it has a price."""

    value: str | None
    calls: int
    input_tokens: int | None
    cached_input_tokens: int | None
    cache_write_tokens: int | None
    output_tokens: int | None
    nano_usd: int | None
    estimated_nano_usd: int | None
    rate_cards: list[str]
    unpriced: list[UnpricedCalls]


@dataclass(frozen=True, slots=True, kw_only=True)
class RestatementFigure:
    """A cost as it was said at one moment, with the calls it leaves out."""

    nano_usd: int | None
    rate_cards: list[str]
    unpriced_calls: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RestatementLine:
    model: str | None
    calls: int
    before_nano_usd: int | None
    after_nano_usd: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RestatementView:
    """Both figures for one time: `before` is what the cards said when it was made, `after` what `card` alone says."""

    id: str
    by: str
    reason: str
    made_at: str
    start: str
    end: str
    service: str | None
    card: str
    before: RestatementFigure
    after: RestatementFigure
    lines: list[RestatementLine]


@dataclass(frozen=True, slots=True)
class RestatementList:
    """The newest first."""

    restatements: list[RestatementView]


@dataclass(frozen=True, slots=True, kw_only=True)
class SpendingView:
    """What was spent in [start, end). The parts add up to the whole, to the nano-dollar.

    `estimated_nano_usd` stands for all calls where only a sample was kept, and is `nano_usd` where everything was.
    """

    start: str
    end: str
    service: str | None
    by: str
    nano_usd: int | None
    estimated_nano_usd: int | None
    rate_cards: list[str]
    unpriced: list[UnpricedCalls]
    parts: list[SpendingPart]
    parts_left_out: int
    restatements: list[RestatementView]


@dataclass(frozen=True, slots=True, kw_only=True)
class RestatementRequest:
    """Which time to compute again under which card, who asks and why. `service` null: all services."""

    by: str
    reason: str
    card: str
    month: str | None = None
    start: str | None = None
    end: str | None = None
    service: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconciliationRequest:
    """An invoice as CSV text. `columns` names its headers where we do not know them; `provider` whose invoice it is."""

    csv: str
    file: str = "invoice.csv"
    month: str | None = None
    start: str | None = None
    end: str | None = None
    columns: dict[str, str] = field(default_factory=dict)
    provider: str | None = None
    service: str | None = None


@dataclass(frozen=True, slots=True)
class CostDifference:
    """A part of a difference: billed less ours."""

    because: str
    nano_usd: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconciliationLine:
    """One model on the invoice and here; the differences add up to the difference."""

    model: str | None
    invoiced_nano_usd: int | None
    ours_nano_usd: int | None
    difference_nano_usd: int
    differences: list[CostDifference]
    rate_cards: list[str]
    calls: int
    sampled_calls: int
    invoice_lines: int
    invoiced_tokens: int | None
    our_tokens: int | None
    unpriced: list[UnpricedCalls]


@dataclass(frozen=True, slots=True)
class ChargeOutside:
    """A charge for another time; it is in no sum."""

    line: int
    on: str | None
    model: str | None
    nano_usd: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconciliationView:
    """An invoice beside our figures for [start, end). Nothing of it is kept."""

    start: str
    end: str
    invoiced_nano_usd: int
    ours_nano_usd: int | None
    difference_nano_usd: int
    unexplained_nano_usd: int
    differences: list[CostDifference]
    rate_cards: list[str]
    lines: list[ReconciliationLine]
    outside: list[ChargeOutside]


@get("/v1/cost", sync_to_thread=True)
def get_cost(
    cost_desk: given.Costs,
    clock: given.Clock,
    month: FromQuery[str | None] = None,
    start: FromQuery[str | None] = None,
    end: FromQuery[str | None] = None,
    by: FromQuery[By] = By.MODEL,
    service: FromQuery[str | None] = None,
) -> SpendingView:
    """What was spent in a month, or in [start, end); this month so far where nothing is said. One line per `by`."""
    since, until = _between(clock.now(), month, start, end)
    spent = cost_desk.spent(since, until, by, service)
    return SpendingView(
        start=rfc3339(since),
        end=rfc3339(until),
        service=service,
        by=by,
        nano_usd=spent.whole.nano_usd,
        estimated_nano_usd=spent.whole.estimated_nano_usd,
        rate_cards=list(spent.whole.rate_cards),
        unpriced=_unpriced(spent.whole.unpriced),
        parts=[_part(part) for part in spent.parts[:LINES_SHOWN_MAX]],
        parts_left_out=max(0, len(spent.parts) - LINES_SHOWN_MAX),
        restatements=[_restatement(each) for each in spent.restatements],
    )


@post("/v1/cost/restatements", status_code=201, sync_to_thread=True)
def restate_cost(data: JSONBody[RestatementRequest], cost_desk: given.Costs, clock: given.Clock) -> RestatementView:
    """Compute a time again under one card, and keep both figures: {by, reason, card, month or start and end}."""
    since, until = _between(clock.now(), data.month, data.start, data.end)
    reason = plain(preview(data.reason, chars_max=REASON_CHARS_MAX), REASON_CHARS_MAX)
    if len(reason) < REASON_CHARS_MIN:
        raise ClientException(f"expected a reason of {REASON_CHARS_MIN} characters or more: it stays on record")
    by = plain(data.by, BY_CHARS_MAX) or "somebody"
    return _restatement(cost_desk.restate(by, reason, data.card, since, until, data.service))


@get("/v1/cost/restatements", sync_to_thread=True)
def list_restatements(cost_desk: given.Costs) -> RestatementList:
    """Every cost that was computed again, with both figures."""
    return RestatementList([_restatement(each) for each in cost_desk.restatements()])


@post("/v1/cost/reconciliations", status_code=200, sync_to_thread=True)
def reconcile_cost(
    data: JSONBody[ReconciliationRequest], cost_desk: given.Costs, clock: given.Clock
) -> ReconciliationView:
    """Compare an invoice with what was spent: {csv, month or start and end, columns, provider, service}."""
    lines = invoice_lines(data.csv, plain(data.file, BY_CHARS_MAX), data.columns)
    asked = data.month if data.month or data.start or data.end else _month_of(lines)
    since, until = _between(clock.now(), asked, data.start, data.end)
    provider = folded(data.provider) if data.provider else None
    return _reconciliation(cost_desk.reconcile(lines, since, until, data.service, provider))


def _between(now: Instant, month_text: str | None, start: str | None, end: str | None) -> tuple[Instant, Instant]:
    try:
        if month_text is not None:
            if start is not None or end is not None:
                raise ValueError("expected either a month, or a start and an end")
            return month(month_text)
        since = moment(start) if start else month(rfc3339(now)[:7])[0]
        until = moment(end) if end else now
    except ValueError as error:
        raise ValidationException(str(error)) from error
    if not since < until <= since + DAYS_MAX * _DAY_NS:
        raise ValidationException(
            f"expected a start before the end and at most {DAYS_MAX} days, got {rfc3339(since)} and {rfc3339(until)}"
        )
    return since, until


def _month_of(lines: tuple[InvoiceLine, ...]) -> str:
    months = sorted({f"{line.on:%Y-%m}" for line in lines if line.on is not None})
    if len(months) != 1:
        said = ", ".join(months[:5]) or "no date at all"
        raise ValidationException(f"expected `month`, because the invoice's lines do not agree on one: {said}")
    return months[0]


def _unpriced(items: tuple[Unpriced, ...]) -> list[UnpricedCalls]:
    return [UnpricedCalls(item.model, item.tier, item.reason, item.calls) for item in items[:LINES_SHOWN_MAX]]


def _part(part: Part) -> SpendingPart:
    def total(name: str) -> int | None:
        known = [count for usage in part.usages if (count := getattr(usage, name)) is not None]
        return sum(known) if known else None

    return SpendingPart(
        value=part.value,
        calls=sum(usage.calls for usage in part.usages),
        input_tokens=total("input_tokens"),
        cached_input_tokens=total("cached_input_tokens"),
        cache_write_tokens=total("cache_write_tokens"),
        output_tokens=total("output_tokens"),
        nano_usd=part.cost.nano_usd,
        estimated_nano_usd=part.cost.estimated_nano_usd,
        rate_cards=list(part.cost.rate_cards),
        unpriced=_unpriced(part.cost.unpriced),
    )


def _figure(figure: Figure) -> RestatementFigure:
    return RestatementFigure(
        nano_usd=figure.nano_usd, rate_cards=list(figure.rate_cards), unpriced_calls=figure.unpriced_calls
    )


def _restatement(restatement: Restatement) -> RestatementView:
    return RestatementView(
        id=restatement.id,
        by=restatement.by,
        reason=restatement.reason,
        made_at=rfc3339(restatement.made_at),
        start=rfc3339(restatement.start),
        end=rfc3339(restatement.end),
        service=restatement.service,
        card=restatement.card,
        before=_figure(restatement.before),
        after=_figure(restatement.after),
        lines=[
            RestatementLine(
                model=line.model,
                calls=line.calls,
                before_nano_usd=line.before_nano_usd,
                after_nano_usd=line.after_nano_usd,
            )
            for line in restatement.lines
        ],
    )


def _differences(differences: tuple[Difference, ...]) -> list[CostDifference]:
    return [CostDifference(each.because, each.nano_usd) for each in differences]


def _reconciliation(found: Reconciliation) -> ReconciliationView:
    return ReconciliationView(
        start=rfc3339(found.start),
        end=rfc3339(found.end),
        invoiced_nano_usd=found.invoiced_nano_usd,
        ours_nano_usd=found.ours.nano_usd,
        difference_nano_usd=found.difference_nano_usd,
        unexplained_nano_usd=found.unexplained_nano_usd,
        differences=_differences(found.differences),
        rate_cards=list(found.ours.rate_cards),
        lines=[_compared(line) for line in found.lines[:LINES_SHOWN_MAX]],
        outside=[
            ChargeOutside(line.number, line.on.isoformat() if line.on else None, line.model, line.amount)
            for line in found.outside[:LINES_SHOWN_MAX]
        ],
    )


def _compared(line: Compared) -> ReconciliationLine:
    return ReconciliationLine(
        model=line.model,
        invoiced_nano_usd=line.invoiced_nano_usd,
        ours_nano_usd=line.ours_nano_usd,
        difference_nano_usd=line.difference_nano_usd,
        differences=_differences(line.differences),
        rate_cards=list(line.rate_cards),
        calls=line.calls,
        sampled_calls=line.sampled_calls,
        invoice_lines=line.invoice_lines,
        invoiced_tokens=line.invoiced_tokens,
        our_tokens=line.our_tokens,
        unpriced=_unpriced(line.unpriced),
    )


HANDLERS = [get_cost, restate_cost, list_restatements, reconcile_cost]
