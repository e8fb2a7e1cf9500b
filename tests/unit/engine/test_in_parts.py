"""One of many that fails by a bug does not keep the others from their turn."""

from collections.abc import Sequence

import pytest

from outproof.core.errors import Transient
from outproof.engine.loop import attempt, in_parts


class Work:
    """Does items together, all or none; `bad` ones cannot be done."""

    def __init__(self, *bad: int) -> None:
        self.bad = set(bad)
        self.done: list[int] = []

    def __call__(self, some: Sequence[int]) -> None:
        if self.bad & set(some):
            raise ZeroDivisionError
        self.done += some


def test_all_is_done_at_once_where_nothing_fails() -> None:
    work = Work()
    assert in_parts("a number", [1, 2, 3], work) is None
    assert work.done == [1, 2, 3]
    assert in_parts("a number", [], work) is None


def test_only_what_fails_by_itself_is_left_out_and_the_failure_comes_back() -> None:
    work = Work(3, 7)
    assert isinstance(in_parts("a number", range(10), work), ZeroDivisionError)
    assert work.done == [0, 1, 2, 4, 5, 6, 8, 9]


def test_a_world_that_fails_is_no_item_that_fails() -> None:
    def away(some: Sequence[int]) -> None:
        raise Transient("the store is away")

    with pytest.raises(Transient):
        in_parts("a number", [1, 2], away)


def test_an_attempt_returns_what_came_of_it_or_why_nothing_did() -> None:
    assert attempt(lambda: 1) == 1
    assert isinstance(attempt(lambda: [][0]), IndexError)
