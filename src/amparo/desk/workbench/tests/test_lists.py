"""The list of people: every filter alone and together, what is kept, whose lists are seen, and what an address can hold."""

import uuid
from datetime import timedelta

import pytest
from django.test import RequestFactory
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from amparo.desk.access.guard import Denied
from amparo.desk.audit.models import Event
from amparo.desk.cases import actions, queries
from amparo.desk.cases.choices import Risk
from amparo.desk.cases.models import Case
from amparo.desk.consent import actions as consents
from amparo.desk.consent.rules import Purpose
from amparo.desk.core import pagination
from amparo.desk.core.partial_dates import Known, PartialDate
from amparo.desk.workbench import saved
from amparo.desk.workbench.filters import AGES, COLUMNS, MOST_COUNTED, PeopleFilter, children, counted
from amparo.desk.workbench.models import SavedList
from amparo.desk.workbench.policies import MOST_LISTS

TODAY = timezone.localdate()
FACTS = {
    "first": ({"gender": "Female", "citizenship": ["XA", "XB"], "languages": ["fra"]}, {"exploitation_country": "XC"}),
    "second": (
        {"gender": "Masculine", "citizenship": ["XB"], "languages": ["spa", "fra"]},
        {"exploitation": {"ForcedLabour": "yes"}},
    ),
    "third": ({"gender": "Masculine", "citizenship": ["XA"], "languages": ["rus"]}, {"next_step_on": TODAY - timedelta(2)}),
}
NARROWED = [
    ({"gender": "Masculine"}, {"second", "third"}),
    ({"citizenship": "XB"}, {"first", "second"}),
    ({"citizenship": "XA", "gender": "Masculine"}, {"third"}),
    ({"language": "fra"}, {"first", "second"}),
    ({"language": "fra", "exploitation": "ForcedLabour"}, {"second"}),
    ({"country": "XC"}, {"first"}),
    ({"late": "1"}, {"third"}),
    ({"late": "1", "country": "XC"}, set()),
    ({"opened_from": (TODAY - timedelta(15)).isoformat()}, {"first", "second"}),
    ({"opened_until": (TODAY - timedelta(15)).isoformat()}, {"third"}),
    ({"opened_from": TODAY.isoformat(), "opened_until": TODAY.isoformat()}, {"first"}),
    ({"quiet": "14"}, {"third"}),
    ({"quiet": "30"}, set()),
    ({"consent": "waiting"}, {"second"}),
    ({"screening": "undecided"}, set()),
    ({"child": "yes"}, {"first", "second", "third"}),
    ({"mine": "1", "risk": "3"}, {"second"}),
    ({"shows_closed": "only"}, set()),
    ({"year": "1999"}, set()),
]


@pytest.fixture
def people(her_caseworker):
    """Return three cases by a word."""
    made = {}
    for days, (word, (person, case)) in enumerate(FACTS.items()):
        made[word] = actions.open_case(by=her_caseworker, person=person, case=case, opened_on=TODAY - timedelta(days * 10))
    actions.assess_risk(case=made["second"], by=her_caseworker, risk=Risk.HIGH, on=TODAY)
    asked = {"state": "asked", "asked_on": TODAY, "giver": "person", "was_explained": True, "language": "eng"}
    consents.record(case=made["second"], by=her_caseworker, purpose=Purpose.ASSISTANCE, values=asked)
    return made


def found(member, /, **filters):
    return {case.pk for case in PeopleFilter.from_query(filters).of(member)}


@pytest.mark.django_db
@pytest.mark.parametrize(("filters", "expected"), NARROWED, ids=["-".join(filters) for filters, _expected in NARROWED])
def test_filters_narrow_alone_and_together(people, her_caseworker, filters, expected):
    assert PeopleFilter.from_query(filters).narrowed == filters
    assert found(her_caseworker, **filters) == {people[word].pk for word in expected}


@pytest.mark.django_db
def test_a_contact_ends_the_quiet(people, her_caseworker):
    assert found(her_caseworker, quiet="14") == {people["third"].pk}
    actions.write_note(case=people["third"], by=her_caseworker, kind="contact", happened_on=TODAY, text="She called.")
    assert found(her_caseworker, quiet="14") == set()


@pytest.mark.django_db
def test_what_nobody_offers_narrows_nothing(people, her_caseworker):
    for nonsense in (
        {"member": "x' OR 1=1"},
        {"opened_from": "2026-13-40"},
        {"quiet": "7"},
        {"columns": "age-name"},
        {"consent": "all"},
        {"citizenship": '"'},
        {"language": "%"},
        *({"exploitation": word} for word in ("isnull", "contains", "range", "regex", "in", "gt", "has_key", "has_keys", "year")),
        {"gender": "isnull"},
        {"status": "in"},
        {"country": "XX"},
    ):
        assert PeopleFilter.from_query(nonsense) == PeopleFilter()
        assert len(found(her_caseworker, **nonsense)) == len(people)


@given(st.dictionaries(st.sampled_from([*PeopleFilter.__dataclass_fields__, "x"]), st.text(max_size=20)))
def test_an_address_is_read_back_as_it_was_written(query):
    from django.http import QueryDict

    chosen = PeopleFilter.from_query(query)
    assert PeopleFilter.from_query(QueryDict(chosen.query())) == chosen
    assert PeopleFilter.from_query(saved.stored(chosen)) == chosen


@pytest.mark.django_db
def test_a_colleague_and_nobody_are_a_supervisors_filters(people, her_caseworker, make_member, shelter):
    supervisor, colleague = make_member(shelter, "supervisor"), make_member(shelter, "caseworker", name="O. Ther")
    assert found(supervisor, member=str(her_caseworker.pk)) == {case.pk for case in people.values()}
    assert found(supervisor, member=str(colleague.pk)) == set()
    assert found(supervisor, nobody="1") == set()
    people["first"].team.all().delete()
    assert found(supervisor, nobody="1") == {people["first"].pk}
    assert found(her_caseworker, nobody="1") == set()
    assert found(colleague, member=str(her_caseworker.pk)) == set(), "a filter opens nothing"


@pytest.mark.django_db
def test_children_are_found_though_their_age_is_sealed(her_caseworker, monkeypatch):
    monkeypatch.setattr(pagination, "SIFTED_AT_ONCE", 3)
    born = {"child": PartialDate(TODAY.year - 10, known=Known.STATED), "adult": PartialDate(TODAY.year - 40, known=Known.STATED)}
    made = {"child": [], "adult": []}
    for number in range(16):
        kind = "child" if number % 4 == 0 else "adult"
        values = {"birth_date": born[kind]}
        made[kind].append(actions.open_case(by=her_caseworker, person=values, opened_on=TODAY - timedelta(number)))
    chosen = PeopleFilter.from_query({"child": "yes"})
    order = ("-risk", "-opened_on", "-id")

    def page(address):
        rows = chosen.of(her_caseworker)
        sift = {"keep": lambda rows: children(rows, her_caseworker), "judged_by": AGES}
        return pagination.paginate(RequestFactory().get(address), rows, order, size=3, **sift)

    first = page("/people/")
    second = page(f"/people/{first.following}")
    assert [case.pk for case in (*first, *second)] == [case.pk for case in made["child"]]
    assert [case.pk for case in page(f"/people/{second.previous}")] == [case.pk for case in first]


@pytest.mark.django_db
def test_a_page_of_which_nothing_is_kept_still_leads_on(her_caseworker, monkeypatch):
    for name, number in (("SIFTED_FIRST", 2), ("SIFTED_LEAST", 1), ("SIFTED_AT_ONCE", 2), ("MOST_SIFTED", 4)):
        monkeypatch.setattr(pagination, name, number)
    for number in range(9):
        year = TODAY.year - (10 if number == 8 else 40)
        values = {"birth_date": PartialDate(year, known=Known.STATED)}
        child = actions.open_case(by=her_caseworker, person=values, opened_on=TODAY - timedelta(number))
    chosen, address, seen, pages = PeopleFilter.from_query({"child": "yes"}), "/people/", [], 0
    while address:
        page = pagination.paginate(
            RequestFactory().get(address),
            chosen.of(her_caseworker),
            ("-risk", "-opened_on", "-id"),
            size=3,
            keep=lambda rows: children(rows, her_caseworker),
            judged_by=AGES,
        )
        seen, pages = [*seen, *(case.pk for case in page)], pages + 1
        address = f"/people/{page.following}" if page.following else ""
    assert (seen, pages) == ([child.pk], 3)


@pytest.mark.django_db
def test_a_long_list_is_counted_up_to_a_number(her_caseworker):
    first = actions.open_case(by=her_caseworker, person={}, opened_on=TODAY)
    rows = [
        Case(
            organisation_id=first.organisation_id,
            key_id=first.key_id,
            person=first.person,
            number=f"XC-1999-{at:05d}",
            pseudonym=f"W {at}",
            opened_on=TODAY,
            year_of_registration=1999,
        )
        for at in range(MOST_COUNTED + 5)
    ]
    Case.objects.bulk_create(rows)
    every = Case.objects.of(first.organisation_id)
    assert counted(every.filter(number=first.number)) == (1, False)
    assert counted(every) == (MOST_COUNTED, True)


@pytest.mark.django_db
def test_columns_are_chosen_and_only_those_that_open_are_shown(people, sign_in, her_caseworker):
    client = sign_in(her_caseworker)
    usual = client.get(reverse("people")).content.decode()
    assert 'data-l="Language"' not in usual
    page = client.get(reverse("people"), {"columns": "-".join(COLUMNS)}).content.decode()
    for words in ('data-l="Language"', 'data-l="Team"', "I. Maro", "French"):
        assert words in page
    answer = client.get(reverse("people_filters"), {"go": "1", "order": "opened", "column": ["age", "team"], "risk": "3"})
    assert answer["Location"] == f"{reverse('people')}?risk=3&order=opened&columns=age-team"
    assert "held" not in usual
    assert 'class="scroll held" role="group" tabindex="0" aria-label="Cases"' in page, "many columns scroll in their own frame"
    assert '<span class="none">–</span>' in page, "a narrow screen leaves out what is not known"


@pytest.mark.django_db
def test_filters_that_cannot_be_read_come_back_with_what_was_typed(sign_in, her_caseworker):
    typed = {
        "go": "1",
        "order": "risk",
        "opened_from_day": "31",
        "opened_from_month": "2",
        "opened_from_year": "2026",
        "year": "26x",
    }
    answer = sign_in(her_caseworker).get(reverse("people_filters"), typed)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "This date does not exist" in page
    assert 'value="26x"' in page
    assert "data-focus" in page


@pytest.mark.django_db
def test_a_list_is_kept_opened_replaced_and_forgotten(people, sign_in, her_caseworker):
    client, address = sign_in(her_caseworker), f"{reverse('people_keep')}?risk=3&order=opened"
    assert client.post(address, {"name": "High"}).status_code == 302
    row = SavedList.objects.get()
    assert (row.chosen, row.is_shared, row.organisation_id) == (
        {"risk": "3", "order": "opened"},
        False,
        her_caseworker.organisation_id,
    )
    assert "High" in client.get(reverse("people")).content.decode()
    client.post(f"{reverse('people_keep')}?late=1", {"name": "High", "is_shared": "on"})
    row.refresh_from_db()
    assert (row.chosen, row.is_shared) == ({"late": "1", "order": "risk"}, True)
    client.post(reverse("people_forget", args=[row.pk]))
    assert not SavedList.objects.exists()
    assert {"cases.list_kept", "cases.list_forgotten"} <= set(Event.objects.values_list("action", flat=True))


@pytest.mark.django_db
def test_a_list_without_a_name_comes_back(people, sign_in, her_caseworker):
    answer = sign_in(her_caseworker).post(f"{reverse('people_keep')}?risk=3", {"name": " ", "is_shared": "on"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "data-focus" in page
    assert people["second"].pseudonym in page


@pytest.mark.django_db
def test_a_kept_list_is_private_unless_shared_and_opens_nothing(people, her_caseworker, make_member, shelter, the_partner):
    supervisor, colleague = make_member(shelter, "supervisor"), make_member(shelter, "caseworker", name="O. Ther")
    row = saved.keep(by=her_caseworker, name="Mine", chosen=PeopleFilter(), is_shared=False)
    for member in (supervisor, colleague, the_partner):
        assert not saved.lists_for(member).exists()
    row = saved.keep(by=her_caseworker, name="Mine", chosen=PeopleFilter(), is_shared=True)
    assert list(saved.lists_for(supervisor)) == [row]
    assert not saved.lists_for(colleague).exists()
    assert not saved.lists_for(the_partner).exists()
    assert not saved.filter_of(row).of(colleague).exists()
    with pytest.raises(Denied):
        saved.forget(list_id=row.pk, by=supervisor)


@pytest.mark.django_db
def test_nobody_keeps_lists_without_end(her_caseworker):
    for number in range(MOST_LISTS):
        saved.keep(by=her_caseworker, name=f"List {number}", chosen=PeopleFilter(), is_shared=False)
    saved.keep(by=her_caseworker, name="List 1", chosen=PeopleFilter(risk="3"), is_shared=False)
    with pytest.raises(Denied) as denied:
        saved.keep(by=her_caseworker, name="One more", chosen=PeopleFilter(), is_shared=False)
    assert denied.value.reason == "too_many_lists"


@pytest.mark.django_db
def test_what_a_kept_list_holds_is_no_word_about_a_person(people, her_caseworker):
    chosen = PeopleFilter.from_query({"risk": "3", "member": str(uuid.uuid4()), "words": "Tavrenko", "order": "due"})
    row = saved.keep(by=her_caseworker, name="x", chosen=chosen, is_shared=False)
    assert set(row.chosen) <= set(PeopleFilter.__dataclass_fields__)
    assert "Tavrenko" not in str(row.chosen)


@pytest.mark.django_db
def test_search_finds_by_the_beginning_of_a_pseudonym_and_by_a_piece_of_a_number(people, her_caseworker):
    case = people["first"]
    assert case in [match.case for match in queries.search(her_caseworker, case.pseudonym[:4].lower())]
    assert case in [match.case for match in queries.search(her_caseworker, str(int(case.number[-5:])))]
    assert case in [match.case for match in queries.search(her_caseworker, case.number[3:7] + "-0")]
