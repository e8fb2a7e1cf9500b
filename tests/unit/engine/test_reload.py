from collections.abc import Hashable
from pathlib import Path

import pytest

from outproof.core.errors import Permanent, Transient
from outproof.engine.reload import Reloader, look
from tests.builders import TestClock, at


class Files:
    """Files that a test writes; what is loaded is remembered, and refused when it says so."""

    def __init__(self) -> None:
        self.written: Hashable = 0
        self.refused: Exception | None = None
        self.loads: list[Hashable] = []
        self.clock = TestClock()
        self.reloader = Reloader(lambda: self.written, 0, self._load, self.clock)

    def _load(self) -> None:
        if self.refused:
            raise self.refused
        self.loads.append(self.written)

    def write(self, *versions: Hashable) -> None:
        for version in versions:
            self.written = version
            self.reloader.tick()


def test_nothing_is_loaded_while_nothing_is_written() -> None:
    files = Files()
    files.write(0, 0, 0)
    assert files.loads == []


def test_what_is_written_is_loaded_once_it_is_left_alone() -> None:
    files = Files()
    files.write(1, 2, 3)
    assert files.loads == []
    files.write(3, 3)
    assert files.loads == [3]


def test_half_a_file_that_was_put_right_is_never_loaded() -> None:
    files = Files()
    files.write("half", 0, 0)
    assert files.loads == []


def test_what_cannot_be_meant_is_told_and_what_is_put_right_ends_it() -> None:
    files = Files()
    files.refused = Permanent("a.yaml:2:5: expected a text")
    files.clock.seconds = 5
    files.write(1, 1, 1)
    assert (files.reloader.loading.at, files.reloader.loading.error) == (at(5), "a.yaml:2:5: expected a text")
    files.refused = None
    files.write(2, 2)
    assert files.reloader.loading.error is None
    assert files.loads == [2]


def test_what_could_not_be_put_on_record_is_loaded_at_the_next_tick() -> None:
    files = Files()
    files.refused = Transient("the database is busy")
    files.write(1)
    with pytest.raises(Transient):
        files.write(1)
    files.refused = None
    files.write(1)
    assert files.loads == [1]


def test_it_is_loaded_at_once_when_somebody_asks() -> None:
    files = Files()
    files.reloader.ask()
    files.write(0, 0)
    assert files.loads == [0]


def test_a_file_that_is_replaced_looks_different(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text("a")
    first = look(lambda: [file])
    assert look(lambda: [file]) == first
    (tmp_path / "b.yaml").write_text("b")
    (tmp_path / "b.yaml").replace(file)
    assert look(lambda: [file]) != first
    file.unlink()
    assert look(lambda: [file]) is None
