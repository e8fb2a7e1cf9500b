from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier

import pytest
from sqlalchemy import Engine, text, update

from outproof.core.errors import Permanent, Transient
from outproof.decide.alert import AlertState, first_memory
from outproof.store.state.database import CONNECTIONS_MAX, open_engine, transaction
from outproof.store.state.state import SqlState
from outproof.store.state.tables import ledger
from tests.contract.state.opened import NOON, PROJECT, Home, url_of

THREADS = 40


@contextmanager
def opened(url: str) -> Iterator[Engine]:
    engine = open_engine(url)
    yield engine
    engine.dispose()


def all_at_once(act: Callable[[int], object]) -> list[object]:
    """What each of many threads gets that start together."""
    together = Barrier(THREADS)

    def wait_and_act(n: int) -> object:
        together.wait()
        return act(n)

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(wait_and_act, range(THREADS)))


def test_more_threads_than_connections_lose_no_count(state: SqlState) -> None:
    assert THREADS > CONNECTIONS_MAX

    def count(_: int) -> None:
        for _ in range(3):
            with state.begin() as tx:
                tx.ledger.add("runs", "stored", "", 2)

    all_at_once(count)
    with state.begin() as tx:
        [line] = tx.ledger.lines()
        assert line.count == THREADS * 3 * 2


def test_of_many_who_read_the_same_alert_one_moves_it(state: SqlState) -> None:
    def advance(_: int) -> bool:
        with state.begin() as tx:
            return tx.alerts.advance("k", "p", first_memory(NOON))

    assert all_at_once(advance).count(True) == 1
    with state.begin() as tx:
        read = tx.alerts.load("k")
    assert read is not None
    assert read.state is AlertState.INACTIVE

    def advance_again(_: int) -> bool:
        with state.begin() as tx:
            return tx.alerts.advance("k", "p", read)

    assert all_at_once(advance_again).count(True) == 1


def test_a_reader_does_not_wait_for_a_writer(home: Home) -> None:
    with opened(url_of(home)) as engine, transaction(engine) as writer:
        writer.execute(update(ledger).values(count=0))
        with transaction(engine, reads_only=True) as reader:
            assert reader.execute(ledger.select()).all() == []


def test_what_we_do_wrong_is_not_blamed_on_the_database(home: Home) -> None:
    with (
        opened(url_of(home)) as engine,
        pytest.raises(Exception, match="nowhere") as raised,
        transaction(engine) as connection,
    ):
        connection.execute(text("SELECT * FROM nowhere"))
    assert not isinstance(raised.value, Transient | Permanent)


def test_a_connection_that_was_lost_is_told_and_replaced(postgres_home: str) -> None:
    with opened(postgres_home) as engine:
        with pytest.raises(Transient, match="was lost"), transaction(engine) as connection:
            connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
        with transaction(engine) as connection:
            assert connection.scalar(text("SELECT 1")) == 1


def test_a_connection_that_died_while_nobody_used_it_is_replaced_unseen(postgres_home: str) -> None:
    with opened(postgres_home) as engine, opened(postgres_home) as other:
        others = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
        with transaction(other) as connection:
            assert connection.scalar(text(f"{others} AND datname = current_database()")) == 1
        with transaction(engine) as connection:
            assert connection.scalar(text("SELECT 1")) == 1


def test_a_deadlock_is_broken_and_the_loser_may_try_again(postgres_home: str) -> None:
    met = Barrier(2)
    with opened(postgres_home) as engine:
        state = SqlState(engine, PROJECT, lambda _: None)
        with state.begin() as tx:
            tx.ledger.add("a", "stored", "", 1)
            tx.ledger.add("b", "stored", "", 1)

        def count(order: str) -> str:
            try:
                with state.begin() as tx:
                    tx.ledger.add(order[0], "stored", "", 1)
                    met.wait()
                    tx.ledger.add(order[1], "stored", "", 1)
            except Transient as error:
                return str(error)
            return "done"

        with ThreadPoolExecutor(2) as pool:
            said = sorted(pool.map(count, ("ab", "ba")))
    assert said[0] == "done"
    assert "deadlock detected" in said[1]


def test_a_lock_that_is_never_let_go_is_not_waited_for_without_end(postgres_home: str) -> None:
    with opened(postgres_home) as engine, opened(f"{postgres_home}&options=-c%20lock_timeout%3D50ms") as hasty:
        with transaction(engine) as connection:
            connection.execute(text("LOCK TABLE ledger"))
            with pytest.raises(Transient, match="lock timeout"), transaction(hasty) as waiting:
                waiting.execute(ledger.select())
        with transaction(hasty) as free:
            assert free.execute(ledger.select()).all() == []


def test_the_isolation_we_count_on_does_not_depend_on_the_server(postgres_home: str) -> None:
    with opened(postgres_home) as engine, transaction(engine) as connection:
        name = connection.scalar(text("SELECT current_database()"))
        connection.execute(text(f"ALTER DATABASE {name} SET default_transaction_isolation = 'serializable'"))
    with opened(postgres_home) as engine, transaction(engine) as connection:
        assert connection.scalar(text("SHOW transaction_isolation")) == "read committed"


def test_a_role_that_may_not_make_tables_is_told_what_it_needs(postgres_home: str) -> None:
    with opened(postgres_home) as engine, transaction(engine) as connection:
        connection.execute(text("CREATE ROLE guest LOGIN"))
        connection.execute(text("CREATE SCHEMA empty"))
        connection.execute(text("GRANT USAGE ON SCHEMA empty TO guest"))
    with pytest.raises(Permanent, match="let it own their schema"):
        open_engine(postgres_home.replace("postgres@", "guest@") + "&options=-c%20search_path%3Dempty")
