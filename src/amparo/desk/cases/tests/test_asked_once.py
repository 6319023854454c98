"""What whoever reads is asked of once in a page holds at once where something is written."""

import pytest

from amparo.desk.cases import queries
from amparo.desk.cases.models import Conflict, TeamMember


@pytest.mark.django_db
def test_a_conflict_that_is_written_down_shuts_out_in_the_same_request(the_case, her_caseworker):
    assert queries.shut_out_from(her_caseworker) == []
    row = Conflict(
        organisation_id=the_case.organisation_id,
        key_id=the_case.key_id,
        member=her_caseworker,
        person=the_case.person,
        since=the_case.opened_on,
        kind="known",
        entered_by=her_caseworker,
    )
    row.save()
    assert queries.shut_out_from(her_caseworker) == [the_case.person_id]
    assert not queries.cases_for(her_caseworker).exists()


@pytest.mark.django_db
def test_a_place_that_is_given_opens_the_case_in_the_same_request(the_case, make_member, shelter):
    colleague = make_member(shelter, "caseworker")
    assert not queries.cases_for(colleague).exists()
    place = TeamMember(organisation=shelter, case=the_case, member=colleague, role="case_manager", since=the_case.opened_on)
    place.save()
    assert queries.cases_for(colleague).get() == the_case
    assert queries.Case.objects.filter(queries.is_own(colleague.pk, the_case.opened_on)).get() == the_case
    TeamMember.objects.filter(pk=place.pk).update(until=the_case.opened_on)
    assert not queries.cases_for(colleague).exists()
