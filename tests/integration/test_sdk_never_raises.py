import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import outproof
from tests.integration.sdk_receiver import Receiver, balanced, empty_books, serving, until


class Hostile:
    """Fails whatever one asks of it."""

    def _fail(self, *_: object) -> NoReturn:
        raise RuntimeError("hostile")

    __str__ = __repr__ = __bool__ = __index__ = __float__ = __iter__ = __len__ = __eq__ = __hash__ = _fail
    __getattr__ = items = keys = _fail


GARBAGE: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.text(st.characters(codec=None), max_size=3)
    | st.binary()
    | st.just("x" * 100_000)
    | st.builds(Hostile)
    | st.builds(object)
    | st.just(type),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text() | st.integers(), inner, max_size=3),
    max_leaves=5,
)
POSITIONAL = st.lists(GARBAGE, max_size=4)
NAMED = st.dictionaries(
    st.sampled_from(
        ("version", "ttft_s", "route", "passed", "valid", "lost", "evidence", "measured", "receipt_id", "no_such")
    ),
    GARBAGE,
)
ANSWER_CALLS = (
    *("request", "case", "segment", "evidence", "template", "model", "first_token", "timing", "usage", "route"),
    *("unsafe_claim_served", "finish", "end", "conversation", "attempt", "first_chunk"),
)
STEP_CALLS = ("progress", "status", "attempt", "model", "usage", "first_chunk", "end")
RUN_CALLS = (
    *("generated", "validated", "persisted", "visible", "fail", "close", "note", "expect"),
    *("open", "environment", "item", "items"),
)
ITEM_CALLS = (*("generated", "validated", "persisted", "visible", "invalid", "skipped", "suppressed", "lost", "begun"),)


@pytest.fixture(scope="module")
def receiver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Receiver]:
    empty_books()
    receiver = Receiver()
    with serving(receiver) as endpoint:
        outproof.init(service="fuzzed", endpoint=endpoint, spool_dir=tmp_path_factory.mktemp("spool"))
        yield receiver
        outproof.shutdown()


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_no_call_raises_whatever_it_is_given(receiver: Receiver, data: st.DataObject) -> None:
    def anything() -> tuple[list[Any], dict[str, Any]]:
        # By position or by name: Python itself refuses a call that gives one argument in both ways.
        return (data.draw(POSITIONAL), {}) if data.draw(st.booleans()) else ([], data.draw(NAMED))

    args, named = anything()
    with outproof.answer(*args, **named) as a:
        for call in data.draw(st.lists(st.sampled_from(ANSWER_CALLS), max_size=6)):
            args, named = anything()
            getattr(a, call)(*args, **named)
        assert len(a.id) == 49
    args, named = anything()
    if args and callable(args[0]):
        args = []  # a function or class that `run` decorates without arguments comes back as it was
    with outproof.run(*args, **named) as run:
        for call in data.draw(st.lists(st.sampled_from(RUN_CALLS), max_size=3)):
            args, named = anything()
            getattr(run, call)(*args, **named)
        with run.item(data.draw(GARBAGE)) as item:
            for call in data.draw(st.lists(st.sampled_from(ITEM_CALLS), max_size=3)):
                args, named = anything()
                getattr(item, call)(*args, **named)
    args, named = anything()
    outproof.feedback(*args, **named)


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_no_call_about_a_run_elsewhere_raises_whatever_it_is_given(receiver: Receiver, data: st.DataObject) -> None:
    names = ("promise", "external_id", "evidence", "error", "independent", "no_such")
    named = dict.fromkeys(names, GARBAGE)
    for call in (outproof.resume, outproof.begin, outproof.end, outproof.heartbeat, outproof.current_run, outproof.run):
        given: Any = call
        given(*data.draw(POSITIONAL))
        given(**data.draw(st.fixed_dictionaries({}, optional=named)))
    with outproof.resume(data.draw(GARBAGE)) as run:
        run.persisted()
        assert isinstance(run.ticket, str)
    assert isinstance(outproof.begin(data.draw(GARBAGE), data.draw(GARBAGE)), str)


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_no_call_about_a_part_of_an_answer_raises_whatever_it_is_given(receiver: Receiver, data: st.DataObject) -> None:
    calls: list[Any] = [outproof.step, outproof.loop, outproof.current_answer, outproof.answer]
    for call in calls:
        named = data.draw(
            st.dictionaries(st.sampled_from(("name", "tool", "arguments", "repeats", "polling")), GARBAGE)
        )
        with call(**named) as part:
            assert part.id == "" or len(part.id) == 49
    with outproof.loop(data.draw(GARBAGE)) as loop, loop.step(*data.draw(POSITIONAL)) as step:
        for name in data.draw(st.lists(st.sampled_from(STEP_CALLS), max_size=6)):
            getattr(step, name)(*data.draw(POSITIONAL))
        thing = data.draw(GARBAGE)
        assert step.watch(thing) is thing
        assert loop.advice in ("continue", "stop_and_review")


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_monitored_function_answers_as_it_would_without(receiver: Receiver, data: st.DataObject) -> None:
    def odd(*_: object, **__: object) -> Any:
        return data.draw(GARBAGE)

    fact = st.just(odd) | GARBAGE
    monitor: Any = outproof.monitor

    @monitor(data.draw(GARBAGE.filter(lambda name: not callable(name))), case=data.draw(fact), model=data.draw(fact))
    def work(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
        return args, kwargs

    @monitor("chunks")
    def chunks(things: list[Any]) -> Any:
        yield from things

    args, named = data.draw(POSITIONAL), data.draw(NAMED)
    got = work(*args, **named)
    assert all(one is other for one, other in zip(got[0], args, strict=True))
    assert list(got[1]) == list(named)
    assert all(one is other for one, other in zip(chunks(args), args, strict=True))


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_decorated_function_answers_as_it_would_without(receiver: Receiver, data: st.DataObject) -> None:
    def odd(*_: object, **__: object) -> Any:
        return data.draw(GARBAGE)

    either = st.just(odd) | GARBAGE

    @outproof.run("fuzzed", external_id=data.draw(either), evidence=data.draw(either))
    def work(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
        outproof.current_run().persisted()
        return args, kwargs

    args, named = data.draw(POSITIONAL), data.draw(NAMED)
    got = work(*args, **named)
    assert all(one is other for one, other in zip(got[0], args, strict=True))
    assert list(got[1]) == list(named)


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(things=GARBAGE, read_id=st.sampled_from([None, len, str, lambda thing: thing.key, 7]))
def test_a_loop_over_items_goes_through_what_a_plain_loop_would(receiver: Receiver, things: Any, read_id: Any) -> None:
    def through(loop: Callable[[], list[Any]]) -> Any:
        try:
            return loop()
        except (TypeError, RuntimeError) as error:
            return type(error)

    plain = through(lambda: [id(thing) for thing in things])
    with outproof.run("fuzzed") as run:
        ours = through(lambda: [id(thing) for thing, _ in run.items(things, id=read_id)])
    assert ours == plain or isinstance(things, str | bytes)  # whose parts are made anew each time


def test_after_the_fuzz_everything_is_accounted_for(receiver: Receiver) -> None:
    before = len(receiver.requests)
    with outproof.answer("still alive"):
        pass
    until(lambda: outproof.flush() and len(receiver.requests) > before)
    assert receiver.spans()[-1].name == "still alive"
    stats = outproof.stats()
    assert balanced(stats), stats
    assert stats["last_problem"] is None


def test_settings_that_cannot_be_used_are_told_not_raised(tmp_path: Path, receiver: Receiver) -> None:
    until(outproof.flush)  # or a reply that is just coming has the last word
    for bad in ("nonsense", 7, Hostile()):
        outproof.init(endpoint=bad)  # type: ignore[arg-type]  # on purpose
    outproof.init("a", "b", "c", no_such_argument=1)  # type: ignore[call-arg]  # on purpose
    problem = outproof.stats()["last_problem"]
    assert problem is not None
    assert "expected an endpoint such as http://127.0.0.1:4318" in problem


def test_async_code_uses_the_same_answer(receiver: Receiver) -> None:
    async def serve(number: int) -> str:
        async with outproof.answer("outer") as outer:
            await asyncio.sleep(0.001 * (number % 3))
            with outproof.answer(f"inner-of-{outer.id}"):
                await asyncio.sleep(0)
        return outer.id

    async def all_at_once() -> list[str]:
        return await asyncio.gather(*(serve(number) for number in range(20)))

    ids = asyncio.run(all_at_once())
    until(outproof.flush)
    inner = {span.name: f"{span.trace_id.hex()}:{span.parent_span_id.hex()}" for span in receiver.spans()}
    assert all(inner[f"inner-of-{outer}"] == outer for outer in ids)


def test_a_generator_closed_elsewhere_does_no_harm(receiver: Receiver) -> None:
    async def tokens() -> Any:
        with outproof.answer("streamed") as a:
            a.first_token()
            yield "one"
            yield "two"

    async def abandon() -> None:
        stream = tokens()
        await anext(stream)
        await asyncio.create_task(stream.aclose())

    asyncio.run(abandon())
    until(outproof.flush)
    (span,) = (span for span in receiver.spans() if span.name == "streamed")
    assert {pair.key: pair.value.string_value for pair in span.attributes}["error.type"] == "GeneratorExit"
