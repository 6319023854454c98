"""Today, People, Search, Overview, History: who sees what, and what is never told."""

from pathlib import Path

import pytest
from django.urls import reverse

from amparo.desk.audit.models import Event

pytestmark = pytest.mark.django_db
NAME = "Tavrenko"


def addresses(case):
    return [reverse("record", args=[case.number]), reverse("record_history", args=[case.number])]


def test_today_shows_her_own_cases_by_risk_without_names(sign_in, her_caseworker, the_case, more_cases):
    more_cases(5)
    page = sign_in(her_caseworker).get(reverse("today")).content.decode()
    assert the_case.pseudonym in page
    assert NAME not in page
    table = page[page.index("mine-h") :]
    first = table.index("High")
    assert first < table.index("Medium")


def test_a_day_that_lists_cases_is_recorded_and_an_empty_one_is_not(sign_in, her_caseworker, the_case, make_member, shelter):
    sign_in(make_member(shelter, "data_steward")).get(reverse("today"))
    assert not Event.objects.filter(action="cases.listed").exists()
    sign_in(her_caseworker).get(reverse("today"))
    event = Event.objects.get(action="cases.listed")
    assert (event.actor_id, event.details) == (her_caseworker.id, {"page": "today", "shown": 1})


def test_today_is_for_everybody_and_holds_only_what_is_theirs(sign_in, make_member, shelter, the_case):
    page = sign_in(make_member(shelter, "data_steward")).get(reverse("today"))
    assert page.status_code == 200
    shown = page.content.decode().replace(shelter.name, "")  # a pseudonym may be a word of it
    assert the_case.pseudonym not in shown
    assert the_case.number not in shown


def test_the_record_shows_the_rule_before_any_number_and_no_number_at_all(sign_in, her_caseworker, the_case):
    page = sign_in(her_caseworker).get(reverse("record", args=[the_case.number])).content.decode()
    assert "Say “the library”" in page
    assert "555 0142" not in page


def test_the_title_of_a_record_names_nobody(sign_in, her_caseworker, the_case):
    client = sign_in(her_caseworker)
    for address in addresses(the_case):
        page = client.get(address).content.decode()
        title = page[page.index("<title>") : page.index("</title>")]
        assert NAME not in title
        assert the_case.pseudonym not in title
        assert the_case.number not in title


@pytest.mark.parametrize("role", ["shelter_staff"])
def test_who_may_not_see_the_name_works_with_the_pseudonym(sign_in, make_member, shelter, the_case, role):
    from amparo.desk.cases import actions

    supervisor, colleague = make_member(shelter, "supervisor"), make_member(shelter, role)
    actions.join_team(case=the_case, by=supervisor, member=colleague, role="shelter", since=the_case.opened_on)
    page = sign_in(colleague).get(reverse("record", args=[the_case.number])).content.decode()
    assert the_case.pseudonym in page
    assert NAME not in page


def test_a_partner_and_an_outsider_find_no_record(client, the_partner, the_outsider, make_member, shelter, the_case):
    stranger = make_member(shelter, "caseworker", name="N. Other")
    for member, status in [(the_partner, 404), (stranger, 404), (the_outsider, 403)]:
        client.force_login(member.user)
        for address in addresses(the_case):
            answer = client.get(address)
            assert answer.status_code == status
            assert the_case.pseudonym not in answer.content.decode()


def test_an_outsider_sees_no_list_and_no_search(sign_in, the_outsider, the_case):
    client = sign_in(the_outsider)
    assert client.get(reverse("people")).status_code == 403
    assert client.post(reverse("search"), {"words": NAME}).status_code == 403
    assert reverse("people") not in client.get(reverse("today")).content.decode()


def test_a_visitor_is_sent_to_sign_in(client, the_case):
    for address in [reverse("today"), reverse("people"), reverse("search"), *addresses(the_case)]:
        answer = client.get(address)
        assert answer.status_code == 302
        assert answer["Location"].startswith(reverse("account_login"))


@pytest.mark.parametrize("name", ["today", "people", "help"])
def test_pages_that_only_show_take_no_form(sign_in, her_caseworker, name):
    assert sign_in(her_caseworker).post(reverse(name)).status_code == 405


def test_search_finds_by_name_number_and_pseudonym_and_never_puts_words_into_an_address(sign_in, her_caseworker, the_case):
    client = sign_in(her_caseworker)
    for words in ["tavren", "Ilyas", the_case.number, the_case.pseudonym]:
        answer = client.post(reverse("search"), {"words": words})
        assert answer.status_code == 200
        assert reverse("record", args=[the_case.number]) in answer.content.decode()
    page = client.get(reverse("search") + "?words=Tavrenko").content.decode()
    assert reverse("record", args=[the_case.number]) not in page


def test_a_search_is_recorded_without_its_words(sign_in, her_caseworker, the_case):
    sign_in(her_caseworker).post(reverse("search"), {"words": NAME})
    event = Event.objects.filter(action="cases.searched").get()
    assert event.details == {"found": 1, "by": ["name"]}
    assert event.subject == ""


def test_a_partner_finds_nobody_of_ours(sign_in, the_partner, the_case):
    page = sign_in(the_partner).post(reverse("search"), {"words": the_case.number}).content.decode()
    assert "Nobody found" in page


def test_filters_show_themselves_as_chips_that_lead_to_the_list_without_them(sign_in, her_caseworker, the_case, more_cases):
    more_cases(3)
    page = sign_in(her_caseworker).get(reverse("people") + "?risk=3&stage=first_contact").content.decode()
    assert 'href="/people/?stage=first_contact"' in page
    assert 'href="/people/?risk=3"' in page
    assert the_case.pseudonym in page


def test_a_list_is_recorded_once_with_its_filters_names_only(sign_in, her_caseworker, the_case):
    sign_in(her_caseworker).get(reverse("people") + "?risk=3")
    event = Event.objects.filter(action="cases.listed").get()
    assert event.details == {"filters": ["risk"], "shown": 1}


def test_every_case_is_on_one_page_of_the_list_and_none_on_two(sign_in, her_caseworker, more_cases):
    made = {case.number for case in more_cases(30)}
    client, seen, address = sign_in(her_caseworker), [], reverse("people")
    while address:
        answer = client.get(address)
        seen += [row.number for row in answer.context["page"]]
        address = reverse("people") + answer.context["page"].following if answer.context["page"].following else ""
    assert len(seen) == len(set(seen))
    assert set(seen) == made


def test_the_list_takes_as_many_queries_for_thirty_cases_as_for_three(
    sign_in, her_caseworker, more_cases, django_assert_max_num_queries
):
    client = sign_in(her_caseworker)
    more_cases(3)
    client.get(reverse("people"))
    more_cases(20)
    with django_assert_max_num_queries(25):
        client.get(reverse("people"))


def test_an_empty_list_says_what_to_do(sign_in, her_caseworker):
    assert "No case yet" in sign_in(her_caseworker).get(reverse("people")).content.decode()


def test_history_tells_in_sentences_what_happened_and_who_looked(sign_in, her_caseworker, the_case, make_member, shelter):
    sign_in(make_member(shelter, "supervisor", name="S. Pervisor")).get(reverse("record", args=[the_case.number]))
    page = sign_in(her_caseworker).get(reverse("record_history", args=[the_case.number])).content.decode()
    assert "Case opened" in page
    assert "Risk assessed: from “Not assessed” to “High”" in page
    assert "S. Pervisor" in page


def test_a_page_weighs_less_than_sixty_kilobytes_with_its_sheets(sign_in, her_caseworker, the_case, more_cases):
    import gzip
    import re

    from django.contrib.staticfiles import finders

    more_cases(25)
    client = sign_in(her_caseworker)
    for address in [reverse("today"), reverse("people"), *addresses(the_case)]:
        page = client.get(address).content
        sheets = re.findall(r'href="/static/([^"]+\.css)"', page.decode())
        assert sheets
        weight = len(gzip.compress(page)) + sum(len(gzip.compress(Path(finders.find(one)).read_bytes())) for one in sheets)
        assert weight < 60_000, (address, weight)
