"""Who may do what: the table that a lawyer reads, and the walls that no role opens."""

import itertools
import uuid
from datetime import date

import pytest

from amparo.desk.access.policies import (
    Confirmed,
    Facts,
    PlaceFacts,
    may_confirm,
    may_hold,
    may_manage,
    may_serve,
    rest,
    review_due,
)
from amparo.desk.access.roles import EVERYBODY, INSIDE, OUTSIDE, PURPOSES, Purpose, Role

HERE, ELSEWHERE, ME, SOMEBODY = (uuid.UUID(int=n) for n in range(1, 5))

SPEC = """
    role                    | casework | supervision | evidence | publication | oversight | administration
    caseworker              | yes      | no          | no       | no          | no        | no
    supervisor              | yes      | yes         | no       | no          | no        | no
    shelter_staff           | yes      | no          | no       | no          | no        | no
    health                  | yes      | no          | no       | no          | no        | no
    lawyer                  | yes      | no          | no       | no          | no        | no
    data_steward            | no       | no          | yes      | yes         | no        | no
    reviewer                | no       | no          | no       | yes         | no        | no
    coordinator             | no       | yes         | yes      | yes         | no        | no
    auditor                 | no       | no          | no       | no          | yes       | no
    administrator           | no       | no          | no       | no          | no        | yes
    labour_inspection       | no       | no          | no       | no          | no        | no
    police                  | no       | no          | no       | no          | no        | no
    immigration_enforcement | no       | no          | no       | no          | no        | no
"""
MORE = """
    role                    | access_review | referring_in | law_enforcement
    caseworker              | no            | no           | no
    supervisor              | yes           | no           | no
    shelter_staff           | no            | no           | no
    health                  | no            | no           | no
    lawyer                  | no            | no           | no
    data_steward            | no            | no           | no
    reviewer                | no            | no           | no
    coordinator             | no            | no           | no
    auditor                 | no            | no           | no
    administrator           | yes           | no           | no
    labour_inspection       | no            | yes          | no
    police                  | no            | yes          | yes
    immigration_enforcement | no            | no           | no
"""


def cells(spec):
    head, *rows = [[cell.strip() for cell in line.split("|")] for line in spec.strip().splitlines()]
    return [(Role(row[0]), Purpose(name), answer) for row in rows for name, answer in zip(head[1:], row[1:], strict=True)]


CELLS = cells(SPEC) + cells(MORE)


def facts(*roles, **more):
    return Facts(member_id=ME, organisation_id=HERE, roles=frozenset(roles), **more)


def test_the_table_names_every_role_and_purpose():
    assert {role for role, _, _ in CELLS} == set(Role)
    assert {purpose for _, purpose, _ in CELLS} | EVERYBODY == set(Purpose)


@pytest.mark.parametrize(("role", "purpose", "answer"), CELLS)
def test_a_role_serves_what_the_table_says(role, purpose, answer):
    assert bool(may_serve(facts(role), purpose)) is (answer == "yes")


@pytest.mark.parametrize("role", sorted(Role))
def test_ones_own_account_is_open_to_every_member(role):
    assert may_serve(facts(role), Purpose.OWN_ACCOUNT)


@pytest.mark.parametrize("outside", sorted(OUTSIDE))
def test_no_second_role_opens_the_wall_before_an_outside_body(outside):
    for role in set(Role) - {outside}:
        for purpose in set(Purpose) - EVERYBODY:
            both = outside in OUTSIDE and role in OUTSIDE and purpose in PURPOSES[outside] & PURPOSES[role]
            assert bool(may_serve(facts(outside, role), purpose)) is both
    assert PURPOSES[outside] <= {Purpose.REFERRING_IN, Purpose.LAW_ENFORCEMENT}
    assert not PURPOSES[Role.IMMIGRATION_ENFORCEMENT]
    assert not OUTSIDE & INSIDE


@pytest.mark.parametrize("purpose", sorted(set(Purpose) - {Purpose.SIGN_IN}))
def test_who_left_or_has_no_second_factor_serves_nothing(purpose):
    for role in Role:
        assert may_serve(facts(role, is_active=False), purpose).reason == "member_inactive"
        assert may_serve(facts(role, has_second_factor=False), purpose).reason == "second_factor_missing"


def test_no_role_serves_nothing():
    assert not any(may_serve(facts(), purpose) for purpose in set(Purpose) - EVERYBODY)


def test_which_roles_one_person_may_hold_together():
    refused = {pair: may_hold(frozenset(pair)).reason for pair in itertools.combinations(sorted(Role), 2)}
    together = {tuple(sorted(pair)): reason for pair, reason in refused.items() if reason}
    outside = {tuple(sorted((one, other))) for one in OUTSIDE for other in Role if one != other}
    assert {pair for pair, reason in together.items() if reason == "outside_role_stands_alone"} == outside
    assert {pair: reason for pair, reason in together.items() if pair not in outside} == {
        ("data_steward", "reviewer"): "steward_is_no_reviewer",
        ("administrator", "auditor"): "administrator_is_no_auditor",
    }
    assert all(may_hold(frozenset({role})) for role in Role)


@pytest.mark.parametrize(
    ("acting", "place", "reason"),
    [
        (facts(Role.ADMINISTRATOR), PlaceFacts(SOMEBODY, HERE), ""),
        (facts(Role.ADMINISTRATOR), PlaceFacts(ME, HERE), "not_yourself"),
        (facts(Role.ADMINISTRATOR), PlaceFacts(SOMEBODY, ELSEWHERE), "other_organisation"),
        (facts(Role.ADMINISTRATOR), PlaceFacts(SOMEBODY, HERE, has_left=True), "member_inactive"),
        (facts(Role.SUPERVISOR), PlaceFacts(SOMEBODY, HERE), "not_your_role"),
        (facts(Role.ADMINISTRATOR, has_second_factor=False), PlaceFacts(SOMEBODY, HERE), "second_factor_missing"),
    ],
)
def test_who_changes_a_members_place(acting, place, reason):
    assert may_manage(acting, place).reason == reason


RESTED = {"rests": True, "rested_by": ELSEWHERE}


@pytest.mark.parametrize(
    ("acting", "place", "reason"),
    [
        (facts(Role.SUPERVISOR), PlaceFacts(SOMEBODY, HERE), ""),
        (facts(Role.ADMINISTRATOR), PlaceFacts(SOMEBODY, HERE), ""),
        (facts(Role.CASEWORKER), PlaceFacts(SOMEBODY, HERE), "not_your_role"),
        (facts(Role.SUPERVISOR), PlaceFacts(SOMEBODY, ELSEWHERE), "other_organisation"),
        (facts(Role.SUPERVISOR), PlaceFacts(ME, HERE), "not_yourself"),
        (facts(Role.SUPERVISOR), PlaceFacts(SOMEBODY, HERE, has_left=True), "member_inactive"),
        (facts(Role.SUPERVISOR), PlaceFacts(SOMEBODY, HERE, **RESTED), ""),
        (facts(Role.ADMINISTRATOR), PlaceFacts(SOMEBODY, HERE, **RESTED), "another_supervisor_confirms"),
        (facts(Role.SUPERVISOR), PlaceFacts(SOMEBODY, HERE, **RESTED | {"rested_by": ME}), "another_supervisor_confirms"),
        (facts(Role.SUPERVISOR), PlaceFacts(SOMEBODY, HERE, rested_by=ME), ""),
    ],
)
def test_who_confirms_a_members_access(acting, place, reason):
    assert may_confirm(acting, place).reason == reason


def test_roles_that_open_cases_rest_where_somebody_can_confirm_them_and_say_so():
    gained = frozenset({Role.CASEWORKER, Role.AUDITOR})
    assert rest(gained, has_another_supervisor=True) == {Role.CASEWORKER}
    assert rest(gained, has_another_supervisor=False) == frozenset()
    assert may_serve(facts(rests=True), Purpose.CASEWORK).reason == "roles_rest"
    assert may_serve(facts(Role.POLICE, rests=True), Purpose.CASEWORK).reason == "outside_body"
    assert may_serve(facts(has_second_factor=False), Purpose.SIGN_IN)


def test_access_is_confirmed_every_ninety_days_and_anew_for_other_roles():
    roles, came = frozenset({Role.CASEWORKER}), date(2026, 1, 1)
    asked = {"since": came, "roles": roles}
    assert review_due(**asked, last=None) == date(2026, 4, 1)
    assert review_due(**asked, last=Confirmed(date(2026, 3, 1), roles)) == date(2026, 5, 30)
    assert review_due(**asked, last=Confirmed(date(2026, 3, 1), roles | {Role.SUPERVISOR})) == date(2026, 4, 1)
