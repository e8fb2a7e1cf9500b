import pytest

from outproof.measure.attribution import NOTHING, SHOWN_MAX, Bad, ByValue, changes, said
from outproof.measure.dimension import Dimension

TEMPLATE, MODEL, DEPLOY = Dimension.TEMPLATE, Dimension.MODEL, Dimension.DEPLOY
REGRESSION: ByValue = {TEMPLATE: {"v1": Bad(0, 4), "v2-regression": Bad(2, 2)}, MODEL: {"m": Bad(2, 6)}}
BEFORE: ByValue = {TEMPLATE: {"v1": Bad(0, 600)}, MODEL: {"m": Bad(0, 600)}}


def test_the_template_that_regressed_explains_all_of_it_within_a_wide_interval() -> None:
    found = changes(REGRESSION, BEFORE, Bad(2, 6), Bad(0, 600))
    first = found.first
    assert first is not None
    assert (first.dimension, first.value, first.explains_ratio, first.lift) == (TEMPLATE, "v2-regression", 1.0, 3.0)
    assert first.interval == pytest.approx((0.342380, 1.0), abs=1e-5)
    assert found.too_many == 2
    assert said(first) == "template_id v2-regression explains 100 % (34–100 %): 2 of 2 bad, not there before"


def test_what_is_the_same_everywhere_explains_nothing() -> None:
    found = changes(REGRESSION, BEFORE, Bad(2, 6), Bad(0, 600))
    assert {cause.dimension for cause in found.causes} == {TEMPLATE}


def test_what_replaced_everything_explains_it_although_it_is_the_only_value_now() -> None:
    found = changes({DEPLOY: {"new": Bad(30, 100)}}, {DEPLOY: {"old": Bad(1, 100)}}, Bad(30, 100), Bad(1, 100))
    assert found.first is not None
    assert (found.first.value, found.first.is_new, found.first.explains_ratio) == ("new", True, 1.0)


def test_a_value_that_was_always_bad_is_not_what_changed() -> None:
    now: ByValue = {TEMPLATE: {"hard": Bad(50, 100), "easy": Bad(40, 900)}}
    before: ByValue = {TEMPLATE: {"hard": Bad(50, 100), "easy": Bad(0, 900)}}
    found = changes(now, before, Bad(90, 1_000), Bad(50, 1_000))
    assert [(cause.value, cause.explains_ratio) for cause in found.causes] == [("easy", 1.0)]


def test_values_share_a_breach_by_what_each_has_too_many_of() -> None:
    now: ByValue = {MODEL: {"a": Bad(30, 100), "b": Bad(10, 20), None: Bad(0, 180)}}
    before: ByValue = {MODEL: {name: Bad(0, 100) for name in ("a", "b", None)}}
    found = changes(now, before, Bad(40, 300), Bad(0, 300))
    assert [(cause.value, cause.explains_ratio) for cause in found.causes] == [("a", 0.75), ("b", 0.25)]


@pytest.mark.parametrize(("now", "before"), [(NOTHING, NOTHING), (Bad(5, 100), Bad(50, 100)), (Bad(0, 10), Bad(0, 10))])
def test_where_nothing_is_too_many_nothing_is_explained(now: Bad, before: Bad) -> None:
    found = changes({MODEL: {"a": now, "b": NOTHING}}, {MODEL: {"a": before}}, now, before)
    assert (found.causes, found.first, found.too_many) == ((), None, 0.0)


def test_what_struck_all_alike_is_explained_by_no_value() -> None:
    now: ByValue = {MODEL: {"a": Bad(52, 100), "b": Bad(46, 100)}, TEMPLATE: {"v1": Bad(10, 20), "v2": Bad(88, 180)}}
    found = changes(now, {}, Bad(98, 200), NOTHING)
    assert (found.causes, found.first) == ((), None)
    assert found.too_many == 98


def test_a_value_that_has_more_of_the_breach_only_by_chance_is_left_out() -> None:
    before: ByValue = {MODEL: {"a": Bad(0, 300), "b": Bad(0, 300)}}
    few: ByValue = {MODEL: {"a": Bad(4, 10), "b": Bad(1, 10)}}
    assert changes(few, before, Bad(5, 20), Bad(0, 600)).causes == ()
    many: ByValue = {MODEL: {"a": Bad(40, 100), "b": Bad(10, 100)}}
    assert [cause.value for cause in changes(many, before, Bad(50, 200), Bad(0, 600)).causes] == ["a"]


def test_what_is_new_and_has_nearly_all_of_it_stands_out_although_it_has_nearly_all_of_the_traffic() -> None:
    now: ByValue = {DEPLOY: {"new": Bad(30, 95), "old": Bad(0, 5)}}
    found = changes(now, {DEPLOY: {"old": Bad(1, 100)}}, Bad(30, 100), Bad(1, 100))
    assert [cause.value for cause in found.causes] == ["new"]
    assert changes(now, {}, Bad(30, 100), NOTHING).causes == ()  # on the first day everything is new


def test_no_more_causes_are_shown_than_anybody_reads() -> None:
    now: ByValue = {MODEL: {**{str(n): Bad(10, 10) for n in range(15)}, "well": Bad(0, 5_000)}}
    found = changes(now, {}, Bad(150, 5_150), NOTHING)
    assert len(found.causes) == SHOWN_MAX


def test_what_does_not_say_is_called_so() -> None:
    found = changes({MODEL: {None: Bad(9, 9), "b": Bad(0, 9)}}, {MODEL: {None: Bad(0, 90)}}, Bad(9, 18), Bad(0, 180))
    assert found.first is not None
    assert said(found.first).startswith("model that is not said explains 100 %")
