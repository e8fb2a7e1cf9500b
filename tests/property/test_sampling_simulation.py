"""Whole windows through the real sampler and the real estimators: how often the stated interval holds the truth.

Nothing is drawn but the lots: the traffic stays, and each round samples it under another version of the policy.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

import pytest

from outproof.measure.estimates import Part, ratio, share, total
from outproof.sampling.decide import Trace, decided
from outproof.sampling.policy import Bound, Edge, Op, Reason, Sampling

ROUNDS = 700


@dataclass(frozen=True, slots=True)
class Answer:
    trace: Trace
    abstained: bool
    wrong: bool
    """Seen only by who looks at it: it is no reason to keep anything."""

    @property
    def failed(self) -> bool:
        return self.trace.reason is Reason.ERROR


def traffic(seed: int) -> list[Answer]:
    """A busy segment, a smaller one that abstains more, a handful of a rare one; 2 % fail, and those abstain a lot."""
    chance = random.Random(seed)
    answers = []
    for segment, size, abstains, wrong in (
        ("retail", 2_500, 0.10, 0.04),
        ("trade", 250, 0.30, 0.15),
        ("press", 8, 0.5, 0.5),
    ):
        for _ in range(size):
            failed = chance.random() < 0.02
            answers.append(
                Answer(
                    Trace(chance.randbytes(16), ("shop", segment, None), Reason.ERROR if failed else None),
                    abstained=chance.random() < (0.6 if failed else abstains),
                    wrong=chance.random() < wrong,
                )
            )
    return answers


def policy_of(round_number: int, *, ratio: float, floor: int) -> Sampling:
    """The same policy under another version, so that other lots are drawn."""
    edge = Edge((Bound("environment", Op.EQ, f"round {round_number}"),))
    return Sampling(nominal_ratio=ratio, floor=floor, edge=(edge,))


def parts(answers: Sequence[Answer], policy: Sampling) -> dict[str, list[Part]]:
    """What is kept, by the chance that is stored with it: all that the store has left. By what is asked for."""
    kept = decided((answer.trace for answer in answers), policy)
    rows = [(kept[answer.trace.trace_id].ppm, answer) for answer in answers if answer.trace.trace_id in kept]
    of = Counter(ppm for ppm, _ in rows)
    found = {}
    for name in ("abstained", "wrong", "failed"):
        count = Counter(ppm for ppm, answer in rows if getattr(answer, name))
        found[name] = [Part(count[ppm], of[ppm], ppm) for ppm in of]
    return found


@pytest.mark.parametrize(("share_kept", "floor"), [(0.05, 10), (0.05, 0), (0.2, 10)])
def test_intervals_of_95_percent_hold_the_truth_in_93_to_97_of_a_hundred(share_kept: float, floor: int) -> None:
    answers = traffic(seed=7)
    rounds = [parts(answers, policy_of(number, ratio=share_kept, floor=floor)) for number in range(ROUNDS)]
    for name in ("abstained", "wrong"):
        truth = sum(getattr(answer, name) for answer in answers)
        shares = [found for each in rounds if (found := share(each[name])) is not None]
        totals = [total(each[name]) for each in rounds]
        held = sum(found.interval[0] <= truth / len(answers) <= found.interval[1] for found in shares)
        held_totals = sum(found.interval[0] <= truth <= found.interval[1] for found in totals)
        assert 0.93 <= held / ROUNDS <= 0.97, name
        assert 0.93 <= held_totals / ROUNDS <= 0.97, name
        assert_right_on_average([found.value for found in totals], truth)
        assert_right_on_average([found.value for found in shares], truth / len(answers), bias_ratio=0.02)


def assert_right_on_average(values: Sequence[float], truth: float, *, bias_ratio: float = 0.0) -> None:
    """A total has no bias at all; a ratio of two estimates has one that shrinks with the sample."""
    error = stdev(values) / len(values) ** 0.5
    assert abs(fmean(values) - truth) < 4 * error + bias_ratio * truth


def test_failures_that_are_all_kept_are_counted_to_the_last_one_and_the_plain_mean_is_far_off() -> None:
    answers = traffic(seed=9)
    failed = sum(answer.failed for answer in answers)
    kept = parts(answers, policy_of(1, ratio=0.05, floor=10))["failed"]
    assert total(kept).value == failed
    weighted = ratio(kept)
    assert weighted is not None
    assert abs(weighted - failed / len(answers)) < 0.006
    plain = sum(part.count for part in kept) / sum(part.of for part in kept)
    assert plain > 0.2
