"""Ids of somebody else's rows are worth nothing: in addresses, in hidden fields and among the choices of every form."""

import uuid

import pytest
from django.urls import reverse

from amparo.desk.cases import actions as cases
from amparo.desk.core.models import OrganisationKey

from ..walks.test_addresses import PARAMETER, ours
from .two_offices import Office
from .whole_house import (
    UUID,
    a_case,  # noqa: F401
    again,
    changes,
    fillings,
    furnished,  # noqa: F401
    her_supervisor,  # noqa: F401
    house,  # noqa: F401
    ids_in,
    post,
    stored,
    things,  # noqa: F401
    undone,
)

pytestmark = pytest.mark.django_db
TOKENS = {"row_id", "typist", "csrfmiddlewaretoken"}
"""Hidden fields that are signed or that name a row which is to be made."""
NOT_OWNED = {
    "office": "an outside body hands its signal in to an office of its choice",
    "body": "a police station is another office",
}
"""Choices that are meant to name another organisation, each with the reason."""


@pytest.fixture
def strangers(db):
    """Return the id of a row of every kind that another office has, and that office's members."""
    office = Office("Stranger").fill()
    return {str(row.pk) for model, row in office.rows.items() if isinstance(row.pk, uuid.UUID) and model is not OrganisationKey}


def kinds(rows):
    """Return which model an id belongs to."""
    return {str(pk): model for model, held in rows.items() for pk in held if isinstance(pk, uuid.UUID)}


def of_kind(model, strangers, kind):
    """Return the stranger's id of the same kind; of every kind where that is not known."""
    found = [one for one in strangers if kind.get(one) is model]
    return found or sorted(strangers)


def test_what_is_not_ones_own_is_worth_nothing_wherever_it_is_named(house, strangers, make_member, shelter):  # noqa: F811
    """One house for all three: to fill it takes longer than to attack it."""
    no_address_opens_with_a_strangers_id_in_any_place(house, strangers)
    no_form_takes_a_strangers_id_in_a_hidden_field_or_a_choice(house, strangers)
    a_colleagues_case_that_is_out_of_reach_is_nobodys_to_name(house, make_member, shelter)


def no_address_opens_with_a_strangers_id_in_any_place(house, strangers):  # noqa: F811
    """Also below one's own case: another's note, leg or consent at the address of one's own record."""
    kind, asked, wrong = kinds(stored()), set(), []
    for name, _address, given in house.addresses():
        for parameter, value in given.items():
            if not isinstance(value, uuid.UUID) or (name, parameter) in asked:
                continue
            for theirs in of_kind(kind.get(str(value)), strangers, kind):
                there = reverse(name, kwargs=given | {parameter: theirs})
                for _role, client in house.serving(name):
                    for method in ("get", "post"):
                        with undone():
                            answer = getattr(again(client), method)(there)
                        if answer.status_code not in (403, 404, 405):
                            wrong.append(f"{method} {name} {parameter}: {answer.status_code}")
            asked.add((name, parameter))
    assert not wrong, sorted(set(wrong))
    assert asked == {(name, word) for name, route, _ in ours() for kind, word, _g in PARAMETER.findall(route) if kind == "uuid"}


def no_form_takes_a_strangers_id_in_a_hidden_field_or_a_choice(house, strangers):  # noqa: F811
    """Whatever a form sends that names a row is exchanged for the stranger's row of that kind; nothing then refers to it."""
    before = stored()
    known, kind, tried, wrong = ids_in(before), kinds(before), set(), []
    for name, form, client in house.forms:
        sent = next(fillings(form))
        fields = {
            field: value for field, value in sent.items() if UUID.fullmatch(str(value)) and field not in TOKENS | set(NOT_OWNED)
        }
        for field, value in fields.items():
            tried.add((name, field))
            for theirs in of_kind(kind.get(value), strangers, kind):
                with undone() as tables:
                    post(form, client, sent | {field: theirs})
                    told = changes(before, known, tables)
                if found := [cell for cell in told if any(one in cell[2] for one in strangers) and cell[0] != "core.draft"]:
                    wrong.append(f"{name} {field}: {found}")
    assert not wrong, "\n".join(wrong)
    assert {"hand_over", "cover_new", "case_team", "case_conflict", "access_review"} <= {name for name, _field in tried}, tried


def a_colleagues_case_that_is_out_of_reach_is_nobodys_to_name(house, make_member, shelter):  # noqa: F811
    """The number of a case of the same office, in every address and wherever a form sends a number."""
    colleague = make_member(shelter, "caseworker")
    theirs = cases.open_case(by=colleague, opened_on=a_day(), person={"given_names": "Out of reach"})
    client, wrong = house.clients["caseworker"], []
    for name, _address, given in house.addresses():
        if "number" in given:
            there = reverse(name, kwargs=given | {"number": theirs.number})
            for method in ("get", "post"):
                with undone():
                    answer = getattr(again(client), method)(there)
                if answer.status_code not in (403, 404, 405):
                    wrong.append(f"{method} {name}: {answer.status_code}")
    assert not wrong, wrong


def a_day():
    from django.utils import timezone

    return timezone.localdate()
