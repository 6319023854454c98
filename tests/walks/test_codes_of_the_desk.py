"""What a country adds to the desk's own lists: written on a page, read, counted, decided by, withdrawn, erased."""

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.urls import reverse
from django.utils import timezone, translation

from amparo.desk.access.guard import Denied
from amparo.desk.access.roles import Role
from amparo.desk.audit.models import Event
from amparo.desk.cases import actions as cases
from amparo.desk.cases import courses, erasing, filters, kin, secrecy, summary
from amparo.desk.cases.models import Case, Note
from amparo.desk.cases.tests.browsing import posted
from amparo.desk.consent import excerpts
from amparo.desk.consent.rules import Data
from amparo.desk.core import scope, withholding
from amparo.desk.core.sensitivity import Topic
from amparo.desk.identification import formal_actions as tracks
from amparo.desk.journeys import acting, shown
from amparo.desk.journeys import actions as journeys
from amparo.desk.journeys.models import Actor, Leg
from amparo.desk.oversight import copying
from amparo.desk.questions import actions, coded, pack
from amparo.desk.questions.models import Edition
from amparo.standard.reasons import LANGUAGES, Refused

pytestmark = pytest.mark.django_db
DAY = date(2026, 3, 2)
CODES = {
    "note_kind": [
        ("HomeVisit", "Home visit", "Visite à domicile", "Visita domiciliaria", "contact"),
        ("TherapyHour", "Therapy", "Thérapie", "Terapia", "health"),
    ],
    "transport": [("HarvestTruck", "Harvest truck", "Camion de récolte", "Camión de cosecha", "lorry")],
    "held_document": [("LandTitle", "Land title", "Titre foncier", "Título de tierra", "other")],
    "sum_purpose": [("HarvestShare", "Share of the harvest", "Part de la récolte", "Parte de la cosecha", "wage")],
    "party": [("CampGuard", "Guard of the camp", "Gardien du camp", "Guardia del campamento", "exploiter")],
    "case_ending": [("ToTheMinistry", "Taken over by the ministry", "Repris par l’État", "Asumido por el Estado", "handed_over")],
    "closing_line": [("LabourCard", "The labour card was applied for", "La carte est demandée", "Se pidió la tarjeta", "papers")],
    "reopening_reason": [("CourtCalls", "A court calls", "Un tribunal convoque", "Un tribunal cita", "unfinished")],
    "team_role": [("Mediator", "Cultural mediator", "Médiateur culturel", "Mediadora cultural", "lawyer")],
    "conflict_kind": [("SameVillage", "From the same village", "Du même village", "Del mismo pueblo", "known")],
    "extension_ground": [
        ("Harvest", "Until the harvest is paid", "Jusqu’au paiement de la récolte", "Hasta el pago de la cosecha", "health"),
        ("NewBorn", "A newborn child", "Un nouveau-né", "Un recién nacido", "pregnancy"),
    ],
    "actor_kind": [("Militia", "Armed group", "Groupe armé", "Grupo armado", "group")],
    "paper_holder": [("CampOffice", "The camp’s office", "Le bureau du camp", "La oficina del campamento", "employer")],
}


def written(*, word="", without=(), counted=None):
    """Return the pack; with a word its words are others, and what is named in `without` is withdrawn."""
    files = {
        "pack.toml": "country = 'XC'\nversion = '1'\nlanguages = ['en', 'fr', 'es']\n[extends]\n"
        + "".join(f'{name}_own = "{name}"\n' for name in CODES)
    }
    for name, rows in CODES.items():
        kept = [row for row in rows if row[0] not in without] or [("Placeholder", "–", "–", "–", rows[0][-1])]
        lines = [f"{code},{word}{en},{word}{fr},{word}{es},{(counted or {}).get(code, to)}" for code, en, fr, es, to in kept]
        files[f"lists/{name}_own.csv"] = "code,label_en,label_fr,label_es,maps_to\n" + "\n".join(lines) + "\n"
    return pack.read({name: text.encode() for name, text in files.items()}, today=timezone.localdate())


@pytest.fixture
def bring(make_member, shelter):
    administrator = make_member(shelter, Role.ADMINISTRATOR, name="A. Dmin")

    def make(**changes):
        made = actions.bring(pack=written(**changes), by=administrator)
        for one in made:
            actions.activate(edition=one, by=administrator, on=timezone.localdate(), version=1)
        return made

    return make


@pytest.fixture
def her_supervisor(make_member, shelter):
    return make_member(shelter, "supervisor", name="S. Uper")


@pytest.fixture
def a_case(her_caseworker, bring):
    bring()
    case = cases.open_case(by=her_caseworker, opened_on=DAY, person={"given_names": "Amarena"})
    case.refresh_from_db()
    return case


@pytest.fixture
def page_of(sign_in, her_caseworker, a_case):
    def read(name, *more, member=None, query=""):
        client = sign_in(member or her_caseworker)
        return client.get(reverse(name, args=[a_case.number, *more]) + query).content.decode()

    return read


def note(case, by, **more):
    return cases.write_note(case=case, by=by, **({"kind": "HomeVisit", "happened_on": DAY, "text": "Kanarya"} | more))


def on_the_team(case, make_member, shelter, role, her_supervisor):
    member = make_member(shelter, role)
    cases.join_team(case=case, by=her_supervisor, member=member, role="other", since=DAY)
    return member


def test_a_kind_of_note_is_written_on_the_page_and_read_everywhere(a_case, her_caseworker, sign_in, page_of, bring):
    client, address = sign_in(her_caseworker), reverse("case_notes", args=[a_case.number])
    page = client.get(address)
    assert client.post(address, posted(page, kind="HomeVisit", text="Kanarya", means="visit")).status_code == 302
    found = Note.objects.get()
    assert (found.kind, found.standard_code("kind")) == ("HomeVisit", "contact")
    bring(word="Once more: ")
    for language, words in zip(LANGUAGES, CODES["note_kind"][0][1:4], strict=True):
        with scope.of(a_case.organisation_id), translation.override(language):
            assert found.get_kind_display() == words
            copied = str(copying.of(a_case, {}))
            assert words in copied
            assert f"{words} (1)" in copied
    assert "<h3>Home visit" in page_of("case_notes")
    assert "Note written: Once more: Home visit" in page_of("record_history"), "what happened is told in the newest words"
    assert "Once more: Home visit" in page_of("case_notes"), "and the form offers them"


def test_a_kind_that_is_withdrawn_stays_where_it_stands_and_is_offered_no_more(a_case, her_caseworker, page_of, bring):
    note(a_case, her_caseworker)
    bring(without={"HomeVisit"})
    page = page_of("case_notes")
    assert "<h3>Home visit" in page
    assert 'value="HomeVisit"' not in page
    assert 'value="TherapyHour"' in page


def test_a_kind_counts_as_contact_where_it_is_counted_as_one(a_case, her_caseworker):
    note(a_case, her_caseworker)
    note(a_case, her_caseworker, kind="TherapyHour")
    with scope.of(a_case.organisation_id):
        assert [one.kind for one in filters.contacts_of(a_case, since=DAY)] == ["HomeVisit"]


def test_a_kind_is_read_by_whom_its_standard_is_read_and_told_of_to_nobody_else(
    a_case, her_caseworker, her_supervisor, make_member, shelter, page_of
):
    note(a_case, her_caseworker, kind="TherapyHour", text="Vetiver")
    assert Event.objects.get(action="note.written").details["kind"] == "health"
    for role, reads in (("health", True), ("lawyer", False), ("shelter_staff", False)):
        member = on_the_team(a_case, make_member, shelter, role, her_supervisor)
        page = page_of("case_notes", member=member)
        assert ("Vetiver" in page) is reads, role
        assert ('value="TherapyHour"' in page) is reads, role
        assert ("Note written" in page_of("record_history", member=member)) is reads, role
        with scope.of(shelter.pk):
            assert secrecy.reads_notes_of(member, "TherapyHour") is reads
    for kind, reads in ((Data.HEALTH, True), (Data.FAMILY, False)):
        with scope.of(shelter.pk), withholding.reading(excerpts.ExcerptReader(a_case.key_id, {kind})):
            assert ("Vetiver" in str(excerpts._part(a_case, kind))) is reads


def test_a_kind_that_nobody_knows_any_more_is_for_the_fewest(a_case, her_caseworker, her_supervisor, make_member, shelter, page_of):
    note(a_case, her_caseworker)
    Edition.objects.filter(code="note_kind_own").update(checksum="0" * 64)
    coded.forget()
    health = on_the_team(a_case, make_member, shelter, "health", her_supervisor)
    assert "Kanarya" not in page_of("case_notes", member=health)
    assert "Kanarya" in page_of("case_notes", member=her_supervisor)


def test_the_version_of_a_note_cannot_be_changed_and_goes_with_the_person(a_case, her_caseworker, her_supervisor):
    found = note(a_case, her_caseworker)
    assert found.code_editions
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE cases_note SET code_editions = '{}'")
    leg = journeys.add_leg(case=a_case, by=her_caseworker, values={"kind": "Transport", "transport": "HarvestTruck"})
    assert leg.code_editions
    case = Case.objects.get()
    erasing.erase(person=case.person, asked_by=her_caseworker, confirmed_by=her_supervisor, ground=erasing.Ground.PERSON_ASKED)
    assert Note.objects.get().code_editions == {}
    assert [(one.transport, one.code_editions) for one in (Leg.objects.get(), *Leg.history.all())] == [("", {})] * 2


def test_a_means_of_transport_is_written_on_the_page_shown_and_copied(a_case, her_caseworker, sign_in, page_of, bring):
    client, address = sign_in(her_caseworker), reverse("leg_new", args=[a_case.number])
    assert client.post(address, posted(client.get(address), kind="Transport", transport="HarvestTruck")).status_code == 302
    leg = Leg.objects.get()
    bring(without={"HarvestTruck"})
    assert "Harvest truck" in page_of("journey")
    page = page_of("leg", leg.pk)
    assert "Harvest truck (no longer offered)" in page
    with scope.of(a_case.organisation_id), translation.override("es"):
        assert "Camión de cosecha" in str(copying.of(a_case, {}))
    assert (
        client.post(reverse("leg", args=[a_case.number, leg.pk]), {"kind": "Transport", "transport": "Rocket"}).status_code == 422
    )


def test_sums_and_documents_are_reckoned_as_what_they_are_counted_as(a_case, her_caseworker, page_of):
    leg = journeys.add_leg(case=a_case, by=her_caseworker, values={"kind": "Exploitation"})
    held = {"currency": "EUR", "period": "once", "payer": "CampGuard"}
    promised = {"purpose": "HarvestShare", "state": "promised", "amount": "900"} | held
    amount = journeys.add_amount(leg=leg, by=her_caseworker, values=promised)
    document = journeys.add_document(leg=leg, by=her_caseworker, values={"kind": "LandTitle", "state": "kept"})
    page = page_of("journey")
    for words in ("Share of the harvest", "Guard of the camp", "Land title: Taken and kept", "nothing is told of what was"):
        assert words in page
    with scope.of(a_case.organisation_id):
        assert shown._money_facts(amount).purpose == "wage"
        assert not shown._document_facts(document).opens_borders


def test_an_ending_follows_the_one_that_it_is_counted_as(a_case, her_caseworker, her_supervisor, sign_in, page_of, bring):
    assert "Taken over by the ministry" in page_of("case_closing")
    lines = [line.code for line in courses.lines_for(a_case, "ToTheMinistry")]
    own = [line.code for line in courses.lines_for(a_case, "handed_over")]
    assert lines == own
    assert lines[lines.index("papers") + 1] == "LabourCard"
    assert "LabourCard" not in [line.code for line in courses.lines_for(a_case, "error")]
    client, address = sign_in(her_caseworker), reverse("case_closing", args=[a_case.number])
    page = client.get(address + "?ending=ToTheMinistry")
    assert "The labour card was applied for" in page.content.decode()
    today = timezone.localdate()
    sent = {"ending": "ToTheMinistry", "version": "0", "words": "The ministry has her case now."}
    sent |= {"ended_on_day": today.day, "ended_on_month": today.month, "ended_on_year": today.year}
    sent |= {f"state_{code}": "done" for code in lines} | {"state_LabourCard": "open", "why_LabourCard": "On Monday"}
    assert client.post(address, sent).status_code == 302
    row = courses.waiting_closing(a_case)
    bring(without={"LabourCard", "ToTheMinistry"})
    for language, ending, line in (
        ("en", "Taken over by the ministry", "The labour card was applied for"),
        ("fr", "Repris par l’État", "La carte est demandée"),
    ):
        with scope.of(a_case.organisation_id), translation.override(language):
            assert row.get_ending_display() == ending
            copied = str(copying.of(a_case, {}))
            assert ending in copied
            assert line in copied
    page = page_of("case_closing", member=her_supervisor)
    assert "Taken over by the ministry" in page
    assert "The labour card was applied for" in page
    assert page.index("Papers and belongings") < page.index("The labour card")
    courses.decide_closing(closing=row, by=her_supervisor, closes=True, version=row.version)
    a_case.refresh_from_db()
    assert a_case.status == "ClosedReferred"
    assert "Taken over by the ministry" in page_of("record_history")


def test_an_ending_that_nobody_added_is_none(a_case, page_of):
    assert "Why does the case end?" in page_of("case_closing", query="?ending=Nobody")


def test_a_paper_with_whoever_is_counted_as_an_exploiter_is_told_of(a_case, her_caseworker, page_of):
    kin.record(case=a_case, by=her_caseworker, model=kin.IdentityPaper, values={"kind": "passport", "holder": "CampOffice"})
    with scope.of(a_case.organisation_id):
        assert "papers_with_another" in {one.value for one in kin.doubts_of(a_case)}
    assert "The camp’s office" in page_of("case_known")


def test_what_a_code_of_the_desk_is_counted_as_stays(bring):
    bring()
    with pytest.raises(Refused) as refused:
        bring(counted={"TherapyHour": "contact"})
    assert [(one.code, one.where) for one in refused.value.reasons] == [("code_counted_anew", "lists/note_kind_own.csv")]
    assert all("health" in one.say(language) for one in refused.value.reasons for language in LANGUAGES)


def test_the_page_of_an_edition_says_as_what_each_code_is_counted(bring, sign_in, make_member, shelter):
    made = {one.code: one for one in bring()}
    client = sign_in(make_member(shelter, Role.ADMINISTRATOR))
    page = client.get(reverse("country_form", args=[made["transport_own"].pk])).content.decode()
    assert "Codes added to the list “transport”" in page
    assert "<code>HarvestTruck</code> → Lorry" in page


def test_another_office_neither_offers_nor_reads_it(a_case, other_organisation):
    with scope.of(other_organisation.pk):
        assert "HomeVisit" not in coded.offered("note_kind")
        assert coded.label("note_kind", "HomeVisit", "en") == "HomeVisit"
        assert Note(organisation=other_organisation, kind="TherapyHour").topic_of_kind == Topic.UNSORTED


def test_nothing_is_offered_before_its_day(make_member, shelter):
    administrator, tomorrow = make_member(shelter, Role.ADMINISTRATOR), timezone.localdate() + timedelta(days=1)
    for one in actions.bring(pack=written(), by=administrator):
        actions.activate(edition=one, by=administrator, on=tomorrow, version=1)
    for name, rows in CODES.items():
        assert rows[0][0] not in coded.offered(name, organisation_id=shelter.pk)


def test_the_summary_says_how_a_contact_went(a_case, her_caseworker):
    found = note(a_case, her_caseworker, contact={"means": "visit"})
    with scope.of(a_case.organisation_id):
        assert summary.contact_words(found) == "Visit"


def test_an_added_role_stands_in_its_place_on_the_team_and_gives_no_right(a_case, her_supervisor, make_member, shelter, page_of):
    mediator = make_member(shelter, "caseworker", name="M. Ediator")
    helper = make_member(shelter, "caseworker", name="H. Elper")
    for member, role in ((helper, "shelter"), (mediator, "Mediator")):
        cases.join_team(case=a_case, by=her_supervisor, member=member, role=role, since=DAY)
    case = Case.objects.get(pk=a_case.pk)
    assert [place.role for place in case.current_team] == ["case_manager", "Mediator", "shelter"], "as a lawyer, for whom it counts"
    assert "Cultural mediator" in page_of("case_team", member=her_supervisor)
    assert "M. Ediator joined the team: Cultural mediator" in page_of("record_history")


def test_an_added_ground_is_admitted_where_the_law_names_what_it_is_counted_as(a_case, her_caseworker, sign_in):
    procedure = tracks.notify(
        case=a_case, by=her_caseworker, values={"country": "XC", "body": "nrm_office", "notified_on": DAY, "reference": ""}
    )
    tracks.add_step(procedure=procedure, by=her_caseworker, values={"kind": "reflection", "happened_on": DAY})
    page = sign_in(her_caseworker).get(reverse("formal_step", args=[a_case.number, procedure.pk])).content.decode()
    assert "Until the harvest is paid" in page
    assert "A newborn child" not in page, "this law names health and intimidation, and nothing that it is counted as"
    extended = {"kind": "extended", "happened_on": DAY + timedelta(days=1), "days": 10, "reasons": "asked", "ground": "NewBorn"}
    with pytest.raises(Denied, match="ground_not_in_law"):
        tracks.add_step(procedure=procedure, by=her_caseworker, values=extended)
    step = tracks.add_step(procedure=procedure, by=her_caseworker, values=extended | {"ground": "Harvest"})
    assert step.get_ground_display() == "Until the harvest is paid"
    with scope.of(a_case.organisation_id), translation.override("fr"):
        assert "Jusqu’au paiement de la récolte (1)" in str(copying.of(a_case, {}))


def test_an_added_kind_of_actor_goes_with_the_last_case_that_led_there(a_case, her_caseworker):
    link = acting.add_actor(case=a_case, by=her_caseworker, values={"kind": "Militia", "called": "the men"})
    assert link.actor.get_kind_display() == "Armed group"
    assert link.actor.code_editions
    acting.remove_actor(link=link, by=her_caseworker, version=link.version)
    ended = Actor.objects.get(pk=link.actor_id)
    assert (ended.kind, ended.code_editions) == ("unknown", {})


def test_an_added_kind_of_conflict_is_asked_and_read(a_case, her_supervisor, make_member, shelter, sign_in, page_of):
    relative = make_member(shelter, "caseworker", name="N. Eighbour")
    address = reverse("case_conflict", args=[a_case.number])
    client = sign_in(her_supervisor)
    assert "From the same village" in client.get(address).content.decode()
    assert client.post(address, {"member": str(relative.pk), "kind": "SameVillage", "reason": ""}).status_code == 302
    assert "From the same village" in page_of("case_team", member=her_supervisor)
