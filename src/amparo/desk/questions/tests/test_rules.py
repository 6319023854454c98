"""Contradictions: each is found, names its row, and has a reason in three languages; what holds together is let pass."""

from datetime import date

import pytest

from amparo.desk.questions import rules
from amparo.desk.questions.form import Choice, ChoiceList, Form
from amparo.standard.reasons import LANGUAGES, sentences

from .making import BOTH, PLACES, ask, form

TODAY = date(2026, 3, 2)
HOME = ask("home", "select_one", list_name="places")
SAFE = ask("safe", "answer")


def codes(*questions, **more):
    return [one.code for one in rules.wrong_with(form(*questions, **more), today=TODAY)]


GOOD = [
    (HOME,),
    (HOME, ask("rooms", "integer", relevant="${home} = 'flat'", constraint=". > 0 and . < 20")),
    (SAFE, ask("why", relevant="${safe} = 'no' or ${safe} = 'unknown'")),
    (ask("part", "group", relevant="${safe} = 'yes'"), SAFE),
    (
        ask("children", "repeat"),
        ask("age", "integer", within=("children",)),
        ask("b", relevant="${age} > 5", within=("children",)),
    ),
    (ask("born", "date", constraint=". <= today()"), ask("moved", "date", constraint=". >= ${born}")),
    (ask("a", "decimal", constraint=". > 1 and . < 2"),),
    (ask("work", "select_one", list_name="places", constraint=". != 'none'"),),
    (ask("signs", "select_multiple", list_name="places", constraint="not(selected(., 'none') and count-selected(.) > 1)"),),
    (ask("ill", "answer", secrecy="health"), ask("which", secrecy="health", relevant="${ill} = 'yes'")),
    (ask("ill", "answer", secrecy="health"), ask("more", secrecy="special", relevant="${ill} = 'yes'")),
]


@pytest.mark.parametrize("questions", GOOD)
def test_a_sound_form_is_let_pass(questions):
    assert codes(*questions) == []


BAD = [
    ("name_twice", (HOME, ask("Home"))),
    ("bad_name", (ask("2 rooms"),)),
    ("no_label", (ask("a", label={"en": "words"}),)),
    ("no_hint", (ask("a", hint={"en": "words"}),)),
    ("no_list", (ask("a", "select_one", list_name="nowhere"),)),
    ("constraint_on_nothing", (SAFE, ask("n", "note", constraint=". = 'x'"))),
    ("required_nothing", (SAFE, ask("n", "note", is_required=True))),
    ("no_required_message", (ask("a", is_required=True, required_message={"en": "why"}),)),
    ("no_constraint_message", (ask("a", "integer", constraint=". > 1", constraint_message={"fr": "non"}),)),
    ("unreadable", (ask("a", relevant="${a} =="),)),
    ("own_answer_in_relevant", (ask("a", relevant=". = 'x'"),)),
    ("unknown_reference", (ask("a", relevant="${nobody} = 'x'"),)),
    ("refers_to_no_question", (ask("n", "note"), ask("a", relevant="${n} = 'x'"))),
    ("refers_into_repeat", (ask("r", "repeat"), ask("x", within=("r",)), ask("a", relevant="${x} = 'y'"))),
    ("nested_repeat", (ask("r", "repeat"), ask("s", "repeat", within=("r",)), ask("x", within=("r", "s")))),
    ("cycle", (ask("a", relevant="${b} = 'x'"), ask("b", relevant="${a} = 'x'"))),
    ("cycle", (ask("g", "group", relevant="${x} = 'y'"), ask("x", within=("g",)))),
    ("unknown_choice", (HOME, ask("a", relevant="${home} = 'house'"))),
    ("unknown_choice", (SAFE, ask("a", relevant="selected(${safe}, 'perhaps')"))),
    ("list_has_no_order", (HOME, ask("a", relevant="${home} > 'flat'"))),
    ("selected_of_no_list", (ask("a"), ask("b", relevant="selected(${a}, 'x')"))),
    ("leaks", (ask("ill", "answer", secrecy="health"), ask("which", relevant="${ill} = 'yes'"))),
    ("leaks", (ask("where", "answer", secrecy="account"), ask("a", secrecy="health", relevant="${where} = 'yes'"))),
    ("never_shown", (HOME, ask("a", relevant="${home} = 'flat' and ${home} = 'street'"))),
    ("never_shown", (ask("n", "integer", constraint=". < 18"), ask("a", relevant="${n} >= 18"))),
    ("never_shown", (ask("n", "integer"), ask("a", relevant="${n} > 5 and ${n} < 6"))),
    ("never_shown", (SAFE, ask("why", relevant="${safe} = 'no'"), ask("a", relevant="${safe} = 'yes' and ${why} = 'x'"))),
    ("never_shown", (SAFE, ask("g", "group", relevant="${safe} = 'yes'"), ask("a", within=("g",), relevant="${safe} = 'no'"))),
    ("required_never_shown", (HOME, ask("a", relevant="${home} = 'flat' and ${home} != 'flat'", is_required=True))),
    ("required_never_shown", (HOME, ask("g", "group", relevant="false()"), ask("a", within=("g",), is_required=True))),
    ("never_answered", (ask("n", "integer", constraint=". > 5 and . < 6"),)),
    ("never_answered", (ask("n", "select_one", list_name="places", constraint="selected(., 'flat') and selected(., 'street')"),)),
    ("never_answered", (SAFE, ask("a", "integer", relevant="${safe} = 'no'", constraint="${safe} = 'yes'"))),
    ("unknown_target", (ask("a", maps_to="prs_Nothing"),)),
    ("maps_otherwise", (ask("a", maps_to="gender"),)),
    ("unknown_standard_code", (ask("a", "select_one", list_name="places", maps_to="labour_industry"),)),
    ("maps_twice", (ask("a", "answer", maps_to="abduction"), ask("b", "answer", maps_to="abduction"))),
    (
        "repeat_mixed",
        (ask("r", "repeat"), ask("x", within=("r",)), ask("y", within=("r",), secrecy="health")),
    ),
    ("maps_nothing", (SAFE, ask("n", "note", maps_to="abduction"))),
]


@pytest.mark.parametrize(("code", "questions"), BAD)
def test_a_contradiction_is_found_and_said_in_three_languages(code, questions):
    found = rules.wrong_with(form(*questions), today=TODAY)
    assert code in [one.code for one in found], found
    said = {one.say(language) for one in found if one.code == code for language in LANGUAGES}
    assert len(said) >= 3


def test_lists_are_judged_too():
    twice = ChoiceList("places", (*PLACES.choices, Choice("flat", BOTH)))
    spaced = ChoiceList("places", (Choice("a flat", BOTH),))
    bare = ChoiceList("places", (Choice("flat", {"en": "Flat"}),))
    empty = ChoiceList("places", ())
    for held, code in (
        (twice, "choice_twice"),
        (spaced, "bad_choice"),
        (bare, "no_choice_label"),
        (empty, "no_list"),
    ):
        assert code in codes(HOME, lists=(held,))
    unused = Form("housing", BOTH, ("en", "fr"), (SAFE,), (*form(SAFE).lists, PLACES))
    assert [one.code for one in rules.wrong_with(unused, today=TODAY)] == ["list_unused"]


def test_the_form_itself_is_judged():
    assert codes() == ["empty_form"]
    assert "no_title" in [one.code for one in rules.wrong_with(Form("a", {"en": "T"}, ("en", "fr"), (SAFE,)), today=TODAY)]
    assert "bad_code" in codes(SAFE, code="1 form")
    assert "bad_language" in codes(ask("a", label={"English": "words"}), languages=("English",))


def test_what_nobody_can_prove_is_not_claimed():
    """Two open values beside each other: no end of answers, so nothing is refused."""
    assert codes(ask("a", "integer"), ask("b", "integer"), ask("c", relevant="${a} > ${b} and ${b} > ${a}")) == []


@pytest.mark.parametrize(
    ("code", "old", "new"),
    [
        ("kind_changed", ask("a", "integer"), ask("a", "text")),
        ("secrecy_lowered", ask("a", secrecy="health"), ask("a", secrecy="personal")),
        ("secrecy_lowered", ask("a", secrecy="special"), ask("a", secrecy="account")),
        ("repeat_changed", ask("a"), ask("a", within=("r",))),
    ],
)
def test_a_new_version_asks_under_an_old_name_what_was_asked_under_it(code, old, new):
    before, after = form(old), form(*([ask("r", "repeat")] if new.within else []), new)
    assert [one.code for one in rules.wrong_with_step(before, after)] == [code]
    assert all(one.say(language) for one in rules.wrong_with_step(before, after) for language in LANGUAGES)


def test_a_new_version_may_add_leave_out_and_say_better():
    before = form(ask("a"), ask("b", secrecy="personal"))
    after = form(ask("a", label={"en": "better", "fr": "mieux"}), ask("b", secrecy="health"), ask("c"))
    assert rules.wrong_with_step(before, after) == ()


def test_every_reason_has_its_sentence_in_three_languages():
    known = {language: sentences(rules.ROOM, language) for language in LANGUAGES}
    assert known["en"].keys() == known["fr"].keys() == known["es"].keys()
    import re

    for key, text in known["en"].items():
        holes = set(re.findall(r"\{(\w+)\}", text))
        assert all(set(re.findall(r"\{(\w+)\}", known[language][key])) == holes for language in LANGUAGES), key
