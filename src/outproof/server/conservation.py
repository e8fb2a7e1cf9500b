"""Where everything that was emitted is: statements of senders in; a balance for each service and lane out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

import msgspec
from litestar import Response, get, post
from litestar.exceptions import HTTPException
from litestar.params import RawBody
from msgspec import Meta, Struct

from outproof.contract.statement import Lane, Statement, Told, sender_of
from outproof.core.time import Instant, instant_from_rfc3339, rfc3339, seconds_between
from outproof.engine.blindness import SETTLED, Account, accounts_of
from outproof.measure.conservation import Balance, Stated, total
from outproof.scrub.text import cleaned
from outproof.server.given import Clock, Store
from outproof.server.run_bodies import Name

STATEMENT_BYTES_MAX = 262_144
SENDERS_SHOWN_MAX = 50
REASONS_MAX = 32
OTHERS_MAX = 200
Count = Annotated[int, Meta(ge=0, le=10**15)]
Reason = Annotated[str, Meta(pattern="^[a-z_]{1,40}$")]
Reasons = Annotated[dict[Reason, Count], Meta(max_length=REASONS_MAX)]


class LaneSaid(Struct, frozen=True, kw_only=True):
    """What a sender counted of one lane. Fields that a newer one adds are passed over."""

    emitted: Count
    rejected: Count = 0
    dropped: Reasons = msgspec.field(default_factory=dict)
    waiting: Count = 0


class StatementSaid(Struct, frozen=True, kw_only=True):
    """What a sender emitted, gave up and still holds, since it began. The higher `number` holds."""

    sender: str
    service: Name
    number: Annotated[int, Meta(ge=1, le=2**53)]
    claimed_at: str | None = None
    ended: bool = False
    lanes: dict[Lane, LaneSaid] = msgspec.field(default_factory=dict)
    of_others: Annotated[dict[str, dict[Lane, Reasons]], Meta(max_length=OTHERS_MAX)] = msgspec.field(
        default_factory=dict
    )


@dataclass(frozen=True, slots=True)
class DroppedView:
    reason: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceView:
    """emitted = stored + duplicate + rejected + dropped + waiting + unexplained. Null: nobody stated it.

    More than emitted may have arrived: it was emitted after the statement.
    """

    lane: Lane
    emitted: int | None
    stored: int
    duplicate: int
    rejected: int
    dropped: list[DroppedView]
    waiting: int | None
    unexplained: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SenderView:
    """One process. `ended`: it said that nothing more is to come."""

    sender: str
    first_at: str
    told_at: str
    ended: bool
    skew_s: float | None
    lanes: list[BalanceView]


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceAccount:
    """A service; null: clients that do not state what they emit. Of many senders those with a remainder come first."""

    service: str | None
    told_at: str | None
    lanes: list[BalanceView]
    senders: list[SenderView]
    senders_total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Conservation:
    """`unexplained` is what is missing of everything that was stated; null: nothing was."""

    at: str
    unexplained: int | None
    lanes: list[BalanceView]
    services: list[ServiceAccount]


@dataclass(frozen=True, slots=True)
class StatementReceipt:
    """`kept` is false for a statement that is older than the one we have."""

    kept: bool


@post("/v1/statements", status_code=202, sync_to_thread=True, request_max_body_size=STATEMENT_BYTES_MAX)
def put_statement(body: RawBody, store: Store, clock: Clock) -> Response[StatementReceipt]:
    """Say what a process emitted so far, gave up, and still holds. Our SDK does so by itself."""
    now = clock.now()
    try:
        said = msgspec.json.decode(body, type=StatementSaid)
        claimed_at = None if said.claimed_at is None else instant_from_rfc3339(said.claimed_at)
    except (msgspec.DecodeError, ValueError) as error:
        raise HTTPException(detail=f"expected a statement: {error}", status_code=422) from error
    if not all(map(sender_of, (said.sender, *said.of_others))):
        raise HTTPException(detail="expected senders of 8 or 16 hex digits", status_code=422)
    skew_s = None if claimed_at is None or said.ended else seconds_between(now, claimed_at)  # last words may be old
    with store.begin() as tx:
        kept = tx.senders.state(_statement(said), skew_s, now)
    return Response(StatementReceipt(kept), status_code=202)


@get("/v1/conservation", sync_to_thread=True)
def get_conservation(store: Store, clock: Clock) -> Conservation:
    """The balance of every service and lane: where everything that applications emitted is."""
    with store.look() as tx:
        accounts = accounts_of(tx)
    known = [_lanes(account.balances) for service, account in accounts.items() if service]
    lanes = {lane: total(each[lane] for each in known if lane in each) for lane in Lane}
    stated = [balance.unexplained for balance in lanes.values() if balance.unexplained is not None]
    return Conservation(
        at=rfc3339(clock.now()),
        unexplained=sum(stated) if any(known) else None,
        lanes=[_balance(lane, balance) for lane, balance in lanes.items() if any(lane in each for each in known)],
        services=[_service(service, account) for service, account in accounts.items()],
    )


def _statement(said: StatementSaid) -> Statement:
    lanes = {
        lane: Told(emitted=each.emitted, rejected=each.rejected, dropped=each.dropped, waiting=each.waiting)
        for lane, each in said.lanes.items()
    }
    return Statement(
        sender=said.sender,
        service=cleaned(said.service),
        number=said.number,
        ended=said.ended,
        lanes=lanes,
        of_others=said.of_others,
    )


def _lanes(balances: Mapping[tuple[str, Lane], Balance]) -> dict[Lane, Balance]:
    """The balances of the senders of one service, added up by lane; what a sender did not state is left out."""
    known = {lane: [each for (_, other), each in balances.items() if other is lane] for lane in Lane}
    return {
        lane: total([each for each in some if each.emitted is not None] or some) for lane, some in known.items() if some
    }


def _service(service: str, account: Account) -> ServiceAccount:
    own = [each for each in account.stated if not each.statement.sender.startswith(SETTLED)]
    told_at = max((each.told_at for each in own), default=None)
    views = sorted((_sender(each, account) for each in own), key=_remainder, reverse=True)
    return ServiceAccount(
        service=service or None,
        told_at=_said(told_at),
        lanes=[_balance(lane, balance) for lane, balance in _lanes(account.balances).items()],
        senders=views[:SENDERS_SHOWN_MAX],
        senders_total=len(views),
    )


def _sender(stated: Stated, account: Account) -> SenderView:
    name = stated.statement.sender
    lanes = {lane: balance for (sender, lane), balance in account.balances.items() if sender == name}
    return SenderView(
        sender=name,
        first_at=rfc3339(stated.first_at),
        told_at=rfc3339(stated.told_at),
        ended=stated.statement.ended,
        skew_s=stated.skew_s,
        lanes=[_balance(lane, balance) for lane, balance in lanes.items()],
    )


def _remainder(view: SenderView) -> tuple[int, int, str]:
    unexplained = sum(lane.unexplained or 0 for lane in view.lanes)
    return unexplained, sum(lane.waiting or 0 for lane in view.lanes), view.told_at


def _balance(lane: Lane, balance: Balance) -> BalanceView:
    return BalanceView(
        lane=lane,
        emitted=balance.emitted,
        stored=balance.stored,
        duplicate=balance.duplicate,
        rejected=balance.rejected,
        dropped=[DroppedView(reason, count) for reason, count in sorted(balance.dropped.items()) if count],
        waiting=balance.waiting,
        unexplained=balance.unexplained,
    )


def _said(instant: Instant | None) -> str | None:
    return None if instant is None else rfc3339(instant)


HANDLERS = [get_conservation, put_statement]
