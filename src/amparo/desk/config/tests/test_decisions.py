"""Today's one list of decisions gathers what rooms that are strangers to each other have waiting."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from amparo.desk.cases import actions, merging, staffing
from amparo.desk.core.ids import uuid7
from amparo.desk.oversight import keeping, requests
from amparo.desk.workbench import todays

TODAY = timezone.localdate()


def opened(by, count):
    return [actions.open_case(by=by, opened_on=TODAY - timedelta(60), person={"given_names": "Mira"}) for _one in range(count)]


@pytest.mark.django_db
def test_one_list_holds_every_decision_for_those_who_may_take_it(sign_in, her_caseworker, make_member, shelter):
    the_case, twin = opened(her_caseworker, 2)
    supervisor, second = (make_member(shelter, "supervisor", name=name) for name in ("S. Uper", "T. Second"))
    merging.propose(case=the_case, other=twin, by=supervisor, reason="One telephone", row_id=uuid7())
    asked = {"kind": "access", "received_on": TODAY - timedelta(40), "words": "A copy, please"}
    requests.enter(case=the_case, by=her_caseworker, row_id=uuid7(), **asked)
    extend = {"what": "extend", "reason": "A claim", "ground": "person_asked", "until": TODAY + timedelta(90)}
    keeping.propose(case=twin, by=supervisor, **extend)

    def told(member):
        return {line.words for line in todays.decisions(member).lines}

    same, answer, settle = (
        "Decide whether two records are of one person",
        "Answer what the person asks: a copy of what is held",
        "Confirm or refuse what becomes of a record",
    )
    assert told(second) == {same, answer, settle}
    assert told(supervisor) == {answer}, "nobody is the second person to what they proposed"
    assert told(her_caseworker) == {settle}
    assert told(make_member(shelter, "data_steward")) == set()
    page = sign_in(second).get("/").text
    assert re.search(r"<b>3</b>\s*decisions wait", page)
    assert the_case.pseudonym in page
    staffing.declare_conflict(case=the_case, by=supervisor, member=second, kind="relation", reason="Her uncle")
    assert told(second) == {settle}


@pytest.mark.django_db
def test_the_list_counts_what_it_does_not_read(her_caseworker, make_member, shelter):
    supervisor = make_member(shelter, "supervisor", name="S. Uper")
    for case in opened(her_caseworker, todays.MOST_LINES + 3):
        said = {"kind": "access", "received_on": TODAY, "words": ""}
        requests.enter(case=case, by=her_caseworker, row_id=uuid7(), **said)
    waits = todays.decisions(supervisor)
    assert (len(waits.lines), waits.number) == (todays.MOST_LINES, todays.MOST_LINES + 3)
