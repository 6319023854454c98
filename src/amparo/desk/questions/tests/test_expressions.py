"""Conditions: what is understood, what it means for answers that are unknown, declined, partial or missing, and what is refused."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from amparo.desk.core.partial_dates import PartialDate
from amparo.desk.questions.expressions import (
    Always,
    Answer,
    Both,
    Compare,
    Count,
    Day,
    Either,
    Literal,
    Not,
    Said,
    Selected,
    Unreadable,
    holds,
    names_in,
    parse,
    written,
)

TODAY = date(2026, 3, 2)
UNKNOWN, DECLINED = Said.UNKNOWN, Said.DECLINED


def truth(text, own=None, **answers):
    return holds(parse(text), answers, own=own, today=TODAY)


@pytest.mark.parametrize(
    ("text", "answers", "expected"),
    [
        ("${a} = 'yes'", {"a": "yes"}, True),
        ("${a} = 'yes'", {"a": "no"}, False),
        ("${a} = 'yes'", {"a": None}, False),
        ("${a} != 'yes'", {"a": None}, True),
        ("${a} = ''", {"a": None}, True),
        ("${a} = 'yes'", {"a": UNKNOWN}, None),
        ("${a} != 'yes'", {"a": DECLINED}, None),
        ("not(${a} = 'yes')", {"a": UNKNOWN}, None),
        ("${a} = 'unknown'", {"a": UNKNOWN}, True),
        ("${a} = 'declined'", {"a": UNKNOWN}, False),
        ("${a} != 'unknown'", {"a": UNKNOWN}, False),
        ("${a} = 'yes' or ${b} = 'yes'", {"a": UNKNOWN, "b": "yes"}, True),
        ("${a} = 'yes' and ${b} = 'yes'", {"a": UNKNOWN, "b": "no"}, False),
        ("${a} = 'yes' and ${b} = 'yes'", {"a": UNKNOWN, "b": "yes"}, None),
        ("selected(${a}, 'x')", {"a": frozenset({"x", "y"})}, True),
        ("selected(${a}, 'z')", {"a": frozenset({"x", "y"})}, False),
        ("selected(${a}, 'x')", {"a": UNKNOWN}, None),
        ("selected(${a}, 'unknown')", {"a": UNKNOWN}, True),
        ("selected(${a}, 'x')", {}, False),
        ("count-selected(${a}) > 1", {"a": frozenset({"x", "y"})}, True),
        ("count-selected(${a}) = 0", {}, True),
        ("${n} >= 18", {"n": Decimal(18)}, True),
        ("${n} < 18", {"n": Decimal("17.5")}, True),
        ("${n} < 18", {"n": DECLINED}, None),
        ("${n} < 18", {}, None),
        ("${d} <= today()", {"d": PartialDate.parse("2026-03-02")}, True),
        ("${d} < date('2025-01-01')", {"d": PartialDate.parse("2024")}, True),
        ("${d} < date('2025-06-01')", {"d": PartialDate.parse("2025")}, None),
        ("${d} > '2025-12-31'", {"d": PartialDate.parse("2026-01")}, True),
        ("${d} = '2025-01-01'", {"d": PartialDate.parse("2025")}, None),
        ("${d} = '2024-01-01'", {"d": PartialDate.parse("2025")}, False),
        ("${d} > date('2025-01-01')", {"d": PartialDate.parse("declined")}, None),
        ("true()", {}, True),
        ("not(false())", {}, True),
        ("(${a} = 'x' or ${a} = 'y') and ${b} != 'z'", {"a": "y", "b": "w"}, True),
    ],
)
def test_what_a_condition_says_of_answers(text, answers, expected):
    assert truth(text, **answers) is expected


def test_the_point_is_the_answer_being_judged():
    assert truth(". > 0 and . < 20", own=Decimal(7)) is True
    assert truth(". > 0 and . < 20", own=Decimal(20)) is False
    assert truth(". > 0", own=UNKNOWN) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "${a}",
        "'yes'",
        "${a} = ",
        "${a} == 'x'",
        "${a} = 'x' and",
        "${a} = 'x' 'y'",
        "selected(${a})",
        "selected('a', 'b')",
        "not(${a})",
        "jr:choice-name(${a}, 'x')",
        "__import__('os')",
        "${a} + 1 = 2",
        "pulldata('x', 'y')",
        "regex(., '(a+)+$')",
        "(" * 200 + "true()" + ")" * 200,
        "true() and " * 400 + "true()",
        "date('2026-02-30') = today()",
        "(${a} = 'x') = (${b} = 'y')",
        "${a} = 'x' or ${b}",
    ],
)
def test_what_is_not_understood_is_refused(text):
    with pytest.raises(Unreadable) as refused:
        parse(text)
    assert len(refused.value.piece) <= 40


def test_typographic_quotes_of_a_spreadsheet_are_read():
    assert parse("${a} = ‘yes’") == parse("${a} = 'yes'")


unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
names = st.sampled_from(["a", "b_2", "leaving"]).map(Answer)
literals = st.one_of(
    st.text(st.characters(blacklist_characters="'\"‘’“”\n", max_codepoint=1000), max_size=8),
    st.integers(-999, 999).map(Decimal),
).map(Literal)
days = st.one_of(st.none(), st.dates(date(1950, 1, 1), date(2040, 1, 1))).map(Day)
sides = st.one_of(names, literals, days, names.map(Count))
leaves = st.one_of(
    st.booleans().map(Always),
    st.builds(Compare, st.sampled_from(["=", "!=", "<", "<=", ">", ">="]), sides, sides),
    st.builds(Selected, names, st.sampled_from(["x", "y"]).map(Literal)),
)
trees = st.recursive(
    leaves,
    lambda inner: st.one_of(
        inner.map(Not),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: Both(tuple(parts))),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: Either(tuple(parts))),
    ),
    max_leaves=6,
)


@unhurried
@given(trees)
def test_what_is_written_reads_back_to_the_same(tree):
    assert parse(written(tree)) == tree


@unhurried
@given(trees, st.dictionaries(st.sampled_from(["a", "b_2", "leaving"]), st.sampled_from([None, "x", UNKNOWN, Decimal(3)])))
def test_knowing_more_never_turns_true_into_false(tree, answers):
    """Kleene: what is certain while an answer is unknown stays so whatever it turns out to be, unless unknown is asked for."""
    if any(isinstance(one, str) and one in tuple(Said) for one in map(str, names_in(tree))):
        return
    before = holds(tree, {**answers, "a": UNKNOWN}, today=TODAY)
    text = written(tree)
    if before is None or "'unknown'" in text or "'declined'" in text:
        return
    for learnt in ("x", "other", Decimal(3)):
        after = holds(tree, {**answers, "a": learnt}, today=TODAY)
        assert after is before or after is None


@unhurried
@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text):
    try:
        parse(text)
    except Unreadable:
        return
