"""Each call of a monitored function is an answer, and the function stays what it was."""

import asyncio
import functools
import inspect
import threading
from collections.abc import AsyncGenerator, Callable, Generator, Iterator
from typing import Any, NoReturn

import pytest

import outproof
from outproof.sdk.answer import Answer, current
from outproof.sdk.buffer import Buffer, Entry
from outproof.sdk.ledger import Ledger
from outproof.sdk.monitored import monitored
from outproof.sdk.streams import Nobody
from tests.unit.sdk.answers import a_buffer, error_of, facts_of, into, only

END = "outproof.stream.end"
FIRST_CHUNK, FIRST_TOKEN = "gen_ai.response.time_to_first_chunk", "outproof.answer.time_to_first_token"


def test_each_call_is_an_answer_that_its_code_finds() -> None:
    buffer = a_buffer()

    @into(buffer)
    def answer(question: str, *, loud: bool = False) -> str:
        """Answer."""
        current().route("serve")
        return question.upper() if loud else question

    assert (answer("a"), answer("b", loud=True)) == ("a", "B")
    entries = buffer.take()
    assert [facts_of(entry) for entry in entries] == [{"outproof.answer.route": "serve"}] * 2
    assert entries[0][1] != entries[1][1]  # traces of their own
    assert (answer.__name__, answer.__doc__) == ("answer", "Answer.")
    assert str(inspect.signature(answer)) == "(question: str, *, loud: bool = False) -> str"


def test_an_error_passes_through_with_its_type_told_and_not_its_text() -> None:
    buffer = a_buffer()

    @into(buffer)
    def answer() -> NoReturn:
        raise KeyError("customer 4711")

    with pytest.raises(KeyError, match="4711"):
        answer()
    entry = only(buffer)
    assert error_of(entry) is KeyError
    assert "4711" not in repr(facts_of(entry))


def test_nested_calls_are_answers_of_one_trace() -> None:
    buffer = a_buffer()

    @into(buffer)
    def answer(depth: int) -> Answer:
        before = current()
        if depth:
            answer(depth - 1)
        assert current() is before
        return before

    answer(2)
    inner, middle, outer = buffer.take()
    assert inner[1] == middle[1] == outer[1]
    assert (inner[3], middle[3], outer[3]) == (middle[2], outer[2], 0)


def test_coroutines_at_the_same_time_keep_their_answers_apart() -> None:
    buffer = a_buffer()

    @into(buffer)
    async def answer(name: str) -> str:
        for _ in range(3):
            await asyncio.sleep(0)
        current().request(name)
        return name

    async def main() -> list[str]:
        return await asyncio.gather(*(answer(f"r-{number}") for number in range(10)))

    assert inspect.iscoroutinefunction(answer)
    assert asyncio.run(main()) == [f"r-{number}" for number in range(10)]
    assert sorted(str(facts_of(entry)["outproof.request.id"]) for entry in buffer.take()) == sorted(
        f"r-{number}" for number in range(10)
    )


def test_threads_keep_their_answers_apart() -> None:
    buffer = a_buffer()
    both = threading.Barrier(2)

    @into(buffer)
    def answer(name: str) -> None:
        both.wait(60)
        current().request(name)

    threads = [threading.Thread(target=answer, args=(name,)) for name in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert {facts_of(entry)["outproof.request.id"] for entry in buffer.take()} == {"one", "two"}


def pieces(buffer: Buffer) -> Callable[[], Generator[str, str | None, str]]:
    @into(buffer)
    def answer() -> Generator[str, str | None, str]:
        said = ""
        for piece in ("", "Your parcel ", "left the hub."):
            assert current().id
            try:
                said += (yield piece) or ""
            except ValueError:
                said += "thrown"
        return said

    return answer


def test_a_generator_is_an_answer_from_its_first_step_to_its_end() -> None:
    buffer = a_buffer()
    answer = pieces(buffer)
    assert inspect.isgeneratorfunction(answer)
    steps = answer()
    assert inspect.getgeneratorstate(steps) == inspect.GEN_CREATED
    assert (next(steps), steps.send("a"), steps.throw(ValueError)) == ("", "Your parcel ", "left the hub.")
    assert not current().id
    with pytest.raises(StopIteration) as ended:
        steps.send("b")
    assert ended.value.value == "athrownb"
    entry = only(buffer)
    facts = facts_of(entry)
    assert facts[END] == "finished"
    chunk_s, token_s = facts[FIRST_CHUNK], facts[FIRST_TOKEN]
    assert isinstance(chunk_s, float)
    assert isinstance(token_s, float)
    assert 0 <= chunk_s < token_s <= entry[5] / 1e9  # the first piece had no text in it
    assert error_of(entry) is None


def test_a_generator_that_its_reader_leaves_is_abandoned_and_no_failure() -> None:
    buffer = a_buffer()
    for _ in pieces(buffer)():
        break
    entry = only(buffer)
    assert (facts_of(entry)[END], error_of(entry)) == ("abandoned", None)


def test_a_generator_that_raises_is_broken() -> None:
    buffer = a_buffer()
    steps = pieces(buffer)()
    next(steps)
    with pytest.raises(KeyError):
        steps.throw(KeyError)
    entry = only(buffer)
    assert (facts_of(entry)[END], error_of(entry)) == ("broken", KeyError)


def test_a_generator_that_nobody_reads_is_no_answer_where_its_function_is_monitored() -> None:
    buffer = a_buffer()
    pieces(buffer)().close()
    assert buffer.take() == []


def test_a_generator_that_is_returned_is_followed_to_its_end_or_dropped() -> None:
    buffer = a_buffer()

    @into(buffer)
    def answer() -> Iterator[int]:
        return (number for number in range(3))

    steps = answer()
    assert inspect.isgenerator(steps)
    assert buffer.take() == []
    assert list(steps) == [0, 1, 2]
    assert facts_of(only(buffer))[END] == "finished"
    answer()
    assert facts_of(only(buffer))[END] == "abandoned"


def test_async_generators_are_answers_too_and_closed_when_left() -> None:
    buffer = a_buffer()
    closed = []

    @into(buffer)
    async def answer() -> AsyncGenerator[str, str]:
        try:
            for piece in ("one", "two"):
                await asyncio.sleep(0)
                current().case("numbers")
                try:
                    yield piece
                except ValueError:
                    yield "thrown"
        finally:
            closed.append(current().id)

    async def main() -> None:
        assert [piece async for piece in answer()] == ["one", "two"]
        steps = answer()
        assert await anext(steps) == "one"
        assert not current().id
        assert await steps.athrow(ValueError) == "thrown"
        await steps.aclose()

    assert inspect.isasyncgenfunction(answer)
    asyncio.run(main())
    first, second = buffer.take()
    assert (facts_of(first)[END], facts_of(second)[END]) == ("finished", "abandoned")
    assert all(closed)
    assert len(closed) == 2


def test_a_coroutine_that_is_returned_is_awaited_as_before() -> None:
    buffer = a_buffer()

    async def fetched(number: int) -> int:
        current().case("awaited")
        if number < 0:
            raise LookupError
        return number

    @into(buffer)
    def answer(number: int) -> Any:
        return fetched(number)

    assert asyncio.run(answer(3)) == 3
    with pytest.raises(LookupError):
        asyncio.run(answer(-1))
    good, bad = buffer.take()
    assert facts_of(good) == {"outproof.case.id": "awaited"}
    assert (error_of(good), error_of(bad)) == (None, LookupError)


def test_methods_of_all_kinds_partials_and_callable_objects_can_be_monitored() -> None:
    buffer = a_buffer()
    watched = into(buffer)

    class Service:
        name = "service"

        @watched
        def plain(self, number: int) -> tuple[str, int]:
            return self.name, number

        @watched
        @classmethod
        def of_class(cls, number: int) -> tuple[str, int]:
            return cls.__name__, number

        @watched
        @staticmethod
        def static(number: int) -> int:
            return number

        def __call__(self) -> str:
            return "called"

    service: Any = Service()
    assert (service.plain(1), service.of_class(2), service.static(3)) == (("service", 1), ("Service", 2), 3)
    assert (Service.of_class(2), Service.static(3)) == (("Service", 2), 3)
    assert watched(service)() == "called"
    assert watched(functools.partial(divmod, 7))(2) == (3, 1)
    assert len(buffer.take()) == 7


def test_what_is_no_function_comes_back_as_it_was() -> None:
    things: list[Any] = [7, None, type("Plain", (), {})]
    for thing in things:
        assert into(a_buffer())(thing) is thing


def test_where_no_answer_could_be_made_the_function_does_its_work_alone() -> None:
    def nobody(*_: object) -> Nobody:
        return Nobody()

    async def later(number: int) -> int:
        return number

    async def later_pieces() -> AsyncGenerator[int, None]:
        yield 1
        yield 2

    async def collected() -> list[int]:
        return [number async for number in monitored(later_pieces, nobody)()]

    assert monitored(abs, nobody)(-3) == 3
    assert asyncio.run(monitored(later, nobody)(3)) == 3
    assert list(monitored(lambda: (n for n in (1, 2)), nobody)()) == [1, 2]
    assert asyncio.run(collected()) == [1, 2]


class Broken(Buffer):
    """Fails where the real one would take an answer."""

    def put(self, entry: Entry) -> None:
        raise OSError("full")


def test_a_failure_of_our_own_costs_no_result_and_is_counted() -> None:
    buffer = Broken(Ledger())
    before = outproof.stats()["faults"].get("internal:OSError", 0)

    @into(buffer)
    def answer() -> str:
        return "fine"

    assert answer() == "fine"
    assert list(into(buffer)(lambda: (n for n in (1, 2)))()) == [1, 2]
    with pytest.raises(KeyError):
        into(buffer)({}.__getitem__)("no such")
    with Answer(buffer, "block"):
        pass
    assert outproof.stats()["faults"]["internal:OSError"] == before + 4


class Touchy:
    """Belongs to the application: nobody else may look into it."""

    def __getattribute__(self, name: str) -> NoReturn:
        raise AssertionError(f"{name} was looked at")


def test_objects_of_the_application_are_never_looked_into() -> None:
    buffer = a_buffer()
    touchy = Touchy()
    before = outproof.stats()["faults"]
    assert into(buffer)(lambda: touchy)() is touchy
    assert next(into(buffer)(lambda: (each for each in [touchy]))()) is touchy
    assert outproof.stats()["faults"] == before
    assert len(buffer.take()) == 2


class ProxiedStream:
    """A stream that stands for another, as instrumentations have them."""

    __class__ = dict  # type: ignore[assignment]  # as proxies do

    def __iter__(self) -> Iterator[str]:
        return iter("ab")

    def __next__(self) -> str:
        return "c"


def test_a_stream_that_stands_for_another_is_followed_and_goes_on_standing_for_it() -> None:
    buffer = a_buffer()
    stream: Any = ProxiedStream()
    assert into(buffer)(lambda: stream)() is stream
    assert issubclass(stream.__class__, dict)
    assert (stream.__next__(), [*stream]) == ("c", ["a", "b"])
    assert facts_of(only(buffer))[END] == "finished"


class SlottedStream:
    """A stream class without room for anything."""

    __slots__ = ()

    def __next__(self) -> NoReturn:
        raise StopIteration


def test_a_stream_that_cannot_be_watched_is_left_alone() -> None:
    buffer = a_buffer()
    stream = SlottedStream()
    assert into(buffer)(lambda: stream)() is stream
    assert type(stream) is SlottedStream
    assert END not in facts_of(only(buffer))


class TokenStream:
    """A stream of another package, as any client may have one."""

    def __init__(self) -> None:
        self.pieces = ["Your ", "parcel"]

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if not self.pieces:
            raise StopIteration
        return self.pieces.pop(0)


def test_streams_of_other_clients_are_followed_by_their_shape() -> None:
    buffer = a_buffer()
    stream = into(buffer)(TokenStream().__iter__)()
    assert isinstance(stream, TokenStream)
    assert list(stream) == ["Your ", "parcel"]
    facts = facts_of(only(buffer))
    assert facts[END] == "finished"
    assert FIRST_TOKEN in facts


def test_monitor_takes_facts_that_are_functions_of_the_arguments_and_survives_those_that_fail() -> None:
    def broken(*_: object) -> NoReturn:
        raise ZeroDivisionError

    @outproof.monitor("answer", request_id=lambda number: f"req_{number}", segment=broken, template="t1")
    def answer(number: int) -> dict[str, object]:
        return dict(outproof.current_answer()._facts)

    assert answer(7) == {"outproof.request.id": "req_7", "outproof.prompt.template_id": "t1"}


def test_monitor_without_arguments_and_with_misspelt_ones_still_monitors() -> None:
    @outproof.monitor
    def bare() -> str:
        return str(outproof.current_answer()._name)

    @outproof.monitor("answer", no_such=1)  # type: ignore[call-overload]  # on purpose
    def misspelt() -> str:
        return str(outproof.current_answer()._name)

    assert (bare(), misspelt()) == ("bare", "answer")
    assert outproof.stats()["faults"]["unknown_argument"] >= 1


def test_outside_of_any_answer_facts_reach_nobody_and_are_counted() -> None:
    before = outproof.stats()["faults"].get("no_answer", 0)
    nobody = outproof.current_answer()
    with nobody:
        nobody.route("serve")
        nobody.first_token()
        assert nobody.watch("text") == "text"
    nobody.end()
    assert nobody.id == ""
    assert outproof.stats()["faults"]["no_answer"] == before + 2
    assert outproof.current_answer().id == ""
