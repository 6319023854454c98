"""Answers to a country's own questions in the person's copy: each under its question, free words once somebody has read them."""

from datetime import date

import pytest

from amparo.desk.access.roles import Role
from amparo.desk.answers import actions
from amparo.desk.answers.tests.asking import ANSWERS, SECRET, bring
from amparo.desk.cases import actions as cases
from amparo.desk.cases.models import Case
from amparo.desk.oversight import copying

DAY = date(2026, 3, 2)


@pytest.fixture
def administrator(make_member, shelter):
    return make_member(shelter, Role.ADMINISTRATOR, name="A. Dmin")


@pytest.fixture
def a_case(her_caseworker):
    return cases.open_case(by=her_caseworker, opened_on=DAY, person={})


@pytest.fixture
def a_filling(a_case, administrator, her_caseworker):
    return actions.fill(case=a_case, edition=bring(1, administrator)["form"], by=her_caseworker, asked_on=DAY, answers=ANSWERS)


def test_the_persons_copy_tells_each_answer_under_its_question(a_case, a_filling):
    parts = [
        part for part in copying.of(Case.objects.get(pk=a_case.pk), {}) if str(part.title) == "Your answers to further questions"
    ]
    entries = {entry.label: entry for part in parts for entry in part.entries}
    assert entries["Where does the person sleep at the moment?"].value == "With relatives or friends"
    assert entries["What makes it unsafe?"].value == SECRET
    assert entries["What makes it unsafe?"].passage
    assert not entries["What makes it unsafe?"].is_read
    assert entries["Does the child go to school?"].value == "No"
