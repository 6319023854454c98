"""Lists of indicators that an office brought: chosen, answered, kept with their version; what cannot be asked is refused."""

from dataclasses import replace
from itertools import combinations

import pytest
from django.utils import timezone

from amparo.desk.identification import actions, brought, indicators, proposal
from amparo.desk.identification.rules import Outcome
from amparo.desk.questions import actions as editions
from amparo.desk.questions import indicators as lists
from amparo.desk.questions.pack import Pack, Piece

GUARDED = lists.Indicator(
    *("XC-9", "Country list", "exploitation", "freedom", "means", "coercion", "direct", "", "men_boys"),
    {"en": "Is the road guarded?", "ar": "هل الطريق محروس؟"},
    {},
)


def held(*rows):
    return lists.IndicatorSet("general", {"en": "Of the valley"}, ("en", "ar"), rows or (GUARDED,), "A circular")


def wrong(*rows):
    return [one.code for one in lists.wrong_with(held(*rows), "signs.csv")]


def bring(by, *rows, on):
    piece = Piece("indicators", "general", {"en": "Of the valley"}, ("en", "ar"), lists.as_data(held(*rows)))
    [edition] = editions.bring(pack=Pack("XC", "1", (piece,), (), ()), by=by)
    return editions.activate(edition=edition, by=by, on=on, version=edition.version)


@pytest.fixture
def administrator(make_member, shelter):
    return make_member(shelter, "administrator")


def test_a_list_that_can_be_asked_is_taken():
    assert wrong() == []


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("indicator_part_of_another_element", {"part": "receipt"}),
        ("indicator_fact_unknown", {"fact": "means.Nothing"}),
        ("indicator_code_twice", {"code": "REC-1"}),
    ],
)
def test_a_list_that_no_screening_could_ask_is_refused(code, changes):
    assert wrong(replace(GUARDED, **changes)) == [code]


@pytest.mark.django_db
def test_a_screening_keeps_the_version_to_which_it_was_answered(administrator, the_case, her_caseworker, shelter):
    today = timezone.localdate()
    first = bring(administrator, on=today)
    key = f"own:general@{first.number}"
    offered = [one.key for one in brought.sets_on(shelter, today)]
    assert (offered[0], offered[-1]) == (indicators.GENERAL, key), "the general one first"
    assert indicators.GENERAL in offered, "the name of one that comes with the program is not taken"
    values = {"held_on": today, "consent_to_interview": "yes", "indicator_set": key}
    screening = actions.start(case=the_case, by=her_caseworker, values=values)
    assert screening.asks.indicators["XC-9"].question["fr"] == "Is the road guarded?", "a language that it lacks gets its first"
    assert set(indicators.every()) < set(screening.asks.indicators), "a list that shows a part is asked after the general one"
    bring(administrator, replace(GUARDED, question={"en": "Is the gate guarded?", "ar": "؟"}), on=today)
    assert screening.asks.indicators["XC-9"].question["en"] == "Is the road guarded?"
    assert brought.sets_on(shelter, today)[-1].indicators["XC-9"].question["en"] == "Is the gate guarded?"


def row(code, element, part, strength="direct"):
    changed = {"code": code, "element": element, "part": part, "strength": strength, "prompt": "", "step": "work"}
    return replace(GUARDED, **changed)


WHOLE = (
    row("N-1", "act", "transfer"),
    row("N-2", "means", "coercion"),
    row("N-3", "means", "force"),
    row("N-4", "means", "force", "supporting"),
    row("N-5", "purpose", "forced_labour"),
)


@pytest.mark.django_db
def test_a_list_of_ones_own_says_no_only_when_all_of_it_was_answered_no(administrator, the_case, her_caseworker):
    today = timezone.localdate()
    edition = bring(administrator, *WHOLE, on=today)
    values = {"held_on": today, "consent_to_interview": "yes", "indicator_set": f"own:general@{edition.number}"}
    screening = actions.start(case=the_case, by=her_caseworker, values=values)
    codes = [one.code for one in WHOLE]
    assert list(screening.asks.indicators) == codes, "a list that shows everything is asked alone"
    for size in range(len(codes) + 1):
        for told in combinations(codes, size):
            screening.answers = {code: {"answer": "no", "source": "statement"} for code in told}
            found = proposal.explain(screening, the_case)
            expected = Outcome.NOT_PRESUMED if size == len(codes) else Outcome.MORE_NEEDED
            assert found.outcome is expected
            assert {one.code for one in found.ask_next} == set(codes) - set(told)


@pytest.mark.django_db
def test_the_list_of_another_office_is_nobodys(administrator, shelter, other_organisation):
    edition = bring(administrator, on=timezone.localdate())
    assert brought.get(f"own:general@{edition.number}", shelter.pk).code == "own:general"
    for key, office in (
        (f"own:general@{edition.number}", other_organisation),
        ("own:general@9", shelter),
        ("own:general@x", shelter),
    ):
        with pytest.raises(LookupError):
            brought.get(key, office.pk)
    assert all(not one.key.startswith("own:") for one in brought.sets_on(other_organisation, timezone.localdate()))
