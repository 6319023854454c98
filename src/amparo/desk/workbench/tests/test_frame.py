"""What every page of the desk keeps to."""

import pytest
from django.urls import reverse

pytestmark = pytest.mark.django_db


def test_a_page_names_the_organisation_and_the_member_and_never_a_person_in_its_title(sign_in, her_caseworker):
    page = sign_in(her_caseworker).get(reverse("help")).content.decode()
    assert "Lantern House" in page
    assert "I. Maro" in page
    assert "<title>Help and keys · Amparo</title>" in page


@pytest.mark.parametrize("language", ["fr", "es"])
def test_the_language_switch_is_a_form_and_turns_the_whole_frame(client, sign_in, her_caseworker, language):
    client = sign_in(her_caseworker)
    answer = client.post(reverse("set_language"), {"language": language, "next": reverse("help")})
    assert answer.status_code == 302
    assert f'<html lang="{language}"' in client.get(reverse("help")).content.decode()


def test_no_page_carries_style_or_script_inside(sign_in, her_caseworker):
    page = sign_in(her_caseworker).get(reverse("help")).content.decode()
    assert "style=" not in page
    assert "<style" not in page
    assert "<script>" not in page
    assert " on" + "click=" not in page


def test_pages_of_a_signed_in_member_are_not_kept_by_the_browser(sign_in, her_caseworker):
    answer = sign_in(her_caseworker).get(reverse("help"))
    assert "no-store" in answer["Cache-Control"]


def test_who_may_compare_finds_what_was_told_of_twice_beside_the_people(sign_in, her_caseworker, make_member, shelter):
    address = reverse("actors_alike")
    supervisor = make_member(shelter, "supervisor", name="S. Uper")
    client = sign_in(supervisor)
    assert f'href="{address}"' in client.get(reverse("people")).content.decode()
    page = client.get(address)
    assert page.status_code == 200
    current = [part for part in page.context["parts"] if part.is_current]
    assert [part.address for part in current] == [address]
    for role in ("caseworker", "health", "lawyer", "shelter_staff"):
        client = sign_in(make_member(shelter, role, name="N. Urse"))
        assert f'href="{address}"' not in client.get(reverse("people")).content.decode()
        assert client.get(address).status_code == 403
