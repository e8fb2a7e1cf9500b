"""What an HTTP receiver's answer means for a notice: a reply or a failure in, the outcome of the attempt out.

Only the status is kept of a reply. Its body never is: a receiver inside the network would be read through us.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from outproof.core.errors import Permanent, Transient
from outproof.core.time import NANOS_PER_S, Instant
from outproof.egress.http import Reply
from outproof.respond.delivery import Outcome, Sent


def attempt(request: Callable[[], Reply], *, permanent: Collection[int], now: Instant) -> Sent:
    """Make the request and judge what comes of it. `permanent` are the statuses that the same notice will get again."""
    try:
        reply = request()
    except Transient as error:
        return Sent(outcome=Outcome.TRANSIENT, detail=str(error))
    except Permanent as error:
        return Sent(outcome=Outcome.PERMANENT, detail=str(error))
    return judged(reply, permanent=permanent, now=now)


def judged(reply: Reply, *, permanent: Collection[int], now: Instant) -> Sent:
    """What a reply means. Only 2xx is success; a redirect is not followed, so its URL must be put right."""
    said = f"{reply.status} {_phrase(reply.status)}".strip()
    if 200 <= reply.status < 300:
        return Sent(outcome=Outcome.ACCEPTED, status_code=reply.status, detail=said)
    if 300 <= reply.status < 400:
        said = f"{said}: redirects are not followed, configure the URL it leads to"
        return Sent(outcome=Outcome.PERMANENT, status_code=reply.status, detail=said)
    if reply.status in permanent:
        return Sent(outcome=Outcome.PERMANENT, status_code=reply.status, detail=said)
    return Sent(
        outcome=Outcome.TRANSIENT,
        status_code=reply.status,
        detail=said,
        retry_after_s=retry_after_s(reply.headers.get("retry-after"), now),
    )


def retry_after_s(header: str | None, now: Instant) -> float | None:
    """The seconds a Retry-After header asks for, as a number or as a date; None when it says nothing readable."""
    if header is None:
        return None
    if header.strip().isdigit():
        return float(header.strip()[:9])
    if re.fullmatch(r"[0-9]{1,9}\.[0-9]{1,9}", header.strip()):  # Discord's
        return float(header.strip())
    try:
        until = parsedate_to_datetime(header)
    except ValueError:
        return None
    elapsed = datetime.fromtimestamp(now / NANOS_PER_S, UTC)
    return max(0.0, (until.replace(tzinfo=until.tzinfo or UTC) - elapsed).total_seconds())


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
