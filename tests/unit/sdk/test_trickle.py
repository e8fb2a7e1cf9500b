import time
from collections.abc import Callable

from outproof.sdk.letter import Letter
from outproof.sdk.trickle import TOPICS_MAX, Trickle


def saying(word: str) -> Callable[[], Letter]:
    return lambda: Letter(word, "/v1/x", {})


def a_trickle() -> tuple[Trickle, list[str]]:
    posted: list[str] = []
    return Trickle(lambda letter: posted.append(letter.id)), posted


def test_the_first_goes_at_once_and_then_the_newest_when_the_pause_is_over() -> None:
    trickle, posted = a_trickle()
    before_s = time.monotonic()
    for word in ("one", "two", "three"):
        trickle.give("run", saying(word), pause_s=60.0)
    assert (posted, trickle.busy) == (["one"], True)
    trickle.send_due(before_s + 59)
    assert posted == ["one"]
    trickle.send_due(time.monotonic() + 61)
    assert (posted, trickle.busy) == (["one", "three"], False)


def test_a_letter_that_waited_starts_a_pause_of_its_own() -> None:
    trickle, posted = a_trickle()
    trickle.give("run", saying("one"), pause_s=60.0)
    trickle.give("run", saying("two"), pause_s=60.0)
    later_s = time.monotonic() + 61
    trickle.send_due(later_s)
    trickle.give("run", saying("three"), pause_s=60.0)
    trickle.send_due(later_s + 30)
    assert posted == ["one", "two"]
    trickle.send_due(later_s + 61)
    assert posted == ["one", "two", "three"]


def test_topics_do_not_wait_for_each_other_and_can_be_sent_before_their_time() -> None:
    trickle, posted = a_trickle()
    for topic in ("a", "b"):
        for number in (1, 2):
            trickle.give(topic, saying(f"{topic}{number}"), pause_s=60.0)
    trickle.send_now("a")
    trickle.send_now("unknown")
    assert posted == ["a1", "b1", "a2"]
    trickle.send_all()
    assert (posted, trickle.busy) == (["a1", "b1", "a2", "b2"], False)


def test_a_silent_topic_is_forgotten_and_their_number_is_bounded() -> None:
    trickle, posted = a_trickle()
    for number in range(TOPICS_MAX + 5):
        trickle.give(f"run-{number}", saying(f"{number}"), pause_s=60.0)
        trickle.give(f"run-{number}", saying(f"{number} again"), pause_s=60.0)
    assert len(trickle._pauses) == TOPICS_MAX
    assert "0 again" in posted  # what had to make room was sent, not dropped
    trickle.send_all()
    assert len(posted) == 2 * (TOPICS_MAX + 5)


def test_what_waits_is_written_down_only_when_it_goes() -> None:
    written = []

    def write() -> Letter:
        written.append(1)
        return Letter("x", "/v1/x", {})

    trickle, _ = a_trickle()
    for _ in range(1_000):
        trickle.give("run", write, pause_s=60.0)
    assert len(written) == 1
