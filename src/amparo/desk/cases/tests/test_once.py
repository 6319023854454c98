"""What a request that only reads asks for is asked once, and nowhere else is anything remembered."""

import pytest

from amparo.desk.cases import queries
from amparo.desk.cases.models import Conflict
from amparo.desk.core.once import once, reading_only


def test_inside_it_is_asked_once_and_outside_each_time():
    asked = []

    def ask():
        asked.append(1)
        return len(asked)

    assert [once("a", ask), once("a", ask)] == [1, 2]
    with reading_only():
        assert [once("a", ask), once("a", ask), once("b", ask)] == [3, 3, 4]
    with reading_only():
        assert once("a", ask) == 5
    assert once("a", ask) == 6


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
