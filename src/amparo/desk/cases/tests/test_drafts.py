"""A draft on any page of a case is sealed under the key of the person whom the case is about."""

from datetime import date

import pytest
from django.http import QueryDict
from django.urls import reverse

from amparo.desk.cases import actions, emergencies
from amparo.desk.cases.pages import key_of_page
from amparo.desk.core import drafts, keys, sealing
from amparo.desk.core.models import Draft


@pytest.fixture
def a_case(her_caseworker):
    return actions.open_case(by=her_caseworker, opened_on=date(2026, 3, 2), person={"given_names": "Amarena"})


def test_every_page_of_a_case_leads_to_the_persons_key_and_no_other_page_does(a_case, her_caseworker, the_partner):
    for page in ("person/", "notes/", "journey/new/", "identification/x/act/", ""):
        assert key_of_page(her_caseworker.user_id, f"{a_case.address}{page}") == a_case.key_id
    for path in ("/", "/cases/", "/cases", "/people/new/", "/cases/XC-2026-09999/notes/", f"/x/{a_case.number}/notes/"):
        assert key_of_page(her_caseworker.user_id, path) is None
    assert key_of_page(the_partner.user_id, a_case.address) is None


def test_what_is_typed_on_a_case_goes_with_the_persons_key(a_case, her_caseworker, sign_in):
    client, page = sign_in(her_caseworker), reverse("case_notes", args=[a_case.number])
    answer = client.post(reverse("drafts"), {"form": page, "typed": "text=she+hides+with+her+aunt"})
    assert answer.json()["kept"] is True
    assert sealing.key_id_of(Draft.objects.get().sealed) == a_case.key_id
    assert "with her aunt" in client.get(page).content.decode()
    keys.destroy(a_case.key_id)
    keys.forget_opened()
    assert drafts.load(her_caseworker.user_id, page) is None
    assert not Draft.objects.exists()


def test_the_answer_tells_nobody_which_numbers_exist(a_case, the_outsider, the_partner, sign_in):
    for member in (the_outsider, the_partner):
        client = sign_in(member)
        told = [
            client.post(reverse("drafts"), {"form": f"/cases/{number}/notes/", "typed": "text=x"}).json()["kept"]
            for number in (a_case.number, "XC-2026-09999")
        ]
        assert told == [True, True]
    assert drafts.save(the_outsider.user_id, "/help/", QueryDict("text=x"))


def test_what_is_typed_on_the_review_of_an_emergency_goes_with_the_persons_key(a_case, make_member, shelter, sign_in, the_partner):
    supervisor, hurried = (make_member(shelter, role) for role in ("supervisor", "caseworker"))
    taken = emergencies.break_glass(by=hurried, called=a_case.number, reason="danger")
    client, page = sign_in(supervisor), reverse("emergency_review", args=[taken.pk])
    for member in (the_partner, supervisor):
        sign_in(member).post(reverse("drafts"), {"form": page, "typed": "reason=she+hides+with+her+aunt"})
    assert "with her aunt" in client.get(page).content.decode()
    assert sealing.key_id_of(Draft.objects.get(user_id=supervisor.user_id).sealed) == a_case.key_id
    assert sealing.key_id_of(Draft.objects.get(user_id=the_partner.user_id).sealed) != a_case.key_id
    keys.destroy(a_case.key_id)
    assert drafts.load(supervisor.user_id, page) is None


def test_a_form_of_what_is_not_there_yet_names_nothing_as_saved(her_caseworker, sign_in):
    where = reverse("case_new")
    drafts.save(her_caseworker.user_id, where, QueryDict("opened_on_day=3&opened_on_month=&opened_on_year=&stage=signal&phone=1"))
    page = sign_in(her_caseworker).get(where).content.decode()
    assert "What you typed is here again." in page
    assert "Saved now" not in page


def test_a_new_note_names_the_day_it_began_with_as_saved_by_nobody(her_caseworker, a_case, sign_in):
    where = reverse("case_notes", args=[a_case.number])
    typed = "kind=interview&happened_on_day=3&happened_on_month=2&happened_on_year=2026&text=She+slept"
    drafts.save(her_caseworker.user_id, where, QueryDict(typed))
    page = sign_in(her_caseworker).get(where).content.decode()
    assert "She slept" in page
    assert "Saved now" not in page
