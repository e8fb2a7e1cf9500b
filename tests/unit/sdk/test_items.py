import asyncio
import io
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from outproof.sdk.ledger import DropReason
from outproof.sdk.progress import Progress
from outproof.sdk.run import Run
from tests.unit.sdk.outbox import FakeOutbox, a_run


def begun() -> tuple[Run, FakeOutbox]:
    outbox = FakeOutbox()
    return a_run(outbox, "nightly-digests", "batch 7"), outbox


def test_every_word_about_an_item_is_one_line_and_the_first_declares_it() -> None:
    run, outbox = begun()
    item = run.item("c-1")
    item.generated()
    item.validated(passed=False)
    item.validated()
    item.persisted()
    item.visible()
    for fate in ("invalid", "skipped", "suppressed", "lost"):
        getattr(run.item(fate), fate)()
    assert outbox.lines == [
        {"item_id": "c-1", "stage": "generated", "input": True},
        {"item_id": "c-1", "stage": "validated", "passed": False},
        {"item_id": "c-1", "stage": "validated"},
        {"item_id": "c-1", "stage": "persisted"},
        {"item_id": "c-1", "stage": "visible"},
        *({"item_id": fate, "fate": fate, "input": True} for fate in ("invalid", "skipped", "suppressed", "lost")),
    ]
    assert outbox.line_paths == {f"/v1/runs/{run.id}/items?promise=nightly-digests&external_id=batch+7"}
    assert [path for path, _ in outbox.said()] == ["/v1/runs"]


def test_an_item_passes_a_stage_only_by_a_plain_yes() -> None:
    run, outbox = begun()
    run.item("c-1").persisted(passed="yes")  # type: ignore[arg-type]  # on purpose
    assert outbox.lines == [{"item_id": "c-1", "stage": "persisted", "passed": False, "input": True}]


def test_an_exception_fails_the_item_at_the_next_stage_that_items_are_told_of_and_passes_through() -> None:
    run, outbox = begun()
    run.item("c-0").persisted()
    item = run.item("c-1")
    item.validated()
    with pytest.raises(KeyError), run, item:
        raise KeyError("customer 4711")
    assert outbox.lines[-1] == {"item_id": "c-1", "stage": "persisted", "passed": False}
    assert outbox.claims() == [("failure", "KeyError")]
    assert "customer" not in str((outbox.lines, outbox.said(), outbox.notes))  # digits may be in an id or a time


@pytest.mark.parametrize("told", ["", "validated"])
def test_an_exception_names_no_stage_that_nobody_spoke_of(told: str) -> None:
    # It would look as if every other item, too, had that stage yet to pass.
    run, outbox = begun()
    item = run.item("c-1")
    if told:
        getattr(item, told)()
    with pytest.raises(KeyError), item:
        raise KeyError
    assert outbox.lines[-1] == {"item_id": "c-1", "passed": False}


def test_an_exception_says_nothing_against_an_item_whose_fate_is_known() -> None:
    run, outbox = begun()
    item = run.item("c-1")
    item.invalid()
    with pytest.raises(ValueError), item:
        raise ValueError
    assert [line for line in outbox.lines if "passed" in line] == []


def test_the_types_of_what_failed_items_are_told_when_the_run_ends() -> None:
    run, outbox = begun()
    with run:
        for number in range(5):
            with pytest.raises((KeyError, TimeoutError)), run.item(number):
                raise KeyError("customer 4711") if number % 2 else TimeoutError
    [note] = [letter.body for letter in outbox.notes]
    assert not isinstance(note, bytes)
    assert note["note"] == "items failed: TimeoutError 3, KeyError 2"


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(1), GeneratorExit(), asyncio.CancelledError()])
def test_an_item_that_was_cut_short_is_neither_good_nor_bad(error: BaseException) -> None:
    run, outbox = begun()
    with pytest.raises(type(error)), run.item("c-1"):
        raise error
    assert outbox.lines == [{"item_id": "c-1", "input": True}]


def test_a_loop_over_things_at_hand_declares_all_before_the_first() -> None:
    run, outbox = begun()
    seen: list[str] = []
    for word, item in run.items(["alpha", "beta", "gamma"], id=len):
        if not seen:
            assert outbox.lines == [{"item_id": str(length), "input": True} for length in (5, 4, 5)]
        seen.append(word)
        item.persisted()
    assert seen == ["alpha", "beta", "gamma"]
    assert outbox.lines[3:] == [{"item_id": length, "stage": "persisted"} for length in ("5", "4", "5")]


def test_a_loop_over_things_that_come_declares_each_as_it_comes() -> None:
    run, outbox = begun()
    for number, _ in run.items(number for number in range(2)):
        assert outbox.lines[-1] == {"item_id": str(number), "input": True}
    assert len(outbox.lines) == 2


def test_an_item_that_nobody_spoke_of_is_only_declared() -> None:
    run, outbox = begun()
    for _ in run.items(range(3)):
        continue
    with run.item("c-1"):
        pass
    assert all(set(line) == {"item_id", "input"} for line in outbox.lines)


def test_a_loop_is_a_sign_of_life_at_each_step() -> None:
    run, outbox = begun()
    for _ in run.items(range(2)):
        pass
    assert [dict(letter.body)["note"] for letter in outbox.notes if not isinstance(letter.body, bytes)] == [
        "1 of 2 (50 %)",
        "2 of 2 (100 %)",
    ]


def test_an_asynchronous_loop_works_the_same() -> None:
    async def things() -> AsyncIterator[str]:
        for name in ("a", "b"):
            await asyncio.sleep(0)
            yield name

    async def main(run: Run) -> None:
        async for _, item in run.items(things()):
            async with item:
                item.persisted()

    run, outbox = begun()
    asyncio.run(main(run))
    assert [line["item_id"] for line in outbox.lines] == ["a", "a", "b", "b"]


def test_what_the_applications_iterable_raises_passes_through() -> None:
    def things() -> Iterator[int]:
        yield 1
        raise ConnectionError

    run, outbox = begun()
    with pytest.raises(ConnectionError):
        list(run.items(things()))
    with pytest.raises(TypeError):
        list(run.items(7))  # type: ignore[arg-type]  # on purpose
    assert len(outbox.lines) == 1


def test_a_list_that_grows_in_the_loop_is_followed() -> None:
    run, outbox = begun()
    things = [1, 2]
    seen = []
    for number, item in run.items(things):
        seen.append(number)
        if number == 2:
            things.append(3)
        item.persisted()
    assert seen == [1, 2, 3]
    assert outbox.lines[-1] == {"item_id": "3", "stage": "persisted"}


def test_items_without_a_usable_id_are_refused_and_counted() -> None:
    run, outbox = begun()
    for bad in (None, 1.5, [], "x" * 513, object()):
        run.item(bad).persisted()
    run.expect(["a", None, object(), "b"])
    run.expect(7)  # type: ignore[arg-type]  # on purpose
    assert [line["item_id"] for line in outbox.lines] == ["a", "b"]
    assert outbox.refusals == [DropReason.BAD_VALUE] * 7


def test_many_items_are_declared_at_once() -> None:
    run, outbox = begun()
    run.expect(range(1_234))
    assert [line["item_id"] for line in outbox.lines] == [str(number) for number in range(1_234)]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_is_one_line_on_a_terminal_and_nothing_elsewhere() -> None:
    terminal, file = Terminal(), io.StringIO()
    for stream in (terminal, file):
        progress = Progress("nightly-digests", 1_000, stream)
        for done in range(1, 1_001):
            progress.show(done)
        progress.show(1_000, last=True)
    assert file.getvalue() == ""
    assert terminal.getvalue().startswith("\rnightly-digests: 1 of 1000 (0 %)\r")
    assert terminal.getvalue().endswith("\rnightly-digests: 1000 of 1000 (100 %)\n")
    assert terminal.getvalue().count("\r") < 100


def test_a_terminal_that_is_gone_does_no_harm() -> None:
    class Gone(Terminal):
        def write(self, text: str) -> Any:
            raise OSError("Input/output error")

    for terminal in (Gone(), None):
        Progress("nightly-digests", None, terminal).show(1)
