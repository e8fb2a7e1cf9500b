import asyncio
import functools
import inspect
from collections.abc import AsyncGenerator, Generator
from typing import Any

import pytest

import outproof
from outproof.sdk.run import Run, current
from tests.unit.sdk.outbox import FakeOutbox, a_run


def shape(outbox: FakeOutbox) -> list[str]:
    """What was said: the last part of each path, with the run's own id where it opens and the claim where it ends."""
    said = []
    for path, body in outbox.said():
        last = path.rpartition("/")[2]
        detail = {"runs": body["external_id"], "close": body.get("claim")}.get(last)
        said.append(f"{last} {detail}" if detail else last)
    return said


def test_each_call_is_a_run_of_its_own_named_by_its_arguments() -> None:
    outbox = FakeOutbox()

    @a_run(outbox, "digests", lambda batch, **_: f"b-{batch}", lambda batch, size: {"batch_id": batch, "size": size})
    def work(batch: int, *, size: int) -> int:
        """Make digests."""
        run = current()
        assert run is not None
        run.persisted(output_id=f"out-{batch}")
        return batch * 2

    assert (work(1, size=10), work(2, size=20)) == (2, 4)
    assert shape(outbox) == ["runs b-1", "proofs", "close success", "runs b-2", "proofs", "close success"]
    assert outbox.said()[3][1]["evidence"] == {"batch_id": 2, "size": 20}
    assert (work.__name__, work.__doc__) == ("work", "Make digests.")
    assert current() is None


def test_a_call_that_raises_is_a_failed_run_and_the_exception_passes_through() -> None:
    outbox = FakeOutbox()

    @a_run(outbox, "digests")
    def work() -> None:
        raise KeyError("customer 4711")

    with pytest.raises(KeyError, match="4711"):
        work()
    assert outbox.claims() == [("failure", "KeyError")]


def test_nested_calls_each_find_their_own_run() -> None:
    outbox = FakeOutbox()

    @a_run(outbox, "digests", lambda depth: f"depth-{depth}")
    def work(depth: int) -> None:
        if depth:
            work(depth - 1)
        run = current()
        assert run is not None
        run.persisted(output_id=str(depth))

    work(2)
    proofs = [(body["external_id"], body["output_id"]) for path, body in outbox.said() if path.endswith("/proofs")]
    assert proofs == [("depth-0", "0"), ("depth-1", "1"), ("depth-2", "2")]


def test_a_function_that_cannot_name_its_run_costs_neither_the_call_nor_the_run() -> None:
    outbox = FakeOutbox()

    def broken(*_: object) -> str:
        raise ZeroDivisionError

    @a_run(outbox, "digests", broken, broken)
    def work(number: int) -> int:
        return number

    assert work(3) == 3
    assert [line.split()[0] for line in shape(outbox)] == ["runs", "close"]


def test_coroutines_at_the_same_time_keep_their_runs_apart() -> None:
    outbox = FakeOutbox()

    @a_run(outbox, "digests", lambda name: name)
    async def work(name: str) -> str:
        for _ in range(3):
            await asyncio.sleep(0)
        run = current()
        assert run is not None
        run.persisted(output_id=name)
        return name

    async def main() -> list[str]:
        return await asyncio.gather(*(work(f"b-{number}") for number in range(10)))

    assert inspect.iscoroutinefunction(work)
    assert len(asyncio.run(main())) == 10
    proofs = [body for path, body in outbox.said() if path.endswith("/proofs")]
    assert len(proofs) == 10
    assert all(proof["external_id"] == proof["output_id"] for proof in proofs)


def test_a_cancelled_coroutine_is_a_failed_run() -> None:
    outbox = FakeOutbox()

    @a_run(outbox, "digests")
    async def work() -> None:
        await asyncio.sleep(60)

    async def main() -> None:
        task = asyncio.create_task(work())
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert outbox.claims() == [("failure", "CancelledError")]


def counting(outbox: FakeOutbox) -> Any:
    @a_run(outbox, "digests", "inner")
    def numbers(until: int) -> Generator[int, str, str]:
        """Count."""
        for number in range(until):
            run = current()
            assert run is not None
            run.persisted(output_id=str(number))
            try:
                got = yield number
            except ValueError:
                got = "thrown"
            if got:
                run.note(got)
        return "done"

    return numbers


def test_a_generator_is_a_run_until_it_is_exhausted() -> None:
    outbox = FakeOutbox()
    numbers = counting(outbox)
    assert inspect.isgeneratorfunction(numbers)
    steps = numbers(2)
    assert outbox.letters == []
    assert (next(steps), steps.send("hello")) == (0, 1)
    with pytest.raises(StopIteration) as ended:
        steps.throw(ValueError)
    assert ended.value.value == "done"
    assert [dict(letter.body)["note"] for letter in outbox.notes if not isinstance(letter.body, bytes)] == [
        "hello",
        "thrown",
    ]
    assert shape(outbox) == ["runs inner", "proofs", "proofs", "close success"]


def test_a_generator_that_is_closed_early_is_no_failure_and_one_that_raises_is() -> None:
    outbox = FakeOutbox()
    for _ in counting(outbox)(5):
        break
    assert outbox.claims() == [("success", None)]
    steps = counting(outbox)(5)
    next(steps)
    with pytest.raises(KeyError):
        steps.throw(KeyError)
    assert outbox.claims() == [("success", None), ("failure", "KeyError")]


def test_between_its_steps_a_generators_run_is_not_the_current_one() -> None:
    outbox = FakeOutbox()
    with a_run(outbox, "digests", "outer") as outer:
        for _ in counting(outbox)(2):
            assert current() is outer
        assert current() is outer


def test_an_async_generator_is_a_run_until_it_is_exhausted_or_closed() -> None:
    outbox = FakeOutbox()
    inside: list[object] = []

    @a_run(outbox, "digests", "inner")
    async def numbers() -> AsyncGenerator[int, str]:
        try:
            for number in range(3):
                await asyncio.sleep(0)
                inside.append(current())
                try:
                    yield number
                except ValueError:
                    inside.append("thrown")
        finally:
            inside.append(current())

    async def main() -> None:
        seen = []
        async for number in numbers():
            assert current() is None
            seen.append(number)
        assert seen == [0, 1, 2]
        steps = numbers()
        assert await anext(steps) == 0
        assert await steps.athrow(ValueError) == 1
        await steps.aclose()

    assert inspect.isasyncgenfunction(numbers)
    asyncio.run(main())
    assert "thrown" in inside
    assert all(isinstance(run, Run) for run in inside if run != "thrown")
    assert outbox.claims() == [("success", None)] * 2


def test_methods_partials_and_callable_objects_can_be_decorated() -> None:
    outbox = FakeOutbox()

    class Digests:
        @a_run(outbox, "digests", lambda self, batch: f"{self.name}-{batch}")
        def work(self, batch: int) -> int:
            return batch

        name = "nightly"

        def __call__(self) -> str:
            return "called"

    assert Digests().work(7) == 7
    assert a_run(outbox, "digests")(functools.partial(divmod, 7))(2) == (3, 1)
    assert a_run(outbox, "digests")(Digests())() == "called"
    assert shape(outbox)[0] == "runs nightly-7"
    assert len(outbox.claims()) == 3


def test_what_is_no_function_comes_back_as_it_was() -> None:
    outbox = FakeOutbox()

    class Plain:
        pass

    things: list[Any] = [7, None, Plain, classmethod(print)]
    for thing in things:
        assert a_run(outbox, "digests")(thing) is thing
    assert outbox.letters == []


def test_a_decorator_without_its_promise_leaves_the_function_alone() -> None:
    def work(number: int) -> int:
        return number + 1

    assert outproof.run(work) is work  # type: ignore[arg-type, comparison-overlap]  # on purpose
