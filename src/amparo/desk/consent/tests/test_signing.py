"""Signed on the screen or on paper; refused and taken back in one step, shown to all who must stop; rights explained."""

import base64
import uuid
from datetime import date
from functools import partial

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from amparo.desk.access.guard import Denied
from amparo.desk.access.models import Organisation
from amparo.desk.cases import actions as cases
from amparo.desk.cases.tests.browsing import posted
from amparo.desk.consent import actions, disclosing, leaflets, queries, rules
from amparo.desk.consent.models import Consent, Disclosure, RightsTold, Signature, StopNotice
from amparo.desk.consent.rules import Purpose, State
from amparo.desk.core.ids import uuid7
from amparo.desk.core.partial_dates import PartialDate
from amparo.desk.files.models import StoredFile

DAY = date(2026, 6, 1)
YES = {"state": "given", "asked_on": DAY, "decided_on": DAY, "was_explained": True}
PNG = b"\x89PNG\r\n\x1a\n" + b"drawn" * 30
DRAWN = "data:image/png;base64," + base64.b64encode(PNG).decode()


@pytest.fixture
def a_case(her_caseworker):
    return cases.open_case(by=her_caseworker, opened_on=DAY, person={"birth_date": PartialDate.parse("1990")})


@pytest.fixture
def a_yes(a_case, her_caseworker):
    return referral(a_case, her_caseworker, "Port lawyers")


def referral(case, by, recipient, **changed):
    values = YES | {"recipient": recipient, "data": ["contact", "legal"]} | changed
    return actions.record(case=case, by=by, purpose=Purpose.REFERRAL, values=values)


@pytest.fixture
def nurse(a_case, make_member, shelter):
    nurse = make_member(shelter, "health", name="N. Urse")
    boss = make_member(shelter, "supervisor", name="S. Uper")
    cases.join_team(case=a_case, by=boss, member=nurse, role="health", since=DAY)
    return nurse


def sign(client, case, consent, **changed):
    address = reverse("consent_sign", args=[case.number, consent.pk])
    data = posted(client.get(address), **changed) | {name: value for name, value in changed.items() if name == "paper"}
    return client.post(address, data)


def test_a_drawn_signature_is_kept_sealed_and_handed_out(a_case, a_yes, her_caseworker, sign_in):
    client = sign_in(her_caseworker)
    assert sign(client, a_case, a_yes, kind="drawn", drawing=DRAWN).status_code == 302
    stored = StoredFile.objects.get()
    assert (stored.key_id, stored.kind) == (a_case.key_id, "image/png")
    assert Consent.objects.get().signature.paper == stored
    handed = client.get(reverse("consent_signature", args=[a_case.number, a_yes.pk]))
    assert b"".join(handed.streaming_content) == PNG
    assert "Signed on the screen" in client.get(reverse("consent", args=[a_case.number])).content.decode()


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"kind": "drawn"}, "Nothing was drawn"),
        ({"kind": "drawn", "drawing": "data:image/png;base64,AAAA"}, "did not arrive whole"),
        ({"kind": "drawn", "drawing": "https://elsewhere.example/x.png"}, "did not arrive whole"),
        ({"kind": "typed", "name": " "}, "types their name here"),
        ({"kind": "scanned"}, "Choose the scanned paper"),
        ({"kind": "spoken"}, "who heard the spoken answer"),
        ({"kind": "scanned", "paper": SimpleUploadedFile("s.pdf", b"no pdf")}, "no PDF, PNG or JPEG"),
    ],
)
def test_a_signature_without_what_makes_it_one_comes_back(changed, words, a_case, a_yes, her_caseworker, sign_in):
    page = sign(sign_in(her_caseworker), a_case, a_yes, **changed)
    assert page.status_code == 422
    assert words in page.content.decode()
    assert not Signature.objects.exists()
    assert not StoredFile.objects.exists()


def test_one_paper_signs_several_answers_and_twice_is_once(a_case, a_yes, her_caseworker, sign_in):
    other = referral(a_case, her_caseworker, "The union")
    client, address = sign_in(her_caseworker), reverse("consent_sign", args=[a_case.number, a_yes.pk])
    data = posted(client.get(address), kind="scanned", consents=[str(a_yes.pk), str(other.pk)])
    for _time in range(2):
        answer = client.post(address, data | {"paper": SimpleUploadedFile("s.pdf", b"%PDF-1.7 signed")})
        assert answer.status_code == 302
    assert Signature.objects.count() == StoredFile.objects.count() == 1
    assert {one.signature_id for one in Consent.objects.all()} == {Signature.objects.get().pk}


def test_the_page_that_is_signed_says_whole_what_is_signed(a_case, a_yes, her_caseworker, sign_in):
    actions.refuse(case=a_case, by=her_caseworker, purposes=[Purpose.RESEARCH], recipient="", row_id=uuid7())
    until = referral(a_case, her_caseworker, "The union", valid_until=date(2030, 5, 4))
    page = sign_in(her_caseworker).get(reverse("consent_sign", args=[a_case.number, until.pk])).text
    for each in (
        "The union · gives · How to reach the person, Legal matters · until 4 May 2030",
        "Port lawyers · gives · How to reach the person, Legal matters",
        "Research, without name · everybody · refuses",
    ):
        assert each in page


def test_a_typed_name_and_a_spoken_answer_need_no_script(a_case, a_yes, her_caseworker, sign_in):
    assert sign(sign_in(her_caseworker), a_case, a_yes, kind="typed", name="Ilyas").status_code == 302
    other = referral(a_case, her_caseworker, "The union")
    assert sign(sign_in(her_caseworker), a_case, other, kind="spoken", witness="The interpreter").status_code == 302
    assert {one.kind for one in Signature.objects.all()} == {"typed", "spoken"}


def test_a_no_to_several_purposes_in_one_step(a_case, a_yes, her_caseworker, sign_in):
    client, address = sign_in(her_caseworker), reverse("consent_refuse", args=[a_case.number])
    page = client.post(address, posted(client.get(address), purposes=["referral"]))
    assert "Name the organisation" in page.content.decode()
    data = posted(client.get(address), purposes=["interview", "referral", "statistics"], recipient="port  LAWYERS")
    for _time in range(2):
        assert client.post(address, data).status_code == 302
    assert Consent.objects.filter(state="refused").count() == 3
    assert queries.covers(a_case, Purpose.REFERRAL, on=timezone.localdate(), recipient="Port lawyers").reason == "consent_refused"


def test_taken_back_with_one_press_and_shown_to_all_who_must_stop(a_case, a_yes, her_caseworker, nurse, sign_in):
    client = sign_in(her_caseworker)
    listed = client.get(reverse("consent", args=[a_case.number])).content.decode()
    address = reverse("consent_withdraw", args=[a_case.number, a_yes.pk])
    assert f'method="post" action="{address}"' in listed
    assert client.post(address).status_code == 302, "one press, no further page"
    assert not queries.covers(a_case, Purpose.REFERRAL, on=timezone.localdate(), recipient="Port lawyers")
    assert [one.member for one in StopNotice.objects.all()] == [nurse]
    hers = sign_in(nurse)
    assert "see what to stop" in hers.get("/").content.decode()
    assert a_case.number in hers.get(reverse("to_stop")).content.decode()
    page = hers.get(reverse("consent", args=[a_case.number])).content.decode()
    assert "not seen yet" in page
    assert hers.post(reverse("consent_stopped", args=[a_case.number])).status_code == 302
    assert StopNotice.objects.get().seen_at
    assert "see what to stop" not in hers.get("/").content.decode()
    assert "not seen yet" not in client.get(reverse("consent", args=[a_case.number])).content.decode()


def test_only_a_no_that_takes_something_away_tells_anybody_to_stop(a_case, her_caseworker, nurse):
    actions.refuse(case=a_case, by=her_caseworker, purposes=[Purpose.STATISTICS], row_id=a_case.pk)
    assert not StopNotice.objects.exists()
    referral(a_case, her_caseworker, "Port lawyers")
    actions.refuse(case=a_case, by=her_caseworker, purposes=[Purpose.REFERRAL], recipient="Another", row_id=nurse.pk)
    assert not StopNotice.objects.exists()
    actions.refuse(case=a_case, by=her_caseworker, purposes=[Purpose.REFERRAL], recipient="Port lawyers", row_id=her_caseworker.pk)
    assert StopNotice.objects.get().member == nurse


def test_a_withdrawal_closes_the_excerpt_for_good(a_case, her_caseworker, make_member):
    officer = make_member(Organisation.objects.create(name="Port police"), "police")
    given = referral(a_case, her_caseworker, "Port police")
    today = timezone.localdate()
    opened = {"body": officer.organisation, "data": ["legal"], "since": today, "until": today, "consent": given}
    disclosing.open_excerpt(case=a_case, by=her_caseworker, **opened)
    actions.withdraw(consent=given, by=her_caseworker)
    assert Disclosure.objects.get().ended_at
    referral(a_case, her_caseworker, "Port police", asked_on=today, decided_on=today)
    assert Disclosure.objects.get().ended_at, "a later yes opens a new excerpt, never the old one"


def test_a_guardians_yes_ends_when_the_person_is_of_age(her_caseworker, sign_in):
    born = PartialDate.parse("2008-07-10")
    child = cases.open_case(by=her_caseworker, opened_on=DAY, person={"birth_date": born})
    given = referral(child, her_caseworker, "Port lawyers", giver="guardian", guardian_name="R. Diaz", assent="yes")
    assert given.guardian_until == date(2026, 8, 1), "no more of a birth date than its month"
    asked = {"recipient": "Port lawyers", "data": ["legal"]}
    assert queries.covers(child, Purpose.REFERRAL, on=date(2026, 7, 9), **asked)
    assert queries.covers(child, Purpose.REFERRAL, on=date(2026, 7, 10), **asked).reason == "consent_of_guardian_ended"
    assert "ask the person" in sign_in(her_caseworker).get(reverse("consent", args=[child.number])).content.decode()


def test_nobody_answers_for_somebody_who_is_of_age(a_case, her_caseworker):
    with pytest.raises(Denied, match="of_age_answers"):
        referral(a_case, her_caseworker, "Port lawyers", giver="guardian", guardian_name="R. Diaz")
    assert not Consent.objects.exists()


def test_statistics_follow_the_birthday_though_the_month_is_not_over(her_caseworker):
    child = cases.open_case(by=her_caseworker, opened_on=DAY, person={"birth_date": PartialDate.parse("2008-07-10")})
    said = YES | {"giver": "guardian", "guardian_name": "R. Diaz", "assent": "yes", "told_of_publication": True}
    actions.record(case=child, by=her_caseworker, purpose=Purpose.STATISTICS, values=said)
    covered = partial(queries.covered_cases, child.organisation_id, Purpose.STATISTICS)
    assert covered(on=date(2026, 7, 9)) == {child.pk}
    assert covered(on=date(2026, 7, 10)) == set(), "of age: only the person answers from now on"


def test_the_person_is_asked_anew_until_they_answered_themselves(her_caseworker):
    child = cases.open_case(by=her_caseworker, opened_on=DAY, person={"birth_date": PartialDate.parse("2008-07-10")})
    given = referral(child, her_caseworker, "Port lawyers", giver="guardian", guardian_name="R. Diaz", assent="yes")
    of_age = date(2026, 7, 10)
    asked = partial(queries.to_ask_anew, child)
    assert asked(queries.of_case(child), on=date(2026, 7, 9)) == []
    assert asked(queries.of_case(child), on=of_age) == [given]
    [refused] = actions.refuse(
        case=child, by=her_caseworker, purposes=[Purpose.REFERRAL], recipient="port  lawyers", row_id=child.pk
    )
    assert refused.state == State.REFUSED
    assert asked(queries.of_case(child), on=of_age) == [], "a no is an answer too"


@pytest.mark.parametrize("first_id_is_later", [True, False])
def test_of_two_answers_of_one_day_the_one_written_later_stands(a_case, her_caseworker, first_id_is_later):
    """The ids of answers come from the page: they say nothing of which was given last."""
    low, high = uuid.UUID(int=1, version=4), uuid.UUID(int=2**128 - 1, version=4)
    ids, today = (high, low) if first_id_is_later else (low, high), timezone.localdate()
    said = YES | {"recipient": "Port lawyers", "data": ["legal"], "asked_on": today, "decided_on": today}
    write = partial(actions.record, case=a_case, by=her_caseworker, purpose=Purpose.REFERRAL)
    holds = partial(queries.covers, a_case, Purpose.REFERRAL, on=today, recipient="Port lawyers", data=["legal"])
    write(values=said, row_id=ids[0])
    assert holds()
    write(values=said | {"state": "refused"}, row_id=ids[1])
    assert holds().reason == "consent_refused"


def test_what_holds_today_is_told_for_each_recipient(a_case, a_yes, her_caseworker):
    actions.refuse(case=a_case, by=her_caseworker, purposes=[Purpose.STATISTICS], row_id=a_case.pk)
    found = queries.holding(a_case, on=timezone.localdate())
    assert [(one.purpose, one.recipient, one.data, one.reason) for one in found] == [
        (Purpose.REFERRAL, "Port lawyers", ("contact", "legal"), ""),
        (Purpose.STATISTICS, "", (), "consent_refused"),
    ]


def test_rights_are_explained_with_their_leaflet_and_language(a_case, her_caseworker, sign_in):
    client, address = sign_in(her_caseworker), reverse("rights_new", args=[a_case.number])
    page = client.post(address, posted(client.get(address)))
    assert page.status_code == 422, "nothing is ticked beforehand: nobody records by mistake what was not explained"
    assert not RightsTold.objects.exists()
    chosen = {"rights": ["help", "lawyer"], "leaflet": "rights@1 es", "language": "spa", "interpreter": "no. 9"}
    assert client.post(address, posted(client.get(address), **chosen)).status_code == 302
    assert RightsTold.objects.get().rights == ["help", "lawyer"]
    shown = client.get(reverse("consent", args=[a_case.number])).content.decode()
    assert "Help without conditions · Lawyer" in shown
    assert "leaflet: Your rights (ES)" in shown


@pytest.mark.parametrize("language", ["en", "fr", "es"])
def test_the_leaflet_and_the_blank_sheet_print_in_the_persons_language(language, her_caseworker, sign_in):
    page = sign_in(her_caseworker).get(reverse("consent_sheet"), {"language": language}).content.decode()
    for one in leaflets.rights():
        assert one.name[language].replace("'", "&#x27;") in page
        assert len(set(one.words.values())) == 3
    assert "☐" in page
    yes, no = {"en": ("Yes", "No"), "fr": ("Oui", "Non"), "es": ("Sí", "No")}[language]
    assert f'<td data-l="{yes}">☐</td><td data-l="{no}">☐</td>' in page, "where lines stack, each box says what it means"


def test_a_stated_age_ends_a_guardians_yes_and_without_any_age_no_end_is_guessed(her_caseworker):
    child = cases.open_case(by=her_caseworker, opened_on=DAY, person={"stated_age": 15, "age_stated_on": DAY})
    given = referral(child, her_caseworker, "Port lawyers", giver="guardian", guardian_name="R. Diaz", assent="yes")
    assert given.guardian_until == rules.guardian_ends(DAY.replace(year=DAY.year + 3))
    somebody = cases.open_case(by=her_caseworker, opened_on=DAY, person={})
    assert referral(somebody, her_caseworker, "Port lawyers", giver="guardian", guardian_name="R. Diaz").guardian_until is None
    assert rules.guardian_ends(date(2026, 12, 31)) == date(2027, 1, 1)


NAMES = ["consent_sign", "consent_refuse", "rights_new", "consent_signature"]


@pytest.mark.parametrize("name", NAMES)
def test_who_may_open_the_pages(name, sign_in, a_case, a_yes, her_caseworker, the_partner, the_outsider, make_member, shelter):
    address = reverse(name, args=[a_case.number, *([a_yes.pk] if "sign" in name else [])])
    assert sign_in(her_caseworker).get(address).status_code == (404 if name == "consent_signature" else 200)
    assert sign_in(her_caseworker).delete(address).status_code == 405
    assert sign_in(the_partner).get(address).status_code == 404
    for member in (the_outsider, make_member(shelter, "labour_inspection"), make_member(shelter, "data_steward")):
        assert sign_in(member).get(address).status_code == 403
