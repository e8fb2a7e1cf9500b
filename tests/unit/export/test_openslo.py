"""OpenSLO documents, held against what its version 1 asks for."""

import re
from typing import Any

import yaml

from outproof.export.openslo import openslo
from tests.unit.export.exports import declared

EXPORTED = openslo(declared())
DOCUMENTS: list[Any] = list(yaml.safe_load_all(EXPORTED.files[0].text))
SLOS = {document["metadata"]["name"]: document["spec"] for document in DOCUMENTS if document["kind"] == "SLO"}
NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


def test_every_document_has_the_envelope() -> None:
    assert all(document["apiVersion"] == "openslo/v1" for document in DOCUMENTS)
    assert {document["kind"] for document in DOCUMENTS} == {"Service", "DataSource", "SLO"}
    assert all(NAME.fullmatch(document["metadata"]["name"]) for document in DOCUMENTS)
    names = [(document["kind"], document["metadata"]["name"]) for document in DOCUMENTS]
    assert len(set(names)) == len(names)


def test_every_objective_names_a_service_and_a_share_of_a_total() -> None:
    services = {document["metadata"]["name"] for document in DOCUMENTS if document["kind"] == "Service"}
    for spec in SLOS.values():
        assert spec["service"] in services
        ratio = spec["indicator"]["spec"]["ratioMetric"]
        assert ratio["counter"] is True
        assert len({"good", "bad"} & set(ratio)) == 1
        assert "total" in ratio
        assert spec["budgetingMethod"] == "Occurrences"
        [objective] = spec["objectives"]
        assert 0 <= objective["target"] < 1


def test_an_error_budget_keeps_its_objective_and_its_windows() -> None:
    spec = SLOS["error-budget"]
    assert spec["objectives"][0]["target"] == 0.995
    conditions = [policy["spec"]["conditions"][0]["spec"]["condition"] for policy in spec["alertPolicies"]]
    assert all(len(policy["spec"]["conditions"]) == 1 for policy in spec["alertPolicies"])
    assert [(each["lookbackWindow"], each["threshold"], each["op"]) for each in conditions] == [
        ("1h", 14.4, "gte"),
        ("10m", 14.4, "gte"),
        ("6h", 6, "gte"),
        ("30m", 6, "gte"),
    ]
    names = [policy["metadata"]["name"] for policy in spec["alertPolicies"]]
    assert len(set(names)) == len(names)
    assert all(NAME.fullmatch(name) for name in names)


def test_a_promise_is_an_objective_over_its_runs() -> None:
    ratio = SLOS["digests-kept"]["indicator"]["spec"]["ratioMetric"]
    assert ratio["good"]["metricSource"]["spec"]["query"] == (
        'sum(outproof_runs_settled_total{promise="nightly-digests", verdict="kept"})'
    )
    assert SLOS["digests-kept"]["objectives"][0]["target"] == 0.99


def test_silence_that_is_an_incident_alerts() -> None:
    assert all(policy["spec"]["alertWhenNoData"] is False for policy in SLOS["error-budget"]["alertPolicies"])


def test_what_is_no_objective_is_said() -> None:
    assert any(note.startswith("slow-first-token is no objective") for note in EXPORTED.notes)
    assert "slow-first-token" not in SLOS
