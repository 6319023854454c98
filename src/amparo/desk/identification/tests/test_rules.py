"""Act, means, purpose and the rule for a child: the tables of the manual, and what holds for every table."""

import itertools
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amparo.desk.cases.rules import Childhood, Finding
from amparo.desk.country import lookup
from amparo.desk.identification import indicators, manual, rules
from amparo.desk.identification.choices import FRAMEWORKS, PART_WORDS, STEP_WORDS
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


@pytest.mark.parametrize(
    ("now", "at_opening", "entry", "exploitation", "expected"),
    [
        ("yes", "yes", "", "", ("yes", "child_now")),
        ("no", "yes", "", "", ("yes", "child_then")),
        ("no", "yes", "no", "", ("yes", "child_then")),
        ("no", "yes", "no", "no", ("no", "adult")),
        ("no", "no", "", "", ("no", "adult")),
        ("no", "no", "yes", "no", ("yes", "child_then")),
        ("no", "unknown", "", "", ("unknown", "age_unknown")),
        ("unknown", "unknown", "no", "no", ("unknown", "age_unknown")),
        ("presumed", "presumed", "", "", ("yes", "child_presumed")),
        ("presumed", "presumed", "no", "no", ("yes", "child_presumed")),
        ("presumed", "yes", "yes", "", ("yes", "child_then")),
        ("no", "presumed", "", "", ("yes", "child_presumed_then")),
        ("no", "presumed", "no", "", ("yes", "child_presumed_then")),
        ("no", "presumed", "no", "no", ("no", "adult")),
    ],
)
def test_what_happened_to_a_child_goes_on_having_happened_to_a_child(now, at_opening, entry, exploitation, expected):
    """Who comes of age in care keeps the rule for what came before; exploitation as an adult, in a case of its own, has none."""
    said = dict(zip(rules.WHEN, (entry, exploitation), strict=True))
    recorded = {name: Finding(value) for name, value in said.items() if value}
    grounds = {"yes": Childhood.CHILD, "no": Childhood.OF_AGE, "unknown": Childhood.UNKNOWN, "presumed": Childhood.PRESUMED}
    given = {"at_opening": grounds[at_opening], "recorded": recorded}
    assert rules.child_rule(now=grounds[now], **given) == (Finding(expected[0]), expected[1])
    assert rules.child_rule(now=Childhood.CONTESTED, **given) == (Finding.YES, "age_contested")
