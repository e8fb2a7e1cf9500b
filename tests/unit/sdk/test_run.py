from typing import Any

import pytest

from outproof.core.ids import ProjectId, run_id
from outproof.core.time import instant_from_rfc3339
from outproof.sdk.letter import Letter
from outproof.sdk.run import Run


class FakeOutbox:
    """Keeps the letters."""

    def __init__(self, deploy: str | None = None) -> None:
        self.project = ProjectId("shop")
        self.deploy = deploy
        self.letters: list[Letter] = []
        self.synced: list[bool] = []
        self.refused = 0

    def send(self, letter: Letter, *, synced: bool) -> None:
        self.letters.append(letter)
        self.synced.append(synced)

    def refuse(self) -> None:
        self.refused += 1

    def said(self) -> list[tuple[str, dict[str, Any]]]:
        return [(letter.path, dict(letter.body)) for letter in self.letters]


def test_a_run_says_each_thing_at_once_and_durably() -> None:
    outbox = FakeOutbox()
    with Run(outbox, "nightly-digests", "batch-7", {"model": "m1", "prompt_version": 3}) as run:
        assert len(outbox.letters) == 1
        run.generated(input=1_000)
        run.validated(valid=980, invalid=20, input=1_000)
        run.persisted(output_id="digests/7")
        run.visible(url="https://app.example/digests/7")
        assert len(outbox.letters) == 5
    assert outbox.synced == [True] * 6
    the_id = run_id(ProjectId("shop"), "nightly-digests", "batch-7")
    assert run.id == the_id
    said = outbox.said()
    assert [path for path, _ in said] == [
        "/v1/runs",
        *[f"/v1/runs/{the_id}/proofs"] * 4,
        f"/v1/runs/{the_id}/close",
    ]
    for _, body in said:
        assert (body["promise"], body["external_id"]) == ("nightly-digests", "batch-7")
        instant_from_rfc3339(body["claimed_at"])
    assert len({body["signal_id"] for _, body in said}) == 6
    assert said[0][1]["evidence"] == {"model": "m1", "prompt_version": 3}
    proofs = [body for _, body in said[1:5]]
    assert [proof["stage"] for proof in proofs] == ["generated", "validated", "persisted", "visible"]
    assert all(proof["passed"] is True and proof["observer"] == "job" for proof in proofs)
    assert proofs[1]["counts"] == {"valid": 980, "invalid": 20, "input": 1_000}
    assert proofs[2]["output_id"] == "digests/7"
    assert proofs[3]["surface"] == "https://app.example/digests/7"
    assert said[5][1]["claim"] == "success"
    assert said[5][1]["counts"] == {"valid": 980, "invalid": 20, "input": 1_000}
    assert said[5][1]["error_type"] is None


def test_an_exception_closes_as_failure_with_its_type_only_and_passes_through() -> None:
    outbox = FakeOutbox()
    with pytest.raises(KeyError, match="4711"), Run(outbox, "nightly-digests", "batch-7"):
        raise KeyError("customer 4711")
    closing = outbox.said()[-1][1]
    assert (closing["claim"], closing["error_type"]) == ("failure", "KeyError")
    assert "4711" not in str(outbox.said())


def test_an_exit_without_an_error_is_no_failure() -> None:
    outbox = FakeOutbox()
    with pytest.raises(SystemExit), Run(outbox, "nightly-digests", "batch-7"):
        raise SystemExit(0)
    assert outbox.said()[-1][1]["claim"] == "success"


def test_a_failed_run_is_closed_once() -> None:
    outbox = FakeOutbox()
    with Run(outbox, "nightly-digests", "batch-7") as run:
        run.fail("UpstreamEmpty")
        run.close()
    assert len(outbox.letters) == 2
    closing = outbox.said()[1][1]
    assert (closing["claim"], closing["error_type"]) == ("failure", "UpstreamEmpty")


def test_a_proof_passes_only_by_a_plain_yes() -> None:
    outbox = FakeOutbox()
    run = Run(outbox, "nightly-digests", "batch-7")
    run.validated(passed=False, detail="schema v3 expected, v2 seen")
    run.persisted(passed="yes")  # type: ignore[arg-type]  # on purpose
    assert [body["passed"] for _, body in outbox.said()[1:]] == [False, False]
    assert outbox.said()[1][1]["detail"] == "schema v3 expected, v2 seen"


def test_evidence_holds_safe_facts_only() -> None:
    outbox = FakeOutbox(deploy="4f2a9c1")
    Run(outbox, "nightly-digests", "batch-7", {"ok": True, "n": 3, "ratio": 0.5, "none": None, "rows": [1, 2], 5: "x"})
    evidence = outbox.said()[0][1]["evidence"]
    assert evidence == {"ok": True, "n": 3, "ratio": 0.5, "5": "x", "deploy_sha": "4f2a9c1"}


def test_evidence_is_bounded() -> None:
    outbox = FakeOutbox()
    Run(outbox, "nightly-digests", "batch-7", {f"k{number}": "v" * 10_000 for number in range(1_000)})
    evidence = outbox.said()[0][1]["evidence"]
    assert len(evidence) == 64
    assert max(map(len, evidence.values())) == 512


def test_a_run_without_an_id_of_its_own_gets_one() -> None:
    outbox = FakeOutbox()
    first, second = Run(outbox, "nightly-digests"), Run(outbox, "nightly-digests")
    assert first.id != second.id


def test_a_run_without_a_name_is_counted_not_sent() -> None:
    outbox = FakeOutbox()
    with Run(outbox, None, "batch-7") as run:
        run.visible()
    assert outbox.letters == []
    assert outbox.refused == 3
    assert run.id is None
