"""Filling in: what is asked now, however long the chain of questions is and whatever is typed."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amparo.desk.questions import expressions, filling, rules, search

from .making import ask, form

TODAY = date(2026, 3, 2)
MANY = rules.MOST_ROWS


def chain(order):
    """Return a form in which each question hangs on the next, or on the one before."""
    numbers = range(MANY)
    before = {number: number + order for number in numbers if number + order in numbers}
    return form(*(ask(f"q{one}", "integer", relevant=f"${{q{before[one]}}} = 1" if one in before else "") for one in numbers))


@pytest.mark.parametrize("order", [-1, 1])
def test_a_chain_as_long_as_a_form_can_be_is_asked_to_its_end(order):
    made = chain(order)
    assert rules.wrong_with(made, today=TODAY) == ()
    whole = filling.Filled(made, {f"q{one}": Decimal(1) for one in range(MANY)}, today=TODAY)
    assert (len(whole.shown()), whole.flaws(), whole.left_out()) == (MANY, {}, ())
    assert len(filling.Filled(made, {}, today=TODAY).shown()) == 1
    broken = filling.Filled(made, {f"q{one}": Decimal(one != 100) for one in range(MANY)}, today=TODAY)
    assert len(broken.shown()) == (101 if order < 0 else MANY - 100)


def test_a_form_that_waits_for_itself_shows_nothing():
    made = form(ask("a", "integer", relevant="${b} = 1"), ask("b", "integer", relevant="${a} = 1"), ask("c", relevant="${c} = 'x'"))
    assert filling.Filled(made, {"a": Decimal(1), "b": Decimal(1), "c": "x"}, today=TODAY).shown() == ()


@given(st.data())
def test_what_is_asked_is_what_the_conditions_say_in_any_order_of_the_questions(data):
    """Held against the plain words: a question is asked when its condition is true of the answers that are asked for."""
    count = data.draw(st.integers(2, 8))
    hangs = [data.draw(st.sampled_from([None, *range(number)])) for number in range(count)]
    answers = {f"q{number}": Decimal(data.draw(st.integers(0, 1))) for number in range(count)}
    rows = [ask(f"q{one}", "integer", relevant="" if on is None else f"${{q{on}}} = 1") for one, on in enumerate(hangs)]
    made = form(*data.draw(st.permutations(rows)))
    asked = set()
    for one, on in enumerate(hangs):
        if on is None or (on in asked and answers[f"q{on}"] == 1):
            asked.add(one)
    assert set(filling.Filled(made, answers, today=TODAY).shown()) == {f"q{one}" for one in asked}


@pytest.mark.parametrize("typed", ["NaN", "Nan", "sNaN", "Infinity", "-inf", "1E999999999", "\u0663", "5_0", ""])
@pytest.mark.parametrize("sign", ["=", "!=", "<", "<=", ">", ">="])
def test_whatever_is_typed_is_compared_or_is_no_number(typed, sign):
    for text in (f". {sign} 5", f"${{other}} {sign} .", f". {sign} '{typed}'"):
        node = expressions.parse(text)
        for own in (typed or None, Decimal(3)):
            assert expressions.holds(node, {"other": Decimal(2)}, own=own, today=TODAY) in (True, False, None)


def test_a_town_called_nan_is_no_number():
    made = form(ask("town", constraint=". > 5"))
    assert rules.wrong_with(made, today=TODAY) == ()
    assert filling.Filled(made, {"town": "Nan"}, today=TODAY).flaws() == {}
    assert search.tree(". > 5") is not None
