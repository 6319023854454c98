"""Act, means, purpose and the rule for a child: the tables of the manual, and what holds for every table."""

import itertools
from pathlib import Path

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from amparo.desk.cases.rules import Childhood, Finding
from amparo.desk.country import lookup
from amparo.desk.identification import indicators, manual, rules
from amparo.desk.identification.choices import CHILD_WORDS, FRAMEWORKS, PART_WORDS, STEP_WORDS, framework_words
from amparo.desk.identification.rules import Element, Outcome, Sign, Strength
from amparo.standard import codes

FINDINGS = list(Finding)
ANSWERS = ["", "yes", "no", "unknown", "declined"]


@pytest.mark.parametrize(
    ("spec", "given", "expected"),
    [(spec, given, expected) for spec in manual.specs() for given, expected in spec.rows()],
    ids=lambda value: value.name if isinstance(value, manual.Spec) else None,
)
def test_the_manual_tells_what_the_program_does(spec, given, expected):
    assert spec.run(given) == expected


@pytest.mark.parametrize("language", ["en", "fr", "es"])
def test_the_printed_page_is_this_very_manual(language):
    root = next(parent for parent in Path(__file__).parents if (parent / "pyproject.toml").exists())
    assert (root / "docs" / manual.FILES[language]).read_text(encoding="utf-8") == manual.page(language)


def resolved(finding):
    return FINDINGS[:2] if finding is Finding.UNKNOWN else [finding]


def test_a_settled_answer_never_flips_when_an_unknown_is_resolved():
    for act, means, purpose, child in itertools.product(FINDINGS, repeat=4):
        before = rules.trafficking(act=act, means=means, purpose=purpose, child=child)
        if before is Finding.UNKNOWN:
            continue
        for later in itertools.product(*map(resolved, (act, means, purpose, child))):
            after = rules.trafficking(**dict(zip(("act", "means", "purpose", "child"), later, strict=True)))
            assert after is before


def test_for_a_child_means_never_matter():
    for act, purpose in itertools.product(FINDINGS, repeat=2):
        found = {rules.trafficking(act=act, means=means, purpose=purpose, child=Finding.YES) for means in FINDINGS}
        assert len(found) == 1


SIGNS = st.lists(
    st.builds(
        Sign,
        st.sampled_from(["A-1", "A-2", "A-3"]),
        st.sampled_from(list(Element)),
        st.sampled_from(["one", "two"]),
        st.sampled_from(list(Strength)),
        st.sampled_from(ANSWERS),
    ),
    max_size=8,
)


@given(SIGNS, st.randoms())
def test_the_order_of_answers_does_not_matter(signs, random):
    shuffled = list(signs)
    random.shuffle(shuffled)
    for element in Element:
        assert rules.element_finding(element, signs) is rules.element_finding(element, shuffled)


@given(SIGNS, st.integers(0, 7), st.sampled_from(["yes", "no"]))
def test_a_settled_element_never_flips_when_an_open_answer_is_given(signs, at, answer):
    open_ones = [number for number, sign in enumerate(signs) if sign.answer in ("", "unknown", "declined")]
    if not open_ones:
        return
    number = open_ones[at % len(open_ones)]
    one = signs[number]
    later = [*signs[:number], Sign(one.code, one.element, one.part, one.strength, answer), *signs[number + 1 :]]
    for element in Element:
        before = rules.element_finding(element, signs)
        assert before is Finding.UNKNOWN or rules.element_finding(element, later) is before


@given(st.integers(1, 30), st.sampled_from(["yes", "no"]))
def test_no_number_of_supporting_signs_makes_a_finding(number, said):
    signs = [Sign(f"S-{at}", Element.MEANS, "coercion", Strength.SUPPORTING, said) for at in range(number)]
    assert rules.element_finding(Element.MEANS, signs) is Finding.UNKNOWN


@given(SIGNS, st.dictionaries(st.sampled_from(["one", "two"]), st.sampled_from(FINDINGS)))
def test_an_element_is_absent_only_when_each_of_its_direct_signs_is_or_a_person_set_it_so(signs, told):
    for element in Element:
        if rules.element_finding(element, signs, told=told) is not Finding.NO:
            continue
        direct = [sign for sign in signs if sign.element is element and sign.strength is Strength.DIRECT]
        assert all(sign.answer == "no" or told.get(sign.part) is Finding.NO for sign in direct)
        assert direct or Finding.NO in told.values()


def test_not_presumed_is_proposed_only_when_nothing_that_is_needed_is_open():
    for act, means, purpose, child in itertools.product(FINDINGS, repeat=4):
        elements = dict(zip(Element, (act, means, purpose), strict=True))
        outcome = rules.proposes(elements, child=child)
        found = rules.trafficking(act=act, means=means, purpose=purpose, child=child)
        assert (outcome is Outcome.PRESUMED) is (found is Finding.YES)
        if outcome is Outcome.NOT_PRESUMED:
            assert found is Finding.NO
            assert Finding.UNKNOWN not in (act, purpose)
            assert means is not Finding.UNKNOWN or child is Finding.YES
        if outcome is not Outcome.MORE_NEEDED:
            for later in itertools.product(*map(resolved, (act, means, purpose, child))):
                assert rules.proposes(dict(zip(Element, later[:3], strict=True)), child=later[3]) is outcome


@pytest.mark.parametrize("key", indicators.all_sets())
def test_no_single_no_says_anything_of_what_was_not_asked(key):
    asked = indicators.get(key).indicators
    for told in asked:
        signs = [one.sign("no" if one.code == told else "") for one in asked.values()]
        elements = {element: rules.element_finding(element, signs) for element in Element}
        assert set(elements.values()) == {Finding.UNKNOWN}
        assert {rules.proposes(elements, child=child) for child in FINDINGS} == {Outcome.MORE_NEEDED}


@pytest.mark.parametrize("key", indicators.all_sets())
def test_not_presumed_needs_every_question_of_a_list_and_one_left_out_opens_it(key):
    asked = indicators.get(key).indicators
    every = [one.sign("no") for one in asked.values()]
    for left_out in (None, *asked):
        signs = [one if one.code != left_out else asked[left_out].sign("") for one in every]
        elements = {element: rules.element_finding(element, signs) for element in Element}
        expected = Outcome.NOT_PRESUMED if left_out is None else Outcome.MORE_NEEDED
        assert rules.proposes(elements, child=Finding.NO) is expected


@pytest.mark.parametrize(("language", "words"), [("en", "ILO-7"), ("fr", "OIT-7"), ("es", "OIT-7")])
def test_the_ilo_is_called_as_in_each_language(language, words):
    with translation.override(language):
        assert framework_words("ILO-7") == words
        assert framework_words("Work") == str(FRAMEWORKS["Work"])


def test_the_indicators_cover_the_frameworks():
    every = indicators.every().values()
    frameworks = {indicator.framework for indicator in every}
    assert {f"ILO-{number}" for number in range(1, 12)} <= frameworks
    assert set(FRAMEWORKS) <= frameworks | {"Palermo 3(a)"}
    assert {"recruitment", "transport", "exploitation"} == {indicator.phase for indicator in every}
    acts = {"recruitment", "transportation", "transfer", "harbouring", "receipt"}
    assert acts == set(indicators.get(indicators.GENERAL).parts(Element.ACT))
    assert {"sexual_exploitation", "forced_labour", "slavery", "servitude", "organ_removal"} <= set(
        indicators.get(indicators.GENERAL).parts(Element.PURPOSE)
    )


def test_men_and_boys_are_named_where_they_are_overlooked():
    named = {indicator.part for indicator in indicators.every().values() if indicator.prompts_men_and_boys}
    assert {"extortion_detention", "forced_smuggling", "sexual_exploitation", "forced_labour", "forced_marriage"} <= named


@pytest.mark.parametrize("indicator", indicators.every().values(), ids=lambda one: one.code)
def test_each_indicator_is_whole(indicator):
    assert indicator.step in indicators.STEPS
    assert indicator.step in STEP_WORDS
    assert indicator.part in PART_WORDS
    for words in (indicator.question, indicator.hint):
        assert len({words[language] for language in ("en", "fr", "es")}) == 3
    assert indicator.question["fr"].endswith("\u00a0?")
    assert indicator.question["es"].startswith("¿")
    if indicator.fact:
        group, code = indicator.fact.split(".")
        lists = {"means": "means_of_control", "exploitation": "exploitation"}
        known = group == "abduction" or code in codes.load(lists[group]) or lookup.standard_form(code)
        assert known


@pytest.mark.parametrize("now", Childhood)
@pytest.mark.parametrize("at_opening", Childhood)
def test_nobody_is_judged_as_an_adult_whose_beginning_is_open(now, at_opening):
    """One answer for a child is enough, and no presumption is lost by what nobody noted; only what was told makes an adult."""
    for entry, lasting in itertools.product([None, Finding.YES, Finding.NO], repeat=2):
        recorded = {name: said for name, said in zip(rules.WHEN, (entry, lasting), strict=True) if said}
        found, why = rules.child_rule(now=now, at_opening=at_opening, recorded=recorded)
        protected = (now.protected, *recorded.values())
        assert found is Finding.YES or Finding.YES not in protected
        assert found is not Finding.NO or (entry is Finding.NO and {*protected} == {Finding.NO})
        assert found is not Finding.NO or lasting or at_opening is Childhood.OF_AGE
        assert why in CHILD_WORDS


@pytest.mark.parametrize(
    ("name", "over"),
    [("trafficking", 81), ("proposes", 81), ("part", 25), ("absent", 27), ("all", 9), ("any", 9)],
)
def test_the_tables_hold_each_combination_once(name, over):
    given = [tuple(row.values()) for spec in manual.specs() for row, _ in spec.rows() if spec.run is manual.RUNS[name]]
    assert len(given) == len(set(given)) == over


def test_each_reason_of_the_rule_for_a_child_stands_in_its_table():
    [spec] = [spec for spec in manual.specs() if spec.name == "child_rule"]
    assert {expected.split()[1] for _row, expected in spec.rows()} == set(CHILD_WORDS)


@given(SIGNS, st.dictionaries(st.sampled_from(["one", "two"]), st.sampled_from(FINDINGS)))
def test_what_is_said_of_one_element_says_nothing_of_another(signs, told):
    for element in Element:
        own = [sign for sign in signs if sign.element is element]
        assert rules.element_finding(element, signs, told=told) is rules.element_finding(element, own, told=told)
