import threading
from collections.abc import Iterator

import pytest

from outproof.contract.surface import HttpSurface
from outproof.engine.looking import LOOKS_AT_ONCE_MAX, Looking
from outproof.prove.known_facts import Known
from outproof.prove.look import Look, blind
from outproof.prove.surface_reading import Sight, sight
from tests.integration.sink import until


class Wall:
    """A surface that says nothing until it is let go."""

    def __init__(self) -> None:
        self.let_go = threading.Event()

    def look(self, sight: Sight) -> Look:
        self.let_go.wait()
        return Look(passed=True, detail="saw it", shown=sight.shown)


@pytest.fixture
def wall() -> Iterator[Wall]:
    wall = Wall()
    yield wall
    wall.let_go.set()


def page(number: int = 0) -> Sight:
    found = sight(HttpSurface(url=f"https://app{number}.example/"), Known())
    assert not isinstance(found, Look)
    return found


def test_a_look_that_never_comes_back_is_given_up_and_keeps_its_thread(wall: Wall) -> None:
    looking: Looking[str] = Looking(wall, give_up_s=0.3)
    looking.begin("one", {"a": page(), "b": blind("the URL takes batch_id")})
    [(task, looks)] = looking.finished(1.0)
    assert (task, looks["a"].passed, looks["b"].detail) == ("one", None, "could not look: the URL takes batch_id")
    assert looks["a"].detail == "could not look at https://app0.example/: no answer in time"
    assert (looking.room(), looking.places()["app0.example"]) == (LOOKS_AT_ONCE_MAX - 1, 1)
    wall.let_go.set()
    until(lambda: looking.room() == LOOKS_AT_ONCE_MAX)
    looking.stop()


def test_what_there_is_nothing_to_look_at_for_is_done_at_once(wall: Wall) -> None:
    looking: Looking[str] = Looking(wall)
    looking.begin("nothing", {})
    looking.begin("blind", {"a": blind("why")})
    assert [task for task, _ in looking.finished(0.0)] == ["nothing", "blind"]
    assert list(looking.finished(0.0)) == []


def test_what_is_done_is_given_out_while_others_hang(wall: Wall) -> None:
    looking: Looking[str] = Looking(wall)
    looking.begin("hangs", {"a": page()})
    looking.begin("blind", {"a": blind("why")})
    assert [task for task, _ in looking.finished(0.1)] == ["blind"]
    assert list(looking.finished(0.0)) == []
    wall.let_go.set()
    assert [task for task, _ in looking.finished(60.0)] == ["hangs"]
    looking.stop()
