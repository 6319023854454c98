"""Family, dependants, nationality and papers: recorded once for the person, guarded as third parties' data."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from amparo.desk.access.guard import Denied
from amparo.desk.audit.models import Event
from amparo.desk.cases import actions, erasing, kin
from amparo.desk.cases.models import Case, IdentityPaper, Person, Relative
from amparo.desk.cases.rules import Doubt
from amparo.desk.core import keys
from amparo.desk.core.ids import uuid7
from amparo.desk.core.partial_dates import PartialDate

from .browsing import posted

DAY = date(2026, 3, 2)


@pytest.fixture
def a_case(her_caseworker):
    return actions.open_case(by=her_caseworker, opened_on=DAY, person={"given_names": "Amarena", "birth_date": "1991"})


def relative(case, by, **values):
    return kin.record(case=case, by=by, model=Relative, values={"relation": "child"} | values)


def test_a_relatives_words_lie_sealed_and_open_to_few(a_case, her_caseworker, make_member, shelter, sign_in):
    row = relative(a_case, her_caseworker, name="Liora", words="Her aunt took part", whereabouts="At the aunt’s", phone="0160 4")
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, words, whereabouts, phone FROM cases_relative")
        assert not any(b"Liora" in bytes(cell) or b"aunt" in bytes(cell) for line in cursor.fetchall() for cell in line)
    for role, sees in (("health", False), ("lawyer", False), ("caseworker", True)):
        member = make_member(shelter, role)
        actions.join_team(case=a_case, by=make_member(shelter, "supervisor"), member=member, role="other", since=DAY)
        page = sign_in(member).get(reverse("case_known", args=[a_case.number])).content.decode()
        assert ("Her aunt took part" in page) is sees
        assert ("At the aunt" in page) is sees
        assert "0160 4" not in page
    assert row.key_id == a_case.key_id


def test_no_number_is_shown_before_the_rule(a_case, her_caseworker, sign_in):
    row = relative(a_case, her_caseworker, phone="0160 4", contact_rule="Only through the school", contact_is_safe="no")
    client = sign_in(her_caseworker)
    known = client.get(reverse("case_known", args=[a_case.number])).content.decode()
    assert "Only through the school" in known
    assert "contact is dangerous" in known
    assert "0160 4" not in known
    address = reverse("case_relative_contact", args=[a_case.number, row.pk])
    assert client.get(address).status_code == 302
    page = client.post(address).content.decode()
    assert page.index("Only through the school") < page.index("0160 4")
    assert Event.objects.filter(action="relative.contact_shown").count() == 1


def test_a_relative_is_recorded_changed_and_removed_on_pages(a_case, her_caseworker, sign_in):
    client = sign_in(her_caseworker)
    address = reverse("case_relative_new", args=[a_case.number])
    assert client.post(address, {"name": "Liora"}).status_code == 422
    page = client.get(address)
    assert client.post(address, posted(page, relation="child", name="Liora", depends="yes")).status_code == 302
    row = Relative.objects.get()
    page = client.get(reverse("case_relative", args=[a_case.number, row.pk]))
    assert client.post(page.request["PATH_INFO"], posted(page, part="harmed")).status_code == 302
    assert "Harmed by it too" in client.get(reverse("case_known", args=[a_case.number])).content.decode()
    remove = reverse("case_relative_remove", args=[a_case.number, row.pk])
    assert client.post(remove, {"why": ""}).status_code == 422
    assert client.post(remove, {"why": "Somebody else’s child"}).status_code == 302
    assert kin.relatives_of(a_case) == []
    assert Relative.history.count() == 3
    assert client.get(reverse("case_relative", args=[a_case.number, row.pk])).status_code == 404


def test_a_relatives_own_case_is_named_only_to_whom_it_is_open(a_case, her_caseworker, make_member, shelter, sign_in):
    supervisor, other = make_member(shelter, "supervisor"), make_member(shelter, "caseworker")
    theirs = actions.open_case(by=other, opened_on=DAY, person={"given_names": "Liora"})
    client = sign_in(her_caseworker)
    page = client.get(reverse("case_relative_new", args=[a_case.number]))
    refused = client.post(page.request["PATH_INFO"], posted(page, relation="child", own_number=theirs.number))
    assert refused.status_code == 422
    assert "No such case is among yours" in refused.content.decode()
    with pytest.raises(Denied, match="no_such_case"):
        relative(a_case, her_caseworker, own_case=theirs)
    row = relative(a_case, supervisor, own_case=theirs)
    page = client.get(reverse("case_known", args=[a_case.number])).content.decode()
    assert "out of your reach" in page
    assert theirs.number not in page
    page = client.get(reverse("case_relative", args=[a_case.number, row.pk]))
    assert client.post(page.request["PATH_INFO"], posted(page, depends="yes")).status_code == 302
    row.refresh_from_db()
    assert row.own_case_id == theirs.pk, "a link that its reader cannot see stays when the rest is changed"
    erasing.erase(person=theirs.person, asked_by=supervisor, confirmed_by=other, ground=erasing.Ground.RECORDED_IN_ERROR)
    row.refresh_from_db()
    assert row.own_case_id is None


def test_posted_twice_it_is_one_relative(a_case, her_caseworker):
    row_id = uuid7()
    for _again in range(2):
        kin.record(case=a_case, by=her_caseworker, model=Relative, values={"relation": "sibling"}, row_id=row_id)
    assert Relative.objects.count() == 1


def test_nobody_records_family_who_does_not_lead_the_case(a_case, make_member, shelter, the_partner, the_outsider):
    supervisor, lawyer = make_member(shelter, "supervisor"), make_member(shelter, "lawyer")
    actions.join_team(case=a_case, by=supervisor, member=lawyer, role="lawyer", since=DAY)
    for member in (lawyer, the_partner, the_outsider, make_member(shelter, "caseworker")):
        with pytest.raises(Denied):
            relative(Case.objects.get(pk=a_case.pk), member)


def test_family_and_papers_go_with_the_person(a_case, her_caseworker, make_member, shelter):
    relative(a_case, her_caseworker, name="Liora", phone="0160 4", words="took part", birth_date="2015")
    kin.record(case=a_case, by=her_caseworker, model=IdentityPaper, values={"kind": "passport", "number": "P 7 9"})
    supervisor = make_member(shelter, "supervisor")
    erasing.erase(person=a_case.person, asked_by=supervisor, confirmed_by=her_caseworker, ground=erasing.Ground.PERSON_ASKED)
    keys.forget_opened()
    row = Relative.objects.get()
    assert (row.name, row.phone, row.words) == ("", "", "")
    assert IdentityPaper.objects.get().number == ""


def test_several_nationalities_are_saved_one_after_the_other(a_case, her_caseworker, sign_in):
    client, address = sign_in(her_caseworker), reverse("case_person", args=[a_case.number])
    page = client.get(address)
    assert "third_citizenship" not in page.context["form"].fields
    assert client.post(address, posted(page, citizenship="RO", second_citizenship="MD")).status_code == 302
    page = client.get(address)
    assert client.post(address, posted(page, third_citizenship="UA", identity_recognised="no")).status_code == 302
    person = Person.objects.get()
    assert person.citizenship == ["RO", "MD", "UA"]
    assert person.identity_recognised == "no"
    page = client.get(address)
    refused = client.post(address, posted(page, stateless="yes"))
    assert refused.status_code == 422
    assert "Who is stateless has no citizenship" in refused.content.decode()
    assert client.post(address, posted(page, stateless="at_risk")).status_code == 302
    assert "At risk" in client.get(reverse("case_known", args=[a_case.number])).content.decode()


def test_a_paper_tells_who_holds_it_and_may_end_in_the_future(a_case, her_caseworker, sign_in):
    client, address = sign_in(her_caseworker), reverse("case_paper_new", args=[a_case.number])
    page = client.get(address)
    sent = posted(page, kind="passport", issued_by="MD", number="P 7 9", holder="trafficker", valid_until_year="2031")
    assert client.post(address, sent).status_code == 302
    known = client.get(reverse("case_known", args=[a_case.number])).content.decode()
    assert "Somebody who exploited the person" in known
    assert "Moldova" in known
    assert "2031" in known
    assert Doubt.PAPERS_WITH_ANOTHER in kin.doubts_of(a_case)
    assert "Somebody else holds the person’s papers" in known
    row = IdentityPaper.objects.get()
    assert client.post(reverse("case_paper_remove", args=[a_case.number, row.pk])).status_code == 302
    assert kin.papers_of(a_case) == []


def test_a_child_without_a_guardian_is_warned_of_until_one_is_recorded(her_caseworker, sign_in):
    born = timezone.localdate() - timedelta(days=16 * 365)
    person = {"birth_date": str(PartialDate(born.year, born.month, born.day, PartialDate.parse("2010").known))}
    case = actions.open_case(by=her_caseworker, opened_on=DAY, person=person)
    client = sign_in(her_caseworker)
    assert "no guardian is recorded" in client.get(case.address).content.decode()
    row = relative(case, her_caseworker, relation="guardian")
    assert "no guardian is recorded" not in client.get(case.address).content.decode()
    kin.remove(case=case, row=row, by=her_caseworker)
    assert "no guardian is recorded" in client.get(case.address).content.decode()


def test_a_child_is_not_born_before_the_parent_nor_anybody_after_the_first_case(a_case, her_caseworker, sign_in):
    client = sign_in(her_caseworker)
    page = client.get(reverse("case_relative_new", args=[a_case.number]))
    refused = client.post(page.request["PATH_INFO"], posted(page, relation="child", birth_date_year="1985"))
    assert refused.status_code == 422
    assert "not born before the parent" in refused.content.decode()
    assert 'value="1985"' in refused.content.decode()
    page = client.get(reverse("case_person", args=[a_case.number]))
    refused = client.post(page.request["PATH_INFO"], posted(page, birth_date_year="2026", birth_date_month="4"))
    assert refused.status_code == 422
    assert "born before the case was opened" in refused.content.decode()
