"""Items, notes and proofs with receipts through the API of runs, on a real database."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.builders import BATCH, NIGHTLY, RUN
from tests.integration.runs_api import Api, an_api

NAMES: dict[str, Any] = {"promise": NIGHTLY, "external_id": BATCH}


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Api]:
    with an_api(tmp_path) as api:
        yield api


def lines(*items: dict[str, Any] | str) -> str:
    return "\n".join(item if isinstance(item, str) else json.dumps(item) for item in items)


def put(api: Api, *items: dict[str, Any] | str, status: int = 202, **query: Any) -> Any:
    """Send lines about items of the run; `query` names it."""
    answer = api.client.post(f"/v1/runs/{RUN}/items", params=query, content=lines(*items))
    assert answer.status_code == status, answer.text
    return answer.json()


def staged(stage: str, *ids: str, **fields: Any) -> list[dict[str, Any]]:
    return [{"item_id": item_id, "stage": stage, **fields} for item_id in ids]


def test_a_retry_covers_only_what_is_missing(api: Api) -> None:
    api.open()
    told = put(api, *staged("validated", "c-1", "c-2", "c-3"), {"item_id": "c-4", "fate": "suppressed"})
    assert (told["received"], told["new"], told["total"], told["refused"]) == (4, 4, 4, 0)
    put(api, *staged("persisted", "c-1", "c-3"))
    api.prove("validated")
    api.prove("persisted")
    assert api.close()["verdict"] == "pending"  # more words about items may be on their way
    api.clock.seconds = 10
    assert api.post(f"/v1/runs/{RUN}/notes", {})["verdict"] == "broken"
    run = api.get(f"/v1/runs/{RUN}")
    assert run["cause"] == "conservation"
    assert run["reason"] == "persisted failed (1 of 4 items are not persisted)"
    assert run["items"]["by_state"]["missing"] == 1
    missing = api.get(f"/v1/runs/{RUN}/items?state=missing")
    assert (missing["total"], missing["next"]) == (1, None)
    assert missing["items"] == [{"item_id": "c-2", "state": "missing", "passed": ["validated"], "failed": []}]
    assert api.get(f"/v1/runs/{RUN}/items?stage=persisted")["items"] == missing["items"]
    assert put(api, *staged("persisted", "c-2"))["verdict"] == "kept"


def test_items_may_come_before_their_run_is_opened(api: Api) -> None:
    told = put(api, {"item_id": "c-1"}, **NAMES)
    assert (told["verdict"], told["by_state"]["missing"]) == ("pending", 1)
    put(api, {"item_id": "c-2"}, promise=NIGHTLY, status=422)
    answer = api.client.post("/v1/runs/run_unknown/items", content='{"item_id": "c-1"}')
    assert answer.status_code == 404


def test_the_same_lines_twice_change_nothing(api: Api) -> None:
    body = staged("validated", "c-1", "c-2")
    first, second = put(api, *body, **NAMES), put(api, *body, **NAMES)
    assert (first["new"], second["new"]) == (2, 0)
    assert api.ledger["runs", "duplicate", ""] == 1


def test_a_line_that_cannot_be_read_is_refused_alone_and_told(api: Api) -> None:
    told = put(api, {"item_id": "c-1"}, "{nonsense", {"item_id": "c-2", "stage": "cooked"}, "", {"id": 1}, **NAMES)
    assert (told["received"], told["refused"]) == (1, 3)
    assert [refusal["line"] for refusal in told["refusals"]] == [2, 3, 5]
    assert "cooked" in told["refusals"][1]["message"]
    assert api.ledger["items", "rejected", "invalid"] == 3
    assert "expected lines such as" in put(api, "nonsense", status=422, **NAMES)["message"]


def test_an_id_that_is_an_address_is_kept_as_a_digest(api: Api) -> None:
    put(api, {"item_id": "ann@example.com"}, {"item_id": "bob@example.com"}, **NAMES)
    ids = [item["item_id"] for item in api.get(f"/v1/runs/{RUN}/items")["items"]]
    assert len(set(ids)) == 2
    assert all(item_id.startswith("item_") for item_id in ids)


def test_a_hundred_thousand_items_fit_into_a_run_and_no_more(api: Api) -> None:
    for start in range(0, 100_000, 20_000):
        put(api, *staged("persisted", *(f"c-{n}" for n in range(start, start + 20_000))), **NAMES)
    assert api.get(f"/v1/runs/{RUN}")["items"]["total"] == 100_000
    refused = put(api, {"item_id": "one more"}, status=422, **NAMES)
    assert "at most 100000 items" in refused["message"]
    assert api.get(f"/v1/runs/{RUN}/items?limit=1000&after=c-99990")["items"][0]["item_id"] == "c-99991"
    assert api.get(f"/v1/runs/{RUN}")["items"]["total"] == 100_000


def test_a_note_is_a_sign_of_life_that_proves_nothing(api: Api) -> None:
    api.open()
    assert api.post(f"/v1/runs/{RUN}/notes", {"note": "400 of 1000, for ann@example.com"})["verdict"] == "pending"
    refused = api.post(f"/v1/runs/{RUN}/notes", {"note": "x", "counts": {"input": 1}}, 422)
    assert "without counts" in refused["message"]
    with api.state.look() as tx:
        notes = [signal.note for signal in tx.runs.signals(RUN) if signal.note]
    assert len(notes) == 1
    assert "ann@example.com" not in notes[0]


def test_of_many_notes_the_first_and_the_newest_are_kept(api: Api) -> None:
    for number in range(120):
        api.clock.seconds = number
        api.post(f"/v1/runs/{RUN}/notes", {**NAMES, "note": f"step {number}"})
    with api.state.look() as tx:
        notes = [signal.note for signal in tx.runs.signals(RUN)]
    assert notes == ["step 0", *(f"step {number}" for number in range(71, 120))]


def test_a_proof_carries_what_was_measured_and_the_receipt(api: Api) -> None:
    api.open()
    api.prove("persisted", measured={"rows": 12}, receipt_id="r-1")
    with api.state.look() as tx:
        [proof] = [signal.proof for signal in tx.runs.signals(RUN) if signal.proof]
    assert (proof.measured, proof.receipt_id) == ({"rows": 12}, "r-1")
    refused = api.prove("persisted", status=422, measured={f"m{n}": n for n in range(21)})
    assert "at most 20" in refused["message"]


@pytest.mark.parametrize("claims", [("failure", "success"), ("success", "failure")])
def test_both_of_two_contradicting_claims_are_shown(api: Api, claims: tuple[str, str]) -> None:
    api.open()
    api.close(claims[0])
    api.clock.seconds = 1
    api.close(claims[1], status=409)
    run = api.get(f"/v1/runs/{RUN}")
    assert (run["verdict"], [made["claim"] for made in run["claims"]]) == ("broken", list(claims))
