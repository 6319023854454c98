"""What a person asks is answered in time, works where it must work at once, and tells nobody that somebody is here."""

from datetime import date, timedelta

import pytest
from django.apps import apps
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.functional import Promise

from amparo.desk.access.guard import Denied
from amparo.desk.cases import actions, holds
from amparo.desk.cases.models import Case, Person
from amparo.desk.cases.tests.browsing import posted
from amparo.desk.consent import actions as consents
from amparo.desk.consent import excerpts, signing
from amparo.desk.consent import queries as consent_queries
from amparo.desk.consent.models import Disclosure
from amparo.desk.consent.rules import Data, Purpose
from amparo.desk.contributions import own_cases
from amparo.desk.core.fields import SealedTextField
from amparo.desk.core.ids import uuid7
from amparo.desk.core.renewing import names_a_key
from amparo.desk.core.sensitivity import Sensitivity, label_of
from amparo.desk.identification import actions as screenings
from amparo.desk.identification import formal_actions
from amparo.desk.oversight import copying, keeping, processing, requests
from amparo.desk.oversight.models import Disposal, PersonRequest, RetentionRule

TODAY = timezone.localdate()


@pytest.fixture
def supervisor(make_member, shelter):
    return make_member(shelter, "supervisor", name="Sunniva Uperton")


def enter(case, by, kind, **more):
    given = {"case": case, "by": by, "kind": kind, "received_on": TODAY, "row_id": uuid7()} | more
    return requests.enter(**given)


def known(request, by):
    requests.identify(request=request, by=by, how="code_word", version=request.version)
    return PersonRequest.objects.get(pk=request.pk)


def answered(request, by, *, grants, words="", remedy=""):
    requests.answer(request=request, by=by, grants=grants, words=words, remedy=remedy, version=request.version)
    return PersonRequest.objects.get(pk=request.pk)


@pytest.mark.django_db
def test_the_clock_is_the_countrys_and_runs_from_the_day_of_asking(the_case, her_caseworker, supervisor):
    asked = enter(the_case, her_caseworker, "access", received_on=date(2026, 1, 31))
    assert asked.due_on == date(2026, 2, 28)
    assert requests.waiting(supervisor) == (1, 1)
    assert requests.waiting(her_caseworker) == (0, 0)
    requests.extend(request=asked, by=supervisor, reason="many files", version=asked.version)
    asked = PersonRequest.objects.get(pk=asked.pk)
    assert asked.due_on == date(2026, 4, 28)
    with pytest.raises(Denied, match="extended_before"):
        requests.extend(request=asked, by=supervisor, reason="more", version=asked.version)


@pytest.mark.django_db
def test_nobody_is_answered_before_it_is_known_who_asks(the_case, her_caseworker, supervisor):
    asked = enter(the_case, her_caseworker, "access")
    with pytest.raises(Denied, match="not_identified"):
        answered(asked, supervisor, grants=True)
    asked = known(asked, her_caseworker)
    with pytest.raises(Denied, match="supervisor_decides"):
        answered(asked, her_caseworker, grants=True)
    with pytest.raises(Denied, match="reason_missing"):
        answered(asked, supervisor, grants=False)
    with pytest.raises(Denied, match="remedy_missing"):
        answered(asked, supervisor, grants=False, words="not yours")
    done = answered(asked, supervisor, grants=False, words="not yours", remedy="the authority")
    assert (done.state, done.answered_by_id) == ("refused", supervisor.pk)
    with pytest.raises(Denied, match="request_answered"):
        answered(done, supervisor, grants=True)


@pytest.mark.django_db
def test_a_correction_keeps_both_wordings(the_case, her_caseworker, supervisor):
    asked = known(enter(the_case, her_caseworker, "correction", field="given_names", proposed="Iliass"), her_caseworker)
    assert asked.before == "Ilyas"
    done = answered(asked, supervisor, grants=True)
    person = Person.objects.get(pk=the_case.person_id)
    assert (person.given_names, done.before, done.proposed) == ("Iliass", "Ilyas", "Iliass")
    assert {row.given_names for row in person.history.all()} == {"Ilyas", "Iliass"}


@pytest.mark.django_db
def test_a_refused_correction_changes_nothing_and_a_wrong_date_comes_back(the_case, her_caseworker, supervisor):
    asked = known(enter(the_case, her_caseworker, "correction", field="birth_date", proposed="spring"), her_caseworker)
    with pytest.raises(Denied, match="correction_incomplete"):
        answered(asked, supervisor, grants=True)
    answered(asked, supervisor, grants=False, words="a document says otherwise", remedy="the authority")
    assert str(Person.objects.get(pk=the_case.person_id).birth_date) == "1995"
    with pytest.raises(Denied, match="correction_incomplete"):
        enter(the_case, her_caseworker, "correction", field="pk", proposed="x")


@pytest.mark.django_db
def test_an_objection_works_at_once_and_a_refusal_ends_it(the_case, her_caseworker, supervisor):
    given = {"state": "given", "asked_on": TODAY, "decided_on": TODAY, "was_explained": True, "told_of_publication": True}
    consents.record(case=the_case, by=her_caseworker, purpose=Purpose.STATISTICS, values=given | {"data": [Data.STATISTICAL]})
    type(the_case).objects.filter(pk=the_case.pk).update(trafficking_status=own_cases.VICTIMS[0])

    def passes():
        verdict = consent_queries.covers(the_case, Purpose.STATISTICS, on=TODAY, data=[Data.STATISTICAL])
        return bool(verdict), the_case.pk in own_cases.covered(the_case.organisation_id, on=TODAY)

    assert passes() == (True, True)
    asked = enter(the_case, her_caseworker, "objection")
    assert passes() == (False, False)
    assert holds.is_restricted(the_case.person_id)
    answered(known(asked, her_caseworker), supervisor, grants=False, words="needed", remedy="the authority")
    assert passes() == (True, True)


@pytest.mark.django_db
@pytest.mark.parametrize("first", ["granted", "open"])
def test_refusing_one_objection_lifts_nothing_that_another_asks_for(first, the_case, her_caseworker, supervisor):
    one = known(enter(the_case, her_caseworker, "objection"), her_caseworker)
    if first == "granted":
        answered(one, supervisor, grants=True, words="agreed")
    other = known(enter(the_case, her_caseworker, "objection"), her_caseworker)
    answered(other, supervisor, grants=False, words="asked before", remedy="the authority")
    assert holds.is_restricted(the_case.person_id)
    if first == "open":
        answered(one, supervisor, grants=False, words="needed", remedy="the authority")
        assert not holds.is_restricted(the_case.person_id)


@pytest.mark.django_db
def test_who_objected_can_take_it_back_and_nobody_for_them_without_a_word(the_case, browse, supervisor, her_caseworker):
    asked = known(enter(the_case, her_caseworker, "objection"), her_caseworker)
    with pytest.raises(Denied, match="request_answered"):
        requests.take_back(request=asked, by=supervisor, words="changed his mind", version=asked.version)
    asked = answered(PersonRequest.objects.get(), supervisor, grants=True, words="agreed")
    address = reverse("case_request", args=[the_case.number, asked.pk])
    assert browse.post(address, posted(browse.get(address), decision="take_back")).status_code == 422
    assert browse.post(address, posted(browse.get(address), decision="refuse", words="x")).status_code == 422
    with pytest.raises(Denied):
        requests.take_back(request=asked, by=her_caseworker, words="changed his mind", version=asked.version)
    assert holds.is_restricted(the_case.person_id)
    assert browse.post(address, posted(browse.get(address), decision="take_back", words="He says yes now.")).status_code == 302
    assert not holds.is_restricted(the_case.person_id)
    assert "He says yes now." in browse.get(address).content.decode()
    assert PersonRequest.objects.get().state == "taken_back"


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["access", "correction", "objection"])
def test_nothing_is_erased_while_the_person_waits_for_an_answer(kind, the_case, her_caseworker, supervisor, make_member, shelter):
    """Who asks what is held on them is not answered by destroying it."""
    propose = {"case": the_case, "by": supervisor, "what": "shred", "ground": "recorded_in_error", "reason": "twice"}
    proposal = keeping.propose(**propose)
    asked = known(enter(the_case, her_caseworker, kind, proposed="x"), her_caseworker)
    with pytest.raises(Denied, match="request_waits"):
        keeping.settle(disposal=proposal, by=make_member(shelter, "supervisor"), confirms=True)
    keeping.settle(disposal=proposal, by=make_member(shelter, "supervisor"), confirms=False)
    with pytest.raises(Denied, match="request_waits"):
        keeping.propose(**propose)
    answered(asked, supervisor, grants=False, words="given by hand", remedy="the authority")
    keeping.settle(disposal=keeping.propose(**propose), by=make_member(shelter, "supervisor"), confirms=True)


@pytest.mark.django_db
def test_an_erasure_granted_answers_what_was_asked_on_the_persons_other_case(
    the_case, her_caseworker, supervisor, make_member, shelter
):
    held = {"organisation": shelter, "key_id": the_case.key_id, "person": the_case.person, "opened_on": TODAY}
    other = Case.objects.create(**held, number="XC-2026-00099", pseudonym="Quartz beside", year_of_registration=TODAY.year)
    actions.join_team(case=other, by=supervisor, member=her_caseworker, role="case_manager", since=TODAY)
    asked = enter(Case.objects.get(pk=other.pk), her_caseworker, "erasure")
    proposal = keeping.propose(case=the_case, by=supervisor, what="shred", ground="person_asked", reason="asked")
    keeping.settle(disposal=proposal, by=make_member(shelter, "supervisor"), confirms=True)
    assert PersonRequest.objects.values_list("state", flat=True).get(pk=asked.pk) == "granted"
    assert requests.waiting(supervisor) == (0, 0)


@pytest.mark.django_db
def test_an_erasure_asked_for_still_takes_two(the_case, her_caseworker, supervisor, make_member, shelter):
    asked = answered(known(enter(the_case, her_caseworker, "erasure"), her_caseworker), supervisor, grants=True, words="agreed")
    assert asked.state == "open"
    proposal = Disposal.objects.get()
    assert Person.objects.get(pk=the_case.person_id).given_names == "Ilyas"
    with pytest.raises(Denied, match="proposed_by_yourself"):
        keeping.settle(disposal=proposal, by=supervisor, confirms=True)
    keeping.settle(disposal=proposal, by=make_member(shelter, "supervisor"), confirms=True)
    assert PersonRequest.objects.get(pk=asked.pk).state == "granted"


def everything(parts):
    return " ".join(str(entry.value) for part in parts for entry in part.entries)


def handed_over(parts):
    return " ".join(str(entry.value) for part in parts for entry in part.entries if entry.is_read)


@pytest.mark.django_db
def test_the_copy_holds_what_is_known_and_names_no_third_party(the_case, her_caseworker, supervisor):
    text = "She fears her brother Oskar Vell; told to Sunniva Uperton."
    note = actions.write_note(case=the_case, by=her_caseworker, kind="family", happened_on=TODAY, text=text)
    consent = {"state": "given", "asked_on": TODAY, "decided_on": TODAY, "was_explained": True, "guardian_name": "Guda Rian"}
    consents.record(case=the_case, by=her_caseworker, purpose=Purpose.ASSISTANCE, values=consent)
    found = copying.of(the_case, {})
    assert "Tavrenko" in handed_over(found)
    assert "+000 555 0142" in handed_over(found)
    for other in ("Oskar Vell", "Guda Rian", "Sunniva", "I. Maro", "library"):
        assert other not in handed_over(found)
    assert "Guda Rian" not in everything(found)
    (entry,) = [one for part in found for one in part.entries if one.passage.endswith(str(note.pk))]
    read = copying.of(the_case, {entry.passage: entry.digest})
    assert "Oskar Vell" in handed_over(read), "what somebody has read and ticked goes in"
    assert "Sunniva" not in handed_over(read), "colleagues stay unnamed even then"
    assert "Oskar Vell" not in handed_over(copying.of(the_case, {entry.passage: "0" * 32})), "another wording was read"


@pytest.mark.django_db
def test_the_copy_speaks_the_persons_language_and_no_code(the_case, her_caseworker):
    by, day = {"case": the_case, "by": her_caseworker}, the_case.opened_on
    begun = screenings.start(**by, values={"held_on": day, "consent_to_interview": "yes", "language": "fra"})
    said = {"WRK-1": {"answer": "yes", "source": "statement", "note": "His boss Karl Vell told him so"}}
    screenings.keep_answers(screening=begun, by=her_caseworker, step="work", answers=said, version=begun.version)
    asked = formal_actions.notify(**by, values={"country": "XC", "body": "costaverde-mechanism", "notified_on": day})
    formal_actions.add_step(procedure=asked, by=her_caseworker, values={"kind": "reflection", "happened_on": day})
    told = {"told_on": day, "rights": ["lawyer"], "language": "fra", "leaflet": "rights@1 fr"}
    signing.tell_rights(**by, values=told)
    agreed = {"state": "given", "asked_on": day, "decided_on": day, "was_explained": True}
    consent = consents.record(**by, purpose=Purpose.ASSISTANCE, values=agreed)
    signed = {"kind": "typed", "name": "Guda Rian", "giver": "guardian", "signed_on": day}
    signing.sign(**by, consents=[consent], values=signed)
    with translation.override("fr"):
        found = copying.of(the_case, {})
    handed = handed_over(found)
    for words in (
        "Costaverde",
        "Bureau du mécanisme national",
        "français",
        "Le délai de réflexion commence",
        "Avocat",
        "Vos droits (FR)",
    ):
        assert words in handed
    labels = " ".join(entry.label for part in found for entry in part.entries)
    assert "La personne a-t-elle dû travailler" in labels or "travailler" in labels
    for code in ("WRK-1", "costaverde-mechanism", "statement", "{'", "lawyer", "rights@1", "Guda Rian"):
        assert code not in everything(found)
    assert "Karl Vell" not in handed, "a note beside an answer is read by somebody first"
    assert "Karl Vell" in everything(found)


def test_no_new_field_is_forgotten():
    """Every sealed or personal field of every model about a person is walked, or stands in the list of what is left out."""
    walked = set(copying.walked())
    for model in apps.get_models():
        if not names_a_key(model) or hasattr(model, "instance_type") or model in walked:
            continue
        assert model._meta.label in copying.LEFT_OUT
    for place in copying.LEFT_OUT:
        assert apps.get_model(*place.split(".")[:2])
    sealed = [field for model in walked for field in model._meta.concrete_fields if isinstance(field, SealedTextField)]
    assert len(sealed) > 20
    assert all(label_of(field) >= Sensitivity.PERSONAL for field in sealed)


@pytest.fixture
def browse(supervisor):
    client = Client()
    client.force_login(supervisor.user)
    return client


@pytest.mark.django_db
def test_a_request_from_the_first_word_to_the_copy(the_case, browse, her_caseworker):
    address = reverse("request_new", args=[the_case.number])
    data = posted(browse.get(address), kind="access", words="What do you have?")
    answer = browse.post(address, data)
    asked = PersonRequest.objects.get()
    one = reverse("case_request", args=[the_case.number, asked.pk])
    assert answer["Location"] == one
    assert browse.post(one, posted(browse.get(one), decision="grant")).status_code == 422
    assert browse.post(one, posted(browse.get(one), decision="identify", identified="document")).status_code == 302
    copy = reverse("case_request_copy", args=[the_case.number, asked.pk])
    page = browse.get(copy).content.decode()
    assert "Tavrenko" in page
    assert 'lang="fr"' in page, "his own language"
    file = browse.get(copy + "?file=1&language=en")
    assert file["Content-Disposition"].startswith("attachment")
    assert "Tavrenko" in file.content.decode()
    assert "the library" not in file.content.decode()
    passages = [
        entry for part in copying.of(the_case, {}) for entry in part.entries if entry.passage.startswith("cases.Person.safe")
    ]
    ticked = {"version": PersonRequest.objects.get().version, "passages": [f"{one.passage}={one.digest}" for one in passages]}
    assert browse.post(copy, ticked).status_code == 302
    assert "the library" in browse.get(copy + "?file=1&language=en").content.decode()
    client = Client()
    client.force_login(her_caseworker.user)
    assert client.get(copy).status_code == 403
    granted = browse.post(one, posted(browse.get(one), decision="grant"))
    assert granted["Location"] == copy, "granting leads to the copy"
    assert copy in browse.get(one).content.decode(), "and it can be made again"
    assert "the library" in browse.get(copy + "?file=1&language=en").content.decode(), "with what was read before"
    assert browse.post(copy, {"version": PersonRequest.objects.get().version}).status_code == 302
    assert client.get(copy).status_code == 403
    assert copy not in client.get(one).content.decode()
    second = browse.post(address, posted(browse.get(address), kind="access", words="And today?"))["Location"]
    told = posted(browse.get(second), decision="grant", identified="document")
    assert browse.post(second, told).status_code == 302, "who it is and the answer in one step"
    assert set(PersonRequest.objects.values_list("state", "identified")) == {("granted", "document")}


@pytest.mark.django_db
def test_a_copy_that_was_refused_is_not_made(the_case, browse, her_caseworker, supervisor):
    asked = known(enter(the_case, her_caseworker, "access"), her_caseworker)
    answered(asked, supervisor, grants=False, words="Not the person.", remedy="The authority.")
    assert (
        reverse("case_request_copy", args=[the_case.number, asked.pk])
        not in browse.get(reverse("case_request", args=[the_case.number, asked.pk])).content.decode()
    )
    assert browse.get(reverse("case_request_copy", args=[the_case.number, asked.pk])).status_code == 403


@pytest.mark.django_db
def test_a_request_tells_nobody_that_somebody_is_here(the_case, the_partner, her_caseworker, make_member, shelter):
    nurse = Client()
    nurse.force_login(make_member(shelter, "health").user)
    partner = Client()
    partner.force_login(the_partner.user)
    nobody = "XC-2026-99999"
    for client in (nurse, partner):
        for name in ("request_new", "case_keeping", "hold_new"):
            there, absent = (client.get(reverse(name, args=[number])) for number in (the_case.number, nobody))
            assert there.status_code == absent.status_code == 404
            assert there.content.replace(the_case.number.encode(), b"") == absent.content.replace(nobody.encode(), b"")
    enter(the_case, her_caseworker, "access")
    partner.get(reverse("requests"))
    receipts = {client.get(reverse("request_receipt")).content.count(b"neither say nor deny") for client in (nurse, partner)}
    assert receipts == {1}


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["fr", "es"])
def test_the_register_and_the_rules_speak_the_readers_language(language, browse, supervisor):
    pages = {
        name: browse.get(reverse(name), headers={"accept-language": language})
        for name in ("processing_register", "retention_rules")
    }
    for name, page in pages.items():
        words = page.content.decode()
        assert "RGPD" in words, name
        for english in ("GDPR", "the length is a proposal", "sealed name", "key id", "84 "):
            assert english not in words.split("<main")[1], f"{name}: {english}"


@pytest.mark.django_db
def test_a_risk_is_answered_with_its_likelihood_and_its_gravity(browse, supervisor):
    asked = {
        topic: "How likely it is here" in browse.get(reverse("impact_answer", args=[topic])).content.decode()
        for topic in processing.TOPICS
    }
    assert {topic for topic, is_asked in asked.items() if is_asked} == set(processing.RISKS)


@pytest.mark.django_db
def test_the_auditor_reads_register_and_assessment_and_answers_nothing(browse, supervisor, make_member, shelter):
    one = reverse("impact_answer", args=["controller"])
    assert browse.post(one, posted(browse.get(one), text="Ask for Dr Prote.")).status_code == 302
    auditor = Client()
    auditor.force_login(make_member(shelter, "auditor").user)
    for name in ("audited_register", "audited_assessment"):
        words = auditor.get(reverse(name)).content.decode()
        assert "Ask for Dr Prote." in words
        assert one not in words
        assert browse.get(reverse(name)).status_code == 403, "each role by its own way"
    for name in ("processing_register", "impact_assessment"):
        assert auditor.get(reverse(name)).status_code == 403
    assert auditor.post(one, {"text": "x"}).status_code == 403


def test_no_field_stands_in_the_register_under_its_code_name():
    named = {f"{field.model._meta.label}.{field.name}": field for field in processing.personal()}
    assert processing.NAMES.keys() <= named.keys(), "a name for a field that is gone"
    bare = {name for name, field in named.items() if not isinstance(field.verbose_name, Promise)} - processing.NAMES.keys()
    assert bare == set()


@pytest.mark.django_db
def test_pages_of_the_office(the_case, browse, supervisor, make_member, shelter):
    for name in ("retention_rules", "retention_due", "disposals", "requests", "processing_register", "impact_assessment"):
        assert browse.get(reverse(name)).status_code == 200
    rules = reverse("retention_rules")
    given = {"keeping": "casework", "months": 24, "starts": ["case_closed"], "end": "shred", "source": "Act 7", "reason": "told so"}
    assert browse.post(rules, posted(browse.get(rules), **given)).status_code == 302
    assert "Act 7" in browse.get(rules).content.decode()
    since = RetentionRule.objects.get().valid_from
    assert {rule.months for rule in keeping.rules_of(shelter, on=since) if rule.keeping == "casework"} == {24}
    assert {rule.months for rule in keeping.rules_of(shelter, on=since - timedelta(days=1)) if rule.keeping == "casework"} == {84}
    one = reverse("impact_answer", args=["keeping"])
    assert browse.post(one, posted(browse.get(one), text="We look at it each May.")).status_code == 302
    assert "each May" in browse.get(reverse("impact_assessment")).content.decode()
    assert "Act 7" in browse.get(reverse("processing_register")).content.decode()
    other = Client()
    other.force_login(make_member(shelter, "caseworker").user)
    assert other.get(rules).status_code == 403


@pytest.mark.django_db
def test_the_second_person_ticks_that_there_is_no_way_back(the_case, browse, supervisor, her_caseworker):
    proposal = keeping.propose(case=the_case, by=supervisor, what="shred", ground="recorded_in_error", reason="a twin record")
    client = Client()
    client.force_login(her_caseworker.user)
    page = client.get(reverse("disposals")).content.decode()
    assert the_case.number in page
    assert "twin record" not in page
    assert "Tavrenko" not in page
    settle = reverse("disposals_settle")
    client.post(settle, {"proposals": [str(proposal.pk)], "answer": "confirm"})
    browse.post(settle, {"proposals": [str(proposal.pk)], "answer": "confirm", "sure": "yes"})
    assert Person.objects.get(pk=the_case.person_id).given_names == "Ilyas"
    client.post(settle, {"proposals": [str(proposal.pk)], "answer": "confirm", "sure": "yes"})
    assert Person.objects.get(pk=the_case.person_id).given_names != "Ilyas"
    page = browse.get(reverse("case_keeping", args=[the_case.number]))
    assert page.status_code == 200
    assert "erased" in page.content.decode()


@pytest.mark.django_db
def test_an_objection_closes_excerpts_at_once_also_those_on_a_legal_basis(the_case, her_caseworker, supervisor, other_organisation):
    days = {"since": TODAY, "until": TODAY + timedelta(days=9), "confirmed_at": timezone.now(), "confirmed_by": supervisor}
    owner = {"organisation": the_case.organisation, "key_id": the_case.key_id, "case": the_case, "body": other_organisation}
    basis = {"ground": "legal_basis", "authority": "Court", "reference": "7/26", "data": ["story"], "entered_by": her_caseworker}
    row = Disclosure.objects.create(**owner, **days, **basis)
    assert excerpts.kinds_of(row) == {"story"}
    enter(the_case, her_caseworker, "objection")
    assert excerpts.kinds_of(row) == frozenset()
    holds.lift_restriction(case=the_case, by=supervisor)
    assert excerpts.kinds_of(row) == {"story"}
