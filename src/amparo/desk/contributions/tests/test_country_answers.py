"""Answers to a country's own questions in the standard's record: they fill what the case does not say and change nothing."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from amparo.desk.access.roles import Role
from amparo.desk.answers import actions, queries
from amparo.desk.answers.models import AnswerPart
from amparo.desk.answers.tests.asking import ANSWERS, bring
from amparo.desk.cases import actions as cases
from amparo.desk.cases.models import Case
from amparo.desk.consent import actions as consents
from amparo.desk.consent.rules import Purpose
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


def test_answers_that_do_not_open_leave_out_their_case_and_stop_nobody_elses(a_case, a_filling, her_caseworker):
    every = [a_case, *(cases.open_case(by=her_caseworker, opened_on=DAY, person={}) for _ in range(4))]
    for case in every:
        Case.objects.filter(pk=case.pk).update(presumed_on=DAY)
        values = {"state": "given", "asked_on": DAY, "decided_on": DAY, "was_explained": True, "told_of_publication": True}
        consents.record(case=case, by=her_caseworker, purpose=Purpose.STATISTICS, values=values)
    office, told = a_case.organisation_id, []
    read = own_cases.read(office, on=timezone.localdate(), progress=lambda *way: told.append(way))
    assert (read.rows.height, read.rows_in) == (5, 5)
    part = AnswerPart.objects.filter(filling=a_filling).first()
    held = bytes(AnswerPart.objects.filter(pk=part.pk).values_list("answers", flat=True)[0])
    AnswerPart._base_manager.filter(pk=part.pk).update(answers=held[:-1] + bytes([held[-1] ^ 1]))
    read = own_cases.read(office, on=timezone.localdate(), progress=lambda *way: None)
    assert (read.rows.height, read.rows_in) == (4, 4)
    assert str(a_case.person_id) not in read.persons
