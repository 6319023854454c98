"""A bit that flipped: what does not open stops no list, is told in words, and is never written over."""

import logging

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from amparo.cli import sites
from amparo.desk.access.models import Organisation
from amparo.desk.audit import chain
from amparo.desk.audit.models import Event
from amparo.desk.cases import actions as cases
from amparo.desk.cases import erasing, names, queries
from amparo.desk.cases.models import Case, NamePage, Note
from amparo.desk.cases.tests.browsing import posted
from amparo.desk.config import proving
from amparo.desk.core import damage, keys, sealing
from amparo.desk.core.models import PersonKey
from amparo.desk.files import actions as files
from amparo.desk.files.models import StoredFile
from amparo.desk.intake.models import Caseload
from amparo.desk.oversight import watching
from amparo.desk.oversight.models import Watch
from amparo.desk.workbench import saved
from amparo.desk.workbench.filters import PeopleFilter
from amparo.desk.workbench.models import SavedList

from .test_swapped import sealed_fields
from .whole_house import (
    a_case,  # noqa: F401
    fillings,
    furnished,  # noqa: F401
    her_supervisor,  # noqa: F401
    house,  # noqa: F401
    things,  # noqa: F401
    undone,
    upload,
)

pytestmark = pytest.mark.django_db
WORDS = {
    "en": "cannot be opened: tell whoever keeps the system",
    "fr": "ne s’ouvre pas\u00a0: prévenez la personne qui s’occupe du système",
    "es": "no se puede abrir: avise a quien se ocupa del sistema",
}


def flipped(held):
    return held[:-1] + bytes([held[-1] ^ 1])


def cut(held):
    return held[: len(held) // 2]


def renamed(held):
    """The bytes that name the key are no key's."""
    return held[:1] + b"\xff" * 16 + held[17:]


def emptied(held):
    return b""


WAYS = (flipped, cut, renamed, emptied)


def put(model, pk, column, held):
    """Write a value past everything that guards it, as a failing disk does."""
    table, name = model._meta.db_table, model._meta.pk
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            for (trigger,) in cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
                cursor.execute(f'DROP TRIGGER "{trigger}"')
        else:
            cursor.execute(f'ALTER TABLE "{table}" DISABLE TRIGGER USER')
        cursor.execute(
            f'UPDATE "{table}" SET "{column}" = %s WHERE "{name.column}" = %s', [held, name.get_db_prep_value(pk, connection)]
        )
        assert cursor.rowcount == 1


def break_key(key_id, way=flipped):
    put(PersonKey, key_id, "wrapped", way(bytes(PersonKey.objects.get(pk=key_id).wrapped)))
    keys.forget_opened()


def sealed_under(key_id):
    """Return every sealed value of every row under a key, as it lies."""
    found = {}
    for model, field in sealed_fields():
        rows = model._base_manager.filter(key_id=key_id).values_list("pk", field.name)
        found |= {(model, pk, field.column): bytes(held) for pk, held in rows if held}
    return found


def break_values(key_id):
    broken = {}
    for (model, pk, column), held in sealed_under(key_id).items():
        broken[model, pk, column] = flipped(held)
        put(model, pk, column, flipped(held))
    assert len(broken) > 10
    keys.forget_opened()
    return broken


def careless(client):
    """Return a client in the same session that answers a defect of ours as a browser would see it."""
    other = Client(raise_request_exception=False)
    other.cookies = client.cookies.copy()
    return other


def walked(house):  # noqa: F811
    """Open every page as everybody; return the answers by address, and what went wrong."""
    seen, wrong = {}, []
    for name, address, _given in list(house.addresses()):
        for role, client in house.serving(name):
            answer = careless(client).get(address)
            seen.setdefault(address, set()).add(answer.status_code)
            if answer.status_code == 500:
                wrong.append(f"{role} {name} {address}")
            if answer.streaming:
                b"".join(answer.streaming_content)
    return seen, wrong


def lying(key_id):
    """Return everything that lies under a key, and the key itself."""
    return sealed_under(key_id) | {(PersonKey, key_id, "wrapped"): bytes(PersonKey.objects.get(pk=key_id).wrapped or b"")}


def sent(house, key_id, broken):  # noqa: F811
    """Send every form as everybody would; return what went wrong: a defect, or something stored over what is broken."""
    wrong = []
    for name, form, client in house.forms:
        filled = next(fillings(form)) | {one: upload(form.address, one) for one in form.files}
        with undone():
            if careless(client).post(form.address, filled).status_code == 500:
                wrong.append(f"{name} {form.address}")
            after = lying(key_id)
            wrong += [f"{name} {place[0].__name__}.{place[2]}" for place, held in broken.items() if after.get(place) != held]
    return wrong


def test_what_is_damaged_stops_no_page_and_no_form(house, a_case):  # noqa: F811
    """One house for all: to fill it takes longer than to damage it."""
    number = a_case.number
    with undone():
        break_key(a_case.key_id)
        seen, wrong = walked(house)
        assert not wrong, wrong
        of_the_case = {address for address in seen if address.startswith(f"/cases/{number}/")}
        assert len(of_the_case) > 50
        assert 200 not in {status for address in of_the_case for status in seen[address]}
        assert not (wrong := sent(house, a_case.key_id, lying(a_case.key_id))), wrong
    with undone():
        broken = break_values(a_case.key_id)
        seen, wrong = walked(house)
        assert not wrong, wrong
        assert 200 in seen[f"/cases/{number}/"]
        assert not (wrong := sent(house, a_case.key_id, broken)), wrong


@pytest.mark.parametrize("way", WAYS)
def test_a_damaged_key_is_told_in_the_lists_and_on_a_calm_page(way, the_case, her_caseworker, make_member, shelter, sign_in):
    whole = bytes(PersonKey.objects.get(pk=the_case.key_id).wrapped)
    break_key(the_case.key_id, way)
    for member in (her_caseworker, make_member(shelter, "supervisor")):
        client = sign_in(member)
        for address in (
            "/",
            "/people/",
            f"/people/?q={the_case.pseudonym}",
            f"/people/?q={the_case.number}",
            "/people/?q=Tavrenko",
        ):
            assert client.get(address).status_code == 200
        for language, words in WORDS.items():
            asked = {"accept-language": language}
            told = client.get("/people/", headers=asked).content.decode()
            assert the_case.pseudonym in told
            assert words in told
            answer = client.get(f"/cases/{the_case.number}/", headers=asked)
            assert answer.status_code == 503
            assert "amparo keys check" in answer.content.decode()
    assert "Tavrenko" not in told
    put(PersonKey, the_case.key_id, "wrapped", whole)
    assert "Tavrenko" in sign_in(her_caseworker).get(f"/cases/{the_case.number}/").content.decode()


def test_a_row_says_so_that_held_nothing_sealed_besides_the_name(her_caseworker, sign_in):
    """By each way to a row: the list, Today, and a search by number, by pseudonym and among others by a name."""
    opened = {"by": her_caseworker, "opened_on": timezone.localdate()}
    broken = cases.open_case(person={"given_names": "Ilyas"}, **opened)
    cases.open_case(person={"given_names": "Ilyas"}, **opened)
    break_key(broken.key_id)
    client = sign_in(her_caseworker)
    for address in ("/", "/people/"):
        assert WORDS["en"] in client.get(address).content.decode()
    for words in (broken.number, broken.pseudonym):
        found = client.post(reverse("search"), {"words": words})
        assert found.status_code == 200
        assert WORDS["en"] in found.content.decode()
    found = client.post(reverse("search"), {"words": "Ilyas"}).content.decode()
    assert "1 case found" in found


def test_a_site_starts_and_everybody_else_is_found(the_case, her_caseworker, sign_in):
    """Making the index of names anew stood before the first request: one key kept a whole site from starting."""
    other = cases.open_case(by=her_caseworker, opened_on=timezone.localdate(), person={"given_names": "Oriane"})
    whole = bytes(PersonKey.objects.get(pk=the_case.key_id).wrapped)
    NamePage.objects.update(bits=3)  # as after an update
    break_key(the_case.key_id)
    sites._mend()
    assert found_by("Oriane", her_caseworker) == [other]
    assert found_by("Tavrenko", her_caseworker) == []
    assert sites._mend() is None
    put(PersonKey, the_case.key_id, "wrapped", whole)
    keys.forget_opened()
    names.fit_all()
    assert found_by("Tavrenko", her_caseworker) == [the_case]


def found_by(words, member):
    return [match.case for match in queries.search(member, words)]


@pytest.mark.parametrize("way", WAYS)
def test_a_damaged_page_of_the_index_of_names_is_made_anew(way, the_case, her_caseworker, sign_in):
    """It holds nothing that the records do not: one bit of it kept a whole office from searching and from taking people in."""
    [page] = NamePage.objects.all()
    assert found_by("Tavrenko", her_caseworker) == [the_case]
    put(NamePage, page.pk, "sealed", way(bytes(page.sealed)))
    names._kept.clear()
    client = sign_in(her_caseworker)
    assert client.post(reverse("search"), {"words": "Tavrenko"}).status_code == 200
    opened = posted(client.get(reverse("case_new")), given_names="Zala", family_name="Kranjec")
    assert client.post(reverse("case_new"), opened).status_code == 302
    case = cases.open_case(by=her_caseworker, opened_on=timezone.localdate(), person={"given_names": "Oriane"})
    person = Case.objects.select_related("person").get(pk=the_case.pk).person
    names.reindex(person)
    other = cases.open_case(by=her_caseworker, opened_on=timezone.localdate(), person={"given_names": "Bele"})
    [page] = NamePage.objects.all()
    put(NamePage, page.pk, "sealed", way(bytes(page.sealed)))
    names.fit_all()
    assert NamePage.objects.count() == 1
    assert found_by("Bele", her_caseworker) == [other]
    assert found_by("Tavrenko", her_caseworker) == [the_case]
    assert found_by("Oriane", her_caseworker) == [case]


@pytest.mark.parametrize("way", WAYS)
def test_a_saved_list_whose_name_is_damaged_stops_nobodys_list(way, her_caseworker, make_member, shelter, sign_in):
    """A list shared with the supervisors of the office: its name stands on the page of all cases."""
    other = make_member(shelter, "supervisor")
    for number in range(2):
        saved.keep(by=her_caseworker, name=f"Mine {number}", chosen=PeopleFilter(), is_shared=True)
    row = SavedList.objects.first()
    put(SavedList, row.pk, "sealed_name", way(bytes(row.sealed_name)))
    for member in (her_caseworker, other):
        for address in ("/people/", reverse("people_lists")):
            answer = sign_in(member).get(address)
            assert answer.status_code == 200
            assert WORDS["en"] in answer.content.decode()
    with damage.passing_over():
        saved.keep(by=her_caseworker, name="Mine 2", chosen=PeopleFilter(), is_shared=False)
    saved.forget(list_id=row.pk, by=her_caseworker)
    assert SavedList.objects.count() == 2


def test_a_name_that_was_damaged_for_a_while_is_found_afterwards(the_case, her_caseworker):
    """Another name was changed meanwhile: the tokens were made of what was left, and nobody made them anew."""
    model, pk = type(the_case.person), the_case.person_id
    whole = bytes(model.objects.filter(pk=pk).values_list("family_name", flat=True)[0])
    Organisation.objects.filter(pk=the_case.organisation_id).update(index_bits=16)  # long tokens, that nobody else has
    names.reindex(model.objects.get(pk=pk))
    put(model, pk, "family_name", flipped(whole))
    case = Case.objects.select_related("person", "organisation").get(pk=the_case.pk)
    with damage.passing_over():
        cases.change_person(case=case, by=her_caseworker, values={"given_names": "Elyas"}, version=case.person.version)
        assert found_by("Elyas", her_caseworker) == [the_case]
    put(model, pk, "family_name", whole)
    keys.forget_opened()
    assert found_by("Tavrenko", her_caseworker) == [the_case]
    person = model.objects.get(pk=pk)
    assert set(names.tokens_of(person, bits=16)) <= names.tokens_held(person)


def test_who_reads_the_others_is_watched_all_the_same(the_case, her_caseworker):
    other = cases.open_case(by=her_caseworker, opened_on=timezone.localdate(), person={"given_names": "Oriane"})
    watching.watch_all()
    chain.record("case.read", the_case, by=her_caseworker)
    chain.record("case.read", other, by=her_caseworker)
    break_key(the_case.key_id)
    watching.watch_all()
    last = Event.objects.filter(organisation_id=the_case.organisation_id).latest("sequence").sequence
    assert Watch.objects.get(organisation=the_case.organisation).read_to == last


def test_an_erased_person_goes_on_as_before(the_case, her_caseworker, sign_in):
    keys.destroy(the_case.key_id)
    client = sign_in(her_caseworker)
    assert client.get(f"/cases/{the_case.number}/").status_code == 200
    assert WORDS["en"] not in client.get("/people/").content.decode()


def test_the_log_names_the_key_once_and_nobody(the_case, her_caseworker, sign_in, caplog):
    break_key(the_case.key_id)
    damage._told.clear()
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            sign_in(her_caseworker).get("/people/")
            sign_in(her_caseworker).get(f"/cases/{the_case.number}/")
    told = [record.getMessage() for record in caplog.records if record.name.startswith("amparo")]
    assert [line for line in told if str(the_case.key_id) in line] == told[:1]
    for secret in ("Ilyas", "Tavrenko", "555", "library", the_case.number, the_case.pseudonym):
        assert all(secret not in line for line in told)


def test_what_is_damaged_keeps_its_place_until_it_is_whole_again(the_case, her_caseworker, sign_in):
    person = the_case.person
    whole = bytes(type(person).objects.filter(pk=person.pk).values_list("interpreter_wish", flat=True)[0])
    put(type(person), person.pk, "interpreter_wish", flipped(whole))
    client, address = sign_in(her_caseworker), reverse("case_person", args=[the_case.number])
    assert WORDS["en"] in client.get(f"/cases/{the_case.number}/known/").content.decode()
    form = client.get(address).context["form"]
    values = {one.html_name: one.value() for one in form if isinstance(one.value(), str | int)}
    version = type(person).objects.get(pk=person.pk).version
    first = client.post(address, values | {"family_name": "Other", "interpreter_wish": "", "version": version})
    assert first.status_code == 302, first.context["form"].errors
    refused = client.post(address, values | {"interpreter_wish": "a woman", "version": version + 1})
    assert refused.status_code == 422
    assert "nothing was written over" in refused.content.decode()
    assert "a woman" in refused.content.decode()
    put(type(person), person.pk, "interpreter_wish", whole)
    keys.forget_opened()
    again = type(person).objects.get(pk=person.pk)
    assert (again.family_name, again.interpreter_wish) == ("Other", "a man, by telephone")


@pytest.mark.parametrize("language", list(WORDS))
def test_a_browser_that_sends_the_words_back_changes_the_rest(language, the_case, her_caseworker, sign_in):
    """The field stands in the form with the words that it cannot be opened; who leaves it alone replaces nothing."""
    person = the_case.person
    whole = bytes(type(person).objects.filter(pk=person.pk).values_list("interpreter_wish", flat=True)[0])
    put(type(person), person.pk, "interpreter_wish", flipped(whole))
    client, address = sign_in(her_caseworker), reverse("case_person", args=[the_case.number])
    asked = {"accept-language": language}
    page = client.get(address, headers=asked)
    form = page.context["form"]
    values = {one.html_name: one.value() for one in form if isinstance(one.value(), str | int)}
    assert WORDS[language] in page.content.decode()
    said = values | {"family_name": "Other", "interpreter_wish": WORDS[language], "version": person.version}
    assert client.post(address, said, headers=asked).status_code == 302
    put(type(person), person.pk, "interpreter_wish", whole)
    assert client.post(address, said | {"family_name": "Third", "version": person.version + 1}).status_code == 302
    keys.forget_opened()
    again = type(person).objects.get(pk=person.pk)
    assert (again.family_name, again.interpreter_wish) == ("Third", "a man, by telephone")
    again.interpreter_wish = WORDS[language]
    again.save()
    assert type(person).objects.get(pk=person.pk).interpreter_wish == "a man, by telephone"


def test_the_words_become_no_note(the_case, her_caseworker, sign_in):
    """A correction begins with what the note says: sent as it stood, the words would have stood in its place for good."""
    note = cases.write_note(case=the_case, by=her_caseworker, kind="interview", happened_on=timezone.localdate(), text="He waits")
    put(Note, note.pk, "text", flipped(bytes(Note.objects.filter(pk=note.pk).values_list("text", flat=True)[0])))
    client, address = sign_in(her_caseworker), reverse("case_note_correct", args=[the_case.number, note.pk])
    sent = posted(client.get(address), text=WORDS["en"])
    assert client.post(address, sent).status_code == 422
    assert not Note.objects.filter(corrects=note).exists()
    assert client.post(address, sent | {"text": "He waits at the station"}).status_code == 302


def test_a_danger_is_recorded_also_where_the_last_reason_cannot_be_opened(the_case, her_caseworker, sign_in):
    """The new reason stands as a note on the risk; nothing is written over the damaged one."""
    address = reverse("case_risk", args=[the_case.number])
    cases.assess_risk(case=the_case, by=her_caseworker, risk=1, on=timezone.localdate(), reason="No contact since June")
    whole = bytes(Case.objects.filter(pk=the_case.pk).values_list("risk_reason", flat=True)[0])
    put(Case, the_case.pk, "risk_reason", flipped(whole))
    client = sign_in(her_caseworker)
    sent = posted(client.get(address), risk="3", reason="He stood at the gate")
    assert client.post(address, sent).status_code == 302
    client.post(address, sent)
    row = Case.objects.get(pk=the_case.pk)
    assert row.risk == 3
    [note] = Note.objects.filter(case=the_case, kind="risk")
    assert note.text == "He stood at the gate"
    assert bytes(Case.objects.filter(pk=the_case.pk).values_list("risk_reason", flat=True)[0]) == flipped(whole)


def test_keys_check_tells_what_does_not_open(the_case):
    keys.forget_opened()
    assert list(proving.shut()) == []
    person = the_case.person
    put(
        type(person),
        person.pk,
        "phone",
        flipped(bytes(type(person).objects.filter(pk=person.pk).values_list("phone", flat=True)[0])),
    )
    [one] = proving.shut()
    assert (one.kind, one.row_id, one.numbers) == ("cases.person.phone", str(person.pk), (the_case.number,))
    break_key(the_case.key_id)
    [one] = proving.shut()
    assert (one.kind, one.key_id, one.numbers) == ("core.personkey", str(the_case.key_id), (the_case.number,))
    assert not proving.is_whole(proving.prove())


@pytest.mark.parametrize("way", WAYS)
def test_a_damaged_record_can_be_erased(way, the_case, her_caseworker, make_member, shelter):
    break_key(the_case.key_id, way)
    other = make_member(shelter, "supervisor")
    with damage.passing_over():
        erasing.erase(person=the_case.person, asked_by=her_caseworker, confirmed_by=other, ground=erasing.Ground.RECORDED_IN_ERROR)
    assert PersonKey.objects.get(pk=the_case.key_id).wrapped is None
    assert list(proving.shut()) == []


def test_outside_a_request_nothing_is_passed_over(the_case):
    """No clock and no release computes with half a record."""
    break_key(the_case.key_id)
    person = type(the_case.person).objects.get(pk=the_case.person_id)
    with pytest.raises(keys.KeyDamaged):
        _ = person.birth_date
    with damage.passing_over():
        assert damage.is_damaged(person.birth_date)


def test_no_other_row_takes_a_copy_of_what_does_not_open(the_case):
    break_key(the_case.key_id)
    person = type(the_case.person).objects.get(pk=the_case.person_id)
    with damage.passing_over():
        other = type(person)(organisation=person.organisation, key_id=keys.new_person_key(person.organisation_id))
        other.phone = person.phone
        with pytest.raises(damage.NotOver):
            other.save()
        with pytest.raises(damage.NotOver):
            person.phone = "+000 555 7"


def test_the_name_of_a_file_is_told_as_damaged_and_its_row_goes_on(the_case):
    """Of a person's file by its own key or its name; of a table that somebody brought by its name."""
    stored = files.keep(organisation=the_case.organisation, name="plan.pdf", pieces=[b"%PDF-1.7 a"], key_id=the_case.key_id)
    brought = Caseload(organisation=the_case.organisation)
    brought.name = "list.csv"
    whole = bytes(brought.sealed_name)
    brought.sealed_name = flipped(whole)
    for column in ("sealed_name", "wrapped_key"):
        held = bytes(StoredFile.objects.values_list(column, flat=True).get(pk=stored.pk))
        put(StoredFile, stored.pk, column, flipped(held))
        row = StoredFile.objects.get(pk=stored.pk)
        for one in (row, brought):
            with pytest.raises(sealing.Unopenable):
                _ = one.name
            with damage.passing_over():
                assert damage.is_damaged(one.name)
        put(StoredFile, stored.pk, column, held)
    assert StoredFile.objects.get(pk=stored.pk).name == "plan.pdf"


def test_the_words_are_empty_to_whoever_computes_and_never_nothing():
    for language, words in WORDS.items():
        with translation.override(language):
            assert str(damage.DAMAGED) == f"{damage.DAMAGED}" == damage.DAMAGED.__html__() == words
    assert damage.DAMAGED == ""
    assert bool(damage.DAMAGED)
    assert damage.is_damaged(damage.DAMAGED)
    assert not damage.is_damaged("")
