"""Every call inside the SDK fails, one at a time; what the host returns, raises and yields stays as it was, in time"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, generate_latest

import outproof
from outproof.sdk.host import Host
from outproof.sdk.logs import JsonLines, WithIds, with_ids, without_texts
from outproof.sdk.metrics import Metrics
from tests.fault.sdk_failing import InjectedError, Injector, Place
from tests.integration.sdk_receiver import Receiver, Told, balanced, empty_books, serving, until

TRIES = 4  # a busy machine may hold up an act, but not each time
HOST_S_MAX = 1.0  # of one act of the host, on a busy machine; nothing of it waits for anything


class HostError(Exception):
    """The host's own."""


def _answer() -> object:
    with outproof.answer("answer", request_id="req_1", segment="de") as a:
        a.evidence(version="v17")
        a.template("t1")
        a.case("eta")
        a.model("m1", provider="p")
        a.first_token()
        a.usage(input_tokens=201, cached_input_tokens=80, output_tokens=30)
        a.route("serve", first_failed_stage="passed")
        a.unsafe_claim_served(False)
        a.timing(ttft_s=0.2, duration_s=0.4)
        a.finish("stop")
        assert outproof.current_answer() is not None
        assert isinstance(a.id, str)
    return "value"


def _answer_that_fails() -> object:
    with outproof.answer("answer", *("too", "many", "arguments"), no_such=1) as a:  # type: ignore[arg-type]  # on purpose
        a.route("serve", "passed", "more", no_such=1)  # type: ignore[arg-type]  # on purpose
        raise HostError


def _async_answer() -> object:
    async def serve() -> str:
        async with outproof.answer("answer") as a:
            await asyncio.sleep(0)
            a.route("serve")
        return "value"

    return asyncio.run(serve())


@outproof.monitor("answer", request_id=lambda question: question)
def _monitored_function(question: str) -> str:
    outproof.current_answer().route("serve")
    return question


@outproof.monitor
def _monitored_failure() -> None:
    raise HostError


@outproof.monitor("answer")
async def _monitored_coroutine() -> str:
    await asyncio.sleep(0)
    return "value"


@outproof.monitor("answer")
def _monitored_generator() -> Generator[int, int | None, None]:
    try:
        given = yield 1
        yield 2 if given is None else given
    finally:
        outproof.current_answer().finish("stop")


@outproof.monitor("answer")
async def _monitored_async_generator() -> AsyncIterator[int]:
    yield 1
    await asyncio.sleep(0)
    yield 2


async def _all_of(numbers: AsyncIterator[int]) -> list[int]:
    return [number async for number in numbers]


def _stepped() -> object:
    with outproof.answer("answer"), outproof.step("look up", tool="search", arguments={"q": "x"}) as step:
        step.usage(input_tokens=1)
    return "value"


def _looped() -> object:
    advised = []
    with outproof.loop("agent", repeats=3) as loop:
        for _ in range(4):
            with loop.step(tool="search", arguments={"q": "x"}):
                pass
            advised.append(loop.advice)
    return len(advised)


@outproof.run("nightly-digests", external_id=lambda number: f"batch-{number}")
def _run_function(number: int) -> int:
    outproof.current_run().validated(valid=1)
    return number


def _run() -> object:
    with outproof.run("nightly-digests", external_id="batch-7", evidence={"model": "m1"}) as run:
        for number, item in run.items([1, 2], id=str):
            item.persisted()
            assert number
        with run.item("3"):
            pass
        run.validated(valid=3)
        run.note("half", done=1, total=2)
        run.environment()
        run.visible(url="https://app.example/x")
    return "value"


def _run_that_fails() -> object:
    with outproof.run("nightly-digests", external_id="batch-8") as run, run.item("1"):
        raise HostError


def _hooks() -> object:
    ticket = outproof.begin("nightly-digests", external_id="batch-9")
    outproof.resume(ticket).persisted(output_id="o")
    outproof.end(ticket)
    outproof.heartbeat("mail-worker")
    outproof.feedback("0" * 32 + ":" + "0" * 16, thumbs="down", comment="late", escalated=True)
    return "value"


def _about_itself() -> object:
    outproof.init(service="faulty")
    outproof.init(endpoint="no address")
    outproof.stats()
    return "value"


class _Nowhere(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        self.format(record)


def _log_lines() -> object:
    logger, handler = logging.Logger("host"), _Nowhere()
    handler.setFormatter(JsonLines())
    handler.addFilter(WithIds())
    logger.addHandler(handler)
    with outproof.answer("answer", request_id="req_1"):
        try:
            raise HostError
        except HostError:
            logger.exception("failed", extra={"deep": [{"k": 1}, object()]})
        without_texts(None, "info", with_ids(None, "info", {"event": "x", "exc_info": HostError()}))
    return "value"


_its_host = Host()  # a second one, so that the other acts are not measured


def _metrics() -> object:
    registry = CollectorRegistry()
    metrics = Metrics("host", endpoints=["answer"], models=["m1"], scorers=["s"], registry=registry, host=_its_host)
    metrics.model_loaded("m1")
    metrics.quality("s", 0.5)
    generate_latest(registry)
    return "value"


ACTS: dict[str, tuple[Callable[[], object], object]] = {
    "answer": (_answer, "value"),
    "answer that fails": (_answer_that_fails, HostError),
    "async answer": (_async_answer, "value"),
    "monitored function": (lambda: _monitored_function("where?"), "where?"),
    "monitored failure": (_monitored_failure, HostError),
    "monitored coroutine": (lambda: asyncio.run(_monitored_coroutine()), "value"),
    "monitored generator": (lambda: list(_monitored_generator()), [1, 2]),
    "abandoned generator": (lambda: next(iter(_monitored_generator())), 1),
    "monitored async generator": (lambda: asyncio.run(_all_of(_monitored_async_generator())), [1, 2]),
    "step": (_stepped, "value"),
    "loop": (_looped, 4),
    "run": (_run, "value"),
    "decorated run": (lambda: _run_function(7), 7),
    "run that fails": (_run_that_fails, HostError),
    "hooks, beats and feedback": (_hooks, "value"),
    "log lines": (_log_lines, "value"),
    "metrics": (_metrics, "value"),
    "settings and stats": (_about_itself, "value"),
}


@pytest.fixture(scope="module")
def receiver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Receiver]:
    empty_books()
    receiver = Receiver()
    receiver.answer = lambda got: Told(200 if got.path == "/v1/traces" else 202)
    with serving(receiver) as endpoint, pytest.MonkeyPatch.context() as environment:
        environment.setenv("OUTPROOF_ENDPOINT", endpoint)
        environment.setenv("OUTPROOF_SPOOL", str(tmp_path_factory.mktemp("spool")))
        outproof.init(service="faulty")
        yield receiver
        outproof.shutdown()


def outcome(act: Callable[[], object]) -> object:
    """What the host gets: the value, or the class of its own exception."""
    try:
        return act()
    except HostError:
        return HostError


def places_of(act: Callable[[], object]) -> list[Place]:
    """Where the SDK calls something during the act. The second time goes through what is cached."""
    injector = Injector()
    for _ in range(2):
        injector.during(lambda: outcome(act))
    return injector.worth_failing()


@pytest.mark.parametrize("name", ACTS)
def test_no_failure_inside_the_sdk_reaches_the_host(receiver: Receiver, name: str) -> None:
    act, expected = ACTS[name]
    places = places_of(act)
    assert len(places) >= 3
    reached, wrong, slow, failed = [], [], [], 0
    for place in places:
        took_s: list[float] = []
        injector = Injector(place)
        while not took_s or (took_s[-1] > HOST_S_MAX and len(took_s) < TRIES):
            began_s = time.perf_counter()
            try:
                if injector.during(lambda: outcome(act)) != expected:
                    wrong.append(str(place))
            except InjectedError:
                reached.append(str(place))
            took_s.append(time.perf_counter() - began_s)
        failed += injector.failed
        if min(took_s) > HOST_S_MAX:
            slow.append(str(place))
    assert (reached, wrong, slow) == ([], [], [])
    until(lambda: balanced(outproof.stats()))
    assert failed >= len(places) / 2  # the rest depends on what lies in the spool just then


def test_every_public_call_is_among_the_acts() -> None:
    text = Path(__file__).read_text()
    calls = {name for name in outproof.__all__ if callable(getattr(outproof, name)) and name[0].islower()}
    ends = {"flush", "shutdown"}  # these have tests of their own; here they would end what is tested
    assert {name for name in calls if f"outproof.{name}" not in text.split("def test_every")[0]} <= ends


def test_after_all_that_answers_and_signals_arrive(receiver: Receiver) -> None:
    outproof.init(service="faulty")
    with outproof.answer("still alive"):
        pass
    outproof.feedback("still-alive", thumbs="up")
    until(lambda: any(span.name == "still alive" for span in receiver.spans()))
    until(lambda: any(got.fields.get("answer_id") == "still-alive" for got in receiver.to("/v1/feedback")))
