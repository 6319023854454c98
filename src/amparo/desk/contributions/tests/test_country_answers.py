"""Answers to a country's own questions in the standard's record: they fill what the case does not say and change nothing."""

from datetime import date, timedelta

import pytest

from amparo.desk.access.roles import Role
from amparo.desk.answers import actions, queries
from amparo.desk.answers.tests.asking import ANSWERS, bring
from amparo.desk.cases import actions as cases
from amparo.desk.contributions import own_cases
from amparo.desk.questions.expressions import Said
from amparo.standard.records import Answer

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


def test_mapped_answers_fill_what_the_case_does_not_say_and_change_nothing(a_case, a_filling, her_caseworker, administrator):
    second = bring(2, administrator)["form"]
    told = queries.for_record(queries.mapped([a_case.pk])[a_case.pk])
    record = own_cases.with_answers(own_cases.record_of(a_case, []), told)
    assert record.means == {"WithholdsDocuments": Answer.YES}
    assert record.to_row()["means_withholds_documents"] == "yes"
    answers = {"needs": frozenset({"none"}), "papers": Said.DECLINED, "industry": "Quarries"}
    actions.fill(case=a_case, edition=second, by=her_caseworker, asked_on=DAY + timedelta(days=1), answers=answers)
    told = queries.for_record(queries.mapped([a_case.pk])[a_case.pk])
    record = own_cases.with_answers(own_cases.record_of(a_case, []), told)
    assert record.labour_industry == "B_MiningAndQuarrying"
    assert record.to_row()["means_withholds_documents"] is None
    a_case.labour_industry, a_case.means = "F_Construction", {"WithholdsDocuments": "no"}
    record = own_cases.with_answers(own_cases.record_of(a_case, []), told)
    assert (record.labour_industry, record.means["WithholdsDocuments"]) == ("F_Construction", Answer.NO)
