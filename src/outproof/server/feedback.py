"""Feedback on an answer: a thumb, an escalation, a comment without what must not be kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from litestar import post
from litestar.exceptions import ValidationException
from litestar.params import JSONBody

from outproof.contract.feedback import Feedback, Thumbs
from outproof.contract.statement import Lane
from outproof.scrub.text import preview
from outproof.server.given import Clock, Store
from outproof.server.sending import SENDING, Sender

COMMENT_CHARS_MAX = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackRequest:
    """`id` is the client's: the same one again changes nothing. `answer_id` is `trace:span` in hex."""

    id: str
    answer_id: str
    thumbs: Literal["up", "down"] | None = None
    escalated: bool | None = None
    comment: str | None = None
    claimed_at: str | None = None


@dataclass(frozen=True, slots=True)
class FeedbackReceipt:
    id: str
    stored: bool


@post("/v1/feedback", status_code=202, sync_to_thread=True, dependencies=SENDING)
def receive(data: JSONBody[FeedbackRequest], store: Store, clock: Clock, sender: Sender) -> FeedbackReceipt:
    """Keep a user's word on an answer; durable when this answers. `stored` is false for a repetition."""
    if data.thumbs is None and data.escalated is None and data.comment is None:
        raise ValidationException("expected at least one of thumbs, escalated and comment: there is nothing to keep")
    if not 1 <= len(data.id) <= 64 or not 1 <= len(data.answer_id) <= 64:
        raise ValidationException("expected id and answer_id of 1 to 64 characters")
    feedback = Feedback(
        id=data.id,
        answer_id=data.answer_id,
        at=clock.now(),
        thumbs=Thumbs(data.thumbs) if data.thumbs else None,
        escalated=data.escalated,
        comment=preview(data.comment, chars_max=COMMENT_CHARS_MAX) if data.comment else None,
    )
    with store.begin() as tx:
        stored = tx.feedback.add(feedback)
        became = "stored" if stored else "duplicate"
        tx.ledger.add("feedback", became, "", 1)
        if sender is not None:
            tx.senders.count(sender, Lane.SIGNALS, became, 1)
    return FeedbackReceipt(data.id, stored)


HANDLERS = [receive]
