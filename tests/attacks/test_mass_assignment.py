"""Whoever adds fields that a form does not show changes nothing by them: every form of the desk, every field of every model."""

import uuid

import pytest
from django.db import models as fields

from amparo.desk.access.models import Member, Organisation
from amparo.desk.core.models import PersonKey

from .whole_house import (
    Form,
    a_case,  # noqa: F401
    changes,
    fillings,
    furnished,  # noqa: F401
    her_supervisor,  # noqa: F401
    house,  # noqa: F401
    ids_in,
    models,
    post,
    stored,
    things,  # noqa: F401
    undone,
)

pytestmark = pytest.mark.django_db
NO_FORM = {
    "batch_same": "asked by a script as a line of the table is left; it compares and keeps nothing",
    "case_open_again": "only where a case has ended and its person has no other that is open; attacked in test_life.py",
    "offer": "only for whom a place on a team is offered to, who stands in no other part of the house",
    "caseloads": "takes none: whoever is no supervisor is refused before the method is looked at",
    "caseload_progress": "likewise",
    "caseload_rejected": "likewise",
    "case_take_over": "stands where another record of the same person says more; attacked in test_joined_child.py",
    "consent_stopped": "is shown to whoever must stop something, and here nobody took a yes back",
    "end_own_session": "ends the session that its one field names; its form stands only where there are two sessions",
    "provider_confirm": "no provider of sign-ins is set up here: the address is not found",
    "provider_disconnect": "likewise",
    "publication:verdict": "only where a release waits for a reviewer of this round; its form is attacked in its own room",
    "same_typing": "asked by a script while somebody types; it compares and keeps nothing",
    "signals_propose": "only where a signal is due, months after it came; who may is attacked in test_ended_signals.py",
    "signals_settle": "likewise",
    "staffing": "hands cases over that have nobody, and here none is without",
}
"""Addresses that take a form and show none in the house, each with the reason."""
NOT_TAKEN = {
    "case_document_remove": "a legal hold stands in the house, and keeps every document",
    "case_same": "leads to the page that compares two records, and keeps nothing",
    "cover_new": "changes nothing with the colleagues and days that the filling chooses",
    "drafts": "keeps what was typed as a draft, sealed as it was typed, which is no record",
    "leg_part": "tells what roles somebody has whom the page did not show, before it takes others; attacked in its own room",
    "retention_due": "proposes only what may be proposed, and here the case that is listed is still open",
    "session_time": "tells how long the session lasts",
    "set_language": "sets a cookie, and the language where somebody chose another than theirs",
    "shoulder": "sets a mark in the session",
}
"""Forms that change nothing in the house whatever is filled in, each with the reason; what is added must change nothing still."""
INVENTED = (
    "is_staff",
    "is_superuser",
    "is_admin",
    "role",
    "pk",
    "by",
    "actor",
    "user_permissions",
    "groups",
    "_state",
    "organisation_pk",
)


def poison(others):
    """Return a value that would tell, for every field of every model under every name that a form could give it."""
    found = dict.fromkeys(INVENTED, "on")
    for model in models():
        for column in model._meta.concrete_fields:
            found |= dict.fromkeys((column.name, column.attname), _value(column, others))
    return found


def _value(column, others):
    choices = [key for key, _words in column.flatchoices]
    match column:
        case fields.ForeignKey():
            return str(others.get(column.related_model) or uuid.uuid4())
        case fields.UUIDField():
            return str(uuid.uuid4())
        case fields.DateTimeField():
            return "1999-01-01T00:00:00Z"
        case fields.DateField():
            return "1999-01-01"
        case fields.IntegerField() | fields.FloatField():
            return "77"
        case fields.JSONField():
            return '["administrator", "supervisor"]'
        case fields.BooleanField():
            return "on"
    return str(choices[-1]) if choices else "Zugabe"


def sent_and_changed(form, clients, before, known):
    """Return what a form was filled with, who sent it, its answer and what it changed, the first time that it is taken."""
    for client in clients:
        for sent in fillings(form):
            with undone() as tables:
                answer = post(form, client, sent)
                plain = changes(before, known, tables)
            if answer.status_code != 422:
                return sent, client, answer.status_code, plain
    return sent, client, answer.status_code, plain


def shown_at(house):  # noqa: F811
    """Return for every address what any of its forms shows."""
    found = {}
    for name, form, _client in house.forms:
        found.setdefault(name, set()).update(form.shown, form.sent)
    return found


def test_what_a_form_does_not_show_changes_nothing(house, the_partner, other_organisation):  # noqa: F811
    added = poison({Organisation: other_organisation.pk, Member: the_partner.pk, PersonKey: PersonKey.objects.first().pk})
    before, shown, taken, wrong = stored(), shown_at(house), set(), []
    known = ids_in(before)
    for name, form, client in house.forms:
        sent, client, status, plain = sent_and_changed(form, (client, house.clients["caseworker"]), before, known)
        taken |= {name} if status < 400 and plain else set()
        with undone() as tables:
            more = post(form, client, sent | {key: value for key, value in added.items() if key not in shown[name]})
            dirty = changes(before, known, tables)
        if (dirty, more.status_code) != (plain, status):
            wrong.append(f"{name}: {status}, {more.status_code}: {dirty - plain}, {plain - dirty}")
    assert not wrong, "\n".join(wrong)
    assert set(shown) - taken == set(NOT_TAKEN), (set(shown) - taken) ^ set(NOT_TAKEN)
    assert takers(house) - set(shown) == set(NO_FORM), (takers(house) - set(shown)) ^ set(NO_FORM)


def takers(house):  # noqa: F811
    """Return the names of the desk's own addresses that take a form, by what they answer to one."""
    found = set()
    for name, address, _given in house.addresses():
        for _role, client in house.serving(name) if name not in found else ():
            with undone():
                status = post(Form(address), client, {}).status_code
            found |= {name} if status != 405 else set()
    return found
