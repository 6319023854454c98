"""A child without a guardian: a named person decides, it is shown as that, and the guardian is asked once there is one."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from amparo.desk.cases import actions as cases
from amparo.desk.cases import kin
from amparo.desk.cases.models import Case, Relative
from amparo.desk.cases.tests.browsing import posted
from amparo.desk.consent import queries, rules
from amparo.desk.consent.models import Consent

pytestmark = pytest.mark.django_db


@pytest.fixture
def child(her_caseworker):
    today = timezone.localdate()
    person = {"given_names": "Lina", "stated_age": 15, "age_stated_on": today}
    return cases.open_case(by=her_caseworker, opened_on=today - timedelta(3), person=person)


def fresh(case):
    return Case.objects.select_related("person", "organisation").get(pk=case.pk)


def answered(client, case, **given):
    url = reverse("consent_new", args=[case.number])
    said = {"purposes": ["assistance"], "state": "given", "was_explained": "on", "assent": "yes"} | given
    return client.post(url, posted(client.get(url), **said))


def test_a_guardian_who_has_no_name_is_none(child, sign_in, her_caseworker):
    page = answered(sign_in(her_caseworker), child, giver="guardian")
    assert page.status_code == 422
    assert "Name the guardian." in page.text
    assert not Consent.objects.exists()


def test_a_named_person_decides_and_the_guardian_is_asked_once_there_is_one(child, sign_in, her_caseworker):
    client, listed = sign_in(her_caseworker), reverse("consent", args=[child.number])
    assert answered(client, child, giver="interests").status_code == 422
    said = {"interests_by": "S. Tovan, child protection", "interests_why": "She needs a doctor tonight."}
    assert answered(client, child, giver="interests", **said).status_code == 302
    row = Consent.objects.get()
    assert (row.giver, row.treated_as_child) == (rules.Giver.INTERESTS, True)
    page = client.get(listed).text
    assert "No guardian yet: decided in the child’s best interests" in page
    assert "S. Tovan, child protection, She needs a doctor tonight." in page
    assert "A guardian is recorded now" not in page
    assert queries.covers(fresh(child), "assistance", on=timezone.localdate())
    kin.record(case=fresh(child), by=her_caseworker, model=Relative, values={"relation": "guardian", "name": "R. Diaz"})
    assert "A guardian is recorded now: ask them" in client.get(listed).text
    assert "A guardian is recorded now:" in client.get(reverse("record", args=[child.number])).text
    guardian = str(Relative.objects.get().pk)
    assert answered(client, child, giver="guardian", guardian=guardian).status_code == 302
    assert Consent.objects.get(giver="guardian").guardian_name == "R. Diaz", "chosen from the record"
    assert "A guardian is recorded now" not in client.get(listed).text


def test_what_is_published_waits_for_a_guardian(child, sign_in, her_caseworker):
    said = {
        "interests_by": "S. Tovan",
        "interests_why": "It helps others.",
        "told_of_publication": "on",
        "purposes": ["statistics"],
    }
    page = answered(sign_in(her_caseworker), child, giver="interests", **said)
    assert page.status_code == 422
    assert "Statistics and research wait" in page.text
