from outproof.sdk.answer import Answer
from outproof.sdk.buffer import ANSWERS_MAX, BATCH_ANSWERS, Buffer
from outproof.sdk.ledger import DropReason, Ledger


def an_open_buffer() -> tuple[Buffer, Ledger]:
    ledger = Ledger()
    buffer = Buffer(ledger)
    buffer.closed = None
    buffer.attended = True
    return buffer, ledger


def test_a_full_buffer_drops_the_newest_and_counts_it() -> None:
    buffer, ledger = an_open_buffer()
    for number in range(ANSWERS_MAX + 7):
        Answer(buffer, str(number)).end()
    assert len(buffer) == ANSWERS_MAX
    assert ledger.dropped == {"buffer_full": 7}
    assert buffer.take()[0][0] == "0"


def test_a_batch_is_the_oldest_answers_in_order() -> None:
    buffer, ledger = an_open_buffer()
    for number in range(BATCH_ANSWERS + 3):
        Answer(buffer, str(number)).end()
    assert [entry[0] for entry in buffer.take()] == [str(number) for number in range(BATCH_ANSWERS)]
    assert len(buffer.take()) == 3
    assert buffer.take() == []
    assert ledger.accepted == BATCH_ANSWERS + 3


def test_before_init_answers_are_counted_no_ops() -> None:
    ledger = Ledger()
    buffer = Buffer(ledger)
    with Answer(buffer, "answer") as a:
        a.route("serve")
    assert len(buffer) == 0
    assert ledger.accepted == 1
    assert ledger.dropped == {DropReason.NOT_INITIALISED: 1}


def test_the_courier_is_called_for_the_first_answer_and_for_a_batch_only() -> None:
    buffer, _ = an_open_buffer()
    calls: list[int] = []
    buffer.attended = False
    buffer.on_ready = lambda: calls.append(len(buffer))
    Answer(buffer, "answer").end()
    buffer.attended = True
    for _ in range(BATCH_ANSWERS - 1):
        Answer(buffer, "answer").end()
    assert calls == [1, BATCH_ANSWERS]
