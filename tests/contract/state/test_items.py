"""Items of runs on every state store."""

from concurrent.futures import ThreadPoolExecutor

from outproof.contract.item import Fate, ItemWord
from outproof.contract.run import Stage
from outproof.core.ids import ProjectId
from outproof.prove.items import ItemState, Mark, marks
from outproof.store.state.state import SqlState
from tests.builders import RUN, START, another_run
from tests.contract.state.opened import Home, a_state

VALIDATED, PERSISTED = Mark(0b0010), Mark(0b0110)


def join(state: SqlState, *words: ItemWord) -> None:
    with state.begin() as tx:
        tx.items.join(RUN, marks(words), START)


def test_words_of_several_requests_are_joined_per_item(state: SqlState) -> None:
    join(state, ItemWord(item_id="a", stage=Stage.VALIDATED), ItemWord(item_id="b", fate=Fate.LOST))
    join(state, ItemWord(item_id="a", stage=Stage.PERSISTED), ItemWord(item_id="b", fate=Fate.SKIPPED))
    join(state, ItemWord(item_id="a", stage=Stage.VALIDATED, passed=False))
    with state.look() as tx:
        assert dict(tx.items.totals(RUN).groups) == {Mark(0b0110, 0b0010): 1, Mark(0, 0, Fate.LOST): 1}
        assert tx.items.totals(another_run("other")).total == 0


def test_items_are_paged_by_id(state: SqlState) -> None:
    ids = [f"cust-{number:03d}" for number in range(25)]
    join(state, *(ItemWord(item_id=item_id, stage=Stage.VALIDATED) for item_id in ids))
    join(state, *(ItemWord(item_id=item_id, stage=Stage.PERSISTED) for item_id in ids[::2]))
    with state.look() as tx:
        wanted = tx.items.totals(RUN).marks_of(ItemState.MISSING)
        first = tx.items.some(RUN, wanted, "", 10)
        rest = tx.items.some(RUN, wanted, first[-1][0], 10)
    assert [item_id for item_id, _ in [*first, *rest]] == ids[1::2]
    assert {mark for _, mark in first} == {VALIDATED}


def test_two_who_report_the_same_items_at_once_lose_no_word(state: SqlState) -> None:
    ids = [f"cust-{number:03d}" for number in range(200)]

    def report(stage: Stage) -> None:
        for start in range(0, 200, 50):
            some = ids[start : start + 50] if stage is Stage.VALIDATED else ids[start : start + 50][::-1]
            join(state, *(ItemWord(item_id=item_id, stage=stage) for item_id in some))

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(report, [Stage.VALIDATED, Stage.PERSISTED]))
    with state.look() as tx:
        assert dict(tx.items.totals(RUN).groups) == {PERSISTED: 200}


def test_items_of_one_project_are_not_seen_by_another(home: Home) -> None:
    with a_state(home) as ours, a_state(home, ProjectId("other")) as theirs:
        join(ours, ItemWord(item_id="a"))
        with theirs.look() as tx:
            assert tx.items.totals(RUN).total == 0
