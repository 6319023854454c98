"""Two records of one person: a no in one stops both, and a yes in one gives nothing to the other."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from amparo.desk.cases import actions as cases
from amparo.desk.cases.models import Person
from amparo.desk.consent import actions, queries, rules, stopping
from amparo.desk.consent.models import Disclosure
from amparo.desk.consent.rules import ConsentFacts, Purpose, State
from amparo.desk.core.ids import uuid7

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


@given(st.lists(answers(0), max_size=4), st.lists(answers(100), max_size=4))
def test_a_no_elsewhere_is_told_exactly_where_it_is_the_last_word(own, others):
    told = rules.stopped_elsewhere(own, others, on=LATER)
    assert all(one in others for one in told)
    verdict = rules.covers([*own, *others], Purpose.STATISTICS, on=LATER)
    assert not told or verdict.reason in ("consent_refused", "consent_withdrawn")
    if rules.covers(own, Purpose.STATISTICS, on=LATER) and not verdict:
        assert told


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


def allowed(case, by, purpose=Purpose.REFERRAL, recipient="Port lawyers"):
    yes = {"was_explained": True, "state": State.GIVEN, "data": ["identity"], "recipient": recipient}
    return actions.record(case=case, by=by, purpose=purpose, values=yes | {"asked_on": DAY, "decided_on": DAY})


@pytest.mark.django_db
@pytest.mark.parametrize("how", ["withdrawn", "refused"])
def test_a_no_in_one_record_is_shown_on_the_page_of_the_other_and_told_to_whoever_works_there(
    how, sign_in, her_caseworker, make_member, shelter
):
    colleague = make_member(shelter, "caseworker", name="C. Olleague")
    first = cases.open_case(by=her_caseworker, opened_on=DAY, person={"given_names": "Mira"})
    second = cases.open_case(by=colleague, opened_on=DAY, person={"given_names": "Мира"})
    allowed(first, her_caseworker)
    given = allowed(second, colleague)
    Person.objects.filter(pk=second.person_id).update(merged_into=first.person_id)
    page = sign_in(her_caseworker).get(reverse("consent", args=[first.number])).text
    assert "Said in another case" not in page
    if how == "withdrawn":
        actions.withdraw(consent=given, by=colleague, own_words="They told my brother")
    else:
        actions.refuse(case=second, by=colleague, purposes=[Purpose.REFERRAL], recipient="port  Lawyers", row_id=uuid7())
    client = sign_in(her_caseworker)
    page = client.get(reverse("consent", args=[first.number])).text
    assert "Said in another case of this person: it holds here too" in page
    assert "They told my brother" not in page
    assert second.number not in page
    assert "nothing</b>" in page
    assert "The person said no in another case" in client.get(first.address).text
    stop = client.get(reverse("to_stop")).text
    assert first.number in stop
    assert second.number not in stop
    assert client.post(reverse("consent_stopped", args=[first.number])).status_code == 302
    assert stopping.count(her_caseworker) == 0
    assert "I. Maro" in sign_in(colleague).get(reverse("consent", args=[second.number])).text
    allowed(first, her_caseworker)  # an older yes changes nothing
    client = sign_in(her_caseworker)
    assert "Said in another case" in client.get(reverse("consent", args=[first.number])).text
    Person.objects.filter(pk=second.person_id).update(merged_into=None)
    assert "Said in another case" not in client.get(reverse("consent", args=[first.number])).text


@pytest.mark.django_db
def test_a_no_to_everybody_in_another_record_is_told_as_a_no_where_nobody_asked(her_caseworker, sign_in):
    first, second = (cases.open_case(by=her_caseworker, opened_on=DAY, person={"given_names": name}) for name in ("Mira", "Мира"))
    actions.refuse(case=second, by=her_caseworker, purposes=[Purpose.REFERRAL], recipient="", row_id=uuid7())
    Person.objects.filter(pk=second.person_id).update(merged_into=first.person_id)
    [held] = queries.holding(first, on=timezone.localdate())
    assert (held.reason, held.is_to_everybody, held.waits) == ("consent_refused", True, False)
    assert "Ask them first" not in sign_in(her_caseworker).get(reverse("consent", args=[first.number])).text


@pytest.mark.django_db
def test_a_no_in_one_case_of_a_record_holds_in_the_others_too(her_caseworker):
    first = cases.open_case(by=her_caseworker, opened_on=DAY, person={"given_names": "Mira"})
    second = cases.new_case(person=first.person, by=her_caseworker, opened_on=DAY)
    no = actions.refuse(case=second, by=her_caseworker, purposes=[Purpose.RESEARCH], row_id=uuid7())
    assert queries.of_other_cases(first) == list(no)
    assert set(queries.where_a_no_holds(first)) == {first, second}


@pytest.mark.django_db
def test_excerpts_that_rest_on_the_other_records_yes_are_ended_too(her_caseworker, make_member, shelter, other_organisation):
    first, second = (cases.open_case(by=her_caseworker, opened_on=DAY, person={"given_names": name}) for name in ("Mira", "Мира"))
    open_excerpt = Disclosure.objects.create(
        organisation_id=first.organisation_id,
        key_id=first.key_id,
        case=first,
        body=other_organisation,
        ground="consent",
        consent=allowed(first, her_caseworker),
        data=["identity"],
        since=DAY,
        until=LATER,
        entered_by=her_caseworker,
    )
    given = allowed(second, her_caseworker)
    Person.objects.filter(pk=second.person_id).update(merged_into=first.person_id)
    actions.withdraw(consent=given, by=her_caseworker)
    open_excerpt.refresh_from_db()
    assert open_excerpt.ended_by == her_caseworker
