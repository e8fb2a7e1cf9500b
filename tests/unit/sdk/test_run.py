import asyncio
import copy
import pickle

import pytest

import outproof
from outproof.contract.run import Observer
from outproof.core.ids import ProjectId, run_id
from outproof.core.time import instant_from_rfc3339
from outproof.sdk.ledger import DropReason
from outproof.sdk.run import Run
from outproof.sdk.run_name import name_from
from outproof.sdk.speaker import Speaker
from tests.unit.sdk.outbox import FakeOutbox, a_resumed_run, a_run


def test_a_run_says_each_thing_at_once_and_durably() -> None:
    outbox = FakeOutbox()
    with a_run(outbox, "nightly-digests", "batch-7", {"model": "m1", "prompt_version": 3}) as run:
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


def test_a_proof_carries_what_was_measured_the_receipt_and_what_is_lost() -> None:
    outbox = FakeOutbox()
    run = a_run(outbox, "nightly-digests", "batch-7")
    run.validated(input=10, valid=8, invalid=1, lost=1, measured={"schema": 3, "share": 0.8, "strict": True})
    run.visible("https://partner.example/7", receipt_id="rcpt-4711")
    validated, visible = (body for path, body in outbox.said() if path.endswith("/proofs"))
    assert validated["counts"] == {"input": 10, "valid": 8, "invalid": 1, "lost": 1}
    assert validated["measured"] == {"schema": 3, "share": 0.8, "strict": True}
    assert (validated["receipt_id"], visible["receipt_id"]) == (None, "rcpt-4711")
    assert visible["measured"] is None


def test_what_cannot_have_been_counted_or_measured_costs_the_value_and_not_the_proof() -> None:
    outbox = FakeOutbox()
    run = a_run(outbox, "nightly-digests", "batch-7")
    measured = {"ok": 1, "nan": float("nan"), "text": "customer 4711", "": 3, "list": [1]}
    run.validated(valid=-1, invalid=10**13, input=4, measured=measured)
    run.validated(measured={str(number): number for number in range(30)})
    run.validated(measured="garbage")  # type: ignore[arg-type]  # on purpose
    first, second, third = (body for path, body in outbox.said() if path.endswith("/proofs"))
    assert (first["counts"], first["measured"]) == ({"input": 4}, {"ok": 1})
    assert len(second["measured"]) == 20
    assert third["measured"] is None


def test_a_checker_proves_as_an_independent_observer_also_from_another_process() -> None:
    checker = outproof.resume(promise="nightly-digests", external_id="batch-7", independent=True)
    assert checker.independent
    assert pickle.loads(pickle.dumps(checker)).independent  # our own bytes
    assert not pickle.loads(pickle.dumps(outproof.resume(checker.ticket))).independent  # our own bytes
    outbox = FakeOutbox()
    run = Run(Speaker.resumed(outbox, name_from(checker.ticket)), resumed=True, observer=Observer.INDEPENDENT)
    run.visible()
    assert [body["observer"] for _, body in outbox.said()] == ["independent"]


def test_a_run_that_is_tried_again_counts_anew() -> None:
    outbox = FakeOutbox()
    run = a_run(outbox, "nightly-digests", "batch-7")
    with run:
        run.validated(input=10, valid=5, lost=5)
    with run:
        run.validated(input=10, valid=10)
    assert outbox.said()[-1][1]["counts"] == {"input": 10, "valid": 10}


def test_an_exception_closes_as_failure_with_its_type_only_and_passes_through() -> None:
    outbox = FakeOutbox()
    with pytest.raises(KeyError, match="4711"), a_run(outbox, "nightly-digests", "batch-7"):
        raise KeyError("customer 4711")
    closing = outbox.said()[-1][1]
    assert (closing["claim"], closing["error_type"]) == ("failure", "KeyError")
    assert "customer" not in str(outbox.said())


def test_an_exit_without_an_error_is_no_failure() -> None:
    outbox = FakeOutbox()
    with pytest.raises(SystemExit), a_run(outbox, "nightly-digests", "batch-7"):
        raise SystemExit(0)
    assert outbox.said()[-1][1]["claim"] == "success"


def test_a_failed_run_is_closed_once() -> None:
    outbox = FakeOutbox()
    with a_run(outbox, "nightly-digests", "batch-7") as run:
        run.fail("UpstreamEmpty")
        run.close()
    assert len(outbox.letters) == 2
    closing = outbox.said()[1][1]
    assert (closing["claim"], closing["error_type"]) == ("failure", "UpstreamEmpty")


def test_a_proof_passes_only_by_a_plain_yes() -> None:
    outbox = FakeOutbox()
    run = a_run(outbox, "nightly-digests", "batch-7")
    run.validated(passed=False, detail="schema v3 expected, v2 seen")
    run.persisted(passed="yes")  # type: ignore[arg-type]  # on purpose
    assert [body["passed"] for _, body in outbox.said()[1:]] == [False, False]
    assert outbox.said()[1][1]["detail"] == "schema v3 expected, v2 seen"


def test_evidence_holds_safe_facts_only() -> None:
    outbox = FakeOutbox(deploy="4f2a9c1")
    evidence = {"ok": True, "n": 3, "ratio": 0.5, "none": None, "rows": [1, 2], 5: "x"}
    a_run(outbox, "nightly-digests", "batch-7", evidence).open()
    said = outbox.said()[0][1]["evidence"]
    assert said == {"ok": True, "n": 3, "ratio": 0.5, "5": "x", "deploy_sha": "4f2a9c1"}


def test_evidence_is_bounded() -> None:
    outbox = FakeOutbox()
    a_run(outbox, "nightly-digests", "batch-7", {f"k{number}": "v" * 10_000 for number in range(1_000)}).open()
    evidence = outbox.said()[0][1]["evidence"]
    assert len(evidence) == 64
    assert max(map(len, evidence.values())) == 512


def test_a_run_without_an_id_of_its_own_gets_one() -> None:
    outbox = FakeOutbox()
    first, second = a_run(outbox, "nightly-digests"), a_run(outbox, "nightly-digests")
    assert first.id != second.id


def test_a_run_without_a_name_is_counted_not_sent() -> None:
    outbox = FakeOutbox()
    with a_run(outbox, None, "batch-7") as run:
        run.visible()
    assert outbox.letters == []
    assert outbox.refusals == [DropReason.BAD_VALUE] * 3
    assert (run.id, run.ticket, run.environment()) == (None, "", {})


def test_an_external_id_that_cannot_be_read_does_not_cost_the_run() -> None:
    outbox = FakeOutbox()
    a_run(outbox, "nightly-digests", [1, 2]).open()
    assert outbox.said()[0][1]["external_id"]


def test_a_run_opens_with_its_block_or_by_its_first_word_as_of_its_making() -> None:
    outbox = FakeOutbox()
    made, opened = a_run(outbox, "nightly-digests", "1"), a_run(outbox, "nightly-digests", "2")
    assert outbox.letters == []
    opened.open().open()
    made.persisted()
    said = outbox.said()
    assert [path.rpartition("/")[2] for path, _ in said] == ["runs", "runs", "proofs"]
    made_at, opened_at = (instant_from_rfc3339(said[index][1]["claimed_at"]) for index in (1, 0))
    assert made_at < opened_at


def test_a_closed_run_that_is_entered_again_is_a_new_attempt() -> None:
    outbox = FakeOutbox()
    run = a_run(outbox, "nightly-digests", "batch-7")
    for _ in range(2):
        with run:
            pass
    assert [path.rpartition("/")[2] for path, _ in outbox.said()] == ["runs", "close"] * 2


@pytest.mark.parametrize(
    ("error", "claim"),
    [
        (KeyboardInterrupt(), ("failure", "KeyboardInterrupt")),
        (asyncio.CancelledError(), ("failure", "CancelledError")),
        (SystemExit(3), ("failure", "SystemExit")),
        (SystemExit(None), ("success", None)),
        (GeneratorExit(), ("success", None)),
    ],
)
def test_each_way_out_of_the_block_is_claimed_as_what_it_is(
    error: BaseException, claim: tuple[str, str | None]
) -> None:
    outbox = FakeOutbox()
    with pytest.raises(type(error)), a_run(outbox, "nightly-digests", "batch-7"):
        raise error
    assert outbox.claims() == [claim]


def test_a_failure_is_named_by_its_class_however_it_is_given_and_never_by_its_text() -> None:
    outbox = FakeOutbox()
    for reason in ("UpstreamEmpty", ValueError("customer 4711"), TimeoutError, "customer 4711 has no address", 7, None):
        a_run(outbox, "nightly-digests").fail(reason)  # type: ignore[arg-type]  # on purpose
    names = [name for _, name in outbox.claims()]
    assert names == ["UpstreamEmpty", "ValueError", "TimeoutError", "_OTHER", "_OTHER", None]


def test_a_ticket_names_a_run_on_every_host() -> None:
    outbox = FakeOutbox()
    run = a_run(outbox, "täglich/nightly digests", "batch 7/8 %2F 😀")
    known = name_from(run.ticket)
    assert known is not None
    assert (known.id, known.promise, known.external_id) == (run.id, "täglich/nightly digests", "batch 7/8 %2F 😀")
    assert run.ticket.isascii()
    assert not set(" \n\t") & set(run.ticket)
    bare = name_from(run.id)
    assert bare is not None
    assert (bare.id, bare.fields, bare.ticket) == (run.id, {}, run.id)
    assert len(a_run(outbox, "😀" * 600, "😀" * 600).ticket) < 16_384


@pytest.mark.parametrize(
    "ticket", [None, "", 7, b"run", "run_", "nightly-digests", "run_" + "a" * 26 + "/x", "/" * 99_999]
)
def test_what_is_no_ticket_names_nothing(ticket: object) -> None:
    assert name_from(ticket) is None


def test_a_resumed_run_is_carried_on_without_being_opened_or_closed_by_a_block() -> None:
    outbox = FakeOutbox()
    run = a_resumed_run(outbox, name_from(a_run(outbox, "nightly-digests", "batch-7").ticket))
    with run:
        run.persisted(output_id="digests/7")
    with pytest.raises(KeyError), run:
        raise KeyError("customer 4711")
    assert [path.rpartition("/")[2] for path, _ in outbox.said()] == ["proofs"]
    assert outbox.said()[0][1]["external_id"] == "batch-7"
    assert [letter.path.rpartition("/")[2] for letter in outbox.notes] == ["notes"]
    assert "KeyError" in str(outbox.notes[0].body)
    assert "customer" not in str(outbox.notes[0].body)
    run.close()
    assert outbox.claims() == [("success", None)]


def test_a_run_by_its_bare_id_says_no_names() -> None:
    outbox = FakeOutbox()
    the_id = run_id(ProjectId("shop"), "nightly-digests", "batch-7")
    a_resumed_run(outbox, name_from(the_id)).visible()
    [(path, body)] = outbox.said()
    assert path == f"/v1/runs/{the_id}/proofs"
    assert "promise" not in body


def test_a_copy_of_a_run_is_the_same_run_resumed() -> None:
    run = outproof.run("nightly-digests", external_id="batch-7")
    for other in (pickle.loads(pickle.dumps(run)), copy.deepcopy(run)):
        assert other.ticket == run.ticket
        assert other is not run


def test_a_sign_of_life_says_how_far_the_run_is_and_changes_no_counts() -> None:
    outbox = FakeOutbox()
    with a_run(outbox, "nightly-digests", "batch-7") as run:
        run.note("rendering", done=120, total=1_000)
        run.note(done=3)
        run.note("uploading")
        run.note(done="many", total=[])  # type: ignore[arg-type]  # on purpose
    bodies = [letter.body for letter in outbox.notes]
    assert all(not isinstance(body, bytes) and "counts" not in body for body in bodies)
    notes = [body["note"] for body in bodies if not isinstance(body, bytes)]
    assert notes == ["rendering: 120 of 1000 (12 %)", "3", "uploading", None]
    assert {letter.topic for letter in outbox.notes} == {f"/v1/runs/{run.id}/notes"}
    assert outbox.said()[-1][1]["counts"] is None
    assert outbox.completed == [run.id]


def test_what_is_said_where_no_run_is_goes_nowhere_and_is_counted() -> None:
    outbox = FakeOutbox()
    run = Run(Speaker.resumed(outbox, None, no_name=DropReason.NO_RUN), resumed=True)
    run.validated(valid=1)
    run.note("alive")
    run.item("a").skipped()
    assert (outbox.letters, outbox.notes, outbox.lines) == ([], [], [])
    assert outbox.refusals == [DropReason.NO_RUN] * 3


def test_the_environment_of_a_child_names_the_run() -> None:
    run = a_run(FakeOutbox(), "nightly-digests", "batch-7")
    assert run.environment() == {"OUTPROOF_RUN": run.ticket}
