"""Wherever a person can type, two who save at once both keep their words: the second is told, and nothing is overwritten unseen."""

import pytest
from django.test import Client
from django.urls import reverse

from amparo.desk.access.roles import Role
from amparo.desk.cases.tests.browsing import posted
from amparo.desk.publication.models import Budget, Release

from .house import ROOT
from .test_addresses import PARAMETER, ours
from .test_readings import a_case, filled, her_supervisor, of_one_case, things  # noqa: F401 - one case with one of each thing

TYPED = ("TextInput", "Textarea")
APPEND_ONLY = "row_id"
"""A form with this field makes a row of its own, once; it has nothing to overwrite."""
OTHERWISE = {
    "consent_answer": "answers once: a second answer is refused by the state, and the form comes back filled in",
    "consent_withdraw": "withdraws once: the words of a second withdrawal are given back with the reason",
    "case_contact": "shows, takes no words",
    "verdict": "bears the attempt and the round it is about, and is written once for each reviewer",
    "invite_member": "makes an account, once for an address; what exists is refused and the form comes back filled in",
    "case_relative_remove": "removes once: who comes second is told that it is gone",
    "case_document_remove": "removes once: who comes second is told that it is gone",
    "case_conflict": "shuts out once: other words for one who is shut out already are refused and come back",
    "emergency": "opens once: a second time is refused by the state, and the form comes back filled in",
    "retention_due": "proposes once for each person; a second proposal is refused, and told with the number",
    "search": "asks",
    "people": "asks",
    "people_filters": "asks",
    "case_same": "asks for the record to compare with, and keeps nothing",
    "audit_record": "asks",
}
"""Forms that neither carry a version nor make a row, each with its reason."""


def forms_of(client, address):
    """Return the bound form of a page, where it has one that a person types into."""
    page = client.get(address)
    form = page.context.get("form") if page.status_code == 200 and page.context is not None else None
    names = [name for name, field in getattr(form, "fields", {}).items() if type(field.widget).__name__ in TYPED]
    return page, form, names


@pytest.fixture
def everywhere(things, a_case, make_member, shelter, her_supervisor, her_caseworker):  # noqa: F811
    """Return (name, address, client) for every page of the desk that a member of the house can open."""
    recipe = (ROOT / "recipes" / "demo.toml").read_text(encoding="utf-8")
    steward = make_member(shelter, Role.DATA_STEWARD, name="S. Teward")
    administrator = make_member(shelter, Role.ADMINISTRATOR, name="A. Dmin")
    Budget.objects.create(pool="pool", epsilon=12, delta=1e-5)
    draft = Release.objects.create(
        organisation=shelter, author=steward, name="2026-1", title="Persons", recipe=recipe, state="draft"
    )
    known = {name: filled(name, parameters, things) for name, parameters in of_one_case()}
    known |= {"member": [reverse("member", args=[her_caseworker.pk])]}
    for name in ("edit", "release", "verdict"):
        full = next((one for one, _, _ in ours() if one and one.split(":")[-1] == name), name)
        known[full] = [reverse(full, args=[draft.pk])]
    for name, route, _view in ours():
        if not PARAMETER.findall(route):
            known.setdefault(name, [reverse(name)])
    clients = []
    for member in (her_supervisor, her_caseworker, steward, administrator):
        client = Client()
        client.force_login(member.user)
        clients.append(client)
    return [(name, address, client) for name, found in known.items() for address in found for client in clients]


@pytest.mark.django_db
def test_every_form_that_takes_words_carries_a_version_or_makes_a_row(everywhere):
    seen, bare = set(), set()
    for name, address, client in everywhere:
        _page, form, typed = forms_of(client, address)
        if not typed:
            continue
        seen.add(name)
        held = {"version", APPEND_ONLY} & set(form.fields)
        if not held and name not in OTHERWISE and name.split(":")[-1] not in OTHERWISE:
            bare.add(f"{name}: {type(form).__name__} {typed}")
    assert len(seen) > 14, seen
    assert not bare, bare


def answers(form, words, typed):
    """Return answers that a form takes: the first choice where one is needed, the words where a person types."""
    given = {}
    for name, field in form.fields.items():
        choices = [key for key, _ in getattr(field, "choices", None) or () if key]
        if field.required and choices and not form[name].value():
            given[name] = [choices[0]] if "Multiple" in type(field).__name__ else choices[0]
    return given | {typed: words}


def words_field(form, typed):
    """Return the field that takes the longest words; one that takes plain words, or nothing where there is none."""
    plain = [name for name in typed if name not in ("legacy_number", "email", "phone", "recipe", "zone")]
    return max(plain, key=lambda name: form.fields[name].max_length or 10**6, default="")


@pytest.mark.django_db
def test_who_saves_second_is_told_and_both_keep_their_words(everywhere, her_supervisor):  # noqa: F811
    told = {}
    for name, address, client in everywhere:
        _page, form, typed = forms_of(client, address)
        if not typed or "version" not in form.fields or name in told or not words_field(form, typed):
            continue
        other = Client()
        other.force_login(her_supervisor.user)
        first = other if "cases/" in address else client
        second_page, seen, _ = forms_of(client, address)
        first_page = first.get(address)
        field = words_field(seen, typed)
        sent = posted(second_page, **answers(seen, "Words of the second", field))
        saved = first.post(address, posted(first_page, **answers(first_page.context["form"], "Words of the first", field)))
        assert saved.status_code in (302, 303), (
            name,
            saved.status_code,
            getattr(saved.context["form"], "errors", "") if saved.context else "",
        )
        answer = client.post(address, sent)
        text = answer.content.decode()
        if answer.status_code == 409:
            again = client.get(address)
            assert "Words of the second" in again.content.decode(), f"{name}: what was typed is lost"
            if again.context["form"][field].initial is not None:
                assert name in SHOWN_ELSEWHERE or "Words of the first" in again.content.decode(), (
                    f"{name}: the saved answer is not shown"
                )
        else:
            assert answer.status_code == 422, (name, answer.status_code)
            assert "Words of the second" in text, name
        told[name] = answer.status_code
    assert {"case_person", "case_facts", "case_next_step", "case_risk", "case_move", "screening_step", "leg"} <= told.keys(), told


SHOWN_ELSEWHERE = {
    "case_risk": "the assessment before stands on the record, and a new one begins empty",
    "case_move": "the reason became a note, which is never changed",
}
"""Forms that begin empty each time: what the first saved stands elsewhere, each with its place."""
