"""Two records of one person: a no in one stops both, and a yes in one gives nothing to the other."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amparo.desk.cases import actions as cases
from amparo.desk.cases.models import Person
from amparo.desk.consent import actions, queries, rules
from amparo.desk.consent.rules import ConsentFacts, Purpose, State

DAY = date(2026, 3, 2)
LATER = DAY + timedelta(9)


def answers(order):
    return st.builds(
        lambda state, days, back: ConsentFacts(
            purpose=Purpose.STATISTICS,
            recipient="",
            data=frozenset({"statistical"}),
            state=state,
            decided_on=DAY + timedelta(days),
            withdrawn_on=DAY + timedelta(days + back) if state is State.WITHDRAWN else None,
            valid_until=None,
            order=order + days,
        ),
        st.sampled_from([State.GIVEN, State.REFUSED, State.WITHDRAWN]),
        st.integers(0, 8),
        st.integers(0, 8),
    )


@given(st.lists(answers(0), max_size=4), st.lists(answers(100), max_size=4))
def test_another_record_never_makes_a_consent_of_none(own, others):
    asked = {"on": LATER, "data": ["statistical"]}
    joint = rules.covers_joined(own, others, Purpose.STATISTICS, **asked)
    assert not joint or rules.covers(own, Purpose.STATISTICS, **asked)
    assert rules.covers_joined(own, [], Purpose.STATISTICS, **asked) == rules.covers(own, Purpose.STATISTICS, **asked)


@pytest.mark.django_db
def test_a_withdrawal_in_one_record_stops_the_other_until_they_are_parted(her_caseworker):
    first, second = (cases.open_case(by=her_caseworker, opened_on=DAY, person={"given_names": name}) for name in ("Mira", "Мира"))
    yes = {"was_explained": True, "told_of_publication": True, "state": State.GIVEN, "data": ["statistical"]}
    for case, day in ((first, DAY), (second, DAY + timedelta(1))):
        actions.record(case=case, by=her_caseworker, purpose=Purpose.STATISTICS, values=yes | {"asked_on": day, "decided_on": day})
    asked = {"on": LATER, "data": ["statistical"]}
    given = second.consents.get()
    actions.withdraw(consent=given, by=her_caseworker, on=DAY + timedelta(2))
    office = her_caseworker.organisation_id
    assert queries.covers(first, Purpose.STATISTICS, **asked)
    Person.objects.filter(pk=second.person_id).update(merged_into=first.person_id)
    assert queries.covers(first, Purpose.STATISTICS, **asked).reason == "consent_withdrawn"
    assert queries.covered_cases(office, Purpose.STATISTICS, **asked) == set()
    Person.objects.filter(pk=second.person_id).update(merged_into=None)
    assert queries.covers(first, Purpose.STATISTICS, **asked)
    assert queries.covered_cases(office, Purpose.STATISTICS, **asked) == {first.pk}
