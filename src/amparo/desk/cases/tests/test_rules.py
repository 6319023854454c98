"""Ages, stages and who may do what: tables that a lawyer can read, and what holds for every line of them."""

import uuid
from datetime import date, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amparo.desk.access.policies import Facts
from amparo.desk.access.roles import Role
from amparo.desk.cases import policies, rules, stages, taking_over
from amparo.desk.cases.choices import STAGE_LABELS
from amparo.desk.cases.policies import CaseFacts
from amparo.desk.cases.rules import Age, Childhood, Finding
from amparo.desk.cases.stages import Stage
from amparo.desk.core.partial_dates import Known, PartialDate
from amparo.standard import codes

DAY = date(2026, 6, 1)


@pytest.mark.parametrize(
    ("born", "stated", "stated_on", "least", "most"),
    [
        ("2008-06-01", None, None, 18, 18),
        ("2008-06-02", None, None, 17, 17),
        ("2008-06", None, None, 17, 18),
        ("2008", None, None, 17, 18),
        ("1991~", None, None, 34, 35),
        ("unknown", 31, DAY, 31, 31),
        ("", 31, None, 31, 31),
        ("", 31, date(2024, 2, 1), 33, 34),
        ("", 31, date(2028, 9, 1), 28, 29),
        ("declined", None, None, None, None),
        ("1991-06-01", 12, DAY, 35, 35),
    ],
)
def test_an_age_is_as_wide_as_what_is_known(born, stated, stated_on, least, most):
    assert rules.age_on(DAY, born=PartialDate.parse(born), stated=stated, stated_on=stated_on) == Age(least, most)


@given(
    st.dates(date(1930, 1, 1), date(2020, 1, 1)),
    st.dates(date(2020, 2, 1), date(2030, 1, 1)),
    st.dates(date(2020, 2, 1), date(2030, 1, 1)),
)
def test_a_stated_age_never_excludes_the_true_one(born, said_on, day):
    whole = PartialDate(born.year, born.month, born.day, "stated")
    truth = rules.age_on(day, born=whole, stated=None, stated_on=None).least
    said = rules.age_on(said_on, born=whole, stated=None, stated_on=None).least
    age = rules.age_on(day, born=PartialDate(), stated=said, stated_on=said_on)
    assert age.least <= truth <= age.most <= age.least + 1


def test_nobody_is_younger_than_a_newborn_and_whoever_tells_no_age_may_contest_one():
    assert rules.age_on(date(2025, 1, 1), born=PartialDate(), stated=0, stated_on=DAY) == Age(0, 0)
    assert rules.age_on(DAY, born=PartialDate(), stated=None, stated_on=None, contested=True) == Age(is_contested=True)
    assert rules.age_on(DAY, born=PartialDate(), stated=None, stated_on=None) == Age()


@pytest.mark.parametrize(
    ("answer", "found"), [("yes", "yes"), ("no", "no"), ("unknown", "unknown"), ("declined", "unknown"), ("", "unknown")]
)
def test_only_yes_and_no_establish_something(answer, found):
    assert rules.finding(answer) is Finding(found)


@pytest.mark.parametrize(
    ("least", "most", "band"),
    [
        (17, 17, "15--17"),
        (17, 18, ""),
        (12, 16, "9--17"),
        (9, 17, "9--17"),
        (8, 17, ""),
        (9, 18, ""),
        (30, 38, "30--38"),
        (48, 90, "48+"),
        (None, None, ""),
        (0, 8, "0--8"),
    ],
)
def test_a_band_is_told_only_when_the_whole_age_lies_in_it(least, most, band):
    assert rules.age_band(Age(least, most)) == band
    assert not band or band in codes.load("age_band")


def test_the_bands_leave_no_age_out():
    assert all(rules.age_band(Age(years, years)) for years in range(120))


def test_a_birth_date_that_cannot_be_opened_presumes_a_child_whatever_else_is_recorded():
    shut = PartialDate(known=Known.DAMAGED)
    at_hand = {"stated": 30, "stated_on": DAY, "assessed": 40, "assessed_on": DAY, "contested": False}
    age = rules.age_told(DAY, born=shut, **at_hand)
    assert (age.is_shut, age.least, age.most) == (True, None, None)
    assert rules.childhood(age, majority_years=18) is Childhood.PRESUMED
    assert rules.is_child(age, majority_years=18) is Finding.UNKNOWN
    assert rules.births(shut, stated=30, stated_on=DAY) is None
    assert not rules.age_told(DAY, born=PartialDate(), **at_hand).is_shut


def test_a_contested_age_counts_as_a_childs():
    assert rules.majority(Age(25, 25, is_contested=True), majority_years=18) == "Minor"
    assert rules.majority(Age(17, 18), majority_years=18) == ""


FINDINGS = list(Finding)


@pytest.mark.parametrize("combine", [rules.all_of, rules.any_of])
def test_findings_combine_in_any_order_and_twice_is_once(combine):
    for one, two, three in product(FINDINGS, repeat=3):
        assert combine(one, two) is combine(two, one)
        assert combine(one, combine(two, three)) is combine(combine(one, two), three)
        assert combine(one, one) is one


def test_every_stage_has_words_and_a_way_out_and_is_reached():
    assert set(STAGE_LABELS) == set(Stage)
    reached = {step.target for step in stages.STEPS} | {Stage.SIGNAL}
    assert reached == set(Stage)
    assert {step.origin for step in stages.STEPS} == set(Stage)
    pairs = [(step.origin, step.target) for step in stages.STEPS]
    assert len(pairs) == len(set(pairs))


def test_help_is_one_step_away_from_every_first_stage_and_waits_for_no_decision():
    for stage in stages.BEFORE_ASSISTANCE:
        step = stages.step(stage, Stage.PRESUMED)
        assert step
        assert not step.by_supervisor
        assert not step.needs_reason
    assert all(
        stages.can_reach(stage, Stage.LONG_TERM_SUPPORT) for stage in stages.ASSISTED if stage is not Stage.LONG_TERM_SUPPORT
    )


def test_ending_and_reopening_are_for_supervisors_with_a_reason():
    for step in stages.STEPS:
        ends = step.target is Stage.CLOSED or step.origin is Stage.CLOSED
        assert (step.by_supervisor, step.by_supervisor and step.needs_reason) == (ends, ends)


HOUSE, OTHER = uuid.uuid4(), uuid.uuid4()
ME = uuid.uuid4()


def member(*roles, house=HOUSE, active=True):
    return Facts(ME, house, frozenset(roles), is_active=active)


def case(*team, house=HOUSE, stage=Stage.PRESUMED):
    return CaseFacts(house, frozenset(team), stage)


@pytest.mark.parametrize(
    ("roles", "on_the_team", "read", "change", "name"),
    [
        ((Role.CASEWORKER,), True, True, True, True),
        ((Role.CASEWORKER,), False, False, False, False),
        ((Role.SUPERVISOR,), False, True, True, True),
        ((Role.LAWYER,), True, True, False, True),
        ((Role.HEALTH,), True, True, False, True),
        ((Role.SHELTER_STAFF,), True, True, False, False),
        ((Role.DATA_STEWARD,), True, False, False, False),
        ((Role.ADMINISTRATOR,), True, False, False, False),
        ((Role.AUDITOR,), True, False, False, False),
        ((Role.POLICE,), True, False, False, False),
        ((Role.LABOUR_INSPECTION,), True, False, False, False),
        ((Role.IMMIGRATION_ENFORCEMENT,), True, False, False, False),
        ((Role.IMMIGRATION_ENFORCEMENT, Role.SUPERVISOR), True, False, False, False),
        ((Role.ADMINISTRATOR, Role.CASEWORKER), False, False, False, False),
    ],
)
def test_need_to_know(roles, on_the_team, read, change, name):
    of = case(ME) if on_the_team else case()
    facts = member(*roles)
    assert bool(policies.may_read(facts, of)) is read
    assert bool(policies.may_note(facts, of)) is read
    assert bool(policies.may_change(facts, of)) is change
    assert bool(policies.may_see_name(facts, of)) is name
    assert not policies.may_read(member(*roles, house=OTHER), of)
    assert not policies.may_read(member(*roles, active=False), of)


@given(st.sets(st.sampled_from(list(Role))), st.sampled_from(list(Stage)), st.booleans())
def test_whoever_holds_immigration_enforcement_may_do_nothing(roles, stage, on_the_team):
    facts = member(*roles, Role.IMMIGRATION_ENFORCEMENT)
    of = case(*([ME] if on_the_team else []), stage=stage)
    verdicts = [policies.may_list(facts), policies.may_open_case(facts), policies.may_search_names(facts)]
    verdicts += [policy(facts, of) for policy in (policies.may_read, policies.may_note, policies.may_change, policies.may_see_name)]
    verdicts += [policies.may_staff(facts, of), *(policies.may_move(facts, of, to, reason="x") for to in Stage)]
    assert not any(verdicts)


@given(st.sets(st.sampled_from(list(Role))), st.sampled_from(list(Stage)), st.booleans(), st.booleans())
def test_who_may_change_may_read_and_who_may_see_the_name_may_read(roles, stage, on_the_team, same_house):
    facts = member(*roles, house=HOUSE if same_house else OTHER)
    of = case(*([ME] if on_the_team else []), stage=stage)
    if policies.may_change(facts, of) or policies.may_see_name(facts, of) or policies.may_staff(facts, of):
        assert policies.may_read(facts, of)


def test_a_closed_case_takes_notes_and_no_changes():
    closed = case(ME, stage=Stage.CLOSED)
    assert policies.may_note(member(Role.CASEWORKER), closed)
    assert policies.may_change(member(Role.CASEWORKER), closed).reason == "case_closed"


AGES = st.tuples(st.integers(0, 40), st.integers(0, 5), st.booleans()).map(lambda held: Age(held[0], held[0] + held[1], held[2]))
MAJORITIES = st.integers(16, 21)


@given(AGES, st.integers(0, 5), st.integers(0, 5), MAJORITIES)
def test_less_knowledge_never_takes_protection_away(age, lower, higher, majority):
    """Whatever a range contains, a wider one protects as well; a contested age protects whatever its range."""
    wider = Age(max(0, age.least - lower), age.most + higher, age.is_contested)
    known, less = (rules.childhood(one, majority_years=majority) for one in (age, wider))
    assert known.protected is not Finding.YES or less.protected is Finding.YES
    nothing = rules.childhood(Age(is_contested=age.is_contested), majority_years=majority)
    assert nothing.protected is not Finding.NO, "of whom nothing is known, nothing is concluded"
    contested = rules.childhood(Age(age.least, age.most, True), majority_years=majority)
    assert contested.protected is Finding.YES


@given(AGES, MAJORITIES)
def test_nobody_who_may_be_a_child_is_treated_as_of_age(age, majority):
    ground = rules.childhood(age, majority_years=majority)
    assert (ground.protected is Finding.NO) == (age.least >= majority and not age.is_contested)
    assert (ground is Childhood.PRESUMED) == (age.least < majority <= age.most and not age.is_contested)
    assert rules.majority(age, majority_years=majority) != "Adult" or ground is Childhood.OF_AGE


@given(st.lists(st.sampled_from(list(Childhood)), max_size=4), st.sampled_from(list(Childhood)))
def test_another_record_never_takes_protection_away(grounds, another):
    before, after = rules.strongest(grounds), rules.strongest([*grounds, another])
    assert before.protected is not Finding.YES or after.protected is Finding.YES
    assert another.protected is not Finding.YES or after.protected is Finding.YES
    assert rules.strongest(reversed([*grounds, another])) is after


@pytest.mark.parametrize(
    ("own", "other", "adds"),
    [
        (Age(), Age(17, 17), True),
        (Age(17, 18), Age(17, 17), True),
        (Age(17, 17), Age(17, 18), False),
        (Age(17, 17), Age(17, 17), False),
        (Age(17, 17), Age(), False),
        (Age(25, 25), Age(17, 17), True),
        (Age(17, 18), Age(18, 19), True),
    ],
)
def test_an_age_that_is_known_better_or_otherwise_is_worth_taking_over(own, other, adds):
    assert taking_over.more_exact(own, other) is adds


def test_only_two_ages_that_are_known_disagree():
    adult, child, nothing = Age(20, 22), Age(15, 16), Age()
    given = {"majority_years": 18}
    assert rules.disagrees(Finding.NO, child, **given)
    assert rules.disagrees(Finding.NO, Age(17, 18), **given)
    assert rules.disagrees(Finding.YES, adult, **given)
    for assessed, stated in ((Finding.NO, adult), (Finding.NO, nothing), (Finding.YES, child), (Finding.YES, nothing)):
        assert not rules.disagrees(assessed, stated, **given)
    assert not any(rules.disagrees(Finding.UNKNOWN, stated, **given) for stated in (adult, child, nothing))


@pytest.mark.parametrize(
    ("answers", "found"),
    [
        ({}, "unknown"),
        ({"A": "no"}, "no"),
        ({"A": "no", "B": "no"}, "no"),
        ({"A": "no", "B": "declined"}, "unknown"),
        ({"A": "no", "B": "yes", "C": "unknown"}, "yes"),
    ],
)
def test_a_group_of_answers_is_a_yes_by_one_and_a_no_by_all(answers, found):
    assert rules.any_yes(answers) is Finding(found)


def test_an_answer_fits_by_its_code_and_by_what_is_said():
    allowed, known = codes.load("means_of_control"), "DebtBondage"
    assert rules.answers_fit({known: "yes"}, allowed) == ()
    assert rules.answers_fit({known: "perhaps"}, allowed) == (known,)
    assert rules.answers_fit({"Nowhere": "yes"}, allowed) == ("Nowhere",)


@given(st.integers(0, 90), st.integers(0, 90), st.integers(0, 364))
def test_only_an_age_that_nobody_born_then_can_have_contradicts_it(years, stated, days):
    day = date(2026, 6, 1)
    born = PartialDate.parse((rules.years_after(day, -years) - timedelta(days=days)).isoformat())
    span = born.age_years_on(day)
    assert rules.contradicts(born, stated=stated, stated_on=day) == (not span[0] <= stated <= span[1])
    assert not rules.contradicts(PartialDate(), stated=stated, stated_on=day)
    assert not rules.contradicts(born, stated=None, stated_on=day)
    assert not rules.contradicts(born, stated=stated, stated_on=None)
