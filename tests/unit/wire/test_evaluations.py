import pytest

from outproof.contract.feedback import Thumbs
from outproof.core.ids import ProjectId
from outproof.core.time import Instant
from outproof.scrub.evaluated import feedback_of
from outproof.wire.logs import EVALUATIONS_MAX
from tests.unit.wire.records import a_record, read_records
from tests.unit.wire.spans import NOW

EVENT = "gen_ai.evaluation.result"
HOME = ProjectId("default")
GOOD = {"gen_ai.evaluation.name": "helpfulness", "gen_ai.evaluation.score.value": 0.8}
ANSWER = "0af7651916cd43dd8448eb211c80319c:b7ad6b7169203331"


def test_an_evaluation_is_a_word_on_the_answer_its_record_names() -> None:
    values = {**GOOD, "gen_ai.evaluation.score.label": "good", "gen_ai.evaluation.explanation": "Names the scan."}
    (said,) = read_records(a_record(EVENT, values)).evaluations
    assert (said.answer_id, said.name, said.score, said.label) == (ANSWER, "helpfulness", 0.8, "good")
    feedback = feedback_of(said, HOME)
    assert (feedback.answer_id, feedback.thumbs, feedback.at) == (ANSWER, None, said.at)
    assert feedback.comment == "helpfulness: 0.8 good. Names the scan."


def test_without_a_span_the_providers_id_of_the_response_names_the_answer() -> None:
    (said,) = read_records(a_record(EVENT, {**GOOD, "gen_ai.response.id": "chatcmpl-1"}, spanId="")).evaluations
    assert said.answer_id == "response:chatcmpl-1"


def test_an_evaluation_says_nothing_of_the_call_not_even_by_its_error() -> None:
    reading = read_records(a_record(EVENT, {**GOOD, "gen_ai.response.id": "chatcmpl-1", "error.type": "JudgeTimeout"}))
    assert reading.facts.spans == 0
    assert reading.not_kept == {}


@pytest.mark.parametrize(
    ("values", "fields", "reason"),
    [
        ({"gen_ai.evaluation.name": "x", "error.type": "JudgeTimeout"}, {}, "evaluation_says_nothing"),
        ({**GOOD, "gen_ai.evaluation.score.value": float("inf")}, {}, "evaluation_says_nothing"),
        (GOOD, {"traceId": ""}, "evaluation_names_no_answer"),
        (GOOD, {"timeUnixNano": "5"}, "too_old_or_in_the_future"),
    ],
)
def test_an_evaluation_that_cannot_be_used_is_counted_by_its_reason(values: dict, fields: dict, reason: str) -> None:
    reading = read_records(a_record(EVENT, values, **fields))
    assert reading.evaluations == ()
    assert reading.not_kept == {reason: 1}


def test_the_same_evaluation_delivered_again_has_the_same_id_and_another_one_has_not() -> None:
    first, again, other = (
        feedback_of(read_records(a_record(EVENT, values)).evaluations[0], HOME).id
        for values in (GOOD, GOOD, {**GOOD, "gen_ai.evaluation.score.value": 0.7})
    )
    assert first == again
    assert first != other


def test_an_evaluation_without_a_time_has_the_same_id_whenever_it_comes() -> None:
    record = a_record(EVENT, GOOD, timeUnixNano="0")
    ids = {feedback_of(read_records(record, now=Instant(NOW + n)).evaluations[0], HOME).id for n in (0, 10**9)}
    assert len(ids) == 1


def test_an_emitters_own_key_is_the_same_evaluation_whenever_it_is_sent() -> None:
    values = {**GOOD, "openlit.score.idempotency_key": "k-1"}
    records = (a_record(EVENT, values), a_record(EVENT, values, timeUnixNano="1795220000700000000"))
    assert len({feedback_of(read_records(record).evaluations[0], HOME).id for record in records}) == 1


@pytest.mark.parametrize(
    ("label", "thumbs"),
    [("thumbs_up", Thumbs.UP), ("Thumbs-Down", Thumbs.DOWN), ("👍", Thumbs.UP), ("pass", None), ("good", None)],
)
def test_a_thumb_is_only_what_is_called_one(label: str, thumbs: Thumbs | None) -> None:
    (said,) = read_records(a_record(EVENT, {"gen_ai.evaluation.score.label": label})).evaluations
    assert feedback_of(said, HOME).thumbs is thumbs


def test_what_an_evaluation_quotes_is_scrubbed() -> None:
    values = {**GOOD, "gen_ai.evaluation.explanation": "mailed maya.lopez@example.com, card 4111 1111 1111 1111"}
    (said,) = read_records(a_record(EVENT, values)).evaluations
    assert "maya" not in repr(feedback_of(said, HOME))
    assert "4111" not in repr(feedback_of(said, HOME))


def test_more_evaluations_than_one_request_may_hold_are_told_of() -> None:
    reading = read_records(*(a_record(EVENT, GOOD) for _ in range(EVALUATIONS_MAX + 3)))
    assert len(reading.evaluations) == EVALUATIONS_MAX
    assert reading.not_kept == {"too_many_evaluations": 3}
