"""What the outbox asks its tables: statements put together once, because that costs more than to run them."""

from __future__ import annotations

from sqlalchemy import BigInteger, BindParameter, bindparam, exists, insert, literal, or_, select, update

from outproof.core.time import NANOS_PER_S
from outproof.respond.delivery import SPREAD_S, DeliveryState
from outproof.respond.notification import NoticeKind
from outproof.store.state.tables import channel_proofs, deliveries, outbox

UNFINISHED = (DeliveryState.QUEUED.value, DeliveryState.RETRYING.value)
_PROJECT: BindParameter[str] = bindparam("of_project")
_NOW: BindParameter[int] = bindparam("now", type_=BigInteger)
_IS_DUE = (
    outbox.c.project_id == _PROJECT,
    outbox.c.state.in_(UNFINISHED),
    outbox.c.next_attempt_at <= _NOW,
    or_(outbox.c.claimed_until.is_(None), outbox.c.claimed_until < _NOW),
)
_earlier = outbox.alias("earlier")
_later = outbox.alias("later")
_WAITS_FOR_AN_EARLIER_ONE = exists().where(
    _earlier.c.project_id == outbox.c.project_id,
    _earlier.c.incident_id == outbox.c.incident_id,
    _earlier.c.channel == outbox.c.channel,
    _earlier.c.incident_generation < outbox.c.incident_generation,
    _earlier.c.state.in_(UNFINISHED),
)
DUE_CHANNELS = select(outbox.c.channel).where(*_IS_DUE).distinct()
CLAIMABLE = (
    select(outbox)
    .where(*_IS_DUE, outbox.c.channel == bindparam("of_channel"), ~_WAITS_FOR_AN_EARLIER_ONE)
    .order_by(outbox.c.next_attempt_at, outbox.c.id)
    .limit(bindparam("limit"))
)
CLAIM = (
    update(outbox)
    .where(*_IS_DUE, outbox.c.id.in_(bindparam("ids", expanding=True)))
    .values(claimed_until=bindparam("claimed_until"))
    .returning(outbox.c.id)
)
ATTEMPTED = update(outbox).where(
    outbox.c.project_id == _PROJECT,
    outbox.c.id == bindparam("of_id"),
    outbox.c.attempts == bindparam("were"),
)
GIVES_WAY = (
    update(outbox)
    .where(
        outbox.c.project_id == _PROJECT,
        outbox.c.id == bindparam("of_id"),
        exists().where(  # it became over while this was being sent
            _later.c.project_id == outbox.c.project_id,
            _later.c.incident_id == outbox.c.incident_id,
            _later.c.channel == outbox.c.channel,
            _later.c.incident_generation > outbox.c.incident_generation,
            _later.c.kind == NoticeKind.RESOLVED.value,
            _later.c.state.in_(UNFINISHED),
        ),
    )
    .values(state=DeliveryState.SUPERSEDED.value, next_attempt_at=None)
)
ADD_DELIVERY = insert(deliveries)
_spread = literal(round(SPREAD_S * NANOS_PER_S), BigInteger)
COMES_FORWARD = (
    update(outbox)
    .where(
        outbox.c.project_id == _PROJECT,
        outbox.c.channel == bindparam("of_channel"),
        outbox.c.state == DeliveryState.RETRYING.value,
        outbox.c.next_attempt_at > _NOW + _spread,
        ~exists().where(deliveries.c.outbox_id == outbox.c.id, deliveries.c.at > bindparam("left_alone_since")),
    )
    # each was put off by another fraction of a second, so what is left of a division spreads them
    .values(next_attempt_at=_NOW + outbox.c.next_attempt_at % _spread)
)
NEWEST = select(outbox.c.incident_id, outbox.c.channel, outbox.c.incident_generation, outbox.c.state).where(
    outbox.c.project_id == _PROJECT,
    outbox.c.incident_id.in_(bindparam("incidents", expanding=True)),
    ~exists().where(
        _later.c.project_id == outbox.c.project_id,
        _later.c.incident_id == outbox.c.incident_id,
        _later.c.channel == outbox.c.channel,
        _later.c.incident_generation > outbox.c.incident_generation,
    ),
)
PROVEN = update(channel_proofs).where(
    channel_proofs.c.project_id == _PROJECT, channel_proofs.c.channel == bindparam("of_channel")
)
FIRST_RECEIPTS = (
    select(outbox.c.incident_id, deliveries.c.receipt)
    .join(outbox, outbox.c.id == deliveries.c.outbox_id)
    .where(
        outbox.c.project_id == _PROJECT,
        outbox.c.channel == bindparam("of_channel"),
        outbox.c.incident_id.in_(bindparam("incidents", expanding=True)),
        deliveries.c.receipt.is_not(None),
    )
    .order_by(deliveries.c.at.desc())
)
