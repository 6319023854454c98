"""The person's copy tells of their family that it is there, and of nobody else's name, number or part."""

from datetime import date

import pytest
from django.utils import translation

from amparo.desk.cases import actions, courses, filing, kin
from amparo.desk.cases.models import IdentityPaper, Relative
from amparo.desk.oversight import copying

DAY = date(2026, 3, 2)


@pytest.fixture
def a_case(her_caseworker):
    return actions.open_case(by=her_caseworker, opened_on=DAY, person={"given_names": "Amarena", "birth_date": "1991"})


def told(case):
    return str([(str(part.title), entry.label, str(entry.value)) for part in copying.of(case, {}) for entry in part.entries])


def test_a_birth_is_written_as_every_other_day(her_caseworker):
    case = actions.open_case(by=her_caseworker, opened_on=DAY, person={"birth_date": "1991-04-02~"})
    with translation.override("fr"):
        [born] = [entry for part in copying.of(case, {}) for entry in part.entries if entry.label == "date de naissance"]
        assert born.shown == "vers le 2 avril 1991"


def test_a_baby_of_no_whole_year_has_an_age_in_the_copy(her_caseworker):
    person = {"given_names": "Amarena", "stated_age": 0, "age_stated_on": DAY}
    assert "'age in years, as stated', '0'" in told(actions.open_case(by=her_caseworker, opened_on=DAY, person=person))


def test_a_relative_is_named_by_relation_only(a_case, her_caseworker):
    about = {"case": a_case, "by": her_caseworker}
    guarded = {"name": "Liora", "birth_date": "2015", "phone": "0160 4", "words": "took part", "whereabouts": "the yard"}
    kin.record(**about, model=Relative, values={"relation": "child", "depends": "yes", "part": "involved"} | guarded)
    kin.record(**about, model=IdentityPaper, values={"kind": "passport", "number": "P 7 9", "issued_by": "MD"})
    copy = told(a_case)
    assert all(words in copy for words in ("Child", "P 7 9", "Moldova", "Your family"))
    assert not any(words in copy for words in ("Liora", "2015", "0160 4", "took part", "the yard", "Involved"))


def test_papers_contacts_and_the_end_are_told_in_words(a_case, her_caseworker):
    about = {"case": a_case, "by": her_caseworker}
    filing.add(**about, kind="court", name="o.pdf", pieces=[b"%PDF-1.7 order"], words="The order of June")
    log = {"direction": "out", "counterpart": "person"}
    actions.write_note(**about, kind="call", happened_on=DAY, text="No answer", contact=log)
    answers = {line.code: {"state": "open", "why": "The lawyer sees to it"} for line in courses.lines_for(a_case, "settled")}
    courses.prepare_closing(**about, ending="settled", ended_on=DAY, words="A home and work", answers=answers)
    copy = told(a_case)
    assert all(
        words in copy for words in ("Court paper", "The order of June", "We reached out", "Papers and belongings", "Stays open")
    )
    assert her_caseworker.user.name not in copy
