import pytest

from outproof.contract.answer import COLUMN_NAMES
from outproof.measure.condition import COST, QUARANTINE, SCALES, SORTS, Comparison, Condition, condition


def test_a_text_is_compared_as_it_is_written() -> None:
    assert condition("route=abstain") == Condition("route", Comparison.IS, "abstain")
    assert condition("model!=gpt=4!") == Condition("model", Comparison.IS_NOT, "gpt=4!")


def test_no_value_means_that_the_span_does_not_say() -> None:
    assert condition("segment=") == Condition("segment", Comparison.IS, None)
    assert condition("failed!=") == Condition("failed", Comparison.IS_NOT, None)


def test_numbers_are_turned_into_the_unit_that_is_stored() -> None:
    assert condition("duration_s>=1.5").value == 1_500_000
    assert condition("cost_usd<=0.002").value == 2_000_000
    assert condition("output_tokens>=30").value == 30


def test_flags_are_true_or_false() -> None:
    assert condition("unsafe_claim_served=true").value is True
    assert condition("failed=false").value is False


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("route", "expected a condition such as"),
        ("password=x", "expected one of"),
        ("route>=a", "expected route=value"),
        ("duration_s=2", "expected duration_s>=number"),
        ("duration_s>=", "expected duration_s>=number"),
        ("duration_s>=-1", "a number from 0"),
        ("duration_s>=nan", "a number from 0"),
        ("failed=maybe", "failed=true, failed=false"),
        ("quarantine=bad_luck", "quarantine= one of"),
        (f"route={'x' * 301}", "at most 300 characters"),
    ],
)
def test_what_is_no_condition_is_refused_with_what_would_be(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says.replace("(", r"\(")):
        condition(text)


def test_every_fact_that_spans_are_filtered_by_is_stored() -> None:
    derived = {*SCALES, QUARANTINE, COST, "inclusion_ratio", "duration_s", "ttft_s"}
    assert {name for name in SORTS if name not in derived} <= set(COLUMN_NAMES)
