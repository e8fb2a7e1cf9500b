"""Policies are tried on history by whoever takes the order first, slice by slice, to an end."""

from dataclasses import replace
from typing import Any

import pytest

from outproof.core.errors import Permanent, Transient
from outproof.core.ids import ProjectId
from outproof.core.time import after
from outproof.decide.policy import Policy
from outproof.engine.trials import CLAIM_S, Trials
from outproof.learn.backtest import Labelled, Labels
from outproof.learn.history import History, Key
from outproof.learn.trial import Trial, TrialKind, TrialState, trial_id
from outproof.measure.estimates import CERTAIN_PPM
from outproof.store.state.state import SqlState
from outproof.store.state.trials import TRIALS_KEPT_MAX
from tests.contract.state.opened import NOON, PROJECT, Home, SetClock, a_state
from tests.unit.decide.policies import a_threshold, an_invariant
from tests.unit.learn.histories import NAMES, START, GivenHistories, a_history, minute, strand

POLICY = a_threshold(when="unsafe_rate > 10%", window_s=300.0, for_s=0.0, min_answers=20)
BUSY = {each: (10, 5 if 60 <= each < 70 else 0) for each in range(2_000)}
BREAKS = Labels(broken=(Labelled("a", minute(60), minute(70)),), is_complete=True)


def an_order(number: int = 0, **changes: Any) -> Trial:
    made = Trial(
        id=trial_id(PROJECT, TrialKind.BACKTEST, POLICY.version, after(NOON, number)),
        kind=TrialKind.BACKTEST,
        policy=POLICY.name,
        version=POLICY.version,
        body="{}",
        by="ana",
        start=START,
        end=minute(2_000),
        labels=BREAKS,
        ordered_at=after(NOON, number),
    )
    return replace(made, **changes)


def ordered(state: SqlState, *orders: Trial) -> None:
    with state.begin() as tx:
        for order in orders:
            assert tx.trials.save(order)


def loaded(state: SqlState, order: Trial) -> Trial:
    with state.look() as tx:
        found = tx.trials.load(order.id)
    assert found is not None
    return found


class Desk:
    """Somebody who tries, and a clock."""

    def __init__(self, state: SqlState, history: History, policy: Policy | None = POLICY) -> None:
        self.state = state
        self.clock = SetClock()
        self.given = GivenHistories(history)
        self.policy = policy
        self.tries = self.another()

    def another(self) -> Trials:
        return Trials(self.state, self.clock, self.given, lambda body: self.policy)

    def ended(self, order: Trial, ticks: int = 60) -> Trial:
        for _ in range(ticks):
            self.tries.tick()
            self.clock.forward(1.0)
            if (found := loaded(self.state, order)).state in (TrialState.DONE, TrialState.FAILED):
                return found
        raise AssertionError("the trial does not end")


def test_a_backtest_says_what_the_policy_would_have_done(state: SqlState) -> None:
    ordered(state, an_order())
    found = Desk(state, a_history(BUSY)).ended(an_order())
    assert found.state is TrialState.DONE
    assert found.backtest is not None
    then = found.backtest.then
    assert (then.rate.count, then.caught, then.missed, then.median_detect_s) == (1, 1, 0, 120.0)
    assert (found.backtest.start, found.backtest.end, found.backtest.looks) == (START, minute(2_000), 2_000)
    assert found.finished_at is not None
    assert found.done_ratio == 1.0


def test_a_calibration_proposes_a_limit(state: SqlState) -> None:
    order = an_order(kind=TrialKind.CALIBRATION, allowed_per_week=7.0)
    ordered(state, order)
    found = Desk(state, a_history({**BUSY, 500: (10, 2)})).ended(order)
    assert found.calibration is not None
    calibration = found.calibration
    assert calibration.allowed_per_week == 7.0
    assert (calibration.lacking, calibration.proposed is not None) == (None, True)
    assert [each.text for each in calibration.limits if each.is_current] == ["unsafe_rate > 10%"]
    chosen = next(each for each in calibration.limits if each.text == calibration.proposed)
    assert chosen.false_alarms.per_week <= 7.0
    assert chosen.caught == 1
    assert calibration.baseline.during_breaks == 10


def test_from_little_history_no_limit_is_proposed_and_figures_a_week_are_called_guesses(state: SqlState) -> None:
    order = an_order(kind=TrialKind.CALIBRATION)
    ordered(state, order)
    found = Desk(state, a_history(BUSY)).ended(order).calibration
    assert found is not None
    assert (found.allowed_per_week, found.proposed) == (1.0, None)  # a warning
    assert found.lacking is not None
    assert found.lacking.endswith("at least 7 d of history, and there are 1 d 9 h")
    guesses = "figures a week are extrapolated from 1 d 9 h of history: they are rough guesses"
    assert guesses in found.remarks
    ordered(state, an_order(1))
    backtest = Desk(state, a_history(BUSY)).ended(an_order(1)).backtest
    assert backtest is not None
    assert guesses in backtest.remarks


def test_progress_is_seen_while_it_goes_on(state: SqlState) -> None:
    ordered(state, an_order())
    desk = Desk(state, a_history(BUSY))
    seen = []
    for _ in range(6):
        desk.tries.tick()
        desk.clock.forward(1.0)
        trial = loaded(state, an_order())
        seen.append((trial.doing, trial.done_ratio))
    ratios = [ratio for _, ratio in seen]
    assert ratios == sorted(ratios)
    assert {doing for doing, _ in seen} == {"reading history", "replaying", "done"}


def test_orders_are_taken_one_after_the_other(state: SqlState) -> None:
    ordered(state, an_order(1), an_order(2), an_order(0))
    desk = Desk(state, a_history(BUSY))
    for number in (0, 1, 2):
        with state.look() as tx:
            waiting = tx.trials.next(desk.clock.now())
            assert tx.trials.unfinished() == 3 - number
        assert waiting is not None
        assert waiting.id == an_order(number).id
        desk.ended(an_order(number))
    with state.look() as tx:
        assert [each.id for each in tx.trials.newest(POLICY.name, 2)] == [an_order(2).id, an_order(1).id]
        assert tx.trials.newest("another", 10) == []
        assert len(tx.trials.newest(None, 10)) == 3


def test_of_two_who_take_an_order_one_does(state: SqlState) -> None:
    ordered(state, an_order())
    taken = an_order().moved("reading history", 0.0, after(NOON, CLAIM_S))
    with state.begin() as tx:
        assert tx.trials.save(taken)
        assert not tx.trials.save(replace(taken, doing="the other one"))
    assert loaded(state, an_order()).doing == "reading history"


def test_a_trial_whose_server_went_away_is_begun_anew(state: SqlState) -> None:
    ordered(state, an_order())
    desk = Desk(state, a_history(BUSY))
    desk.tries.tick()
    gone, desk.tries = desk.tries, desk.another()
    desk.tries.tick()
    assert len(desk.given.opened) == 1  # it is still claimed
    desk.clock.forward(CLAIM_S + 1)
    desk.tries.tick()
    assert len(desk.given.opened) == 2
    desk.clock.forward(1.0)
    gone.tick()  # it comes back, sees that somebody else has it, and lets go
    found = desk.ended(an_order())
    assert found.state is TrialState.DONE


def test_what_cannot_be_tried_fails_with_the_reason(state: SqlState) -> None:
    ordered(state, an_order())
    desk = Desk(state, a_history(BUSY))
    desk.given.fails = [Permanent("there is too much of it")]
    found = desk.ended(an_order())
    assert (found.state, found.failure, found.backtest) == (TrialState.FAILED, "there is too much of it", None)


@pytest.mark.parametrize(
    ("history", "policy", "said"),
    [
        (a_history({}), POLICY, "nothing is stored"),
        (a_history(BUSY), None, "another version of Outproof"),
    ],
)
def test_a_trial_of_nothing_fails(state: SqlState, history: History, policy: Policy | None, said: str) -> None:
    ordered(state, an_order())
    found = Desk(state, history, policy).ended(an_order())
    assert found.failure is not None
    assert said in found.failure


def test_an_event_store_that_is_away_for_a_moment_is_waited_for(state: SqlState) -> None:
    ordered(state, an_order())
    desk = Desk(state, a_history(BUSY))
    desk.given.fails = [Transient("away")] * 5
    assert desk.ended(an_order()).state is TrialState.DONE


def test_an_event_store_that_stays_away_ends_the_trial(state: SqlState) -> None:
    ordered(state, an_order())
    desk = Desk(state, a_history(BUSY))
    desk.given.fails = [Transient("away")] * 100
    found = desk.ended(an_order())
    assert found.failure == "the event store did not answer 30 times: away"


def test_a_trial_says_what_its_numbers_rest_on(state: SqlState) -> None:
    policy = an_invariant(window_s=300.0)
    order = an_order(start=minute(-600))
    ordered(state, order)
    strands = {Key(None): strand(BUSY), Key(None, CERTAIN_PPM // 10): strand({5: (1, 0)})}
    found = Desk(state, History(names=NAMES, strands=strands, known_ratio=0.75), policy).ended(order)
    assert found.backtest is not None
    assert found.backtest.start == START
    said = " / ".join(found.backtest.remarks)
    for part in ("once a minute", "the first 10 h of the range are left out", "of 25% of the requests", "sampling"):
        assert part in said


def test_history_that_was_loaded_afterwards_is_said_to_be(state: SqlState) -> None:
    ordered(state, an_order())
    found = Desk(state, a_history(BUSY, lambda each: each + 5_000)).ended(an_order())
    assert found.backtest is not None
    assert (found.backtest.then.rate.count, found.backtest.now.rate.count, found.backtest.late.brought) == (0, 1, 1)
    assert "loaded afterwards" in found.backtest.remarks[-1]


def test_of_trials_that_are_over_the_newest_stay(state: SqlState) -> None:
    with state.begin() as tx:
        for number in range(TRIALS_KEPT_MAX + 3):
            assert tx.trials.save(an_order(number))
            assert tx.trials.save(an_order(number).over(NOON, failure="tried enough"))
        assert tx.trials.save(an_order(9_999))
        assert tx.trials.load(an_order(2).id) is None
        assert tx.trials.load(an_order(3).id) is not None
        assert tx.trials.unfinished() == 1


def test_trials_are_of_one_project(home: Home) -> None:
    with a_state(home) as shop, a_state(home, ProjectId("other")) as other:
        ordered(shop, an_order())
        with other.look() as tx:
            assert tx.trials.load(an_order().id) is None
            assert tx.trials.next(after(NOON, 9)) is None
            assert tx.trials.newest(None, 10) == []
            assert tx.trials.unfinished() == 0
