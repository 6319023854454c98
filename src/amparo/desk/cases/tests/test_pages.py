"""Pages of the person and the case: what they take, what they refuse, who may open them."""

from datetime import date

import pytest
from django.urls import reverse
from django.utils import timezone

from amparo.desk.audit.models import Event
from amparo.desk.cases import actions, names, queries, summary
from amparo.desk.cases.choices import Risk
from amparo.desk.cases.models import Case, Note, Person
from amparo.desk.cases.tests.browsing import posted
from amparo.desk.core.partial_dates import PartialDate

DAY = date(2026, 3, 2)
STRANGERS = ["immigration_enforcement", "police", "labour_inspection", "administrator", "auditor", "data_steward"]
PAGES = [
    *("case_person", "case_known", "case_facts", "case_next_step", "case_risk"),
    *("case_move", "case_notes", "case_team", "case_versions"),
]


@pytest.fixture
def a_case(her_caseworker):
    person = {
        "family_name": "Lima",
        "given_names": "Amarena",
        "birth_date": PartialDate.parse("1995-04"),
        "safe_contact_rule": "Message only",
        "phone": "+99 555 0143",
        "citizenship": ["XA"],
        "languages": ["fra", "spa"],
    }
    return actions.open_case(by=her_caseworker, opened_on=DAY, person=person)


def test_taking_a_person_in_asks_only_for_the_day(sign_in, her_caseworker):
    client = sign_in(her_caseworker)
    page = client.get(reverse("case_new"))
    answer = client.post(reverse("case_new"), posted(page))
    case = Case.objects.get()
    assert answer.status_code == 302
    assert answer["Location"] == f"/cases/{case.number}/"
    assert client.get(answer["Location"]).status_code == 200
    assert case.opened_on == timezone.localdate()


def test_whoever_is_taken_in_by_the_page_is_found_by_name(sign_in, her_caseworker):
    """A name is indexed before its writer is on the case's team, who may not read it yet."""
    client = sign_in(her_caseworker)
    assert client.post(reverse("case_new"), posted(client.get(reverse("case_new")), given_names="Amarena")).status_code == 302
    person = Person.objects.get()
    assert names.tokens_held(person)
    answer = client.post(reverse("search"), {"words": "Amarena"}, follow=True)
    assert Case.objects.get().number in answer.content.decode()


def test_a_form_posted_twice_makes_one_case(sign_in, her_caseworker):
    client = sign_in(her_caseworker)
    data = posted(client.get(reverse("case_new")), given_names="Amarena", first_note="She is in pain")
    first, second = client.post(reverse("case_new"), data), client.post(reverse("case_new"), data)
    assert second.status_code in (302, 422)
    assert (Case.objects.count(), Person.objects.count(), Note.objects.count()) == (1, 1, 1)
    assert first["Location"] in (second.get("Location", first["Location"]),)


def test_a_refused_form_comes_back_filled_in(sign_in, her_caseworker):
    client = sign_in(her_caseworker)
    data = posted(
        client.get(reverse("case_new")), given_names="Amarena", birth_date_day="31", birth_date_month="2", birth_date_year="1995"
    )
    page = client.post(reverse("case_new"), data)
    assert page.status_code == 422
    assert "does not exist" in page.content.decode()
    assert 'value="Amarena"' in page.content.decode()
    assert not Case.objects.exists()


def test_a_like_name_is_asked_about_before_a_second_record_is_made(sign_in, a_case, her_caseworker):
    client = sign_in(her_caseworker)
    data = posted(client.get(reverse("case_new")), given_names="amarena", family_name="LIMA")
    page = client.post(reverse("case_new"), data)
    assert page.status_code == 422
    assert a_case.number in page.content.decode()
    assert Case.objects.count() == 1
    again = client.post(reverse("case_new"), posted(page, same="another"))
    assert again.status_code == 302
    assert Case.objects.count() == 2


def test_of_a_like_name_in_another_case_nothing_is_told_that_names_it(sign_in, a_case, make_member, shelter):
    colleague = make_member(shelter, "caseworker", name="C. Olleague")
    client = sign_in(colleague)
    page = client.post(reverse("case_new"), posted(client.get(reverse("case_new")), given_names="Amarena", family_name="Lima"))
    text = page.content.decode() + client.get(page["Location"]).text if page.status_code == 302 else page.content.decode()
    assert a_case.pseudonym not in text
    assert a_case.number not in text
    assert "the same name" not in text, "a reason would confirm what was typed"


@pytest.mark.parametrize("name", PAGES)
def test_each_page_opens_for_the_team_and_names_nobody_in_its_title(name, sign_in, a_case, her_caseworker):
    page = sign_in(her_caseworker).get(reverse(name, args=[a_case.number]))
    assert page.status_code == 200
    title = page.content.decode().split("<title>")[1].split("</title>")[0]
    assert "Amarena" not in title
    assert "+99 555" not in page.content.decode() or name == "case_person"


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize(
    "role", ["immigration_enforcement", "police", "labour_inspection", "administrator", "auditor", "data_steward"]
)
def test_who_does_no_casework_is_refused(name, role, sign_in, a_case, make_member, shelter):
    for case_number in (a_case.number, "XC-2026-99999"):
        page = sign_in(make_member(shelter, role)).get(reverse(name, args=[case_number]))
        assert page.status_code == 403
        assert "Amarena" not in page.content.decode()


@pytest.mark.parametrize("name", PAGES)
def test_another_organisation_and_another_team_find_nothing(name, sign_in, a_case, the_partner, make_member, shelter):
    for member in (the_partner, make_member(shelter, "caseworker", name="C. Olleague")):
        assert sign_in(member).get(reverse(name, args=[a_case.number])).status_code == 404


@pytest.mark.parametrize("name", ["case_contact"])
def test_the_number_is_shown_only_to_a_post_and_the_showing_is_recorded(name, sign_in, a_case, her_caseworker):
    client = sign_in(her_caseworker)
    led = client.get(reverse(name, args=[a_case.number]), follow=True)
    assert led.redirect_chain == [(a_case.address, 302)]
    assert "Read the rule on safe contact once more" in led.content.decode()
    assert not Event.objects.filter(action="person.contact_shown").exists()
    page = client.post(reverse(name, args=[a_case.number]))
    assert "+99 555 0143" in page.content.decode()
    assert Event.objects.filter(action="person.contact_shown", actor_id=her_caseworker.id).count() == 1


def test_changing_the_person(sign_in, a_case, her_caseworker):
    client = sign_in(her_caseworker)
    address = reverse("case_person", args=[a_case.number])
    answer = client.post(address, posted(client.get(address), gender="Feminine", second_citizenship="XB", stated_age=""))
    assert answer.status_code == 302
    person = Person.objects.get()
    assert (person.gender, person.citizenship, person.languages) == ("Feminine", ["XA", "XB"], ["fra", "spa"])
    assert (person.given_names, str(person.birth_date), person.version) == ("Amarena", "1995-04", 2)


def test_an_age_that_does_not_fit_the_birth_date_is_asked_about(sign_in, a_case, her_caseworker):
    client = sign_in(her_caseworker)
    address = reverse("case_person", args=[a_case.number])
    page = client.post(address, posted(client.get(address), stated_age="12"))
    assert page.status_code == 422
    assert "does not fit the date of birth" in page.content.decode()


def test_two_at_one_record_the_second_is_told_and_loses_nothing(sign_in, a_case, her_caseworker):
    client = sign_in(her_caseworker)
    address = reverse("case_facts", args=[a_case.number])
    page = client.get(address)
    actions.change_case(case=a_case, by=her_caseworker, values={"exploitation_country": "XB"}, version=1)
    answer = client.post(address, posted(page, exploitation_country="XC"))
    assert answer.status_code == 409
    assert Case.objects.get().exploitation_country == "XB"


def test_facts_are_four_valued_and_not_asked_is_none_of_the_four(sign_in, a_case, her_caseworker):
    client = sign_in(her_caseworker)
    address = reverse("case_facts", args=[a_case.number])
    changed = {"means.DebtBondage": "yes", "means.Threats": "unknown", "means.SexualAbuse": "declined", "means.PhysicalAbuse": "no"}
    client.post(address, posted(client.get(address), **changed, **{"exploitation.ForcedSmuggling": "yes"}))
    case = Case.objects.get()
    assert case.means == {"DebtBondage": "yes", "Threats": "unknown", "SexualAbuse": "declined", "PhysicalAbuse": "no"}
    assert case.exploitation == {"ForcedSmuggling": "yes"}
    client.post(address, posted(client.get(address), **{"means.DebtBondage": ""}))
    assert "DebtBondage" not in Case.objects.get().means


def test_an_answer_that_was_not_offered_is_refused_and_old_ones_are_kept(sign_in, a_case, her_caseworker):
    actions.change_case(case=a_case, by=her_caseworker, values={"means": {"NotSpecified": "yes"}}, version=1)
    client = sign_in(her_caseworker)
    address = reverse("case_facts", args=[a_case.number])
    assert client.post(address, posted(client.get(address), **{"means.DebtBondage": "perhaps"})).status_code == 422
    client.post(address, posted(client.get(address), **{"means.DebtBondage": "no", "means.MadeUp": "yes"}))
    assert Case.objects.get().means == {"NotSpecified": "yes", "DebtBondage": "no"}


def test_no_step_ends_a_case_unseen_its_end_has_a_checklist(sign_in, a_case, her_caseworker, make_member, shelter):
    address = reverse("case_move", args=[a_case.number])
    for member in (her_caseworker, make_member(shelter, "supervisor", name="S. Uper")):
        client = sign_in(member)
        page = client.get(address)
        assert "closed" not in dict(page.context["form"].fields["to"].choices)
        assert reverse("case_closing", args=[a_case.number]) in page.content.decode()
        assert client.post(address, posted(page, to="closed", reason="Settled in another town")).status_code == 422
    assert not Case.objects.get().is_closed


def test_a_note_is_written_and_corrected(sign_in, a_case, her_caseworker):
    client = sign_in(her_caseworker)
    address = reverse("case_notes", args=[a_case.number])
    client.post(address, posted(client.get(address), kind="contact", text="Seen on Monday"))
    note = Note.objects.get()
    correct = reverse("case_note_correct", args=[a_case.number, note.pk])
    client.post(correct, posted(client.get(correct), text="Seen on Tuesday"))
    page = client.get(address).content.decode()
    assert page.index("Seen on Tuesday") < page.index("Seen on Monday")


def test_the_name_is_hidden_from_shelter_staff(sign_in, a_case, make_member, shelter):
    supervisor, staff = make_member(shelter, "supervisor"), make_member(shelter, "shelter_staff", name="S. Taff")
    actions.join_team(case=a_case, by=supervisor, member=staff, role="shelter", since=DAY)
    client = sign_in(staff)
    page = client.get(reverse("case_known", args=[a_case.number]))
    assert page.status_code == 200
    assert "Amarena" not in page.content.decode()
    assert client.get(reverse("case_person", args=[a_case.number])).status_code == 403
    assert queries.search(staff, "Amarena") == []
    assert [match.case for match in queries.search(staff, a_case.number)] == [a_case]


def test_a_supervisor_names_the_team(sign_in, a_case, make_member, shelter, the_outsider):
    nurse = make_member(shelter, "health", name="N. Urse")
    client = sign_in(make_member(shelter, "supervisor", name="S. Uper"))
    address = reverse("case_team", args=[a_case.number])
    page = client.get(address)
    offered = dict(page.context["form"].fields["member"].choices)
    assert str(nurse.id) in offered
    assert str(the_outsider.id) not in offered
    client.post(address, {"member": str(nurse.id), "role": "health"})
    assert nurse.id in Case.objects.get().facts.team
    place = a_case.team.get(member=nurse)
    client.post(reverse("case_team_leave", args=[a_case.number, place.pk]))
    assert nurse.id not in Case.objects.get().facts.team


def test_every_reading_is_recorded(sign_in, a_case, her_caseworker):
    before = Event.objects.filter(action="case.read").count()
    client = sign_in(her_caseworker)
    for name in ("case_known", "case_facts", "case_person", "case_notes"):
        client.get(reverse(name, args=[a_case.number]))
    assert Event.objects.filter(action="case.read").count() == before + 4


@pytest.mark.parametrize("language", ["fr", "es"])
@pytest.mark.parametrize("name", PAGES)
def test_each_page_speaks_the_readers_language(name, language, sign_in, a_case, her_caseworker):
    client = sign_in(her_caseworker)
    page = client.get(reverse(name, args=[a_case.number]), headers={"accept-language": language})
    assert f'<html lang="{language}"' in page.content.decode()


def test_each_change_shows_what_stood_before(sign_in, a_case, her_caseworker):
    values = {"given_names": "Amara", "birth_date": PartialDate.parse("1996"), "citizenship": ["XA", "XB"]}
    actions.change_person(case=a_case, by=her_caseworker, values=values, version=1)
    means = {"means": {"DebtBondage": "declined", "Threats": "yes"}}
    actions.change_case(case=a_case, by=her_caseworker, values=means, version=1)
    page = sign_in(her_caseworker).get(reverse("case_versions", args=[a_case.number])).content.decode()
    for words in ("Amarena", "Amara", "April 1995", "1996", "Arvania, Belmora", "Threats: Yes; Debt bondage: Prefers not to say"):
        assert words in page
    assert her_caseworker.user.name in page


def test_a_member_stands_in_a_version_by_name(sign_in, a_case, her_caseworker):
    actions.assess_risk(case=a_case, by=her_caseworker, risk=Risk.HIGH, on=DAY, reason="The recruiter is free.")
    address = reverse("case_versions", args=[a_case.number])
    for language, label in (("en", "Risk assessed by"), ("fr", "Risque évalué par"), ("es", "Riesgo evaluado por")):
        page = sign_in(her_caseworker).get(address, headers={"accept-language": language}).content.decode()
        row = page.split(label)[1].split("</tr>")[0]
        assert her_caseworker.user.name in row
        assert str(her_caseworker.pk) not in page


def test_versions_name_nobody_to_whom_the_name_is_hidden(sign_in, a_case, her_caseworker, make_member, shelter):
    supervisor, staff = make_member(shelter, "supervisor"), make_member(shelter, "shelter_staff", name="S. Taff")
    actions.join_team(case=a_case, by=supervisor, member=staff, role="shelter", since=DAY)
    actions.change_person(case=a_case, by=her_caseworker, values={"given_names": "Amara", "gender": "Feminine"}, version=1)
    page = sign_in(staff).get(reverse("case_versions", args=[a_case.number])).content.decode()
    assert "Female" in page
    assert "Amar" not in page


def test_a_formal_decision_names_the_body_that_took_it(sign_in, a_case, her_caseworker):
    client = sign_in(her_caseworker)
    address = reverse("case_facts", args=[a_case.number])
    page = client.post(address, posted(client.get(address), trafficking_status="ActualVictimOfTrafficking"))
    assert page.status_code == 422
    assert "Name the body that took this decision" in page.content.decode()
    whole = {"trafficking_status": "ActualVictimOfTrafficking", "status_decided_by": "Police"}
    assert client.post(address, posted(client.get(address), **whole)).status_code == 302


def test_a_form_sent_again_with_other_words_is_told_and_loses_nothing(sign_in, her_caseworker):
    client = sign_in(her_caseworker)
    first = posted(client.get(reverse("case_new")), given_names="Bee", family_name="Lima", first_note="Needs insulin")
    assert client.post(reverse("case_new"), first).status_code == 302
    assert client.post(reverse("case_new"), first).status_code == 302, "the very same form is one case, whoever is of a like name"
    page = client.post(reverse("case_new"), first | {"given_names": "Bea"})
    assert page.status_code == 422
    assert "What it says now is different and is not saved yet" in page.text
    assert Case.objects.get().number in page.text
    again = posted(page)
    assert (again["given_names"], again["first_note"]) == ("Bea", "Needs insulin")
    assert again["row_id"] != first["row_id"]
    assert client.post(reverse("case_new"), first | {"first_note": "Needs nothing"}).status_code == 422
    assert client.post(reverse("case_new"), again).status_code == 302
    assert sorted(person.given_names for person in Person.objects.all()) == ["Bea", "Bee"]
    assert Note.objects.count() == 2


def test_the_same_form_again_is_no_contradiction_to_what_was_corrected_since(sign_in, her_caseworker):
    client = sign_in(her_caseworker)
    first = posted(client.get(reverse("case_new")), given_names="Bee")
    client.post(reverse("case_new"), first)
    actions.change_person(case=Case.objects.get(), by=her_caseworker, values={"given_names": "Bea"}, version=1)
    assert client.post(reverse("case_new"), first).status_code == 302
    assert Person.objects.get().given_names == "Bea"


def test_a_second_note_under_the_id_of_the_first_is_told_and_kept(sign_in, a_case, her_caseworker):
    client, address = sign_in(her_caseworker), reverse("case_notes", args=[a_case.number])
    first = posted(client.get(address), kind="contact", text="On Monday")
    other = actions.open_case(by=her_caseworker, opened_on=DAY, person={})
    assert [client.post(address, first).status_code for _time in range(2)] == [302, 302]
    for place in (address, reverse("case_notes", args=[other.number])):
        page = client.post(place, first | {"text": "On Tuesday"})
        assert page.status_code == 422
        assert client.post(place, posted(page)).status_code == 302
    assert sorted(note.text for note in Note.objects.all()) == ["On Monday", "On Tuesday", "On Tuesday"]


def test_a_slip_in_the_year_comes_back_with_the_reason(sign_in, her_caseworker):
    client = sign_in(her_caseworker)
    page = client.get(reverse("case_new"))
    slips = [{"opened_on_year": "0001"}, {"opened_on_year": "0999"}, {"birth_date_year": "9999"}, {"birth_date_year": "0003"}]
    for slip in slips:
        answer = client.post(reverse("case_new"), posted(page, **slip))
        assert answer.status_code == 422, slip
        assert "Check the " in answer.text
    assert not Case.objects.exists()


@pytest.mark.parametrize("text", ["Amarena Lima", "Amarena", "Amarena95", "95 12", "Öztürk1", "12\n34"])
def test_the_number_in_an_earlier_system_takes_no_name(text, sign_in, a_case, her_caseworker):
    client = sign_in(her_caseworker)
    for address in (reverse("case_new"), reverse("case_facts", args=[a_case.number])):
        page = client.post(address, posted(client.get(address), legacy_number=text))
        assert page.status_code == 422, address
        assert "never a name" in page.text
    assert not Case.objects.exclude(legacy_number="").exists()


def test_the_number_in_an_earlier_system_takes_numbers_and_keeps_what_it_was(sign_in, a_case, her_caseworker):
    client, address = sign_in(her_caseworker), reverse("case_facts", args=[a_case.number])
    for text in ("2019/114", "CASE-12.3", "77"):
        assert client.post(address, posted(client.get(address), legacy_number=text)).status_code == 302
    Case.objects.update(legacy_number="Old file 7")
    assert client.post(address, posted(client.get(address), abduction="no")).status_code == 302
    assert Case.objects.get().legacy_number == "Old file 7"


def test_answers_stand_together_by_what_was_answered(a_case, her_caseworker, sign_in):
    said = {"DebtBondage": "yes", "FalsePromises": "yes", "Threats": "unknown", "PhysicalAbuse": "no", "SexualAbuse": "no"}
    actions.change_case(case=a_case, by=her_caseworker, values={"means": said}, version=a_case.version)
    line = next(line for part in summary.facts(a_case) for line in part.lines if line.label == "Means of control")
    found = [(given, len(words)) for given, words in line.by_answer]
    assert found == [("yes", 2), ("unknown", 1), ("no", 2)]
    page = sign_in(her_caseworker).get(reverse("case_known", args=[a_case.number])).content.decode()
    assert "Debt bondage, False promises" in page
    assert "No · Physical abuse, Sexual abuse" in page
