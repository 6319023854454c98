"""Every address, every role, every place: whoever need not come in does not, judged by rules written down a second time.

The oracle below is plain and knows nothing of the program's policies. It says who must stay outside; that
those who belong inside do come in is what the tests of each room are for.
"""

from datetime import date

import pytest
from django.db import connection
from django.test import Client

from amparo.desk.access.roles import Role
from amparo.desk.cases import actions

from ..walks.test_addresses import PARAMETER, SAMPLES, declared, ours

WHO_MAY = {
    "casework": "caseworker supervisor shelter_staff health lawyer",
    "supervision": "supervisor coordinator",
    "evidence": "data_steward coordinator",
    "publication": "data_steward reviewer coordinator",
    "oversight": "auditor",
    "administration": "administrator",
    "access_review": "supervisor administrator",
    "referring_in": "labour_inspection police",
    "law_enforcement": "police",
}
"""The only roles that a purpose is open to, whatever else is true; a purpose that is not here is open to every member."""
OPEN = {"sign_in", "own_account"}
READS_ALL = {"supervisor"}
OUT = {403, 404, 405}
ON_POSTGRESQL = {"caseworker", "police", "data_steward"}
"""Who is walked there in every check: whether somebody is let in is decided before the database; it is asked for rows alike."""


def filled(route, number):
    """Return an address with this case's number, and made-up values for whatever else it takes."""

    def fill(found):
        name = found[2] or found[3]
        return number if name == "number" else str(SAMPLES.get(found[1] or "str", "overview"))

    return "/" + PARAMETER.sub(fill, route).strip("^$")


def must_stay_out(role, purpose, *, is_about_a_case, is_theirs):
    """Say whether a member with one role has to be kept out, by the plain rules above."""
    if purpose in OPEN:
        return False
    if role not in WHO_MAY[purpose].split():
        return True
    return is_about_a_case and (not is_theirs or role not in READS_ALL)


@pytest.fixture
def cases(make_member, shelter, other_organisation):
    """One case of this office and one of another, each with a team that none of the visitors is on."""
    day, person = date(2026, 3, 2), {"given_names": "Nobody"}
    here = actions.open_case(by=make_member(shelter, "caseworker"), opened_on=day, person=person)
    there = actions.open_case(by=make_member(other_organisation, "caseworker"), opened_on=day, person=person)
    assert here.number != there.number
    return {True: here.number, False: there.number}


def walked():
    """Yield every role; those that `./check` leaves out on PostgreSQL are walked by `./check whole`."""
    for role in sorted(Role):
        left_out = connection.vendor == "postgresql" and role not in ON_POSTGRESQL
        yield pytest.param(role, marks=pytest.mark.whole if left_out else ())


@pytest.mark.django_db
@pytest.mark.parametrize("role", list(walked()))
def test_no_role_comes_where_it_need_not(role, cases, make_member, shelter):
    client, wrong, asked = Client(), [], 0
    client.force_login(make_member(shelter, role).user)
    for name, route, view in ours():
        about = "number" in route and "cases/" in route
        purpose = str(declared(view).purpose)
        for is_theirs, number in cases.items() if about else [(True, cases[True])]:
            if not must_stay_out(role, purpose, is_about_a_case=about, is_theirs=is_theirs):
                continue
            asked += 1
            for method in (client.get, client.post):
                answer = method(filled(route, number))
                if answer.status_code not in OUT:
                    wrong.append(f"{method.__name__} {route} ({name}): {answer.status_code}")
    assert not wrong, wrong
    assert asked > 20, "the walk reached next to nothing"


@pytest.mark.django_db
def test_who_has_left_comes_nowhere(cases, make_member, shelter):
    from django.utils import timezone

    client, wrong = Client(), []
    member = make_member(shelter, "supervisor")
    client.force_login(member.user)
    member.left_at = timezone.now()
    member.save()
    for name, route, view in ours():
        if str(declared(view).purpose) == "sign_in":
            continue
        for method in (client.get, client.post):
            answer = method(filled(route, cases[True]))
            if answer.status_code not in {302, *OUT} or "Nobody" in answer.content.decode():
                wrong.append(f"{method.__name__} {route} ({name}): {answer.status_code}")
    assert not wrong, wrong


def test_every_purpose_is_judged():
    told = {str(declared(view).purpose) for _, _, view in ours()}
    assert told <= {*WHO_MAY, *OPEN}
    assert {str(role) for role in Role} >= {role for roles in WHO_MAY.values() for role in roles.split()}
