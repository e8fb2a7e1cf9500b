from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from outproof.server.run_bodies import BODY_BYTES_MAX
from tests.builders import BATCH, NIGHTLY, RUN
from tests.integration.runs_api import NAMED, Api, an_api


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Api]:
    with an_api(tmp_path) as api:
        yield api


def test_a_run_that_is_proven_is_kept(api: Api) -> None:
    assert api.open(evidence={"batch_id": BATCH, "region": "eu"}) == {
        "run_id": RUN,
        "verdict": "pending",
        "request_id": "",
        "note": None,
    }
    api.clock.seconds = 1.5
    api.prove("validated", counts={"input": 10, "valid": 10, "invalid": 0})
    api.prove("persisted", output_id="out-1")
    assert api.close()["verdict"] == "kept"
    run = api.get(f"/v1/runs/{RUN}")
    assert run["verdict"] == "kept"
    assert run["counts"] == {"input": 10, "valid": 10, "invalid": 0, "skipped": None, "suppressed": None, "lost": None}
    assert [(stage["stage"], stage["state"], stage["observer"]) for stage in run["stages"]] == [
        ("generated", "not_required", None),
        ("validated", "passed", "job"),
        ("persisted", "passed", "job"),
        ("visible", "not_required", None),
    ]
    assert {fact["key"]: fact["value"] for fact in run["evidence"]}["output_id"] == "out-1"
    assert [(change["from"], change["to"]) for change in run["verdicts"]] == [(None, "pending"), ("pending", "kept")]
    assert (run["opened_at"], run["owner"], run["incident_id"]) == ("2027-01-15T08:00:00.000000Z", "growth", None)


def test_success_without_proofs_is_unverified_and_has_an_incident(api: Api) -> None:
    api.open()
    assert api.close()["verdict"] == "unverified"
    [run] = api.get(f"/v1/runs?promise={NIGHTLY}")["runs"]
    assert (run["first_stage"], run["incident_id"][:4]) == ("validated", "inc_")
    [promise] = api.get("/v1/promises")["promises"]
    assert promise["verdicts"] == {"kept": 0, "broken": 0, "unverified": 1, "overdue": 0, "pending": 0}
    assert promise["last_run"] == run
    assert promise["proofs"] == [
        {"stage": "validated", "observer": "job"},
        {"stage": "persisted", "observer": "job"},
    ]


def test_signals_may_come_in_any_order_and_more_than_once(api: Api) -> None:
    for _ in range(2):
        api.close(promise=NIGHTLY, external_id=BATCH)
        api.prove("persisted", promise=NIGHTLY, external_id=BATCH)
        api.prove("validated", promise=NIGHTLY, external_id=BATCH)
        api.open()
    assert api.get(f"/v1/runs/{RUN}")["verdict"] == "kept"
    assert api.ledger == {("runs", "stored", ""): 4, ("runs", "duplicate", ""): 4}


def test_a_contradicting_close_is_told_what_is_stored_each_time(api: Api) -> None:
    api.open()
    api.close("failure", error_type="ValueError")
    api.clock.seconds += 1
    for _ in range(2):
        conflict = api.close("success", status=409)
        assert (conflict["code"], conflict["run"]["id"], conflict["run"]["verdict"]) == (409, RUN, "broken")
        assert "closed before as failure" in conflict["message"]
    assert api.close("failure", error_type="ValueError")["verdict"] == "broken"
    assert "it reported success too" in api.get(f"/v1/runs/{RUN}")["reason"]


def test_a_signal_id_used_for_something_else_is_a_conflict(api: Api) -> None:
    api.open(signal_id="1")
    api.prove("validated", signal_id="2")
    assert "signal_id" in api.prove("validated", passed=False, signal_id="2", status=409)["message"]
    assert api.ledger["runs", "rejected", "conflict"] == 1
    assert api.prove("validated", signal_id="2")["verdict"] == "pending"


def test_signals_of_a_promise_nobody_declared_are_kept_and_shown_as_unverified(api: Api) -> None:
    told = api.post("/v1/runs", {"promise": "late-one", "external_id": "x", "evidence": {"model": "m", "who": "Ann"}})
    assert told["verdict"] == "unverified"
    assert told["note"] == (
        "promise 'late-one' is not declared (declared are: nightly-digests): "
        "the run is kept and shown as unverified; evidence left out: who"
    )
    [run] = api.get("/v1/runs?promise=late-one")["runs"]
    assert run["reason"].startswith("promise not declared")
    assert run["incident_id"] is None
    shown = api.get(f"/v1/runs/{run['id']}")
    assert (shown["owner"], shown["outcome"]) == (None, None)
    assert "Ann" not in str(shown)
    assert api.ledger["evidence", "dropped", "undeclared_promise"] == 1


OPEN, PROVE, CLOSE = "/v1/runs", f"/v1/runs/{RUN}/proofs", f"/v1/runs/{RUN}/close"
FAILED = NAMED | {"claim": "failure"}
ALLOWED = "batch_id, model, prompt_version, output_id, deploy_sha, region"


@pytest.mark.parametrize(
    ("path", "body", "field", "message"),
    [
        (OPEN, NAMED | {"counts": {"valid": "x"}}, "$.counts.valid", "Expected `int"),
        (OPEN, NAMED | {"counts": {"valid": -1}}, "$.counts.valid", "Expected `int` >= 0"),
        (OPEN, {"promise": NIGHTLY}, "$", "missing required field `external_id`"),
        (OPEN, NAMED | {"evidense": {}}, "$", "unknown field `evidense`; expected one of promise, external_id"),
        (OPEN, NAMED | {"evidence": {"who": "Ann"}}, "$.evidence.who", f"{ALLOWED}, got 'who'"),
        (OPEN, NAMED | {"evidence": {"region": "x" * 513}}, "$.evidence.region", "one line of at most 512 characters"),
        (OPEN, NAMED | {"evidence": {"region": "a\nb"}}, "$.evidence.region", "expected one line"),
        (OPEN, NAMED | {"claimed_at": "2026-01-01T00:00:00"}, "$.claimed_at", "expected a time with its offset"),
        (PROVE, NAMED | {"stage": "seen"}, "$.stage", "Invalid enum value 'seen'"),
        (PROVE, NAMED | {"stage": "visible", "observer": "probe"}, "$.observer", "Invalid enum value 'probe'"),
        (PROVE, {"stage": "visible", "promise": NIGHTLY}, "$", "expected promise and external_id together"),
        (CLOSE, FAILED | {"external_id": "other"}, "$.external_id", "expected the run of the path"),
        (CLOSE, FAILED | {"error_type": "x" * 513}, "$.error_type", "Expected `str` of length <= 512"),
    ],
)
def test_a_wrong_field_is_named_with_its_path_and_nothing_is_stored(
    api: Api, path: str, body: dict[str, Any], field: str, message: str
) -> None:
    failure = api.post(path, body, 422)
    assert failure["code"] == 422
    assert failure["details"][0].startswith(f"{field}: ")
    assert message in failure["details"][0]
    assert api.get("/v1/runs")["runs"] == []
    [(key, count)] = api.ledger.items()
    assert (key[:2], count) == (("runs", "rejected"), 1)


def test_a_body_that_is_no_json_is_refused(api: Api) -> None:
    answer = api.client.post("/v1/runs", content=b"{")
    assert answer.status_code == 422
    assert "expected JSON" in answer.json()["message"]


def test_a_body_that_is_too_long_is_refused(api: Api) -> None:
    assert api.client.post("/v1/runs", content=b" " * (BODY_BYTES_MAX + 1)).status_code == 413


def test_a_run_nobody_opened_needs_its_names(api: Api) -> None:
    failure = api.prove("validated", status=404)
    assert "send promise and external_id along" in failure["message"]
    assert api.ledger == {("runs", "rejected", "unknown_run"): 1}
    assert "is known" in api.get(f"/v1/runs/{RUN}", 404)["message"]
    assert "declared are: nightly-digests" in api.get("/v1/runs?promise=nightly", 404)["message"]


def test_secrets_in_what_a_job_says_are_not_kept(api: Api) -> None:
    secret = "sk-" + "a1B2" * 10
    api.open(evidence={"region": secret})
    api.prove("validated", passed=False, detail=f"key {secret} was refused")
    assert secret not in str(api.get(f"/v1/runs/{RUN}"))


def test_the_type_of_an_error_is_kept_and_its_text_is_not(api: Api) -> None:
    api.open()
    assert api.close("failure", error_type="load.<locals>.BadBatch")["verdict"] == "broken"
    assert "the job reported failure (load.<locals>.BadBatch)" in api.get(f"/v1/runs/{RUN}")["reason"]
    other = {"promise": NIGHTLY, "external_id": "b-18"}
    run = api.post("/v1/runs", other)["run_id"]
    api.post(f"/v1/runs/{run}/close", {"claim": "failure", "error_type": "no mail for ann@example.com"})
    assert "(not a type name)" in api.get(f"/v1/runs/{run}")["reason"]


def test_the_schema_has_the_names_the_pages_use(api: Api) -> None:
    schemas = api.client.app.openapi_schema.to_schema()["components"]["schemas"]
    wanted = {"StageName", "Observer", "Verdict", "Stage", "RunSummary", "RunList", "RequiredProof", "VerdictCounts"}
    wanted |= {"PromiseSummary", "PromiseList", "RunCounts", "VerdictChange", "Run", "Fact"}
    assert wanted <= set(schemas)
    assert set(schemas["VerdictChange"]["properties"]) == {"at", "from", "to", "reason"}
