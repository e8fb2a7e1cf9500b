"""Items of runs over REST: lines of JSON in, durable before the 202; items by what became of them out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Annotated

import msgspec
from litestar import Response, get, post
from litestar.exceptions import HTTPException, NotFoundException
from litestar.params import FromPath, FromQuery, QueryParameter, RawBody
from msgspec import Struct

from outproof.contract.item import ITEMS_PER_RUN_MAX, Fate, ItemWord
from outproof.contract.run import Stage
from outproof.contract.statement import Lane
from outproof.core.ids import ProjectId, RunId, digest_id
from outproof.prove.items import ItemState, marks
from outproof.prove.outcome import Verdict
from outproof.scrub.text import cleaned
from outproof.server import given
from outproof.server.run_bodies import Name, Noted
from outproof.server.run_receiver import RECEIVING, Receiving, RunAccepted, RunConflict
from outproof.server.run_views import StageName, item_counts

ITEMS_BYTES_MAX = 8 * 2**20
LIMIT_MAX = 1_000
REFUSALS_SHOWN_MAX = 10
SCRUBBED_AT_ONCE = 100
_LEDGER = "items"


class ItemLine(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One line. `input` says that the run is about the item, which every line about it says as well."""

    item_id: Name
    stage: Stage | None = None
    passed: bool = True
    fate: Fate | None = None
    input: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedLine:
    """A line that is not about an item; `line` counts from 1."""

    line: int
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemsAccepted:
    """The lines are on disk, but for `refused` of them. `new` are items that were not known before."""

    run_id: str
    verdict: Verdict
    received: int
    new: int
    refused: int
    refusals: list[RefusedLine]
    total: int
    by_state: dict[str, int]
    request_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An item and what was said of it."""

    item_id: str
    state: ItemState
    passed: list[StageName]
    failed: list[StageName]


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemList:
    """In the order of ids. `total` are all that match; `next` is what to ask `after` for more, null at the end."""

    items: list[Item]
    next: str | None
    total: int


_line = msgspec.json.Decoder(ItemLine)


@post(
    "/v1/runs/{run:str}/items",
    status_code=202,
    sync_to_thread=True,
    request_max_body_size=ITEMS_BYTES_MAX,
    dependencies=RECEIVING,
)
def put_items(
    run: FromPath[str],
    body: RawBody,
    receiver: Receiving,
    promise: FromQuery[str | None] = None,
    external_id: FromQuery[str | None] = None,
) -> Response[ItemsAccepted | RunConflict]:
    """Say what became of single items, one JSON object a line: {item_id, stage?, passed?, fate?}.

    Lines may come in any order and more than once. A line that cannot be read is refused alone, and told.
    """
    words, refusals, refused = _read(body, receiver.project)
    if refused:
        with receiver.store.begin() as tx:
            tx.ledger.add(_LEDGER, "rejected", "invalid", refused)
    if not words:
        expected = 'expected lines such as {"item_id": "cust-1", "stage": "persisted"}'
        raise HTTPException(
            detail=f"{expected}, got none" + (f"; line {refusals[0].line}: {refusals[0].message}" if refusals else ""),
            status_code=422,
        )
    with receiver.store.look() as tx:
        before = tx.items.totals(RunId(run)).total
    said = Noted(promise=promise, external_id=external_id, signal_id=f"items {sha256(body).hexdigest()}")
    accepted = receiver.receive_items(said, RunId(run), marks(words))
    if not isinstance(accepted.content, RunAccepted):
        return Response(accepted.content, status_code=accepted.status_code)
    with receiver.store.begin() as tx:
        tx.ledger.add(_LEDGER, "stored", "", len(words))
        if receiver.sender is not None:
            tx.senders.count(receiver.sender, Lane.ITEMS, "stored", len(words))
            tx.senders.count(receiver.sender, Lane.ITEMS, "rejected", refused)
        totals = tx.items.totals(RunId(run))
    told = ItemsAccepted(
        run_id=run,
        verdict=accepted.content.verdict,
        received=len(words),
        new=totals.total - before,
        refused=refused,
        refusals=refusals,
        total=totals.total,
        by_state=item_counts(totals).by_state,
        request_id=receiver.request_id,
    )
    return Response(told, status_code=202)


@get("/v1/runs/{run:str}/items", sync_to_thread=True)
def list_items(
    run: FromPath[str],
    store: given.Store,
    wanted: Annotated[ItemState | None, QueryParameter(name="state")] = None,
    stage: FromQuery[StageName | None] = None,
    after: FromQuery[str] = "",
    limit: Annotated[int, QueryParameter(ge=1, le=LIMIT_MAX)] = 100,
) -> ItemList:
    """Items of a run by what became of them; with `stage`, those that have yet to pass it: what a retry must cover."""
    with store.look() as tx:
        if tx.runs.load(RunId(run)) is None:
            raise NotFoundException(f"no run {run!r} is known; GET /v1/runs lists the newest")
        totals = tx.items.totals(RunId(run))
        matching = totals.marks_of(wanted, stage)
        some = tx.items.some(RunId(run), matching, after, limit + 1)
    shown = [
        Item(
            item_id=item_id,
            state=totals.state(known),
            passed=list(known.stages_passed()),
            failed=list(known.stages_failed()),
        )
        for item_id, known in some[:limit]
    ]
    total = sum(number for known, number in totals.groups if known in matching)
    return ItemList(items=shown, next=shown[-1].item_id if len(some) > limit else None, total=total)


def _read(body: bytes, project: ProjectId) -> tuple[list[ItemWord], list[RefusedLine], int]:
    """What the lines say, the first of those that say nothing we understand, and how many there are of these."""
    words: list[ItemWord] = []
    refusals: list[RefusedLine] = []
    refused = 0
    for number, line in enumerate(body.splitlines(), 1):
        if not line.strip():
            continue
        try:
            said = _line.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            refused += 1
            if len(refusals) < REFUSALS_SHOWN_MAX:
                refusals.append(RefusedLine(line=number, message=f"expected an item: {error}"))
            continue
        words.append(ItemWord(item_id=said.item_id, stage=said.stage, passed=said.passed, fate=said.fate))
        if len(words) > ITEMS_PER_RUN_MAX:
            detail = f"expected at most {ITEMS_PER_RUN_MAX} lines at once, got more; send them in parts"
            raise HTTPException(detail=detail, status_code=413)
    return _safe(words, project), refusals, refused


def _safe(words: Sequence[ItemWord], project: ProjectId) -> list[ItemWord]:
    """The words under ids that may be stored. Most need no change, which one look at many of them tells."""
    safe: list[ItemWord] = []
    for start in range(0, len(words), SCRUBBED_AT_ONCE):
        some = words[start : start + SCRUBBED_AT_ONCE]
        together = "\n".join(word.item_id for word in some)
        if cleaned(together) == together:
            safe += some
        else:
            safe += [replace(word, item_id=_safe_id(word.item_id, project)) for word in some]
    return safe


def _safe_id(item_id: str, project: ProjectId) -> str:
    """The id; where it holds what must not be stored, such as an address, a digest that is the same each time."""
    return item_id if cleaned(item_id) == item_id else digest_id("item", project, item_id)


# list_items comes before put_items: see runs.HANDLERS.
HANDLERS = [list_items, put_items]
