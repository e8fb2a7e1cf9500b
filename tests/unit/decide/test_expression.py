import pytest
from hypothesis import given
from hypothesis import strategies as st

from outproof.decide.expression import (
    And,
    Compare,
    Expression,
    Not,
    Op,
    Or,
    Value,
    ValueType,
    comparisons,
    holds,
    negated,
    renamed,
)
from outproof.decide.names import ANSWER_FACTS, COVERAGE, DRIFTS, MEASURES, RUN_MEASURES, covered, measure_of
from outproof.decide.parser import NESTING_MAX, ExpressionError, parse

NAMES = {**MEASURES, **DRIFTS, **COVERAGE, **RUN_MEASURES, **ANSWER_FACTS}


def limits(type: ValueType) -> st.SearchStrategy[str | int | float | bool]:
    texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
    return {
        ValueType.RATIO: st.floats(0, 1),
        ValueType.CHANGE: st.floats(0, 1e3),
        ValueType.DURATION: st.floats(0, 1e6, allow_subnormal=False),
        ValueType.MONEY: st.integers(0, 10**12),
        ValueType.NUMBER: st.one_of(st.integers(0, 10**9), st.floats(0, 1e9)),
        ValueType.FLAG: st.booleans(),
        ValueType.TEXT: texts,
    }[type]


def compares() -> st.SearchStrategy[Expression]:
    def of(name: str) -> st.SearchStrategy[Expression]:
        type = NAMES[name]
        ops = [Op.EQ, Op.NE] if type in (ValueType.FLAG, ValueType.TEXT) else list(Op)
        return st.builds(Compare, st.just(name), st.sampled_from(ops), limits(type), st.just(type))

    return st.sampled_from(sorted(NAMES)).flatmap(of)


expressions = st.recursive(
    compares(),
    lambda inner: st.one_of(st.builds(Not, inner), st.builds(And, inner, inner), st.builds(Or, inner, inner)),
    max_leaves=8,
)


@given(expressions)
def test_a_printed_condition_reads_back_as_the_same_condition(expression: Expression) -> None:
    text = str(expression)
    if len(text) <= 1_000:
        assert parse(text, NAMES) == expression


@given(expressions, st.data())
def test_the_negation_holds_where_the_condition_does_not_and_is_unknown_where_it_is(
    expression: Expression, data: st.DataObject
) -> None:
    values: dict[str, Value] = {}
    for compare in comparisons(expression):
        near = st.one_of(st.none(), st.just(compare.limit), limits(compare.type))
        values.setdefault(compare.name, data.draw(near))
    known = holds(expression, values)
    assert holds(negated(expression), values) == (None if known is None else not known)


def test_a_condition_may_be_put_in_other_words() -> None:
    written = parse("not (route >= 95% or upper_95(template_id) < 90% and route > 50%)", COVERAGE)
    assert str(renamed(written, covered)) == (
        "not (coverage(route) >= 95% or upper_95(coverage(template_id)) < 90% and coverage(route) > 50%)"
    )


def test_a_function_of_a_name_is_a_name_however_it_is_spaced() -> None:
    expected = parse("lower_95(rise(unsafe_rate)) > 0%", NAMES)
    assert parse(" lower_95 (rise( unsafe_rate ) )>0%", NAMES) == expected
    assert measure_of("lower_95(rise(unsafe_rate))") == "unsafe_rate"


@given(
    st.one_of(st.text(max_size=200), st.lists(st.sampled_from([*NAMES, *"()", *Op, "and", "or", "not", "1%", "$1"])))
)
def test_any_text_is_a_condition_or_an_error_that_points_into_it(text: str | list[str]) -> None:
    written = text if isinstance(text, str) else " ".join(text)
    column = fault(written)
    assert column is None or 1 <= column <= len(written) + 1


def fault(text: str) -> int | None:
    try:
        parse(text, NAMES)
    except ExpressionError as error:
        return error.column
    return None


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("ttft_p95 > 500ms", 0.5),
        ("ttft_p95 > 501ms", 0.501),
        ("ttft_p95 > 2s", 2.0),
        ("ttft_p95 > 1.5m", 90.0),
        ("unsafe_rate > 1%", 0.01),
        ("unsafe_rate > 0.01", 0.01),
        ("cost > $0.002", 2_000_000),
        ("cost > $0.000000001", 1),
        ("answers < 200", 200),
        ("tokens_per_s < 12.5", 12.5),
        ("unsafe_claim_served == 0", False),
        ("unsafe_claim_served != true", True),
        ("unsafe_claim_served", True),
        (r'route == "a \"b\" \\ c"', r'a "b" \ c'),
    ],
)
def test_a_literal_is_read_in_the_unit_of_its_name(text: str, limit: object) -> None:
    expression = parse(text, NAMES)
    assert isinstance(expression, Compare)
    assert expression.limit == limit
    assert type(expression.limit) is type(limit)


@pytest.mark.parametrize(
    ("text", "column", "message"),
    [
        ("ttf_p95 > 1s", 1, 'unknown measure "ttf_p95": did you mean "ttft_p95"?'),
        ("answers > 1 and ttf_p95 > 1s", 17, 'did you mean "ttft_p95"?'),
        ("zzz > 1", 1, "expected one of abstention_rate, answers"),
        ("ttft_p95 > 500", 12, "'ttft_p95' is a duration: write 500ms, 2s or 1m; got '500'"),
        ("ttft_p95 > 1%", 12, "is a duration"),
        ("cost > 0.002", 8, "is an amount of money: write $0.002"),
        ("cost > $0.0000000001", 8, "is an amount of money"),
        ("unsafe_rate > 1.5", 15, "is a ratio: write 1% or 0.01"),
        ("unsafe_rate > 101%", 15, "is a ratio"),
        ("answers > 1s", 11, "is a number"),
        ("answers > route", 11, "is a number"),
        ("unsafe_claim_served == 2", 24, "is a flag"),
        ("unsafe_claim_served > 0", 21, "has no order: use == or !="),
        ("route == serve", 10, 'is a text: write == "serve"'),
        ("route == 'serve'", 10, "double quotes"),
        ("answers = 1", 9, "write =="),
        ("answers > 1 && calls > 1", 13, "write and"),
        ("answers >", 10, "got the end"),
        ("answers", 8, "expected one of == != < <= > >= after 'answers'"),
        ("(answers > 1", 13, "expected a closing parenthesis, got the end"),
        ("answers > 1)", 12, "expected `and`, `or` or the end"),
        ("1 < answers", 1, "expected the name of a measure"),
        ("1 < answers < 2", 1, "expected the name of a measure"),
        ("answers > 1 < 2", 13, "expected `and`, `or` or the end"),
        ("", 1, "expected the name of a measure, got the end"),
        ("not", 4, "got the end"),
        ("__import__('os')", 12, "double quotes"),
        ("__import__(1)", 1, "unknown measure"),
        ("answers.real > 1", 8, "cannot read '.real'"),
        ("(" * (NESTING_MAX + 1) + "answers > 1", NESTING_MAX + 1, "levels of nesting"),
        ("not " * 5_000, 1_001, "at most 1000 characters"),
    ],
)
def test_an_error_points_at_the_place_and_says_what_to_write(text: str, column: int, message: str) -> None:
    with pytest.raises(ExpressionError) as error:
        parse(text, {**MEASURES, **ANSWER_FACTS} if "serve" in text or "route" in text else MEASURES)
    assert error.value.column == column
    assert message in error.value.message
    assert str(error.value).startswith(f"column {column}: ")


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("answers > 1 or calls > 1 and cost > $1", "answers > 1 or (calls > 1 and cost > $1)"),
        ("answers > 1 and calls > 1 and cost > $1", "(answers > 1 and calls > 1) and cost > $1"),
        ("not answers > 1 and calls > 1", "(not answers > 1) and calls > 1"),
    ],
)
def test_and_binds_tighter_than_or_and_not_tightest(text: str, meant: str) -> None:
    assert parse(text, MEASURES) == parse(meant, MEASURES)


KNOWN: list[tuple[str, dict[str, Value], bool | None]] = [
    ("answers > 1", {"answers": 2}, True),
    ("answers > 1", {"answers": 1}, False),
    ("answers > 1", {"answers": None}, None),
    ("answers > 1", {}, None),
    ("not answers > 1", {}, None),
    ("not answers > 1", {"answers": 1}, True),
    ("answers > 1 and calls > 1", {"answers": 1}, False),
    ("answers > 1 and calls > 1", {"answers": 2}, None),
    ("answers > 1 and calls > 1", {"answers": 2, "calls": 2}, True),
    ("answers > 1 or calls > 1", {"answers": 2}, True),
    ("answers > 1 or calls > 1", {"answers": 1}, None),
    ("answers > 1 or calls > 1", {"answers": 1, "calls": 1}, False),
]


@pytest.mark.parametrize(("text", "values", "known"), KNOWN)
def test_what_is_unknown_stays_unknown_unless_the_rest_settles_it(
    text: str, values: dict[str, Value], known: bool | None
) -> None:
    assert holds(parse(text, MEASURES), values) is known
